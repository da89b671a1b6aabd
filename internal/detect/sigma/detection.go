package sigma

import (
	"slices"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// compiler turns the selections of one rule into conditions.
type compiler struct {
	field        detect.Resolve
	other        detect.Resolve // of the field that fieldref names
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
	if it.unit != expr.NoUnit {
		if f.Scope == expr.Known && !f.Timed() {
			return nil, wrong(it.line, "", "", "%s holds no time", f.Name)
		}
		f = f.In(it.unit)
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
