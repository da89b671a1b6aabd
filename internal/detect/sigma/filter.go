package sigma

import (
	"cmp"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// filter reads a document with the key filter: what its selections describe is
// no match of the rules that it names. The condition says what is taken away;
// written as "not selection" it means the same, as some tools have it.
func (p *reader) filter(r *detect.Rule, v value) *mistake {
	if v.shape != isMap {
		return wrong(v.line, "filter", "write rules, selections and a condition", "is a map, not %s", v.shape)
	}
	src, m := p.logsource()
	if m != nil {
		return m
	}
	x := &detect.Exclusion{Line: cmp.Or(v.line, r.Line), Fits: func(to *detect.Rule) bool { return to.Format == "sigma" && src.holds(to.Source) }}
	rules, ok := v.get("rules")
	if !ok {
		return wrong(v.line, "filter.rules", "name rules, or write any", "the filter names no rules")
	}
	if x.Rules, m = names(rules); m != nil {
		m.field = "filter.rules"
		return m
	}
	if rules.shape == isText && (strings.EqualFold(rules.text, "any") || strings.EqualFold(rules.text, "all")) {
		x.Rules = nil
	}
	selections := value{shape: isMap, line: v.line}
	for _, q := range v.pairs {
		if q.key != "rules" {
			selections.pairs = append(selections.pairs, q)
		}
	}
	where := func(f, other detect.Resolve) (expr.Node, *mistake) {
		x, m := p.compile(selections, f, other)
		if m != nil {
			m.field = strings.Replace(m.field, "detection", "filter", 1)
			return nil, m
		}
		if not, ok := x.Root.(expr.Not); ok {
			return not.Term, nil
		}
		return x.Root, nil
	}
	// What is wrong whatever the fields are is said now.
	t := source{}
	if _, m := where(t.raw, t.other); m != nil {
		return m
	}
	x.Where = func(v *detect.Variant) (expr.Node, *detect.Problem) {
		n, m := where(v.Names.Field, v.Names.Other)
		if m != nil {
			out := problem(p.file, m, p, true)
			return nil, &out
		}
		return n, nil
	}
	r.Exclusion, r.Source = x, "filter of "+src.String()
	return nil
}
