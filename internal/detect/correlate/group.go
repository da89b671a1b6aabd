package correlate

import (
	"math"
	"slices"
	"unsafe"

	"github.com/vedette-edr/vedette/internal/event"
)

// entry is an event of a group.
type entry struct {
	at    event.Time
	value uint64 // the hash of a value, or the bits of a number
	ref   Ref
	slot  int32
}

func (e *entry) number() float64 { return math.Float64frombits(e.value) }

// group is the events of a correlation that have the same values. The entries
// are in the order of their times, those of the same time as they arrived.
type group struct {
	id      groupID
	entries []entry
	last    Ref // of the event that came last
	filled  bool
	mixed   bool // a value or a rule may stand twice, because events came late
	newest  event.Time
	behind  int        // late events since the last one that counted
	told    event.Time // end of the window of the last match that was told
	spoke   bool       // there is such a match
	sum     sum
	chain   []link // of TemporalOrdered without a condition

	newer, older *group // by use
}

type groupID struct {
	rule int
	key  string
}

// cost is the memory of a group, bytes, with its place in the map.
func (g *group) cost() int64 {
	return int64(unsafe.Sizeof(*g)) + 64 + int64(len(g.id.key)) +
		int64(cap(g.entries))*int64(unsafe.Sizeof(entry{})) + int64(cap(g.chain))*int64(unsafe.Sizeof(link{}))
}

// insert puts e in its place.
func (g *group) insert(e entry) {
	i := len(g.entries)
	for i > 0 && g.entries[i-1].at > e.at {
		i--
	}
	if len(g.entries) == cap(g.entries) { // grow slowly: most groups stay small
		g.entries = slices.Grow(g.entries, max(2, len(g.entries)/2))
	}
	g.entries = slices.Insert(g.entries, i, e)
}

// drop removes the first n entries.
func (g *group) drop(n int) {
	if n > 0 {
		g.entries = g.entries[n:]
	}
}

// from returns the first entry that is not older than at.
func (g *group) from(at event.Time) int {
	i, _ := slices.BinarySearchFunc(g.entries, at, func(e entry, at event.Time) int {
		if e.at < at {
			return -1
		}
		return 1
	})
	return i
}

// find returns the entry for which same is true, the newest first; -1 when
// there is none.
func (g *group) find(same func(*entry) bool) int {
	for i := len(g.entries) - 1; i >= 0; i-- {
		if same(&g.entries[i]) {
			return i
		}
	}
	return -1
}

// refs returns the events of a window, the newest ones.
func refs(window []entry) []Ref {
	if len(window) > maxRefs {
		window = window[len(window)-maxRefs:]
	}
	out := make([]Ref, 0, len(window))
	for i := range window {
		out = append(out, window[i].ref)
	}
	return out
}
