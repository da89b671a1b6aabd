package index

import (
	"cmp"
	"slices"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

type nodeKind uint8

const (
	isPred nodeKind = iota
	isAnd
	isOr
	isNot
)

// node is a condition whose predicates are numbers.
type node struct {
	kind nodeKind
	pred int32
	kids []node
	cost int
}

// How a predicate is evaluated.
type mode uint8

const (
	byValue  mode = iota // by the value with its type
	byText               // on the folded texts
	byList               // on the folded texts, many literals at once
	byRegexp             // a literal first, then the regular expression
)

// pred is a predicate that several rules may share.
type pred struct {
	p     *expr.Predicate
	mode  mode
	field int32
	ref   int32
	lits  *matcher
}

// manyValues is from how many values on a predicate gets its own matcher.
const manyValues = 6

func (x *builder) compile(n expr.Node) node {
	switch n := n.(type) {
	case expr.And:
		return x.compileList(isAnd, n)
	case expr.Or:
		return x.compileList(isOr, n)
	case expr.Not:
		k := x.compile(n.Term)
		return node{kind: isNot, kids: []node{k}, cost: k.cost}
	case *expr.Predicate:
		id := x.predicate(n)
		return node{pred: id, cost: costs[x.preds[id].mode]}
	}
	return node{kind: isOr}
}

// costs of the modes, relative; terms are evaluated cheapest first.
var costs = [...]int{byValue: 3, byText: 2, byList: 4, byRegexp: 100} // immutable

func (x *builder) compileList(kind nodeKind, terms []expr.Node) node {
	out := node{kind: kind}
	for _, t := range terms {
		k := x.compile(t)
		out.kids = append(out.kids, k)
		out.cost += k.cost
	}
	slices.SortStableFunc(out.kids, func(a, b node) int { return cmp.Compare(a.cost, b.cost) })
	if len(out.kids) == 1 {
		return out.kids[0]
	}
	return out
}

// predicate returns the number of p, the same for equal predicates.
func (x *builder) predicate(p *expr.Predicate) int32 {
	key := p.String()
	if id, ok := x.predIDs[key]; ok {
		return id
	}
	q := pred{p: p, field: x.field(p.Field), ref: -1, mode: modeOf(p)}
	if p.Ref != nil {
		q.ref = x.field(*p.Ref)
	}
	regular := p.Op == expr.Matches || p.Op == expr.Extract
	switch n := ofPredicate(p); {
	case q.mode == byText && n.ok && len(p.Values) >= manyValues && p.Op != expr.Like:
		q.mode, q.lits = byList, literalsOf(n)
	case regular && n.ok:
		q.mode, q.lits = byRegexp, literalsOf(n)
	case regular:
		q.mode = byRegexp
	}
	if q.lits != nil {
		x.Stats.TableBytes += q.lits.bytes
	}
	id := int32(len(x.preds))
	x.preds = append(x.preds, q)
	x.predIDs[key] = id
	return id
}

func literalsOf(n need) *matcher {
	var b matcherBuilder
	for _, a := range n.atoms {
		b.add(a.literal, 0)
	}
	return b.build()
}

// modeOf says whether folded texts decide p or the typed value must.
func modeOf(p *expr.Predicate) mode {
	if p.Ref != nil || p.Cased {
		return byValue
	}
	if p.Field.Scope == expr.Known {
		switch p.Field.ID.Info().Type {
		case event.String, event.Strings, event.KindName:
		default:
			return byValue
		}
	}
	switch p.Op {
	case expr.Contains, expr.StartsWith, expr.EndsWith, expr.Like:
		return byText
	case expr.Equal:
		if p.Field.Scope != expr.Any && (p.Text || !slices.ContainsFunc(p.Values, expr.IsNumber)) {
			return byText
		}
	}
	return byValue
}

// eval reports whether n is true of the record of s.
func (x *Index) eval(s *scratch, n *node) bool {
	switch n.kind {
	case isPred:
		return x.holds(s, n.pred)
	case isNot:
		return !x.eval(s, &n.kids[0])
	case isAnd:
		for i := range n.kids {
			if !x.eval(s, &n.kids[i]) {
				return false
			}
		}
		return true
	}
	for i := range n.kids {
		if x.eval(s, &n.kids[i]) {
			return true
		}
	}
	return false
}

// holds evaluates a predicate once for each record.
func (x *Index) holds(s *scratch, id int32) bool {
	if m := s.memo[id]; m>>1 == s.gen {
		return m&1 == 1
	}
	hit := x.test(s, &x.preds[id])
	s.memo[id] = s.gen << 1
	if hit {
		s.memo[id] |= 1
	}
	return hit
}

func (x *Index) test(s *scratch, q *pred) bool {
	switch q.mode {
	case byText:
		for _, t := range s.folded(x, q.field) {
			if q.p.MatchFolded(t) {
				return true
			}
		}
		return false
	case byList:
		return s.holdsLiteral(x, q)
	case byRegexp:
		if q.lits != nil && !s.holdsLiteral(x, q) {
			return false
		}
	}
	if q.p.Field.Scope == expr.Any || q.ref >= 0 {
		return q.p.Match(s.rec)
	}
	return q.p.MatchValue(s.value(x, q.field))
}

func (s *scratch) holdsLiteral(x *Index, q *pred) bool {
	s.small.found = false
	for _, t := range s.folded(x, q.field) {
		if q.lits.scan(t, &s.small); s.small.found {
			return true
		}
	}
	return false
}
