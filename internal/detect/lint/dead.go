package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
	"github.com/vedette-edr/vedette/internal/event"
)

// variants checks the conditions for our events; where a rule has none, the
// one for the first foreign log. The others say the same with other names.
func (c *checker) variants() {
	ours := false
	for i := range c.rule.Variants {
		if v := &c.rule.Variants[i]; len(v.Kinds) > 0 {
			ours = true
			c.variant(v, &event.Event{Kind: v.Kinds[0]})
		}
	}
	if !ours && len(c.rule.Variants) > 0 {
		c.variant(&c.rule.Variants[0], &event.Event{Kind: event.LogRecord})
	}
}

// variant checks one condition; empty is an event without any of its fields.
func (c *checker) variant(v *detect.Variant, empty *event.Event) {
	c.dead(v.Where.Root)
	if v.Where.Match(empty) {
		c.remark(c.rule.Line, "detection.condition", "add a selection that must match", "the condition is true of an event that has none of its fields")
		return
	}
	if len(v.Kinds) > 0 && !index.Selective(v.Where) {
		c.remark(c.rule.Line, "detection", "add a text that every match holds, of three characters or more", "no text is required: the rule is evaluated on every event of its kind")
	}
}

// dead looks for predicates, values and conjunctions that can never be true or
// decide nothing.
func (c *checker) dead(n expr.Node) {
	expr.Walk(n, func(n expr.Node) bool {
		switch n := n.(type) {
		case *expr.Predicate:
			if why := expr.Impossible(n); why != "" {
				c.remark(c.rule.Line, "detection", why, "%s can never be true", shown(n))
			}
			c.kind(n)
			c.values(n)
		case expr.And:
			c.contradictions(n)
			c.repeated(n)
		case expr.Or:
			c.repeated(n)
		}
		return true
	})
}

func (c *checker) kind(p *expr.Predicate) {
	if p.Field.Scope != expr.Known || p.Field.ID != event.FieldEventAction || p.Op != expr.Equal {
		return
	}
	for _, v := range p.Values {
		if _, ok := event.ParseKind(strings.ToLower(v)); !ok {
			c.remark(c.rule.Line, "detection", "docs/fields.md lists the kinds", "there is no kind %q", v)
		}
	}
}

// mostValues is up to how many values of one predicate are compared with each
// other.
const mostValues = 500

// values looks for values that decide nothing, because another one of the list
// is true whenever they are.
func (c *checker) values(p *expr.Predicate) {
	if len(p.Values) < 2 || len(p.Values) > mostValues || p.Ref != nil {
		return
	}
	folded := slices.Clone(p.Values)
	for i := range folded {
		if !p.Cased {
			folded[i] = expr.Fold(folded[i])
		}
	}
	found := 0
	for i, v := range p.Values {
		j := coveredBy(p.Op, folded, i)
		if j < 0 {
			continue
		}
		if found++; found <= mostNamed {
			c.remark(c.rule.Line, "detection", "take it out", "%s: the value %q decides nothing, %q is in the list", p.Field, v, p.Values[j])
		}
	}
	if found > mostNamed {
		c.remark(c.rule.Line, "detection", "take them out", "%s: %d more values of the list decide nothing", p.Field, found-mostNamed)
	}
}

// mostNamed is how many values of a list are named that decide nothing.
const mostNamed = 3

// coveredBy returns the place of a value that is true whenever the one at i is;
// of equal values the first counts. It returns -1 when there is none.
func coveredBy(op expr.Op, values []string, i int) int {
	for j, w := range values {
		if j != i && covers(op, w, values[i]) && (w != values[i] || j < i) {
			return j
		}
	}
	return -1
}

// covers reports whether everything that v is true of w is true of too.
func covers(op expr.Op, w, v string) bool {
	switch op {
	case expr.Contains:
		return strings.Contains(v, w)
	case expr.StartsWith:
		return strings.HasPrefix(v, w)
	case expr.EndsWith:
		return strings.HasSuffix(v, w)
	case expr.Equal, expr.Like, expr.Matches:
		return v == w
	}
	return false
}

// repeated looks for terms that stand twice.
func (c *checker) repeated(terms []expr.Node) {
	seen := map[string]bool{}
	for _, t := range terms {
		text := expr.Text(t)
		if seen[text] {
			c.remark(c.rule.Line, "detection", "once is enough", "%s stands twice", cut(text))
		}
		seen[text] = true
	}
}

// contradictions looks for a term beside its opposite, and for an equality none
// of whose values another term about the field lets through.
func (c *checker) contradictions(a expr.And) {
	for _, t := range a {
		if not, ok := t.(expr.Not); ok && slices.ContainsFunc(a, func(u expr.Node) bool { return expr.Text(u) == expr.Text(not.Term) }) {
			c.remark(c.rule.Line, "detection", "one of them must go", "%s and its opposite can never be true together", cut(expr.Text(not.Term)))
		}
		p, ok := t.(*expr.Predicate)
		if !ok || p.Op != expr.Equal || p.Ref != nil || !single(p.Field) {
			continue
		}
		for _, u := range a {
			if clash := never(p, u); clash != nil && u != t {
				c.remark(c.rule.Line, "detection", "one of them must go, or they belong in one list", "%s and %s can never be true together", shown(p), cut(expr.Text(clash)))
			}
		}
	}
}

// single reports whether a field has at most one value.
func single(f expr.Field) bool {
	return f.Scope == expr.Known && f.ID.Info().Type != event.Strings
}

// never returns term when it is false for each value of the equality p.
func never(p *expr.Predicate, term expr.Node) expr.Node {
	want := true
	q, ok := term.(*expr.Predicate)
	if not, negated := term.(expr.Not); negated {
		want = false
		q, ok = not.Term.(*expr.Predicate)
	}
	if !ok || q.Field != p.Field || q.Ref != nil {
		return nil
	}
	if slices.ContainsFunc(p.Values, func(v string) bool { return q.MatchText(v) == want }) {
		return nil
	}
	return term
}

func shown(p *expr.Predicate) string { return cut(p.String()) }

// cut keeps a remark readable.
func cut(text string) string {
	const most = 200
	if len(text) > most {
		return fmt.Sprintf("%s...", text[:most])
	}
	return text
}
