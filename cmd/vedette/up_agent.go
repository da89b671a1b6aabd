package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/control"
)

// The agent of `vedette up` is a process of its own: its CPU limit and its
// memory are those of an agent and not of a manager, and a manager that breaks
// does not blind it.
const (
	agentPause  = time.Second      // before an agent that ended is started again
	agentSteady = 10 * time.Second // a run shorter than this counts as a failed start
	agentTries  = 3                // failed starts in a row before up gives up
	sensingTime = 3 * time.Second  // for the sensors to take their rungs
)

func agentArguments(s agent.Settings, o upOptions) []string {
	args := []string{"agent", "run", "--state-dir", s.StateDir}
	if s.Scope != "" {
		args = append(args, "--scope", s.Scope)
	}
	if o.debug {
		args = append(args, "--debug")
	}
	return args
}

// keepAgent runs the agent until ctx is done and starts it again when it ends
// by itself.
func keepAgent(ctx context.Context, args []string, log *slog.Logger) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find the own program: %w", err)
	}
	for failed := 0; ; {
		begin := time.Now()
		err := runAgent(ctx, self, args)
		if ctx.Err() != nil {
			return err
		}
		if err == nil {
			err = errors.New("ended without a reason")
		}
		failed++
		if time.Since(begin) > agentSteady {
			failed = 0
		}
		if failed >= agentTries {
			return fmt.Errorf("the agent does not stay up (its own words are above): %w", err)
		}
		log.Error("the agent ended; it is started again", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(agentPause):
		}
	}
}

// problems passes on what a log says above the level of information; a person
// who typed `vedette up` need not read the rest.
type problems struct{ out io.Writer }

// Write takes whole lines, as slog writes them.
func (p problems) Write(lines []byte) (int, error) {
	for line := range bytes.Lines(lines) {
		if bytes.Contains(line, []byte(" level=INFO ")) {
			continue
		}
		if _, err := p.out.Write(line); err != nil {
			return 0, err
		}
	}
	return len(lines), nil
}

func runAgent(ctx context.Context, self string, args []string) error {
	runtime.LockOSThread() // Pdeathsig is of the thread that starts the child
	defer runtime.UnlockOSThread()
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stderr = os.Stderr
	if !slices.Contains(args, "--debug") {
		cmd.Stderr = problems{os.Stderr}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = config.StopTimeout
	err := cmd.Run()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// sensing waits until every sensor of the agent sees, or for sensingTime: a
// sensor may find no source on this host. It is false when ctx is done before.
func sensing(ctx context.Context, stateDir string) bool {
	end := time.Now().Add(sensingTime)
	for time.Now().Before(end) {
		var st agent.Status
		if err := (control.Client{Dir: stateDir}).Status(ctx, &st); err == nil && settled(st) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
	return ctx.Err() == nil
}

func settled(st agent.Status) bool {
	for _, s := range st.Sensors {
		if s.Rung == "" && !s.Off {
			return false
		}
	}
	return len(st.Sensors) > 0
}
