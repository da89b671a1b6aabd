package sensor

import (
	"context"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/event"
)

// Backlog holds the events that a Follower has yet to look at, up to a bound.
// Put is called by the pipeline and never waits; Next by the sensor's own
// goroutine.
type Backlog struct {
	events chan *event.Event
	missed atomic.Int64
}

// NewBacklog returns a Backlog for at most so many events.
func NewBacklog(most int) *Backlog {
	return &Backlog{events: make(chan *event.Event, most)}
}

// Put adds an event, or counts it as missed when there is no room.
func (b *Backlog) Put(e *event.Event) {
	select {
	case b.events <- e:
	default:
		b.missed.Add(1)
	}
}

// Next waits for an event; false when ctx is done.
func (b *Backlog) Next(ctx context.Context) (*event.Event, bool) {
	select {
	case e := <-b.events:
		return e, true
	case <-ctx.Done():
		return nil, false
	}
}

// Events is where the events come from, for who waits for something else too.
func (b *Backlog) Events() <-chan *event.Event { return b.events }

// Missed returns how many events found no room so far.
func (b *Backlog) Missed() int64 { return b.missed.Load() }
