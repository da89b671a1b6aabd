package detect

import (
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// Correlation is what a rule that joins the matches of others asks for, as it
// is written.
type Correlation struct {
	Kind       correlate.Kind
	Rules      []string // ids or handles
	GroupBy    []string
	Aliases    map[string]map[string]string // alias, rule, field
	Span       time.Duration
	Limit      correlate.Limit
	Fields     []string // whose values are counted
	Percentile float64  // or correlate.Share
	Generate   bool     // its rules raise findings of their own, also those of its file
	Line       int
}

// spec returns what the engine needs of r. Its key is the same for a rule that
// was loaded again and is unchanged.
func (r *Rule) spec() correlate.Rule {
	c := r.Correlation
	as := *c
	as.Line = 0 // a rule that only moved in its file is the same
	return correlate.Rule{
		Key:  fmt.Sprintf("%s %+v", r.ID, as),
		Kind: c.Kind, Slots: len(c.Rules), Span: c.Span, Limit: c.Limit, Percentile: c.Percentile,
	}
}

// Check says what is wrong with the numbers of c, nil when nothing is.
func (c *Correlation) Check() error {
	return (&Rule{Correlation: c}).spec().Check()
}

// plan says what the matches of each rule mean for the correlations of a set.
type plan struct {
	correlations []*Rule
	feeds        map[*Rule][]feed
}

// feed is a rule as one of the rules of a correlation.
type feed struct {
	to, slot int
	group    [][]expr.Field // by variant of the rule that is at the bottom; nil when the records lack a field
	value    [][]expr.Field
	above    []feed
}

// planOf lists the feeds of rules that are linked.
func planOf(rules []*Rule) plan {
	p := plan{feeds: map[*Rule][]feed{}}
	for _, r := range rules {
		if r.Correlation != nil && !r.Disabled {
			p.correlations = append(p.correlations, r)
		}
	}
	for _, r := range rules {
		if r.Correlation == nil && !r.Disabled && len(p.correlations) > 0 {
			if fs := p.feedsOf(r, []*Rule{r}); fs != nil {
				p.feeds[r] = fs
			}
		}
	}
	return p
}

// feedsOf lists the correlations that name the first rule of path; its last is
// the one that matches records.
func (p *plan) feedsOf(r *Rule, path []*Rule) []feed {
	var out []feed
	for to, c := range p.correlations {
		for slot, ref := range c.Correlation.Rules {
			if !path[0].called(ref) {
				continue
			}
			f := feed{to: to, slot: slot}
			for i := range r.Variants {
				group, _ := c.Correlation.fields(c.Correlation.GroupBy, &r.Variants[i], path)
				value, _ := c.Correlation.fields(c.Correlation.Fields, &r.Variants[i], path)
				f.group, f.value = append(f.group, group), append(f.value, value)
			}
			f.above = p.feedsOf(r, append([]*Rule{c}, path...))
			out = append(out, f)
		}
	}
	return out
}

// called reports whether ref means r.
func (r *Rule) called(ref string) bool { return r.ID == ref || r.Handle != "" && r.Handle == ref }

// fields returns what names stand for in the records of a variant; aliases are
// of the rules of path, the nearest first.
func (c *Correlation) fields(names []string, v *Variant, path []*Rule) ([]expr.Field, string) {
	out := make([]expr.Field, 0, len(names))
	for _, name := range names {
		own, problem := c.alias(name, path)
		if problem != "" {
			return nil, problem
		}
		f, problem := v.field(own)
		if problem != "" {
			return nil, problem
		}
		out = append(out, f)
	}
	return out, ""
}

func (c *Correlation) alias(name string, path []*Rule) (string, string) {
	of, ok := c.Aliases[name]
	if !ok {
		return name, ""
	}
	for _, r := range path {
		for ref, field := range of {
			if r.called(ref) {
				return field, ""
			}
		}
	}
	return "", fmt.Sprintf("the alias %s has no field of the rule %s", name, path[0].Name)
}

// serves reports whether the records of a rule can feed c; else what is wrong.
func (c *Correlation) serves(r *Rule, path []*Rule) string {
	if len(r.Variants) == 0 {
		_, problem := c.fields(slices.Concat(c.GroupBy, c.Fields), &Variant{}, path)
		return problem // no records of it are made or read here
	}
	first := ""
	for i := range r.Variants {
		_, problem := c.fields(slices.Concat(c.GroupBy, c.Fields), &r.Variants[i], path)
		if problem == "" {
			return ""
		}
		if first == "" {
			first = problem
		}
	}
	return first
}
