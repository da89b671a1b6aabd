package sigma

import (
	"fmt"
	"slices"
	"strconv"
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
	if n, ok := quantifier(t); ok && c.word("of") {
		return c.of(n)
	}
	n, ok := c.nodes[t]
	if !ok {
		return nil, c.wrong("there is no selection "+t, "the selections are "+strings.Join(c.names, ", "))
	}
	c.used[t] = true
	return n, nil
}

// quantifier reads what may stand before of: a number, any (1) or all (0).
func quantifier(t string) (int, bool) {
	switch {
	case strings.EqualFold(t, "all"):
		return 0, true
	case strings.EqualFold(t, "any"):
		return 1, true
	}
	n, err := strconv.Atoi(t)
	return n, err == nil && n > 0
}

// of reads a pattern of selections of which least must match; 0 is all.
func (c *condition) of(least int) (expr.Node, *mistake) {
	if c.i >= len(c.toks) {
		return nil, c.wrong("the condition ends behind of", "write a pattern of selections or them")
	}
	pattern := c.toks[c.i]
	c.i++
	glob := expr.ParseGlob(pattern)
	var terms []expr.Node
	for _, name := range c.names {
		match := glob.Match([]byte(name))
		if strings.EqualFold(pattern, "them") {
			match = !strings.HasPrefix(name, "_")
		}
		if match {
			terms = append(terms, c.nodes[name])
			c.used[name] = true
		}
	}
	switch {
	case len(terms) == 0:
		return nil, c.wrong("no selection fits "+pattern, "the selections are "+strings.Join(c.names, ", "))
	case least == 0 || least == len(terms):
		return flat(expr.And(terms)), nil
	case least > len(terms):
		return nil, c.wrong(fmt.Sprintf("%d of %s: only %d selections fit", least, pattern, len(terms)), "")
	case least == 1:
		return expr.Or(terms), nil
	}
	sets := choose(terms, least)
	if sets == nil {
		return nil, c.wrong(fmt.Sprintf("%d of %d selections: too many combinations", least, len(terms)), "")
	}
	return sets, nil
}

// maxChoices bounds the combinations that "n of" stands for.
const maxChoices = 512

// choose returns the combinations of n terms, nil when they are too many.
func choose(terms []expr.Node, n int) expr.Or {
	var out expr.Or
	var pick func(from int, taken expr.And) bool
	pick = func(from int, taken expr.And) bool {
		if len(taken) == n {
			out = append(out, slices.Clone(taken))
			return len(out) <= maxChoices
		}
		for i := from; i < len(terms); i++ {
			if !pick(i+1, append(taken[:len(taken):len(taken)], terms[i])) {
				return false
			}
		}
		return true
	}
	if !pick(0, nil) {
		return nil
	}
	return out
}
