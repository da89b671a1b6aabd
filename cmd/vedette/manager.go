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

	"github.com/goccy/go-yaml"
	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/console"
	"github.com/vedette-edr/vedette/internal/manager"
	"github.com/vedette-edr/vedette/internal/schema"
)

// managerFlags are the flags of commands that run a manager or touch its data.
type managerFlags struct {
	config, data string
	json, debug  bool
}

func newManagerCommand() *cobra.Command {
	var f managerFlags
	c := &cobra.Command{Use: "manager", Short: "Run the manager and look after its data"}
	p := c.PersistentFlags()
	p.StringVar(&f.config, "config", "", "configuration file (VEDETTE_MANAGER_CONFIG)")
	p.StringVar(&f.data, "data", "", "data directory, over the one of the configuration (VEDETTE_MANAGER_DATA)")
	p.BoolVar(&f.json, "json", false, "print one JSON object a line")
	p.BoolVar(&f.debug, "debug", false, "log in detail")
	c.AddCommand(managerRun(&f), managerInit(&f), managerConfig(&f), managerToken(&f), managerUser(&f), managerBackup(&f), managerRestore(&f))
	return c
}

// read returns the configuration and what each of its fields was given by.
func (f *managerFlags) read(cmd *cobra.Command) (manager.Config, func(field string) string, error) {
	c, where := manager.DefaultConfig(), func(string) string { return "" }
	if path := orEnv(f.config, "VEDETTE_MANAGER_CONFIG"); path != "" {
		text, err := manager.ReadFile(path)
		if err == nil {
			c, err = manager.ParseConfig(path, text)
		}
		if err != nil {
			return c, where, usageError{err}
		}
		where = schema.InFile(path, text)
	}
	if flag := cmd.Flag("data"); flag != nil && flag.Changed && f.data == "" {
		return c, where, usageError{errors.New("flag --data: is empty: name a folder")}
	}
	if dir := orEnv(f.data, "VEDETTE_MANAGER_DATA"); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return c, where, usageError{err}
		}
		c.DataDir = abs
		by := "variable VEDETTE_MANAGER_DATA"
		if f.data != "" {
			by = "flag --data"
		}
		where = given(where, map[string]string{"data_dir": by, "rules_dir": by})
	}
	return c, where, nil
}

// given lets flags and variables, by field, say before others that a value is
// theirs.
func given(others func(field string) string, by map[string]string) func(field string) string {
	return func(field string) string {
		if name, ok := by[field]; ok {
			return name
		}
		return others(field)
	}
}

func (f *managerFlags) logger(w io.Writer) *slog.Logger {
	level := slog.LevelInfo
	if f.debug {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

func (f *managerFlags) printer(c *cobra.Command) *printer {
	return &printer{out: c.OutOrStdout(), side: c.ErrOrStderr(), json: f.json}
}

func managerRun(f *managerFlags) *cobra.Command {
	return &cobra.Command{Use: "run", Short: "Run the manager until it is told to stop", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			config, where, err := f.read(c)
			if err != nil {
				return err
			}
			tuneManager()
			m, err := manager.Open(c.Context(), config, manager.Options{Console: console.Handler(), Logger: f.logger(c.ErrOrStderr()), Where: where})
			if err != nil {
				return err
			}
			r, err := localReady(c.Context(), m, config.DataDir)
			if err != nil {
				return errors.Join(err, m.Close())
			}
			if err := facts(f.printer(c), r, "console", r.URL, "agents", r.Agents,
				"user", r.User, "one-time password", r.Password, "authority", r.CAFile); err != nil {
				return errors.Join(err, m.Close())
			}
			return errors.Join(m.Run(c.Context()), m.Close())
		}}
}

func managerInit(f *managerFlags) *cobra.Command {
	var to string
	c := &cobra.Command{Use: "init", Short: "Write a configuration file with all settings", Args: cobra.NoArgs}
	c.Flags().StringVar(&to, "to", "/etc/vedette/manager.yaml", "file to write; '-' is stdout")
	c.RunE = func(c *cobra.Command, _ []string) error {
		config, _, err := f.read(c)
		if err != nil {
			return err
		}
		text, err := yaml.Marshal(config)
		if err != nil {
			return err
		}
		if to == "-" {
			_, err := c.OutOrStdout().Write(text)
			return err
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		file, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return usageError{fmt.Errorf("%s is there already: change it by hand, or name another file with --to", to)}
		}
		if err != nil {
			return err
		}
		if _, err := file.Write(text); err != nil {
			return errors.Join(err, file.Close())
		}
		return errors.Join(file.Close(), f.printer(c).say("wrote %s", to))
	}
	return c
}

func managerConfig(f *managerFlags) *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Show the configuration in force, or the JSON Schema of its file", Args: cobra.NoArgs}
	schema := c.Flags().Bool("schema", false, "print the JSON Schema of the configuration file instead, for editors")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *schema {
			text, err := manager.Schema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), string(text))
			return err
		}
		config, _, err := f.read(c)
		if err != nil {
			return err
		}
		if f.json {
			return json.NewEncoder(c.OutOrStdout()).Encode(config)
		}
		text, err := yaml.Marshal(config)
		if err != nil {
			return err
		}
		_, err = c.OutOrStdout().Write(text)
		return err
	}
	return c
}

