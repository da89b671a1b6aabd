package sigma

import (
	"regexp"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// one compiles one value of a field.
func (c *compiler) one(it item, f expr.Field, translate func(string) string, v value) (expr.Node, *mistake) {
	if v.shape == isList || v.shape == isMap {
		return nil, wrong(v.line, "", "", "a value is a text, a number or empty, not %s", v.shape)
	}
	if v.shape == isNull {
		if it.method != byText || len(it.changes) > 0 || it.before || it.behind || it.expand || it.unit != expr.NoUnit || f.Scope == expr.Any {
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
		return c.pattern(it, expr.Predicate{Field: f, Op: expr.Matches, Cased: true}, s, v.line)
	case byCIDR:
		return c.pattern(it, expr.Predicate{Field: f, Op: expr.CIDR}, s, v.line)
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
	if it.unit != expr.NoUnit {
		if v.shape != isNumber && !expr.IsNumber(s) {
			return nil, wrong(v.line, "", "write a number", "%q is not a number", s)
		}
		return made(expr.Predicate{Field: f, Op: expr.Equal, Values: []string{s}}, v.line, false)
	}
	return c.text(it, f, s, v)
}

// pattern compiles a regular expression or a network, with its placeholders.
func (c *compiler) pattern(it item, p expr.Predicate, s string, line int) (expr.Node, *mistake) {
	p.Values = []string{s}
	if it.expand {
		var m *mistake
		if p.Values, m = c.expand(s, line); m != nil {
			return nil, m
		}
	}
	if it.flags != "" {
		for i := range p.Values {
			p.Values[i] = "(?" + it.flags + ")" + p.Values[i]
		}
	}
	return made(p, line, false)
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
	if len(forms) == 0 {
		return nil, wrong(v.line, "", "write a longer value", "nothing of %q stays the same when it is encoded", s)
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

// placeholder is a %name% that expand replaces. immutable
var placeholder = regexp.MustCompile(`%([\pL\pN_.-]+)%`)

// expand replaces the %name% of s with their configured values; \% is a plain
// percent sign.
func (c *compiler) expand(s string, line int) ([]string, *mistake) {
	out := []string{""}
	for s != "" {
		plain, name := s, ""
		s = ""
		for from := 0; ; {
			at := placeholder.FindStringSubmatchIndex(plain[from:])
			if at == nil {
				break
			}
			begin := from + at[0]
			if begin > 0 && plain[begin-1] == '\\' {
				from = begin + 1
				continue
			}
			plain, name, s = plain[:begin], plain[from+at[2]:from+at[3]], plain[from+at[1]:]
			break
		}
		values := []string{""}
		if name != "" {
			if values = c.placeholders[name]; len(values) == 0 {
				m := wrong(line, "", "configure its values: placeholders in the policy, --placeholders on the command line", "the placeholder %%%s%% has no value", name)
				m.unset = true
				return nil, m
			}
		}
		if len(out)*len(values) > maxExpansion {
			return nil, wrong(line, "", "", "the placeholders stand for more than %d values", maxExpansion)
		}
		plain = strings.ReplaceAll(plain, `\%`, "%")
		var next []string
		for _, head := range out {
			for _, v := range values {
				next = append(next, head+plain+v)
			}
		}
		out = next
	}
	return out, nil
}
