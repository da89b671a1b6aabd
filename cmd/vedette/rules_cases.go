package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
)

// testedRule is a line of `vedette rules test --json`.
type testedRule struct {
	ID     string   `json:"id"`
	Title  string   `json:"title"`
	Path   string   `json:"path"`
	Events int      `json:"events"`
	OK     bool     `json:"ok"`
	Wrong  []string `json:"wrong,omitempty"` // which events did not do what they must
}

func newRulesTestCommand(f *ruleFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "test [PATH...]",
		Short: "Run the events that each rule must and must not match",
		RunE: func(c *cobra.Command, args []string) error {
			set, problems, err := f.load(args)
			if err != nil {
				return err
			}
			return f.test(c, set, problems)
		},
	}
}

func (f *ruleFlags) test(c *cobra.Command, set *detect.Set, problems []detect.Problem) error {
	failed, events, without := 0, 0, 0
	for _, p := range problems {
		if !p.Refused {
			continue
		}
		failed++
		if err := f.print(c.OutOrStdout(), testedRule{ID: p.Rule, Title: p.Title, Path: p.File, Wrong: []string{p.Error()}}, "REFUSED  "+p.Error()); err != nil {
			return err
		}
	}
	for _, r := range set.Rules() {
		t := set.Test(r)
		events += len(r.Cases)
		line := testedRule{r.ID, r.Name, r.Path, len(r.Cases), len(t) == 0, t}
		text := fmt.Sprintf("ok       %s: %d events", r.Path, len(r.Cases))
		switch {
		case len(t) > 0:
			failed++
			text = "FAILED   " + r.Path
			for _, w := range t {
				text += "\n         " + w
			}
		case len(r.Cases) == 0:
			without++
			text = "no test  " + r.Path
		}
		if err := f.print(c.OutOrStdout(), line, text); err != nil {
			return err
		}
	}
	total := map[string]int{"rules": len(set.Rules()), "events": events, "failed": failed, "without": without}
	if err := f.print(c.OutOrStdout(), total, fmt.Sprintf("%d rules, %d events, %d failed, %d without events", len(set.Rules()), events, failed, without)); err != nil {
		return err
	}
	if failed > 0 {
		return foundError{}
	}
	return nil
}
