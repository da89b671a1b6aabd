package gene

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/tree"
)

// condition reads the condition over the matches: $name, not, and, or and
// parentheses; not binds strongest, then and, then or.
type condition struct {
	line  int
	text  string
	toks  []string
	i     int
	nodes map[string]expr.Node
	used  map[string]bool
	mixed bool // and with or between the same parentheses
}

// maxConditionDepth bounds how deep parentheses and nots nest.
const maxConditionDepth = 100

func (c *condition) wrong(do, format string, args ...any) *tree.Mistake {
	return tree.Wrong(c.line, "Condition", do, format, args...)
}

func (c *condition) parse() (expr.Node, *tree.Mistake) {
	c.toks = tokens(c.text)
	n, m := c.or(0)
	if m != nil {
		return nil, m
	}
	switch t := c.peek(); t {
	case "":
		return n, nil
	case ")":
		return nil, c.wrong("remove it", "a parenthesis is closed that was not opened")
	}
	return nil, c.loose()
}

// loose is the mistake of two matches side by side.
func (c *condition) loose() *tree.Mistake {
	return c.wrong("write and or or before it", "%s stands beside another match without and or or", c.peek())
}

// tokens cuts a condition into names, operators and parentheses.
func tokens(text string) []string {
	for _, s := range []string{"(", ")", "!", "&&", "||"} {
		text = strings.ReplaceAll(text, s, " "+s+" ")
	}
	out := strings.Fields(text)
	for i, t := range out {
		switch strings.ToLower(t) {
		case "and", "&&":
			out[i] = "and"
		case "or", "||":
			out[i] = "or"
		case "not", "!":
			out[i] = "!"
		}
	}
	return out
}

func (c *condition) peek() string {
	if c.i < len(c.toks) {
		return c.toks[c.i]
	}
	return ""
}

func (c *condition) take(tok string) bool {
	if c.peek() != tok {
		return false
	}
	c.i++
	return true
}

func (c *condition) or(depth int) (expr.Node, *tree.Mistake) {
	n, ands, m := c.and(depth)
	if m != nil {
		return nil, m
	}
	terms := expr.Or{n}
	for c.take("or") {
		n, more, m := c.and(depth)
		if m != nil {
			return nil, m
		}
		ands = ands || more
		terms = append(terms, n)
	}
	c.mixed = c.mixed || ands && len(terms) > 1
	if len(terms) == 1 {
		return n, nil
	}
	return terms, nil
}

func (c *condition) and(depth int) (n expr.Node, several bool, m *tree.Mistake) {
	if n, m = c.unary(depth); m != nil {
		return nil, false, m
	}
	terms := expr.And{n}
	for c.take("and") {
		n, m := c.unary(depth)
		if m != nil {
			return nil, false, m
		}
		terms = append(terms, n)
	}
	if len(terms) == 1 {
		return n, false, nil
	}
	return terms, true, nil
}

func (c *condition) unary(depth int) (expr.Node, *tree.Mistake) {
	if depth > maxConditionDepth {
		return nil, c.wrong("", "nested deeper than %d", maxConditionDepth)
	}
	switch {
	case c.take("!"):
		n, m := c.unary(depth + 1)
		return expr.Not{Term: n}, m
	case c.take("("):
		n, m := c.or(depth + 1)
		switch {
		case m != nil || c.take(")"):
			return n, m
		case c.peek() != "":
			return nil, c.loose()
		}
		return nil, c.wrong("close it", "a parenthesis is not closed")
	}
	t := c.peek()
	if !strings.HasPrefix(t, "$") {
		if t == "" {
			t = "its end"
		}
		return nil, c.wrong("write a match such as $a", "%s stands where a match is due", t)
	}
	n := c.nodes[t]
	if n == nil {
		return nil, c.wrong("name a match of the rule", "there is no match %s", t)
	}
	c.i++
	c.used[t] = true
	return n, nil
}
