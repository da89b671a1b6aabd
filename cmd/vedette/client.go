package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager"
)

// remote is the flags of commands that ask a manager.
type remote struct {
	profile, url, key, ca string
	json                  bool
}

func (r *remote) flags(c *cobra.Command) {
	r.connectionFlags(c)
	c.PersistentFlags().BoolVar(&r.json, "json", false, "print one JSON object a line")
}

// connectionFlags are the flags that say which manager is asked.
func (r *remote) connectionFlags(c *cobra.Command) {
	f := c.PersistentFlags()
	f.StringVar(&r.profile, "profile", "", "profile file (VEDETTE_PROFILE); written by vedette up and vedette login")
	f.StringVar(&r.url, "url", "", "https://host:port of the manager (VEDETTE_URL)")
	f.StringVar(&r.key, "key", "", "API key (VEDETTE_KEY, which other users of this host cannot see)")
	f.StringVar(&r.ca, "ca", "", "file with the manager's root certificate (VEDETTE_CA)")
}

func orEnv(flag, name string) string {
	if flag != "" {
		return flag
	}
	return os.Getenv(name)
}

// profilePath is where the profile of this user is.
func profilePath(flag string) (string, error) {
	if p := orEnv(flag, "VEDETTE_PROFILE"); p != "" {
		return p, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find the folder of profiles: %w: set VEDETTE_PROFILE", err)
	}
	return filepath.Join(dir, "vedette", "profile.json"), nil
}

func readProfile(path string) (api.Profile, error) {
	var p api.Profile
	text, err := os.ReadFile(path)
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("profile %s: %w: remove it and run `vedette login`", path, err)
	}
	return p, nil
}

// writeProfile replaces the profile as a whole; only its owner can read it.
func writeProfile(path string, p api.Profile) error {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	next := path + ".new"
	if err := os.WriteFile(next, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("write profile: %w", err)
	}
	return nil
}

// settings joins flags, environment and profile, in this order.
func (r *remote) settings() (api.Profile, error) {
	path, err := profilePath(r.profile)
	if err != nil {
		return api.Profile{}, err
	}
	p, err := readProfile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return p, usageError{err}
	}
	if v := orEnv(r.url, "VEDETTE_URL"); v != "" {
		p.URL = v
	}
	if v := orEnv(r.key, "VEDETTE_KEY"); v != "" {
		p.Key = v
	}
	if v := orEnv(r.ca, "VEDETTE_CA"); v != "" {
		text, err := os.ReadFile(v)
		if err != nil {
			return p, usageError{fmt.Errorf("read the manager's certificate: %w", err)}
		}
		p.Authority = string(text)
	}
	if p.URL == "" {
		return p, usageError{fmt.Errorf("no manager is known here (%s): run `vedette up` or `vedette login`, or give --url and --key", path)}
	}
	return p, nil
}

func (r *remote) client() (*api.Client, error) {
	p, err := r.settings()
	if err != nil {
		return nil, err
	}
	c, err := api.NewClient(p)
	if err != nil {
		return nil, usageError{err}
	}
	return c, nil
}

// run wraps what a command does with a client and a printer.
func (r *remote) run(do func(ctx context.Context, c *api.Client, out *printer, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		c, err := r.client()
		if err != nil {
			return err
		}
		defer c.Close()
		out := &printer{out: cmd.OutOrStdout(), side: cmd.ErrOrStderr(), json: r.json}
		return explainProblem(do(cmd.Context(), c, out, args))
	}
}

// explainProblem makes what the manager says of wrong input a usage error.
func explainProblem(err error) error {
	var p *api.Problem
	if !errors.As(err, &p) {
		return err
	}
	switch p.Status {
	case http.StatusUnprocessableEntity, http.StatusBadRequest:
		return usageError{err}
	case http.StatusUnauthorized:
		return fmt.Errorf("%w: run `vedette login`, or give --key", err)
	}
	return err
}

// localProfile gives the command line of this user a key for a manager that
// runs here, and keeps it in the profile.
func localProfile(ctx context.Context, m *manager.Manager) (api.Profile, error) {
	path, err := profilePath("")
	if err != nil {
		return api.Profile{}, err
	}
	have, err := readProfile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		have = api.Profile{} // damaged: written anew
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this host"
	}
	p, err := m.Profile(ctx, "command line on "+host, have)
	if err != nil {
		return p, err
	}
	return p, writeProfile(path, p)
}
