package correlate

import (
	"math"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Options bound an Engine. What is zero gets a default.
type Options struct {
	MaxGroups int   // of all correlations; 200,000
	MaxBytes  int64 // of all groups; 96 MiB
	// Lateness is how much older than the newest event of its group an event may
	// be and still count. The default is the time span of the correlation; Never
	// is for items that come in order.
	Lateness time.Duration
}

// Never as Options.Lateness: an event that is older than the one before it
// does not count.
const Never time.Duration = -1

// Stats count what an Engine was given and what became of it.
type Stats struct {
	Items      int64 `json:"items"`        // matches of rules that correlations name
	Groups     int64 `json:"groups"`       // that are held
	Bytes      int64 `json:"bytes"`        // of the groups
	Matches    int64 `json:"matches"`      // that were told
	Repeated   int64 `json:"repeated"`     // not told: the group was told of within its time span
	OutOfOrder int64 `json:"out_of_order"` // older than the event before it; it counted
	Late       int64 `json:"late"`         // older than the lateness bound: it did not count
	Restarted  int64 `json:"restarted"`    // groups that began anew, because their clock was set back
	Evicted    int64 `json:"evicted"`      // groups that had to go while they could still have matched
	Expired    int64 `json:"expired"`      // groups that went when their time was over
	Cut        int64 `json:"cut"`          // values that a group could not hold
	Timeless   int64 `json:"timeless"`     // records without a time
	Ungrouped  int64 `json:"ungrouped"`    // records without a field of the group
	Valueless  int64 `json:"valueless"`    // records without the value, or with one that is no number
}

// Engine holds the groups of correlations.
type Engine struct {
	rules   []Rule
	options Options
	groups  map[groupID]*group
	newest  *group
	oldest  *group
	clock   event.Time // of the newest event
	stats   Stats
	scratch []float64
}

// New returns an engine for the rules, which have passed Check.
func New(rules []Rule, o Options) *Engine {
	if o.MaxGroups <= 0 {
		o.MaxGroups = 200_000
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = 96 << 20
	}
	return &Engine{rules: rules, options: o, groups: map[groupID]*group{}}
}

// Stats returns what was counted.
func (e *Engine) Stats() Stats {
	s := e.stats
	s.Groups = int64(len(e.groups))
	return s
}

// Adopt takes the groups of the rules that old has too, and its counts. The old
// engine is not used afterwards.
func (e *Engine) Adopt(old *Engine) {
	at := map[string]int{}
	for i, r := range e.rules {
		at[r.Key] = i
	}
	e.stats, e.clock = old.stats, old.clock
	e.stats.Bytes = 0
	for g := old.oldest; g != nil; {
		next := g.newer
		g.newer, g.older = nil, nil
		if i, ok := at[old.rules[g.id.rule].Key]; ok {
			g.id.rule = i
			e.groups[g.id] = g
			e.use(g)
			e.stats.Bytes += g.cost()
		}
		g = next
	}
	e.bound()
}

// Observe takes an item and appends the correlations that it fulfils. A
// correlation is told once in its time span for each group.
func (e *Engine) Observe(it Item, dst []Match) []Match {
	e.stats.Items++
	e.clock = max(e.clock, it.At)
	dst = e.feed(&it.Feed, it.At, it.Ref, dst)
	e.bound()
	return dst
}

func (e *Engine) feed(f *Feed, at event.Time, ref Ref, dst []Match) []Match {
	r := &e.rules[f.To]
	if !f.Value.OK && r.valued() {
		e.stats.Valueless++
		return dst
	}
	g := e.group(groupID{f.To, f.Group})
	before := g.cost()
	n := entry{at: at, value: f.Value.Hash, ref: ref, slot: int32(f.Slot)}
	if r.Kind.numeric() && !r.shares() {
		n.value = math.Float64bits(f.Value.Num)
	}
	w, ok := e.take(r, g, n)
	e.stats.Bytes += g.cost() - before
	if !ok {
		return dst
	}
	tell := !g.spoke || apart(w.to, g.told) > r.Span
	if tell {
		g.told, g.spoke = w.to, true
		e.stats.Matches++
		dst = append(dst, Match{Rule: f.To, Group: f.Group, From: w.from, To: w.to, Count: w.count, Refs: w.refs})
	} else {
		e.stats.Repeated++
	}
	for i := range f.Above {
		// What counts is how often it was told; what is near in time is its latest.
		if tell || e.rules[f.Above[i].To].Kind.temporal() {
			dst = e.feed(&f.Above[i], w.to, ref, dst)
		}
	}
	return dst
}

// valued reports whether the rule needs the value of a field.
func (r *Rule) valued() bool { return r.Kind == ValueCount || r.Kind.numeric() }

// shares reports whether the rule counts how often a value stands.
func (r *Rule) shares() bool { return r.Kind == ValuePercentile && r.Percentile == Share }

func apart(a, b event.Time) time.Duration {
	if a < b {
		a, b = b, a
	}
	return time.Duration(a - b)
}

// group returns the group, made when it is not there, as the one used last.
func (e *Engine) group(id groupID) *group {
	g := e.groups[id]
	if g == nil {
		g = &group{id: id}
		e.groups[id] = g
		e.stats.Bytes += g.cost()
	}
	if e.newest != g {
		e.leave(g)
		e.use(g)
	}
	return g
}

// use puts g at the newer end.
func (e *Engine) use(g *group) {
	g.older, g.newer = e.newest, nil
	if e.newest != nil {
		e.newest.newer = g
	}
	e.newest = g
	if e.oldest == nil {
		e.oldest = g
	}
}

// leave takes g out of the order of use, if it is in it.
func (e *Engine) leave(g *group) {
	switch {
	case g.older != nil:
		g.older.newer = g.newer
	case e.oldest == g:
		e.oldest = g.newer
	}
	switch {
	case g.newer != nil:
		g.newer.older = g.older
	case e.newest == g:
		e.newest = g.older
	}
	g.newer, g.older = nil, nil
}

// bound removes the groups used longest ago until what is left is small enough.
func (e *Engine) bound() {
	for e.oldest != nil && e.oldest != e.newest && (len(e.groups) > e.options.MaxGroups || e.stats.Bytes > e.options.MaxBytes) {
		g := e.oldest
		r := &e.rules[g.id.rule]
		if time.Duration(e.clock-g.newest) > r.Span+e.late(r) {
			e.stats.Expired++
		} else {
			e.stats.Evicted++
		}
		e.leave(g)
		delete(e.groups, g.id)
		e.stats.Bytes -= g.cost()
	}
}

// late returns how much older than the newest event of its group an event may
// be.
func (e *Engine) late(r *Rule) time.Duration {
	switch {
	case e.options.Lateness < 0:
		return 0
	case e.options.Lateness == 0 || r.Kind.numeric():
		return r.Span
	}
	return e.options.Lateness
}
