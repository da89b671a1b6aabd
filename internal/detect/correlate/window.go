package correlate

import (
	"math"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// setBack is how many late events of a group, one behind the other, say that its
// clock was set back: the group begins anew.
const setBack = 3

// window is a stretch of events that fulfils a rule.
type window struct {
	from, to event.Time
	count    float64
	refs     []Ref
}

// take adds an event to its group and returns the window that fulfils the rule
// with it; false when none does.
func (e *Engine) take(r *Rule, g *group, n entry) (window, bool) {
	older := g.filled && n.at < g.newest
	switch {
	case older && time.Duration(g.newest-n.at) > e.late(r):
		if g.behind++; g.behind < setBack {
			e.stats.Late++
			return window{}, false
		}
		older = false
		e.stats.Restarted++
		*g = group{id: g.id, newer: g.newer, older: g.older}
	case older:
		e.stats.OutOfOrder++
	}
	g.behind = 0
	// Of several rules that match one event, what counts events takes one.
	if g.filled && g.last == n.ref && !r.Kind.temporal() {
		return window{}, false
	}
	g.last, g.filled = n.ref, true
	g.newest = max(g.newest, n.at)
	if r.Kind.numeric() {
		return e.takeNumber(r, g, n)
	}
	g.place(r, n)
	e.trim(r, g)
	if r.Kind == TemporalOrdered {
		return g.ordered(r, n, older)
	}
	i := g.find(func(x *entry) bool { return x.ref == n.ref && x.at == n.at && x.slot == n.slot })
	return counted(r, g, i)
}

// place adds an event. Where only the last event of each value or rule counts,
// the one before goes.
func (g *group) place(r *Rule, n entry) {
	at := -1
	switch r.Kind {
	case ValueCount:
		at = g.find(func(x *entry) bool { return x.value == n.value })
	case Temporal:
		at = g.find(func(x *entry) bool { return x.slot == n.slot })
	case TemporalOrdered: // nothing came between: the later one says more
		if last := len(g.entries) - 1; last >= 0 && g.entries[last].slot == n.slot && g.entries[last].at <= n.at {
			at = last
		}
	}
	switch {
	case at < 0:
	case g.entries[at].at <= n.at:
		g.entries = slices.Delete(g.entries, at, at+1)
	default:
		g.mixed = true
	}
	g.insert(n)
}

// trim removes what no window can hold any more, and what is more than
// decides.
func (e *Engine) trim(r *Rule, g *group) {
	horizon := g.newest - event.Time(r.Span) - event.Time(e.late(r))
	g.drop(g.from(horizon))
	most := r.Limit.need() + 2
	if r.Kind.temporal() {
		most = 8*r.Slots + 64
	}
	g.drop(len(g.entries) - most)
}

// counted judges the windows that hold entry i: the one that ends with it, and
// those that end with a later one.
func counted(r *Rule, g *group, i int) (window, bool) {
	if i < 0 {
		return window{}, false
	}
	for j := i; j < len(g.entries) && time.Duration(g.entries[j].at-g.entries[i].at) <= r.Span; j++ {
		in := g.entries[g.from(g.entries[j].at-event.Time(r.Span)) : j+1]
		n := float64(len(in))
		if g.mixed {
			n = float64(distinct(r, in))
		}
		if r.fulfilled(n) {
			return window{in[0].at, in[len(in)-1].at, n, refs(in)}, true
		}
	}
	return window{}, false
}

// distinct counts the values or rules of a window.
func distinct(r *Rule, in []entry) int {
	seen := make(map[uint64]bool, len(in))
	for i := range in {
		if r.Kind == Temporal {
			seen[uint64(in[i].slot)] = true
		} else {
			seen[in[i].value] = true
		}
	}
	return len(seen)
}

// fulfilled reports whether n fulfils the condition; without one a temporal
// correlation wants all of its rules.
func (r *Rule) fulfilled(n float64) bool {
	if len(r.Limit) == 0 {
		return n >= float64(r.Slots)
	}
	return r.Limit.Holds(n)
}

// takeNumber adds an event to a group of numbers. Only the newest window is
// held.
func (e *Engine) takeNumber(r *Rule, g *group, n entry) (window, bool) {
	g.insert(n)
	most := maxHeld
	if r.Kind == ValuePercentile {
		most = maxShown
	} else {
		g.sum.add(n.number())
	}
	gone := g.from(g.newest - event.Time(r.Span))
	if over := len(g.entries) - most; over > gone {
		e.stats.Cut += int64(over - max(gone, 0))
		gone = over
	}
	if r.Kind != ValuePercentile {
		for i := range gone {
			g.sum.add(-g.entries[i].number())
		}
	}
	g.drop(gone)
	if len(g.entries) == 1 && r.Kind != ValuePercentile {
		g.sum = sum{}
		g.sum.add(g.entries[0].number())
	}
	count := e.measure(r, g, n)
	in := g.entries
	if !r.fulfilled(count) {
		return window{}, false
	}
	return window{in[0].at, in[len(in)-1].at, count, refs(in)}, true
}

// measure returns what the condition is asked of.
func (e *Engine) measure(r *Rule, g *group, n entry) float64 {
	switch r.Kind {
	case ValueSum:
		return g.sum.value()
	case ValueAvg:
		return g.sum.value() / float64(len(g.entries))
	}
	if r.shares() {
		same := 0
		for i := range g.entries {
			if g.entries[i].value == n.value {
				same++
			}
		}
		return 100 * float64(same) / float64(len(g.entries))
	}
	e.scratch = e.scratch[:0]
	for i := range g.entries {
		e.scratch = append(e.scratch, g.entries[i].number())
	}
	slices.Sort(e.scratch)
	return percentile(e.scratch, r.Percentile)
}

// percentile returns the p-th percentile of sorted numbers; between two of them
// it lies on the line from one to the other.
func percentile(sorted []float64, p float64) float64 {
	at := p / 100 * float64(len(sorted)-1)
	low := int(math.Floor(at))
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}
