// Package detect holds the rules: it loads them from files of any format,
// compiles them to one immutable Set, and says of an event or a foreign record
// which rules match it and why.
//
// A Set is safe for concurrent use; Live swaps it for another one while events
// flow.
package detect

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/detect/index"
	"github.com/vedette-edr/vedette/internal/event"
)

// Set is rules made ready to match.
type Set struct {
	rules   []*Rule
	byID    map[string]*Rule
	index   *index.Index
	sources []Source
	hits    sync.Pool
	plan    plan
}

// Match is a rule that is true of a record, and the fields that made it true.
type Match struct {
	Rule   *Rule
	Fields []Field
	Window *Window // of a correlation; else nil
}

// Field is the name of a field and its value.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

func newSet(rules []*Rule, sources []Source) *Set {
	s := &Set{rules: rules, sources: sources, byID: map[string]*Rule{}, index: index.Build(variants(rules))}
	for _, r := range rules {
		s.byID[r.ID] = r
	}
	s.hits.New = func() any { return &index.Found{} }
	s.plan = planOf(rules)
	return s
}

// Rules lists the rules in the order in which they were loaded.
func (s *Set) Rules() []*Rule { return slices.Clone(s.rules) }

// Rule returns the rule with the id, nil when there is none.
func (s *Set) Rule(id string) *Rule { return s.byID[id] }

// Stats says what the set is made of.
func (s *Set) Stats() index.Stats { return s.index.Stats }

// Cut returns how many values were matched only up to expr.MaxField.
func (s *Set) Cut() int64 { return s.index.Cut() }

// Spent returns how many records cost more than one may, so that some rules
// were not evaluated on them.
func (s *Set) Spent() int64 { return s.index.Spent() }

// Match appends the rules that are true of rec to dst, each once, in the order
// of the set. Those that are there for other rules only are among them: ask
// Rule.Raises. Correlations are the business of a Correlator.
func (s *Set) Match(rec expr.Record, dst []Match) []Match {
	found := s.hits.Get().(*index.Found)
	s.index.Find(rec, found)
	slices.SortFunc(found.Hits, func(a, b index.Hit) int { return cmp.Compare(a.Rule, b.Rule) })
	for _, h := range found.Hits {
		m := Match{Rule: s.rules[h.Rule]}
		if !m.Rule.Silent { // nobody will ask why
			m.Fields = why(found.Why(h), rec)
		}
		dst = append(dst, m)
	}
	s.hits.Put(found)
	for _, more := range s.sources {
		dst = more.Match(rec, dst)
	}
	return dst
}

// maxWhyValue bounds a value in Match.Fields, bytes.
const maxWhyValue = 4096

// why lists the fields of the predicates that made a rule true.
func why(reasons []*expr.Predicate, rec expr.Record) []Field {
	out := make([]Field, 0, len(reasons))
	for _, p := range reasons {
		f := Field{Name: p.Field.Name, Value: cut(valueOf(p, rec))}
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// valueOf returns the value that p is true of: of a list the element.
func valueOf(p *expr.Predicate, rec expr.Record) string {
	if p.Field.Scope != expr.Any {
		v := p.Field.Of(rec)
		if v.Type == event.Strings {
			for _, s := range v.List {
				if p.MatchText(s) {
					return s
				}
			}
		}
		return expr.TextOf(v)
	}
	out := ""
	rec.Each(func(_ string, v event.Value) bool {
		if !p.MatchValue(v) {
			return true
		}
		out = expr.TextOf(v)
		return false
	})
	return out
}

func cut(s string) string {
	if len(s) > maxWhyValue {
		return s[:maxWhyValue]
	}
	return s
}

// Live is a Set that can be replaced while it is in use. The zero Live has no
// rules.
type Live struct{ set atomic.Pointer[Set] }

// Swap makes s the set in use; matches under way end with the old one.
func (l *Live) Swap(s *Set) { l.set.Store(s) }

// Set returns the set in use, nil when there is none.
func (l *Live) Set() *Set { return l.set.Load() }
