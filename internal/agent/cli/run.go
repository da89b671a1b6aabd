package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
)

func runCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "run",
		Short: "Run the agent of this host until it is told to stop",
		Long: "Run the agent: it senses, detects, keeps what it saw until the manager has it, and responds as the policy says.\n" +
			"Without a manager it writes alerts to a file, the journal and a webhook. Logs go to stderr.",
		Args: cobra.NoArgs,
	}
	s := addSettings(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		loaded, err := s.load()
		if err != nil {
			return err
		}
		log, level := newLog(c.ErrOrStderr(), loaded.Debug)
		return Run(c.Context(), loaded, log, func() (agent.Settings, error) {
			next, err := s.load()
			if err == nil {
				setDebug(level, next.Debug)
			}
			return next, err
		})
	}
	return c
}

// startTime is after what the agent gives back the memory that its start took:
// reading the kernel's types and the rules takes more than all that follows.
const startTime = 5 * time.Second

// Run runs the agent of this host until ctx is done. reload reads the
// configuration again; nil keeps it.
func Run(ctx context.Context, s agent.Settings, log *slog.Logger, reload func() (agent.Settings, error)) error {
	if err := MayRun(s.Config, os.Getenv("VEDETTE_SANDBOX_ONLY") == "1"); err != nil {
		return inputError{err}
	}
	if err := makeStateDir(s.StateDir); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		log.Warn("agent does not run as root: only what /proc tells of the own user's processes is seen; run it as root for all")
	}
	p, err := assemble(ctx, s, kernel.Options{Proc: procRoot}, log)
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(startGC)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		p.deps.Procs = func(n int) { runtime.GOMAXPROCS(n) }
		p.deps.Procs(1)
	}
	defer time.AfterFunc(startTime, func() {
		if err := started(); err != nil {
			log.Debug("memory of the start is kept", "error", err)
		}
	}).Stop()
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	defer signal.Stop(asked)
	p.deps.Reload, p.deps.Asked = reload, asked
	err = agent.Run(ctx, s, p.deps)
	return errors.Join(err, p.close())
}

// MayRun refuses to see the whole host where only a sandbox may be seen.
func MayRun(c config.Config, sandboxOnly bool) error {
	if c.Scope == "" {
		if sandboxOnly {
			return errors.New("VEDETTE_SANDBOX_ONLY=1 is set and no scope is given: the agent would see and touch the whole host; " +
				"name the sandbox's cgroup with --scope, VEDETTE_SCOPE or scope in the configuration, or run it by `make sandbox CMD='...'`")
		}
		return nil
	}
	return checkScope(c.Scope)
}

func makeStateDir(dir string) error {
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.Chmod(dir, 0o700)
	}
	if errors.Is(err, os.ErrPermission) {
		return inputError{fmt.Errorf("state_dir %s: permission denied: run as root, or name a folder of your own with --state-dir", dir)}
	}
	if err != nil {
		return fmt.Errorf("state_dir: %w", err)
	}
	return nil
}
