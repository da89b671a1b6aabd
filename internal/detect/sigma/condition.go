package sigma

import (
	"path"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// condition is the parser of a Sigma condition over compiled selections.
type condition struct {
	toks  []string
	i     int
	line  int
	names []string // of the selections, in the order of the file
	nodes map[string]expr.Node
	used  map[string]bool
	depth int
}

// parse reads the whole condition.
func (c *condition) parse(text string) (expr.Node, *mistake) {
	c.toks, c.i = tokens(text), 0
	if len(c.toks) == 0 {
		return nil, c.wrong("the condition is empty", "name the selections that must match")
	}
	n, m := c.or()
	if m != nil {
		return nil, m
	}
	if c.i < len(c.toks) {
		if c.toks[c.i] == "|" {
			return nil, c.wrong("aggregations after | are no longer part of Sigma", "write a correlation rule")
		}
		return nil, c.wrong("unexpected "+c.toks[c.i], "join selections with and or or")
	}
	return n, nil
}

func (c *condition) wrong(what, do string) *mistake {
	return &mistake{line: c.line, field: "detection.condition", what: what, do: do}
}

// tokens cuts a condition into words, parentheses and pipes.
func tokens(text string) []string {
	for _, s := range []string{"(", ")", "|"} {
		text = strings.ReplaceAll(text, s, " "+s+" ")
	}
	return strings.Fields(text)
}

func (c *condition) word(w string) bool {
	if c.i < len(c.toks) && strings.EqualFold(c.toks[c.i], w) {
		c.i++
		return true
	}
	return false
}

func (c *condition) or() (expr.Node, *mistake) {
	n, m := c.and()
	if m != nil {
		return nil, m
	}
	terms := expr.Or{n}
	for c.word("or") {
		if n, m = c.and(); m != nil {
			return nil, m
		}
		terms = append(terms, n)
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return terms, nil
}

func (c *condition) and() (expr.Node, *mistake) {
	n, m := c.not()
	if m != nil {
		return nil, m
	}
	terms := expr.And{n}
	for c.word("and") {
		if n, m = c.not(); m != nil {
			return nil, m
		}
		terms = append(terms, n)
	}
	return flat(terms), nil
}

// maxNesting bounds parentheses and nots in a condition.
const maxNesting = 100

func (c *condition) not() (expr.Node, *mistake) {
	if c.depth++; c.depth > maxNesting {
		return nil, c.wrong("the condition is nested too deep", "")
	}
	defer func() { c.depth-- }()
	if c.word("not") {
		n, m := c.not()
		return expr.Not{Term: n}, m
	}
	if c.word("(") {
		n, m := c.or()
		if m != nil {
			return nil, m
		}
		if !c.word(")") {
			return nil, c.wrong("a parenthesis is not closed", "")
		}
		return n, nil
	}
	return c.name()
}

// name reads the name of a selection or "1 of pattern", "all of pattern".
func (c *condition) name() (expr.Node, *mistake) {
	if c.i >= len(c.toks) {
		return nil, c.wrong("the condition ends where a selection is due", "")
	}
	t := c.toks[c.i]
	c.i++
	quantifier := strings.EqualFold(t, "all") || strings.EqualFold(t, "any") || t == "1"
	if quantifier && c.word("of") {
		return c.of(strings.EqualFold(t, "all"))
	}
	n, ok := c.nodes[t]
	if !ok {
		return nil, c.wrong("there is no selection "+t, "the selections are "+strings.Join(c.names, ", "))
	}
	c.used[t] = true
	return n, nil
}

func (c *condition) of(all bool) (expr.Node, *mistake) {
	if c.i >= len(c.toks) {
		return nil, c.wrong("the condition ends behind of", "write a pattern of selections or them")
	}
	pattern := c.toks[c.i]
	c.i++
	var terms []expr.Node
	for _, name := range c.names {
		match, err := path.Match(pattern, name)
		if strings.EqualFold(pattern, "them") {
			match, err = !strings.HasPrefix(name, "_"), nil
		}
		if err != nil {
			return nil, c.wrong("bad pattern "+pattern, "use * for any text")
		}
		if match {
			terms = append(terms, c.nodes[name])
			c.used[name] = true
		}
	}
	if len(terms) == 0 {
		return nil, c.wrong("no selection fits "+pattern, "the selections are "+strings.Join(c.names, ", "))
	}
	if all {
		return flat(expr.And(terms)), nil
	}
	if len(terms) == 1 {
		return terms[0], nil
	}
	return expr.Or(terms), nil
}