// offline opens the data of a manager that does not run.
func (f *managerFlags) offline(ctx context.Context, c *cobra.Command, do func(ctx context.Context, d *manager.Data, out *printer) error) error {
	config, _, err := f.read(c)
	if err != nil {
		return err
	}
	d, err := manager.OpenData(ctx, config)
	if err != nil {
		return err
	}
	err = do(ctx, d, f.printer(c))
	if wrong := (*api.FieldError)(nil); errors.As(err, &wrong) {
		err = usageError{err}
	}
	return errors.Join(err, d.Close())
}

func managerToken(f *managerFlags) *cobra.Command {
	var in api.NewToken
	c := &cobra.Command{Use: "token", Short: "Make an enrolment token, also without a running manager", Args: cobra.NoArgs}
	c.Flags().StringVar(&in.Group, "group", "", "group that the hosts come into")
	c.Flags().StringVar(&in.Expire, "expire", "", "for how long it is good; 1h when absent")
	c.Flags().Int64Var(&in.MaxUses, "uses", 0, "how many hosts may enrol with it; 1 when absent")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return f.offline(c.Context(), c, func(ctx context.Context, d *manager.Data, out *printer) error {
			t, err := d.CreateToken(ctx, in)
			if err != nil {
				return err
			}
			return facts(out, t, "id", t.Token.ID, "expires", when(t.Token.Expires), "on the host", t.Command)
		})
	}
	return c
}

func managerUser(f *managerFlags) *cobra.Command {
	c := &cobra.Command{Use: "user", Short: "Users, also without a running manager: when nobody can log in any more"}
	var role string
	create := &cobra.Command{Use: "create NAME", Short: "Create a user; its one-time password is shown once", Args: cobra.ExactArgs(1)}
	create.Flags().StringVar(&role, "role", api.RoleAdmin, "viewer, analyst or admin")
	create.RunE = func(c *cobra.Command, args []string) error {
		return f.offline(c.Context(), c, func(ctx context.Context, d *manager.Data, out *printer) error {
			u, err := d.CreateUser(ctx, api.NewUser{Name: args[0], Role: role})
			if err != nil {
				return err
			}
			return facts(out, u, "name", u.User.Name, "role", u.User.Role, "one-time password", u.Password)
		})
	}
	reset := &cobra.Command{Use: "reset NAME", Short: "Make a new one-time password and let the user in again", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return f.offline(c.Context(), c, func(ctx context.Context, d *manager.Data, out *printer) error {
				u, err := d.ResetUser(ctx, args[0])
				if err != nil {
					return err
				}
				return facts(out, u, "name", u.User.Name, "role", u.User.Role, "one-time password", u.Password)
			})
		}}
	c.AddCommand(create, reset)
	return c
}

func managerBackup(f *managerFlags) *cobra.Command {
	return &cobra.Command{Use: "backup DIR", Short: "Copy state, keys, rules and stored events to a new folder; the manager may run", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			config, _, err := f.read(c)
			if err != nil {
				return err
			}
			b, err := manager.Backup(c.Context(), config, args[0])
			if err != nil {
				return err
			}
			return facts(f.printer(c), b, "folder", b.Dir, "files", fmt.Sprint(b.Files), "size", size(b.Bytes))
		}}
}

func managerRestore(f *managerFlags) *cobra.Command {
	return &cobra.Command{Use: "restore DIR", Short: "Make the data directory from a backup; it must be empty", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			config, _, err := f.read(c)
			if err != nil {
				return err
			}
			b, err := manager.Restore(c.Context(), config, args[0])
			if err != nil {
				return err
			}
			return facts(f.printer(c), b, "folder", b.Dir, "files", fmt.Sprint(b.Files), "size", size(b.Bytes))
		}}
}
