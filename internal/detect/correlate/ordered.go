package correlate

import (
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// link is the best chain of events that ends with a rule of an ordered
// correlation: the one that begins latest.
type link struct {
	there bool
	start event.Time
	refs  []Ref
}

// ordered judges the order of the rules. Without a condition all of them must
// have matched one after the other; a condition is asked of the longest such
// chain.
func (g *group) ordered(r *Rule, n entry, older bool) (window, bool) {
	if len(r.Limit) > 0 {
		return longest(r, g, n)
	}
	if g.chain == nil {
		g.chain = make([]link, r.Slots)
	}
	if !older {
		return g.extend(r, n)
	}
	// An event came late: begin again with all that is held.
	clear(g.chain)
	var found window
	ok := false
	for _, x := range g.entries {
		w, hit := g.extend(r, x)
		if hit && w.to >= n.at && w.from <= n.at && !ok {
			found, ok = w, true
		}
	}
	return found, ok
}

// extend lets n follow the best chain of the rule before its own; an event
// does not follow itself.
func (g *group) extend(r *Rule, n entry) (window, bool) {
	k := int(n.slot)
	if k == 0 {
		g.chain[0] = link{true, n.at, []Ref{n.ref}}
	} else {
		before := g.chain[k-1]
		if !before.there || time.Duration(n.at-before.start) > r.Span || before.refs[len(before.refs)-1] == n.ref {
			return window{}, false
		}
		g.chain[k] = link{true, before.start, append(before.refs[:len(before.refs):len(before.refs)], n.ref)}
	}
	if k < r.Slots-1 {
		return window{}, false
	}
	c := g.chain[k]
	return window{c.start, n.at, float64(r.Slots), c.refs}, true
}

// longest finds the longest chain in the windows that hold n.
func longest(r *Rule, g *group, n entry) (window, bool) {
	for j := range g.entries {
		end := g.entries[j].at
		if end < n.at || time.Duration(end-n.at) > r.Span {
			continue
		}
		in := g.entries[g.from(end-event.Time(r.Span)) : j+1]
		var length [MaxRules]int
		best := 0
		for _, x := range in {
			l := 1
			for _, before := range length[:x.slot] {
				l = max(l, before+1)
			}
			length[x.slot] = max(length[x.slot], l)
			best = max(best, l)
		}
		if r.fulfilled(float64(best)) {
			return window{in[0].at, end, float64(best), refs(in)}, true
		}
	}
	return window{}, false
}
