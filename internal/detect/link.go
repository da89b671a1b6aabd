package detect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// Exclusion takes matches away from other rules: what it describes is no match
// of them.
type Exclusion struct {
	Rules []string // ids or handles; empty is every rule that Fits
	Fits  func(*Rule) bool
	Where func(*Variant) (expr.Node, *Problem) // what it describes, in the records of a variant
	Line  int
}

// maxChain bounds how many correlations may stand on each other.
const maxChain = 8

// linker resolves what rules say of other rules.
type linker struct {
	rules    []*Rule
	called   map[string]*Rule
	refused  map[*Rule]bool
	problems []Problem
}

// link adds exclusions to the rules that they name, and refuses correlations
// whose rules are not there.
func link(rules []*Rule) ([]*Rule, []Problem) {
	l := &linker{rules: rules, called: map[string]*Rule{}, refused: map[*Rule]bool{}}
	for _, r := range rules {
		l.called[r.ID] = r
	}
	for _, r := range rules {
		switch first := l.called[r.Handle]; {
		case r.Handle == "" || first == r:
		case first != nil:
			l.problem(r, false, "name", "give each rule a name of its own", "%s is also the name or the id of the rule in %s", r.Handle, first.Path)
		default:
			l.called[r.Handle] = r
		}
	}
	for _, r := range rules {
		if r.Exclusion != nil && !r.Disabled {
			l.exclude(r)
		}
	}
	l.correlations()
	return slices.DeleteFunc(rules, func(r *Rule) bool { return l.refused[r] }), l.problems
}

// wanted returns the rules that only says, and in silence those that their
// correlations join. What filters take away from them is taken away already.
func wanted(rules []*Rule, only func(*Rule) bool) []*Rule {
	if only == nil {
		return rules
	}
	keep := map[*Rule]bool{}
	var needed func(r *Rule)
	needed = func(r *Rule) {
		if keep[r] {
			return
		}
		keep[r] = true
		if r.Correlation == nil {
			return
		}
		for _, base := range rules {
			if slices.ContainsFunc(r.Correlation.Rules, base.called) {
				needed(base)
			}
		}
	}
	for _, r := range rules {
		if only(r) {
			needed(r)
		}
	}
	rules = slices.DeleteFunc(rules, func(r *Rule) bool { return !keep[r] })
	for _, r := range rules {
		r.Silent = r.Silent || !only(r)
	}
	return rules
}

func (l *linker) problem(r *Rule, refused bool, field, do, format string, args ...any) {
	line := r.Line
	switch {
	case r.Correlation != nil:
		line = r.Correlation.Line
	case r.Exclusion != nil:
		line = r.Exclusion.Line
	}
	l.problems = append(l.problems, Problem{
		File: r.Path, Line: line, Field: field, Rule: r.ID, Title: r.Name, Format: r.Format, Refused: refused, What: fmt.Sprintf(format, args...), Do: do,
	})
	if refused {
		l.refused[r] = true
	}
}

// exclude adds x to the rules that it names.
func (l *linker) exclude(x *Rule) {
	targets := slices.Clone(l.rules)
	if refs := x.Exclusion.Rules; len(refs) > 0 {
		targets = targets[:0]
		for _, ref := range refs {
			if r := l.called[ref]; r != nil {
				targets = append(targets, r)
			} else {
				l.problem(x, false, "filter.rules", "", "there is no rule %s", ref)
			}
		}
	}
	targets = slices.DeleteFunc(targets, func(r *Rule) bool {
		return r.Correlation != nil || r.Exclusion != nil || !x.Exclusion.Fits(r)
	})
	if len(targets) == 0 {
		l.problem(x, true, "filter.rules", "name rules that are loaded and have the same logsource", "there is no rule that the filter could be for")
		return
	}
	changed := map[*Variant]*expr.Expr{}
	for _, r := range targets {
		if p := exclusions(x, r, changed); p != nil {
			p.File, p.Rule, p.Title, p.Format, p.Refused = x.Path, x.ID, x.Name, x.Format, true
			l.problems, l.refused[x] = append(l.problems, *p), true
			return // nothing was changed yet: a filter is there as a whole or not at all
		}
	}
	for v, where := range changed {
		v.Where = where
	}
}

// exclusions collects what x makes of the conditions of r. Of several variants
// one must have the fields of x.
func exclusions(x, r *Rule, changed map[*Variant]*expr.Expr) *Problem {
	var first *Problem
	fits := len(r.Variants) == 0
	for i := range r.Variants {
		v := &r.Variants[i]
		n, p := x.Exclusion.Where(v)
		if p != nil {
			if first == nil {
				first = p
			}
			continue
		}
		fits = true
		changed[v] = &expr.Expr{Root: expr.And{v.Where.Root, expr.Not{Term: n}}}
	}
	if fits {
		return nil
	}
	return first
}

// correlations refuses those whose rules are not there, until no more are:
// they may name each other.
func (l *linker) correlations() {
	for again := true; again; {
		again = false
		for _, r := range l.rules {
			if r.Correlation == nil || l.refused[r] || r.Disabled {
				continue
			}
			l.resolve(r)
			again = again || l.refused[r]
		}
	}
	for _, r := range l.rules {
		if r.Correlation == nil || l.refused[r] || r.Disabled {
			continue
		}
		for _, ref := range r.Correlation.Rules {
			base := l.called[ref]
			base.Silent = base.Silent || base.Correlation == nil && base.Path == r.Path && !l.generated(base)
		}
	}
}

// generated reports whether a correlation wants the findings of its rule too.
func (l *linker) generated(base *Rule) bool {
	return slices.ContainsFunc(l.rules, func(r *Rule) bool {
		return r.Correlation != nil && r.Correlation.Generate && slices.ContainsFunc(r.Correlation.Rules, base.called)
	})
}

func (l *linker) resolve(r *Rule) {
	for _, ref := range r.Correlation.Rules {
		switch base := l.called[ref]; {
		case base == nil || base.Exclusion != nil:
			l.problem(r, true, "correlation.rules", "write the id or the name of a rule that is loaded with it", "there is no rule %s", ref)
		case l.refused[base]:
			l.problem(r, true, "correlation.rules", "", "the rule %s is refused", ref)
		case base.Disabled:
			l.problem(r, true, "correlation.rules", "", "the rule %s is disabled", ref)
		default:
			l.descend(r, base, []*Rule{base})
		}
		if l.refused[r] {
			return
		}
	}
}

// descend checks that the records at the bottom have what r asks for.
func (l *linker) descend(r, base *Rule, path []*Rule) {
	if base == r || len(path) > maxChain {
		l.problem(r, true, "correlation.rules", "", "correlations stand on each other in a circle, or more than %d deep", maxChain)
		return
	}
	if base.Correlation == nil {
		if what := r.Correlation.serves(base, path); what != "" {
			names := strings.Join(slices.Concat(r.Correlation.GroupBy, r.Correlation.Fields), ", ")
			l.problem(r, true, "correlation", "the fields "+names+" must be there, or be aliases", "rule %s: %s", base.Name, what)
		}
		return
	}
	for _, ref := range base.Correlation.Rules {
		if next := l.called[ref]; next != nil && !l.refused[next] && !l.refused[r] {
			l.descend(r, next, append(path[:len(path):len(path)], next))
		}
	}
}
