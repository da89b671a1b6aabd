// Package index evaluates many conditions on one record at once. Conditions
// are routed by where they apply: the kind of an event, or the channel and the
// code of a foreign record. Of each condition the index takes the cheapest set
// of literals one of which a matching record must have, finds all literals of
// a field in one pass, and evaluates only the conditions whose literal is
// there; predicates that several conditions share are evaluated once, regular
// expressions last.
//
// An Index is immutable and safe for concurrent use.
package index

import (
	"sync"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// Variant is a condition and where it applies. A rule has several when its
// fields have other names elsewhere.
type Variant struct {
	Rule    int // what Match reports, from 0
	Kinds   []event.Kind
	Sources []Source
	Where   *expr.Expr
}

// Source names records of a foreign log. Empty parts stand for any.
type Source struct {
	Channel string // log.channel, case does not count
	Code    string // event.code
	Family  string // of the channel, see FamilyOf; only without Channel
}

// Stats says what an index is made of.
type Stats struct {
	Variants   int
	Predicates int // different ones
	Literals   int
	Always     int // variants without a literal, evaluated on each record of their route
	TableBytes int
}

// Index evaluates its variants.
type Index struct {
	Stats    Stats
	rules    int
	fields   []expr.Field
	preds    []pred
	variants []variant
	names    nameTable
	kinds    [256]*group
	channels map[string]*channel
	families map[string]*group
	pool     sync.Pool
	cut      atomic.Int64
	spent    atomic.Int64
	guards   int32 // ids that stand for lists of ids
}

type variant struct {
	rule int32
	code []int32
}

// channel holds the groups of one channel. A group also has the conditions of
// those that stand for more: a code those of every code, every code those of
// the family.
type channel struct {
	every *group
	codes map[string]*group
}

// group is the conditions of one route.
type group struct {
	fields []groupField
	always []int32 // variants without a literal
}

type groupField struct {
	field int32
	lits  *matcher
}

func (g *group) empty() bool { return len(g.fields) == 0 && len(g.always) == 0 }

// Found is the rules that are true of a record, and the predicates that made
// them true. It can be used again.
type Found struct {
	Hits []Hit
	True []*expr.Predicate
}

// Hit is a rule that is true of a record.
type Hit struct {
	Rule     int
	from, to int // in Found.True
}

// Why returns the predicates that made h true, the cheapest first.
func (f *Found) Why(h Hit) []*expr.Predicate { return f.True[h.from:h.to] }

// Match appends to dst the rules that are true of rec, each once.
func (x *Index) Match(rec expr.Record, dst []int) []int {
	s := x.find(rec)
	if s == nil {
		return dst
	}
	x.evaluate(s, func(v *variant) { dst = append(dst, int(v.rule)) })
	return dst
}

// Find fills found with the rules that are true of rec, each once.
func (x *Index) Find(rec expr.Record, found *Found) {
	clear(found.True)
	found.Hits, found.True = found.Hits[:0], found.True[:0]
	s := x.find(rec)
	if s == nil {
		return
	}
	x.evaluate(s, func(v *variant) {
		from := len(found.True)
		found.True = s.reasons(v.code, 0, found.True)
		found.Hits = append(found.Hits, Hit{int(v.rule), from, len(found.True)})
	})
}

// find returns the candidates of the groups that rec belongs to; nil when
// there is no such group.
func (x *Index) find(rec expr.Record) *scratch {
	kind := event.Kind(rec.Get(event.FieldEventAction).Num)
	if kind != event.KindNone && kind != event.LogRecord {
		if int(kind) >= len(x.kinds) || x.kinds[kind] == nil {
			return nil
		}
		s := x.begin(rec)
		x.candidates(s, x.kinds[kind])
		return s
	}
	var log *group
	if kind == event.LogRecord {
		log = x.kinds[event.LogRecord]
	}
	g := x.foreign(rec)
	if log == nil && (g == nil || g.empty()) {
		return nil
	}
	s := x.begin(rec)
	s.list()
	if log != nil {
		x.candidates(s, log)
	}
	if g != nil {
		x.candidates(s, g)
	}
	return s
}

// foreign returns the group of a foreign record, nil when there is none.
func (x *Index) foreign(rec expr.Record) *group {
	name := rec.Get(event.FieldLogChannel).Str
	var stack [64]byte
	c := x.channels[string(expr.AppendFold(stack[:0], name))]
	if c == nil {
		if len(x.families) == 0 {
			return nil
		}
		return x.families[FamilyOf(name)]
	}
	if len(c.codes) > 0 {
		if g := c.codes[rec.Get(event.FieldEventCode).Str]; g != nil {
			return g
		}
	}
	return c.every
}

// Cut returns how many field values were longer than expr.MaxField and were
// matched only up to there.
func (x *Index) Cut() int64 { return x.cut.Load() }

func (x *Index) begin(rec expr.Record) *scratch {
	s, ok := x.pool.Get().(*scratch)
	if !ok {
		s = newScratch(x)
	}
	s.start(rec)
	return s
}

// candidates finds the conditions of g whose literal rec has.
func (x *Index) candidates(s *scratch, g *group) {
	for i := range g.fields {
		f := &g.fields[i]
		s.scan(f.lits, f.field, &s.sink)
	}
	s.sink.take(g.always)
}

// evaluate gives the candidates that are true to yield and lets s go.
func (x *Index) evaluate(s *scratch, yield func(*variant)) {
	for _, id := range s.sink.out {
		v := &x.variants[id]
		if s.done[v.rule] == s.gen {
			continue
		}
		if !s.take(len(v.code)) {
			break
		}
		hit := s.eval(v.code, 0)
		if !s.take(0) {
			break // a predicate may have been left out
		}
		if hit {
			s.done[v.rule] = s.gen
			s.take(stepsOfHit)
			yield(v)
		}
	}
	if s.cut > 0 {
		x.cut.Add(int64(s.cut))
	}
	if s.spent {
		x.spent.Add(1)
	}
	s.end()
	x.pool.Put(s)
}

// reasons appends the predicates below the true term at code[at] that are true
// and not negated.
func (s *scratch) reasons(code []int32, at int32, dst []*expr.Predicate) []*expr.Predicate {
	switch op := code[at]; op {
	case opNot:
	case opAnd, opOr:
		end := at + code[at+1]
		for at += 2; at < end; at = next(code, at) {
			if op == opAnd || s.eval(code, at) {
				dst = s.reasons(code, at, dst)
			}
		}
	default:
		dst = append(dst, s.x.preds[op].p)
	}
	return dst
}

// Spent returns how many records used up the budget of work for one record, so
// that some of their rules were not evaluated.
func (x *Index) Spent() int64 { return x.spent.Load() }
