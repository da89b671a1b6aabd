package sigma

import (
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// resolve turns the name of a field into the field that a record has, and a
// value of the rule into the value there. A field that the records lack is a
// mistake.
type resolve func(name string) (expr.Field, func(string) string, string)

// compiler turns the selections of one rule into conditions.
type compiler struct {
	field        resolve
	other        resolve // of the field that fieldref names
	placeholders map[string][]string
}

// selection compiles a selection: a map is all of its items, a list one of its
// elements; an element that is no map is a keyword.
func (c *compiler) selection(name string, v value) (expr.Node, *mistake) {
	switch v.shape {
	case isMap:
		return c.items(name, v)
	case isList:
		if len(v.items) == 0 {
			return nil, wrong(v.line, name, "remove it or give it items", "the selection is empty")
		}
		var or expr.Or
		for _, e := range v.items {
			n, m := c.element(name, e)
			if m != nil {
				return nil, m
			}
			or = append(or, n)
		}
		return join(or, false), nil
	case isNull:
		return nil, wrong(v.line, name, "remove it or give it items", "the selection is empty")
	}
	return c.element(name, v)
}

func (c *compiler) element(name string, v value) (expr.Node, *mistake) {
	switch v.shape {
	case isMap:
		return c.items(name, v)
	case isList, isNull:
		return nil, wrong(v.line, name, "", "an element of a selection is a map or a keyword, not %s", v.shape)
	}
	return c.item(item{field: "", line: v.line}, v)
}

func (c *compiler) items(name string, v value) (expr.Node, *mistake) {
	if len(v.pairs) == 0 {
		return nil, wrong(v.line, name, "remove it or give it items", "the selection is empty")
	}
	var and expr.And
	for _, p := range v.pairs {
		it, m := keyOf(p.key, p.line)
		var n expr.Node
		if m == nil {
			n, m = c.item(it, p.val)
		}
		if m != nil {
			if m.field == "" {
				m.field = name + "." + p.key
			}
			return nil, m
		}
		and = append(and, n)
	}
	return flat(and), nil
}

// item compiles a field with its values.
func (c *compiler) item(it item, v value) (expr.Node, *mistake) {
	if v.shape == isMap {
		return nil, wrong(v.line, "", "", "the value of a field is a text, a number or a list, not a map")
	}
	if v.shape == isList && len(v.items) == 0 {
		return nil, wrong(v.line, "", "give it values", "the list of values is empty")
	}
	f, translate, problem := c.resolve(it)
	if problem != "" {
		return nil, wrong(it.line, "", "see docs/new-rule.md for the fields of a log source", "%s", problem)
	}
	var nodes []expr.Node
	for _, x := range v.list() {
		n, m := c.one(it, f, translate, x)
		if m != nil {
			return nil, m
		}
		nodes = append(nodes, n)
	}
	n := join(nodes, it.all)
	if it.negate {
		n = expr.Not{Term: n}
	}
	return n, nil
}

func (c *compiler) resolve(it item) (expr.Field, func(string) string, string) {
	if it.field == "" {
		return expr.AnyField(), nil, ""
	}
	return c.field(it.field)
}

// join joins nodes by and or or; of an or, the predicates that differ only in
// their values become one with several values.
func join(nodes []expr.Node, all bool) expr.Node {
	if all {
		return flat(nodes)
	}
	var out expr.Or
	at := map[key]int{}
	for _, n := range nodes {
		p, ok := n.(*expr.Predicate)
		if !ok || p.Ref != nil || p.Op == expr.Exists {
			out = append(out, n)
			continue
		}
		k := key{p.Field, p.Op, p.Cased, p.Text}
		if i, ok := at[k]; ok {
			sum := out[i].(*expr.Predicate)
			sum.Values = append(sum.Values, p.Values...)
			continue
		}
		at[k] = len(out)
		sum := *p
		sum.Values = slices.Clone(p.Values)
		out = append(out, &sum)
	}
	for i, n := range out {
		if p, ok := n.(*expr.Predicate); ok {
			if made, err := expr.NewPredicate(*p); err == nil {
				out[i] = made
			}
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

// key is what predicates share that can be joined.
type key struct {
	field       expr.Field
	op          expr.Op
	cased, text bool
}

func flat(a expr.And) expr.Node {
	if len(a) == 1 {
		return a[0]
	}
	return a
}

// one compiles one value of a field.
func (c *compiler) one(it item, f expr.Field, translate func(string) string, v value) (expr.Node, *mistake) {
	if v.shape == isList || v.shape == isMap {
		return nil, wrong(v.line, "", "", "a value is a text, a number or empty, not %s", v.shape)
	}
	if v.shape == isNull {
		if it.method != byText || len(it.changes) > 0 || f.Scope == expr.Any {
			return nil, wrong(v.line, "", "", "the modifiers do not go with an empty value")
		}
		return made(expr.Predicate{Field: f, Op: expr.Exists}, v.line, true)
	}
	s := v.text
	if translate != nil {
		s = translate(s)
	}
	switch it.method {
	case byRegex:
		if it.flags != "" {
			s = "(?" + it.flags + ")" + s
		}
		return made(expr.Predicate{Field: f, Op: expr.Matches, Cased: true, Values: []string{s}}, v.line, false)
	case byCIDR:
		return made(expr.Predicate{Field: f, Op: expr.CIDR, Values: []string{s}}, v.line, false)
	case byOrder:
		if !expr.IsNumber(s) {
			return nil, wrong(v.line, "", "write a number", "%q is not a number", s)
		}
		return made(expr.Predicate{Field: f, Op: it.order, Values: []string{s}}, v.line, false)
	case byExists:
		if v.shape != isBool {
			return nil, wrong(v.line, "", "write true or false", "exists takes true or false, not %q", s)
		}
		return made(expr.Predicate{Field: f, Op: expr.Exists}, v.line, s == "false")
	case byField:
		return c.fieldRef(it, f, v)
	}
	return c.text(it, f, s, v)
}

func made(p expr.Predicate, line int, negate bool) (expr.Node, *mistake) {
	n, err := expr.NewPredicate(p)
	if err != nil {
		return nil, wrong(line, "", "", "%s", err)
	}
	if negate {
		return expr.Not{Term: n}, nil
	}
	return n, nil
}

func (c *compiler) fieldRef(it item, f expr.Field, v value) (expr.Node, *mistake) {
	other, _, problem := c.other(v.text)
	if problem != "" {
		return nil, wrong(v.line, "", "", "%s", problem)
	}
	op := expr.Equal
	switch {
	case it.before && it.behind:
		op = expr.Contains
	case it.before:
		op = expr.EndsWith
	case it.behind:
		op = expr.StartsWith
	}
	return made(expr.Predicate{Field: f, Op: op, Ref: &other, Cased: it.cased, Text: true}, v.line, false)
}

// text compiles a Sigma string with its placeholders, changes and wildcards.
func (c *compiler) text(it item, f expr.Field, s string, v value) (expr.Node, *mistake) {
	sources := []string{s}
	if it.expand {
		var m *mistake
		if sources, m = c.expand(s, v.line); m != nil {
			return nil, m
		}
	}
	var forms []text
	for _, src := range sources {
		forms = append(forms, parseText(src))
	}
	for _, ch := range it.changes {
		var next []text
		for _, t := range forms {
			out, problem := ch.apply(t)
			if problem != "" {
				return nil, wrong(v.line, "", "", "%s: %s", ch.name, problem)
			}
			next = append(next, out...)
		}
		forms = next
	}
	var nodes []expr.Node
	for _, t := range forms {
		keyword := f.Scope == expr.Any
		x := t.around(it.before || keyword, it.behind || keyword).test()
		p := expr.Predicate{Field: f, Op: x.op, Cased: it.cased, Text: true}
		if x.op == expr.Exists {
			p.Cased, p.Text = false, false
		} else {
			p.Values = []string{x.value}
		}
		n, m := made(p, v.line, false)
		if m != nil {
			return nil, m
		}
		nodes = append(nodes, n)
	}
	return join(nodes, false), nil
}

// expand replaces the %name% of s with their configured values.
func (c *compiler) expand(s string, line int) ([]string, *mistake) {
	head, rest, ok := strings.Cut(s, "%")
	name, tail, ok2 := strings.Cut(rest, "%")
	if !ok || !ok2 {
		return []string{s}, nil
	}
	values := c.placeholders[name]
	if len(values) == 0 {
		return nil, wrong(line, "", "give the placeholder values in the configuration", "the placeholder %%%s%% has no value", name)
	}
	tails, m := c.expand(tail, line)
	if m != nil {
		return nil, m
	}
	var out []string
	for _, v := range values {
		for _, t := range tails {
			if len(out) == maxExpansion {
				return nil, wrong(line, "", "", "the placeholders stand for more than %d values", maxExpansion)
			}
			out = append(out, head+v+t)
		}
	}
	return out, nil
}
