package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
)

// listedRule is a line of `vedette rules list --json`.
type listedRule struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Path       string   `json:"path"`
	Format     string   `json:"format"`
	Status     string   `json:"status"` // loaded, refused or disabled
	Reason     string   `json:"reason"` // why it is not loaded
	Level      string   `json:"level,omitempty"`
	Source     string   `json:"source,omitempty"`
	Techniques []string `json:"techniques,omitempty"`
	Tactics    []string `json:"tactics,omitempty"`
	Actions    []string `json:"actions,omitempty"`
}

// listedTotal is the last line of `vedette rules list --json`.
type listedTotal struct {
	Loaded  int `json:"loaded"`
	Refused int `json:"refused"`
	Silent  int `json:"silent"` // files that gave neither a rule nor a reason
}

func newRulesListCommand(f *ruleFlags) *cobra.Command {
	var tags, regexps bool
	c := &cobra.Command{
		Use:   "list [PATH...]",
		Short: "List the rules, and those that are refused or disabled with the reason",
		Long: "List every rule: loaded, refused because something in it is wrong or cannot be resolved, or disabled\n" +
			"because it says itself that it is deprecated or unsupported. The last line counts the loaded, the refused,\n" +
			"and the silent: files that gave neither a rule nor a reason, of which there should be none.",
		Example: "  vedette rules list --rules sigma/rules,sigma/rules-emerging-threats --json | tail -1\n" +
			"  vedette rules list --tag attack.persistence --name '*cron*'",
		RunE: func(c *cobra.Command, args []string) error {
			files, err := f.files(args)
			if err != nil {
				return err
			}
			set, problems, err := f.compile(files)
			if err != nil {
				return err
			}
			switch {
			case tags:
				return f.tags(c, set)
			case regexps:
				return f.regexps(c, set)
			}
			return f.list(c, files, set, problems)
		},
	}
	c.Flags().BoolVar(&tags, "tags", false, "list the tags of the rules instead, with the number of rules")
	c.Flags().BoolVar(&regexps, "regexes", false, "list the regular expressions of the rules instead: rule, field, expression")
	c.MarkFlagsMutuallyExclusive("tags", "regexes")
	return c
}

func (f *ruleFlags) list(c *cobra.Command, files []detect.File, set *detect.Set, problems []detect.Problem) error {
	spoken := map[string]bool{}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 8, 2, ' ', 0)
	if !f.json {
		fmt.Fprintln(w, "LEVEL\tTITLE\tWHERE\tTECHNIQUES\tFILE")
	}
	total := listedTotal{}
	for _, r := range set.Rules() {
		spoken[r.Path] = true
		total.Loaded++
		line := listedRule{r.ID, r.Name, r.Path, r.Format, "loaded", "", r.Level, r.Source, r.Techniques, r.Tactics, r.Actions}
		text := strings.Join([]string{r.Level, r.Name, r.Source, strings.Join(r.Techniques, " "), r.Path}, "\t")
		if err := f.print(w, line, text); err != nil {
			return err
		}
	}
	for _, p := range problems {
		spoken[p.File] = true
		status := "refused"
		switch {
		case p.Refused:
			total.Refused++
		case p.Disabled:
			status = "disabled"
		default:
			continue
		}
		line := listedRule{ID: p.Rule, Title: p.Title, Path: p.File, Format: p.Format, Status: status, Reason: p.Error()}
		if err := f.print(w, line, status+"\t"+p.Title+"\t\t\t"+p.Error()); err != nil {
			return err
		}
	}
	for _, file := range files {
		if f.picks.only() == nil && !spoken[file.Path] && !file.Aside() {
			total.Silent++
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.print(c.OutOrStdout(), total, fmt.Sprintf("%d loaded, %d refused", total.Loaded, total.Refused))
}
