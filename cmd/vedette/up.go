package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/cli"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/console"
	"github.com/vedette-edr/vedette/internal/manager"
	"github.com/vedette-edr/vedette/internal/schema"
	"github.com/vedette-edr/vedette/internal/wire"
)

// upOptions are the flags of `vedette up`.
type upOptions struct {
	data, scope    string
	people, agents string
	asJSON, debug  bool
}

func newUpCommand() *cobra.Command {
	var o upOptions
	c := &cobra.Command{
		Use:   "up",
		Short: "Start manager, console and agent of this host, with embedded storage",
		Long: "Start everything on this host: the manager with its console on loopback, and an agent that is enrolled at it.\n" +
			"The first start makes keys, certificates and the user admin; a later one finds its data. Ctrl-C stops it.",
		Args: cobra.NoArgs,
	}
	d := manager.DefaultConfig()
	c.Flags().StringVar(&o.data, "data", "/var/lib/vedette", "folder of all data")
	c.Flags().StringVar(&o.scope, "scope", "", "cgroup v2 folder; only processes in it are seen and touched (VEDETTE_SCOPE)")
	c.Flags().StringVar(&o.people, "people-listen", d.People.Listen, "address and port of console and REST interface")
	c.Flags().StringVar(&o.agents, "agents-listen", d.Agents.Listen, "address and port for agents")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print one JSON object when ready")
	c.Flags().BoolVar(&o.debug, "debug", false, "log in detail")
	c.RunE = func(c *cobra.Command, _ []string) error {
		level := slog.LevelWarn
		if o.debug {
			level = slog.LevelDebug
		}
		log := slog.New(slog.NewTextHandler(c.ErrOrStderr(), &slog.HandlerOptions{Level: level}))
		return up(c.Context(), o, c.OutOrStdout(), log)
	}
	return c
}

// up runs manager and agent until ctx is done. The agent ends first, so that
// its last events reach the manager.
func up(ctx context.Context, o upOptions, out io.Writer, log *slog.Logger) error {
	settings, err := upSettings(o)
	if err != nil {
		return usageError{err}
	}
	mc := manager.DefaultConfig()
	mc.DataDir = filepath.Join(filepath.Dir(settings.StateDir), "manager")
	mc.People.Listen, mc.Agents.Listen = o.people, o.agents
	where := given(func(string) string { return "" }, map[string]string{
		"data_dir": "flag --data", "rules_dir": "flag --data", "people.listen": "flag --people-listen", "agents.listen": "flag --agents-listen",
	})
	if err := schema.Place(mc.Check(), where); err != nil {
		return err
	}
	if err := cli.MayRun(settings.Config, os.Getenv("VEDETTE_SANDBOX_ONLY") == "1"); err != nil {
		return usageError{err}
	}
	tuneManager()
	m, err := manager.Open(ctx, mc, manager.Options{Console: console.Handler(), Logger: log.With("part", "manager"), Where: where})
	if err != nil {
		return err
	}
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	sensing, stopSensing := context.WithCancel(ctx)
	defer stopSensing()
	var g errgroup.Group
	g.Go(func() error {
		defer stopSensing() // without its manager the agent need not go on
		return errors.Join(m.Run(serving), m.Close())
	})
	err = upAgent(sensing, m, settings, o, out, log)
	stopServing()
	return errors.Join(err, g.Wait())
}

// upAgent enrols the agent of this host where that is due, starts it as a
// process of its own, and says when all is ready.
func upAgent(ctx context.Context, m *manager.Manager, s agent.Settings, o upOptions, out io.Writer, log *slog.Logger) error {
	if !cli.EnrolledAt(s.StateDir, m.Authority()) {
		token, err := m.EnrolToken(ctx, "default")
		if err != nil {
			return fmt.Errorf("make enrolment token: %w", err)
		}
		if _, err := cli.Enroll(ctx, s, token, true); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var g errgroup.Group
	g.Go(func() error {
		defer stop()
		return keepAgent(ctx, agentArguments(s, o), log)
	})
	if sensing(ctx, s.StateDir) {
		ready, err := localReady(ctx, m, filepath.Join(filepath.Dir(s.StateDir), "manager"))
		if err == nil {
			err = tellReady(out, ready, o.asJSON)
		}
		if err != nil {
			stop()
			return errors.Join(err, g.Wait())
		}
	}
	return g.Wait()
}

// ready is what a person or a program needs to know of a manager that runs.
type ready struct {
	URL      string `json:"url"`
	Agents   string `json:"agents"` // where agents connect
	User     string `json:"user"`
	Password string `json:"password,omitempty"` // one-time; absent once it was changed
	CAFile   string `json:"ca_file"`
	Key      string `json:"key"` // API key for this machine's command line
	Data     string `json:"data"`
}

// localReady makes a key for the command line of this machine, keeps it in the
// profile, and writes the manager's authority into its data.
func localReady(ctx context.Context, m *manager.Manager, data string) (ready, error) {
	p, err := localProfile(ctx, m)
	if err != nil {
		return ready{}, err
	}
	ca := filepath.Join(data, "ca.pem")
	if err := os.WriteFile(ca, []byte(p.Authority), 0o644); err != nil {
		return ready{}, fmt.Errorf("write the manager's certificate: %w", err)
	}
	return ready{URL: p.URL, Agents: m.AgentAddress(), User: "admin", Password: m.FirstPassword(), CAFile: ca, Key: p.Key, Data: data}, nil
}

func tellReady(out io.Writer, r ready, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(out).Encode(r)
	}
	password := "as you set it"
	if r.Password != "" {
		password = r.Password + "   (one-time: the console asks for your own)"
	}
	_, err := fmt.Fprintf(out, "Vedette %s runs.\n\n  console   %s\n  user      %s\n  password  %s\n  data      %s\n\n"+
		"The console's certificate is the manager's own; its authority is %s.\nCtrl-C stops everything.\n",
		wire.Version(), r.URL, r.User, password, filepath.Dir(r.Data), r.CAFile)
	return err
}

func upSettings(o upOptions) (agent.Settings, error) {
	if o.data == "" {
		return agent.Settings{}, errors.New("flag --data: is empty: name a folder")
	}
	data, err := filepath.Abs(o.data)
	if err != nil {
		return agent.Settings{}, err
	}
	flags := map[string]string{"state_dir": filepath.Join(data, "agent")}
	if o.scope != "" {
		flags["scope"] = o.scope
	}
	return config.Load(config.Sources{Env: os.Environ(), Flags: flags})
}
