package index

import (
	"cmp"
	"regexp/syntax"
	"slices"

	"github.com/vedette-edr/vedette/internal/detect/dfa"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// A condition is compiled to a list of numbers: of a predicate its number; of
// and, or and not the operator, where it ends, and its terms. The terms of and
// and or stand in the order in which they are evaluated.
const (
	opAnd = -1 - iota
	opOr
	opNot
)

// How a predicate is evaluated.
type mode uint8

const (
	byValue  mode = iota // by the value with its type
	byText               // on the folded texts
	byList               // on the texts, many literals at once
	byGlobs              // a literal first, then the patterns on the folded texts
	byRegexp             // a literal first, then the regular expressions
	byField              // the texts of two fields
	byExists             // by whether there are texts
)

// pred is a predicate that several rules may share.
type pred struct {
	p     *expr.Predicate
	mode  mode
	field int32
	ref   int32
	lits  *matcher
	regs  []*dfa.Regexp

	fixed   int  // steps of each evaluation
	weight  int  // steps for eight bytes of text
	scanned bool // the scan for candidates finds out whether it is true
}

// manyValues is from how many values on a predicate gets its own matcher.
const manyValues = 6

// term is a compiled part of a condition.
type term struct {
	code []int32
	cost float64 // of evaluating it, relative
	odds float64 // of being true, a guess
}

func (b *builder) compile(n expr.Node) term {
	switch n := n.(type) {
	case expr.And:
		return b.compileList(opAnd, n)
	case expr.Or:
		return b.compileList(opOr, n)
	case expr.Not:
		k := b.compile(n.Term)
		return term{append([]int32{opNot, int32(len(k.code) + 2)}, k.code...), k.cost, 1 - k.odds}
	case *expr.Predicate:
		id := b.predicate(n)
		return term{[]int32{id}, costOfPred(&b.preds[id]), b.odds(n)}
	}
	return term{code: []int32{opOr, 2}}
}

// costs of the modes, relative; of terms that are as likely the cheapest is
// evaluated first.
var costs = [...]float64{byValue: 4, byText: 1, byList: 3, byGlobs: 4, byRegexp: 12, byField: 2, byExists: 1} // immutable

func costOfPred(p *pred) float64 {
	c := costs[p.mode]
	if p.p.Op == expr.Contains {
		c *= 3
	}
	return c
}

// odds guesses how likely a predicate is true.
func (b *builder) odds(p *expr.Predicate) float64 {
	n := b.weigh(ofPredicate(p))
	if !n.ok {
		return 0.5
	}
	return min(n.cost, 0.95)
}

func (b *builder) compileList(op int32, nodes []expr.Node) term {
	var terms []term
	out := term{code: []int32{op, 0}, odds: 1}
	for _, n := range nodes {
		t := b.compile(n)
		if op == opOr {
			t.odds = 1 - t.odds // of deciding the result: the same as for and
		}
		terms = append(terms, t)
	}
	slices.SortStableFunc(terms, func(a, b term) int {
		return cmp.Compare(a.cost*(1.01-b.odds), b.cost*(1.01-a.odds))
	})
	if len(terms) == 1 {
		if op == opOr {
			terms[0].odds = 1 - terms[0].odds
		}
		return terms[0]
	}
	for _, t := range terms {
		out.code = append(out.code, t.code...)
		out.cost += t.cost * out.odds
		out.odds *= t.odds
	}
	if op == opOr {
		out.odds = 1 - out.odds
	}
	out.code[1] = int32(len(out.code))
	return out
}

// predicate returns the number of p, the same for equal predicates.
func (b *builder) predicate(p *expr.Predicate) int32 {
	key := p.String()
	if id, ok := b.predIDs[key]; ok {
		return id
	}
	q := pred{p: p, field: b.field(p.Field), ref: -1, mode: modeOf(p)}
	if p.Ref != nil {
		q.ref = b.field(*p.Ref)
	}
	n := ofPredicate(p)
	switch {
	case q.mode == byText && p.Op == expr.Like && n.ok:
		q.mode, q.lits = byGlobs, b.literalsOf(n)
	case q.mode == byText && n.ok && len(p.Values) >= manyValues && !n.cut:
		q.mode, q.lits = byList, b.literalsOf(n)
	case p.Op == expr.Matches:
		q.regs = b.automata(p)
		if q.regs != nil && p.Field.Scope != expr.Any {
			q.mode = byRegexp
		}
		if n.ok && len(n.atoms) <= maxRegexpLiterals {
			q.lits = b.literalsOf(n)
		}
	}
	q.fixed, q.weight = stepsOfTest+len(p.Values), weightOf(p)
	id := int32(len(b.preds))
	b.preds = append(b.preds, q)
	b.predIDs[key] = id
	return id
}

// weightOf estimates what evaluating p plainly may cost at most, in steps for
// eight bytes.
func weightOf(p *expr.Predicate) int {
	n := 0
	switch p.Op {
	case expr.Contains:
		n = 2 * len(p.Values)
	case expr.Like:
		for _, v := range p.Values {
			n += weightOfGlob(expr.ParseGlob(v))
		}
	case expr.Matches, expr.Extract:
		for _, re := range p.Regexps() {
			n += 16 * instructions(re.String())
		}
	}
	return n
}

// weightOfGlob is high for parts with ?, which are tried at each place.
func weightOfGlob(g expr.Glob) int {
	n := 0
	for i, part := range g.Parts {
		n += 2
		if slices.Contains(g.Single[i], true) {
			n += 8 * len(part)
		}
	}
	return n
}

// instructions returns how many steps package regexp may take for a byte.
func instructions(text string) int {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return 1
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 1
	}
	return len(prog.Inst)
}

