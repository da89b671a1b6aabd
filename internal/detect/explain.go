package detect

import (
	"fmt"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// Explanation says why a rule matches a record, or which predicates keep it
// from doing so.
type Explanation struct {
	Rule    string `json:"rule"`
	Title   string `json:"title"`
	Match   bool   `json:"match"`
	Applies bool   `json:"applies"`       // the rule is for records of this kind
	Why     string `json:"why,omitempty"` // when it is not
	Step    *Step  `json:"condition,omitempty"`
}

// Step is a node of a condition with its result.
type Step struct {
	Op    string `json:"op"` // and, or, not, predicate
	Text  string `json:"text,omitempty"`
	True  bool   `json:"true"`
	Value string `json:"value,omitempty"` // of the field
	There bool   `json:"there,omitempty"` // the field is present
	Steps []Step `json:"steps,omitempty"`
}

// Explain evaluates every predicate of r on rec, also where the result is
// decided before. Of several variants the one that matches is shown, else the
// first that applies.
func (r *Rule) Explain(rec expr.Record) Explanation {
	x := Explanation{Rule: r.ID, Title: r.Name}
	if r.Disabled {
		x.Why = "the rule is disabled in its file"
		return x
	}
	switch {
	case r.Correlation != nil:
		x.Why = "the rule joins matches of other rules over time; explain one of them: " + strings.Join(r.Correlation.Rules, ", ")
		return x
	case r.Exclusion != nil:
		x.Why = "the rule takes matches away from other rules; explain one of them"
		return x
	}
	for i := range r.Variants {
		v := &r.Variants[i]
		if !v.applies(rec) {
			continue
		}
		match := v.Where.Match(rec)
		if x.Step == nil || match && !x.Match {
			s := stepOf(v.Where.Root, rec)
			x.Step, x.Match, x.Applies = &s, match, true
		}
	}
	if !x.Applies {
		x.Why = fmt.Sprintf("the rule is for %s, the record is %s", r.appliesTo(), describe(rec))
	}
	return x
}

func stepOf(n expr.Node, rec expr.Record) Step {
	s := Step{True: (&expr.Expr{Root: n}).Match(rec)}
	switch n := n.(type) {
	case expr.And:
		s.Op = "and"
		for _, t := range n {
			s.Steps = append(s.Steps, stepOf(t, rec))
		}
	case expr.Or:
		s.Op = "or"
		for _, t := range n {
			s.Steps = append(s.Steps, stepOf(t, rec))
		}
	case expr.Not:
		s.Op = "not"
		s.Steps = []Step{stepOf(n.Term, rec)}
	case *expr.Predicate:
		s.Op, s.Text = "predicate", n.String()
		if n.Field.Scope == expr.Any {
			if s.True {
				s.Value, s.There = cut(valueOf(n, rec)), true
			}
			break
		}
		v := n.Field.Of(rec)
		s.Value, s.There = cut(expr.TextOf(v)), v.Present()
	}
	return s
}

// appliesTo lists the kinds and channels of a rule.
func (r *Rule) appliesTo() string {
	var out []string
	for _, v := range r.Variants {
		for _, k := range v.Kinds {
			out = append(out, k.String())
		}
		for _, s := range v.Sources {
			out = append(out, strings.TrimSpace(strings.Join([]string{s.Family, s.Channel, s.Code}, " ")))
		}
	}
	if len(out) == 0 {
		return r.Source + ", of which no events are made or read here"
	}
	return strings.Join(out, ", ")
}

func describe(rec expr.Record) string {
	kind := rec.Get(event.FieldEventAction).Str
	if ch := rec.Get(event.FieldLogChannel).Str; ch != "" {
		return kind + " " + ch + " " + rec.Get(event.FieldEventCode).Str
	}
	if kind == "" {
		return "of no kind"
	}
	return kind
}
