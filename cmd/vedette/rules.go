package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/rules"
)

// ruleFlags are the flags that all subcommands of rules share.
type ruleFlags struct {
	dirs []string
	json bool
}

func newRulesCommand() *cobra.Command {
	f := &ruleFlags{}
	c := &cobra.Command{
		Use:   "rules",
		Short: "Check, test, list and explain detection rules",
		Long: "Rules are files in the folders or files that --rules names; without it, the rules that come with\n" +
			"the program. docs/new-rule.md says how to write one.",
	}
	c.PersistentFlags().StringSliceVar(&f.dirs, "rules", nil, "folders or files with rules; repeat it or separate with commas (default: the rules of the program)")
	c.PersistentFlags().BoolVar(&f.json, "json", false, "print one JSON object a line")
	c.AddCommand(newRulesListCommand(f), newRulesLintCommand(f), newRulesTestCommand(f), newRulesExplainCommand(f), newRulesConvertCommand(f))
	c.AddCommand(fleetRules(f)...)
	return c
}

// files reads the rule files; paths given as arguments count like --rules.
func (f *ruleFlags) files(args []string) ([]detect.File, error) {
	dirs := append(append([]string{}, f.dirs...), args...)
	if len(dirs) == 0 {
		return detect.ReadDir(rules.Files, ".")
	}
	var out []detect.File
	for _, d := range dirs {
		fs, err := detect.ReadDir(os.DirFS(filepath.Dir(d)), filepath.Base(d))
		if err != nil {
			return nil, usageError{err}
		}
		for i := range fs {
			fs[i].Path = filepath.Join(filepath.Dir(d), fs[i].Path)
		}
		out = append(out, fs...)
	}
	if len(out) == 0 {
		return nil, usageError{fmt.Errorf("no rule files in %s; docs/formats.md says how their names end", strings.Join(dirs, ", "))}
	}
	return out, nil
}

func (f *ruleFlags) load(args []string, more ...detect.Source) (*detect.Set, []detect.Problem, error) {
	files, err := f.files(args)
	if err != nil {
		return nil, nil, err
	}
	set, problems := compile(files, more...)
	return set, problems, nil
}

// compile makes the rules ready for our events and for foreign records.
func compile(files []detect.File, more ...detect.Source) (*detect.Set, []detect.Problem) {
	return detect.Load(detect.Options{Formats: all.Formats(), Records: true, Sources: more}, files)
}

// print writes an object as a JSON line, or its text.
func (f *ruleFlags) print(w io.Writer, object any, text string) error {
	if !f.json {
		_, err := fmt.Fprintln(w, text)
		return err
	}
	return json.NewEncoder(w).Encode(object)
}

// foundError ends a command with code 1 after it said what it found.
type foundError struct{}

func (foundError) Error() string { return "" }
func (foundError) ExitCode() int { return exitFailed }
