package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/lint"
)

func newRulesLintCommand(f *ruleFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "lint [PATH...]",
		Short: "Look for mistakes in rules: file, line, field, and what to do",
		Long: "Look for mistakes in rules. A rule with a mistake is refused when rules are loaded and makes the exit\n" +
			"code 1; a remark (something unused, costly, never true, not tested) does not.",
		RunE: func(c *cobra.Command, args []string) error {
			files, err := f.files(args)
			if err != nil {
				return err
			}
			// As the agent loads them: a field that our events lack is a mistake.
			o, err := f.options()
			if err != nil {
				return err
			}
			set, problems := detect.Load(o, files)
			problems = append(problems, lint.Check(set)...)
			return f.lint(c, set, problems)
		},
	}
}

func (f *ruleFlags) lint(c *cobra.Command, set *detect.Set, problems []detect.Problem) error {
	mistakes := 0
	for _, p := range problems {
		text := "remark   " + p.Error()
		if p.Refused {
			text = "mistake  " + p.Error()
			mistakes++
		}
		if err := f.print(c.OutOrStdout(), p, text); err != nil {
			return err
		}
	}
	total := map[string]int{"rules": len(set.Rules()), "mistakes": mistakes, "remarks": len(problems) - mistakes}
	if err := f.print(c.OutOrStdout(), total, fmt.Sprintf("%d rules load, %d mistakes, %d remarks", total["rules"], mistakes, total["remarks"])); err != nil {
		return err
	}
	if mistakes > 0 {
		return foundError{}
	}
	return nil
}
