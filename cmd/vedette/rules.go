package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/sigma"
	"github.com/vedette-edr/vedette/rules"
)

// ruleFlags are the flags that all subcommands of rules share.
type ruleFlags struct {
	dirs         []string
	json         bool
	placeholders string
	deprecated   bool
	picks        picks
}

// define adds the flags that say which rules are loaded and how.
func (f *ruleFlags) define(flags *pflag.FlagSet) {
	flags.StringSliceVar(&f.dirs, "rules", nil, "folders or files with rules; repeat it or separate with commas (default: the rules of the program)")
	flags.StringVar(&f.placeholders, "placeholders", "", "YAML file with the values of placeholders: NAME: [VALUE, ...]; without them rules that expand %NAME% are refused")
	flags.BoolVar(&f.deprecated, "deprecated", false, "load also rules whose status is deprecated or unsupported")
	flags.StringSliceVar(&f.picks.names, "name", nil, "only rules with this id or title; * stands for any text; repeat it or separate with commas")
	flags.StringSliceVar(&f.picks.tags, "tag", nil, "only rules with this tag, technique or tactic; * stands for any text; repeat it or separate with commas")
}

func newRulesCommand() *cobra.Command {
	f := &ruleFlags{}
	c := &cobra.Command{
		Use:   "rules",
		Short: "Check, test, list and explain detection rules",
		Long: "Rules are files in the folders or files that --rules names; without it, the rules that come with\n" +
			"the program. docs/new-rule.md says how to write one.",
	}
	f.define(c.PersistentFlags())
	c.PersistentFlags().BoolVar(&f.json, "json", false, "print one JSON object a line")
	c.AddCommand(newRulesListCommand(f), newRulesLintCommand(f), newRulesTestCommand(f), newRulesExplainCommand(f), newRulesCoverageCommand(f), newRulesConvertCommand(f))
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
		fs, err := readNamed(d)
		if err != nil {
			return nil, usageError{err}
		}
		out = append(out, fs...)
	}
	if len(out) == 0 {
		return nil, usageError{fmt.Errorf("no rule files in %s; docs/formats.md says how their names end", strings.Join(dirs, ", "))}
	}
	return out, nil
}

// readNamed reads the rule files of a folder or a file as a person names it:
// also with a slash at the end, also the folder above.
func readNamed(name string) ([]detect.File, error) {
	if name == "" {
		return nil, errors.New("a name of --rules is empty; write a folder or a file between the commas")
	}
	name = filepath.Clean(name)
	if _, err := os.Stat(name); err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	root, base := filepath.Dir(name), filepath.Base(name)
	if base == ".." || root == name {
		root, base = name, "."
	}
	files, err := detect.ReadDir(os.DirFS(root), base)
	for i := range files {
		files[i].Path = filepath.Join(root, files[i].Path)
	}
	return files, err
}

func (f *ruleFlags) load(args []string, more ...detect.Source) (*detect.Set, []detect.Problem, error) {
	files, err := f.files(args)
	if err != nil {
		return nil, nil, err
	}
	return f.compile(files, more...)
}

// compile makes the rules ready for our events and for foreign records.
func (f *ruleFlags) compile(files []detect.File, more ...detect.Source) (*detect.Set, []detect.Problem, error) {
	o, err := f.options()
	if err != nil {
		return nil, nil, err
	}
	o.Records, o.Sources = true, more
	set, problems := detect.Load(o, files)
	return set, f.picks.of(problems), nil
}

func (f *ruleFlags) options() (detect.Options, error) {
	o := detect.Options{Formats: all.Formats(), Deprecated: f.deprecated, Only: f.picks.only()}
	if f.placeholders == "" {
		return o, nil
	}
	text, err := os.ReadFile(f.placeholders)
	if err == nil {
		o.Placeholders, err = sigma.ParsePlaceholders(detect.File{Path: f.placeholders, Text: string(text)})
	}
	if err != nil {
		return o, usageError{fmt.Errorf("--placeholders: %w", err)}
	}
	return o, nil
}

// print writes an object as a JSON line, or its text. Rules come from anywhere:
// what their titles and values would do to a terminal is taken out.
func (f *ruleFlags) print(w io.Writer, object any, text string) error {
	if !f.json {
		_, err := fmt.Fprintln(w, strings.Map(func(r rune) rune {
			if r == '\n' || r == '\t' { // the lines and columns of the text
				return r
			}
			return plainRune(r)
		}, text))
		return err
	}
	return json.NewEncoder(w).Encode(object)
}

// foundError ends a command with code 1 after it said what it found.
type foundError struct{}

func (foundError) Error() string { return "" }
func (foundError) ExitCode() int { return exitFailed }