// maxRegexpLiterals is up to how many literals are looked for before a regular
// expression is evaluated.
const maxRegexpLiterals = 200

// automata returns the regular expressions of p, nil when one is too large.
func (b *builder) automata(p *expr.Predicate) []*dfa.Regexp {
	var out []*dfa.Regexp
	for _, re := range p.Regexps() {
		text := re.String()
		r, ok := b.regexps[text]
		if !ok {
			r, _ = dfa.Compile(text) // nil: package regexp evaluates it
			b.regexps[text] = r
		}
		if r == nil {
			return nil
		}
		out = append(out, r)
	}
	return out
}

func (b *builder) literalsOf(n need) *matcher {
	m := newMatcherBuilder(lessUsed, nil)
	for _, a := range n.atoms {
		m.add(a.literal, 0)
	}
	out := m.build(&b.slabs)
	b.Stats.TableBytes += out.size()
	return out
}

// modeOf says whether folded texts decide p or the typed value must.
func modeOf(p *expr.Predicate) mode {
	if p.Ref != nil && p.Op == expr.Equal && p.Text && !p.Cased && textual(p.Field) && textual(*p.Ref) {
		return byField
	}
	if p.Op == expr.Exists && p.Field.Scope != expr.Any {
		return byExists
	}
	if p.Ref != nil || p.Cased {
		return byValue
	}
	switch p.Op {
	case expr.Contains, expr.StartsWith, expr.EndsWith, expr.Like:
		return byText // of numbers and addresses too
	case expr.Equal:
		if p.Field.Scope != expr.Any && textual(p.Field) && (p.Text || !slices.ContainsFunc(p.Values, expr.IsNumber)) {
			return byText
		}
	}
	return byValue
}

// textual reports whether the values of f are texts.
func textual(f expr.Field) bool {
	switch f.Scope {
	case expr.Data, expr.Any:
		return true
	case expr.Known:
		switch f.ID.Info().Type {
		case event.String, event.Strings, event.KindName:
			return true
		}
	}
	return false
}
