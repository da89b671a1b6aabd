package lake

import (
	"context"
	"slices"
	"sync"

	"github.com/vedette-edr/vedette/internal/event"
)

// Live is an accepted event and its place, from which a subscriber can go on.
type Live struct {
	Position Position
	Event    *event.Event // read-only
}

// tail keeps the newest accepted events for subscribers. Each subscriber reads
// at its own pace; who falls behind the oldest kept event misses events, which
// are counted, and nobody waits for it.
type tail struct {
	mu    sync.Mutex
	ring  []Live        // guarded by mu; the event with ordinal n stands at n modulo length
	next  int64         // guarded by mu; ordinal of the next event
	grown chan struct{} // guarded by mu; closed and replaced when events came
}

func newTail(n int) *tail { return &tail{ring: make([]Live, n), grown: make(chan struct{})} }

func (t *tail) add(events []*event.Event, places []Position) {
	if len(events) == 0 {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, e := range events {
		t.ring[t.next%int64(len(t.ring))] = Live{places[i], e}
		t.next++
	}
	close(t.grown)
	t.grown = make(chan struct{})
}

// first returns the ordinal of the oldest kept event; the caller holds mu.
func (t *tail) first() int64 { return max(0, t.next-int64(len(t.ring))) }

// Subscription reads accepted events in order. It belongs to one goroutine and
// needs no closing.
type Subscription struct {
	tail   *tail
	at     int64 // ordinal of the next event to return
	missed int64 // events between the resume position and at; -1 when unknown
}

// Subscribe returns a subscription to the events accepted from now on.
func (l *Lake) Subscribe() *Subscription {
	l.tail.mu.Lock()
	defer l.tail.mu.Unlock()
	return &Subscription{tail: l.tail, at: l.tail.next}
}

// Resume returns a subscription to the events after a position that a
// subscriber has seen. When some of them are not kept any more, the first Next
// tells how many are missing, -1 when that is not known.
func (l *Lake) Resume(after Position) *Subscription {
	t := l.tail
	t.mu.Lock()
	defer t.mu.Unlock()
	s := &Subscription{tail: t, at: t.next}
	for n := t.next - 1; n >= t.first(); n-- {
		c := t.ring[n%int64(len(t.ring))].Position.compare(after)
		if c == 0 {
			return s
		}
		if c < 0 { // the position itself is a duplicate's or of another event's message
			return s
		}
		s.at = n
	}
	if t.next > 0 || l.Position() > after.Message {
		s.missed = -1
	}
	return s
}

// Next waits for events and returns at most limit of them. missed is how many
// events before them this subscriber did not get, -1 when unknown. The error
// is that of ctx.
func (s *Subscription) Next(ctx context.Context, limit int) (events []Live, missed int64, err error) {
	for {
		s.tail.mu.Lock()
		events, missed = s.take(limit)
		grown := s.tail.grown
		s.tail.mu.Unlock()
		if len(events) > 0 || missed != 0 {
			return events, missed, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
}

// take is Next without waiting; the caller holds the tail's mu.
func (s *Subscription) take(limit int) ([]Live, int64) {
	missed := s.missed
	s.missed = 0
	if first := s.tail.first(); s.at < first {
		if missed >= 0 {
			missed += first - s.at
		}
		s.at = first
	}
	n := min(s.tail.next-s.at, int64(limit))
	var out []Live
	for range n {
		out = append(out, s.tail.ring[s.at%int64(len(s.tail.ring))])
		s.at++
	}
	return slices.Clip(out), missed
}
