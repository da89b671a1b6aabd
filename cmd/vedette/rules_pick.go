package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/detect"
)

// picks say which of the rules are wanted, by patterns in which * stands for
// any text; upper and lower case are alike.
type picks struct {
	names []string // of the id or the title
	tags  []string // of a tag, a technique or a tactic
}

// only returns the choice, nil when all rules are wanted.
func (p picks) only() func(*detect.Rule) bool {
	if len(p.names)+len(p.tags) == 0 {
		return nil
	}
	return func(r *detect.Rule) bool {
		return like(p.names, r.ID, r.Name) && like(p.tags, slices.Concat(r.Tags, r.Techniques, r.Tactics)...)
	}
}

// of leaves the problems out of rules with other names.
func (p picks) of(problems []detect.Problem) []detect.Problem {
	return slices.DeleteFunc(problems, func(x detect.Problem) bool {
		return (x.Rule != "" || x.Title != "") && !like(p.names, x.Rule, x.Title)
	})
}

// like reports whether one of the texts is like one of the patterns; without
// patterns every text is.
func like(patterns []string, texts ...string) bool {
	return len(patterns) == 0 || slices.ContainsFunc(patterns, func(pattern string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return fits(strings.ToLower(pattern), strings.ToLower(text)) })
	})
}

func fits(pattern, text string) bool {
	first, rest, any := strings.Cut(pattern, "*")
	if !any {
		return text == pattern
	}
	if !strings.HasPrefix(text, first) {
		return false
	}
	text = text[len(first):]
	for {
		part, more, again := strings.Cut(rest, "*")
		if !again {
			return strings.HasSuffix(text, part)
		}
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text, rest = text[i+len(part):], more
	}
}

// tags prints every tag of the rules with their number, the most used first.
func (f *ruleFlags) tags(c *cobra.Command, set *detect.Set) error {
	counts := map[string]int{}
	for _, r := range set.Rules() {
		all := slices.Concat(r.Tags, r.Techniques, r.Tactics)
		if r.Format == "sigma" {
			all = r.Tags // has the others, as attack.t1059
		}
		for i, t := range all {
			if !slices.Contains(all[:i], t) {
				counts[t]++
			}
		}
	}
	order := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for _, t := range order {
		object := struct {
			Tag   string `json:"tag"`
			Rules int    `json:"rules"`
		}{t, counts[t]}
		if err := f.print(c.OutOrStdout(), object, fmt.Sprintf("%6d  %s", counts[t], t)); err != nil {
			return err
		}
	}
	return nil
}

// regexps prints every regular expression of the rules, as it is evaluated.
func (f *ruleFlags) regexps(c *cobra.Command, set *detect.Set) error {
	type line struct {
		Rule  string `json:"rule"`
		Field string `json:"field"`
		Regex string `json:"regex"`
	}
	told := map[line]bool{} // a rule has a variant for each form of records
	for _, r := range set.Rules() {
		for _, v := range r.Variants {
			for _, p := range v.Where.Predicates() {
				for _, re := range p.Regexps() {
					l := line{r.Name, p.Field.String(), re.String()}
					if told[l] {
						continue
					}
					told[l] = true
					if err := f.print(c.OutOrStdout(), l, strings.Join([]string{l.Rule, l.Field, l.Regex}, "\t")); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}
