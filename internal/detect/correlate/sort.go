package correlate

import (
	"cmp"
	"slices"
)

// MaxWaiting is how many items a Sorter holds.
const MaxWaiting = 1 << 20

// Sorter holds items until all have come and gives them in the order of their
// times; items of the same time stay as they came. When more come than it
// holds, the older half goes on: what is older than that and comes later is
// late, which the engine counts. The zero Sorter is ready.
type Sorter struct {
	Max   int // items that are held; 0 is MaxWaiting
	items []Item
	texts map[string]string
}

// Add takes items; what must go on is given to yield.
func (s *Sorter) Add(items []Item, yield func(Item)) {
	if s.texts == nil {
		s.texts = map[string]string{}
	}
	for i := range items {
		s.keep(&items[i].Feed)
		s.items = append(s.items, items[i])
	}
	if most := cmp.Or(s.Max, MaxWaiting); len(s.items) > most {
		s.sort()
		s.release(len(s.items)-most/2, yield)
	}
}

// keep holds each text once: groups come again and again.
func (s *Sorter) keep(f *Feed) {
	if kept, ok := s.texts[f.Group]; ok {
		f.Group = kept
	} else {
		s.texts[f.Group] = f.Group
	}
	for i := range f.Above {
		s.keep(&f.Above[i])
	}
}

// Drain gives all that is held to yield, in order.
func (s *Sorter) Drain(yield func(Item)) {
	s.sort()
	s.release(len(s.items), yield)
}

func (s *Sorter) sort() {
	slices.SortStableFunc(s.items, func(a, b Item) int { return cmp.Compare(a.At, b.At) })
}

func (s *Sorter) release(n int, yield func(Item)) {
	for _, it := range s.items[:n] {
		yield(it)
	}
	left := copy(s.items, s.items[n:])
	clear(s.items[left:])
	s.items = s.items[:left]
	clear(s.texts)
	for i := range s.items {
		s.keep(&s.items[i].Feed)
	}
}
