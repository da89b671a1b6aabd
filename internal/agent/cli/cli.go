// Package cli is the agent's part of the command line, for the two programs
// that have it: `vedette agent ...` and `vedette-agent ...`. It reads the
// configuration, opens what the agent needs and hands over to package agent.
package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vedette-edr/vedette/internal/agent/config"
)

// Commands returns the subcommands of the agent.
func Commands() []*cobra.Command {
	return []*cobra.Command{
		runCommand(), enrollCommand(), statusCommand(), reloadCommand(), selftestCommand(), traceCommand(), configCommand(), installCommand(), uninstallCommand(),
	}
}

// inputError is an error in what was typed or configured.
type inputError struct{ error }

// ExitCode tells main to end with 2.
func (inputError) ExitCode() int { return 2 }

// Unwrap returns the error itself.
func (e inputError) Unwrap() error { return e.error }

// settingsFlags are the flags --config and one for each value of the
// configuration.
type settingsFlags struct {
	file string
	set  map[string]string // by config.Leaf.Path
}

// addSettings adds the flags to fs.
func addSettings(fs *pflag.FlagSet) *settingsFlags {
	s := &settingsFlags{set: map[string]string{}}
	fs.StringVar(&s.file, "config", "", "configuration file (default "+config.DefaultPath+" when it is there)")
	d := config.Default()
	for _, leaf := range config.Leaves(&d) {
		f := fs.VarPF(&leafFlag{leaf: leaf, into: s.set}, leaf.Flag(), "", leaf.Doc)
		if leaf.IsBool() {
			f.NoOptDefVal = "true"
		}
	}
	return s
}

// load reads the configuration.
func (s *settingsFlags) load() (config.Loaded, error) {
	l, err := config.Load(config.Sources{File: s.file, Env: os.Environ(), Flags: s.set})
	if err != nil {
		return l, inputError{err}
	}
	return l, nil
}

// leafFlag is the flag of one value of the configuration.
type leafFlag struct {
	leaf config.Leaf
	into map[string]string
}

func (f *leafFlag) String() string { return f.into[f.leaf.Path] }

func (f *leafFlag) Set(text string) error {
	if err := f.leaf.Set(text); err != nil {
		return err
	}
	f.into[f.leaf.Path] = text
	return nil
}

func (f *leafFlag) Type() string {
	if f.leaf.IsBool() {
		return "bool"
	}
	return "value"
}

// newLog returns a log for people on w. The level can change while the agent
// runs.
func newLog(w io.Writer, debug bool) (*slog.Logger, *slog.LevelVar) {
	level := &slog.LevelVar{}
	setDebug(level, debug)
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})), level
}

func setDebug(level *slog.LevelVar, debug bool) {
	level.Set(slog.LevelInfo)
	if debug {
		level.Set(slog.LevelDebug)
	}
}

func printJSON(w io.Writer, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, string(text))
	return err
}
