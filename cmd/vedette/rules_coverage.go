package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/attack"
)

func newRulesCoverageCommand(f *ruleFlags) *cobra.Command {
	var out, level string
	c := &cobra.Command{
		Use:   "coverage [PATH...]",
		Short: "Show which ATT&CK techniques the rules look for; --layer writes a layer for the ATT&CK Navigator",
		Long: "Show the ATT&CK techniques that the rules name, with how many rules look for each. --layer writes a\n" +
			"layer that the ATT&CK Navigator opens, scored by the number of rules; - is standard output. Rules that\n" +
			"name no technique are counted at the end.",
		Example: "  vedette rules coverage --layer coverage.json\n  vedette rules coverage --rules rules,my-rules --level medium",
		RunE: func(c *cobra.Command, args []string) error {
			lowest := slices.Index(detect.Levels(), level)
			if lowest < 0 {
				return usageError{fmt.Errorf("--level %s: the levels are %s", level, strings.Join(detect.Levels(), ", "))}
			}
			set, _, err := f.load(args)
			if err != nil {
				return err
			}
			v := coverageOf(set, int64(lowest+1))
			if out == "" {
				return v.print(f, c.OutOrStdout())
			}
			return writeTo(out, c.OutOrStdout(), v.layer.Write)
		},
	}
	c.Flags().StringVar(&out, "layer", "", "write a layer for the ATT&CK Navigator to this file, - for standard output")
	c.Flags().StringVar(&level, "level", "informational", "count rules from this level on")
	return c
}

// coverage is what rules look for.
type coverage struct {
	layer   *attack.Layer
	rules   int
	without int // rules without a technique
}

func coverageOf(set *detect.Set, severity int64) *coverage {
	v := &coverage{layer: attack.New("Vedette rules")}
	for _, r := range set.Rules() {
		if !r.Raises() || r.Disabled || r.Severity < severity {
			continue
		}
		v.rules++
		if len(r.Techniques) == 0 {
			v.without++
		}
		for _, id := range r.Techniques {
			v.layer.Add(id, r.Name)
		}
	}
	v.layer.Describe(fmt.Sprintf("%d rules, %d of them without a technique", v.rules, v.without))
	return v
}

func (v *coverage) print(f *ruleFlags, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	counts := v.layer.Counts()
	if !f.json {
		fmt.Fprintln(w, "TECHNIQUE\tRULES\tNAMES")
	}
	for _, n := range counts {
		names := strings.Join(n.Rules[:min(len(n.Rules), 3)], "; ")
		if len(n.Rules) > 3 {
			names += "; ..."
		}
		line := map[string]any{"technique": n.Technique, "rules": n.Score, "titles": n.Rules}
		if err := f.print(w, line, fmt.Sprintf("%s\t%d\t%s", n.Technique, n.Score, names)); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	total := map[string]int{"techniques": len(counts), "rules": v.rules, "rules_without_technique": v.without}
	return f.print(out, total, fmt.Sprintf("%d techniques, %d rules, %d of them without a technique", len(counts), v.rules, v.without))
}

// writeTo gives write a file that replaces the old one when it is whole; - is
// stdout.
func writeTo(path string, stdout io.Writer, write func(io.Writer) error) error {
	if path == "-" {
		return write(stdout)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".layer-*")
	if err != nil {
		return usageError{fmt.Errorf("write %s: %w", path, err)}
	}
	defer os.Remove(file.Name())
	err = write(file)
	if err == nil {
		err = file.Chmod(0o644)
	}
	if e := file.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
