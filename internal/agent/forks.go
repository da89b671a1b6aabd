package agent

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/queue"
	"github.com/vedette-edr/vedette/internal/event"
)

// forkWait is how long a fork waits for the execution that nearly always
// follows. The process_start event tells all that the fork would.
const forkWait = 100 * time.Millisecond

// forks holds back process_fork events until it is known whether they tell
// something of their own: a process that goes on without executing a program.
// It belongs to the pipeline's goroutine.
type forks struct {
	held   map[string]*event.Event // by entity id
	order  []*event.Event          // as they came; some are no longer held
	merged atomic.Int64            // that an execution made superfluous
}

// hold keeps e back; false when it is no fork that can be kept.
func (f *forks) hold(e *event.Event) bool {
	if e.Kind != event.ProcessFork || e.Process == nil || e.Process.EntityID == "" {
		return false
	}
	if f.held == nil {
		f.held = map[string]*event.Event{}
	}
	f.held[e.Process.EntityID] = e
	f.order = append(f.order, e)
	return true
}

// meets says what e means for the fork of its process: an execution makes it
// superfluous, anything else must come after it. It returns the fork that is
// due, or nil.
func (f *forks) meets(e *event.Event) *event.Event {
	if len(f.held) == 0 || e.Process == nil {
		return nil
	}
	fork, ok := f.held[e.Process.EntityID]
	if !ok {
		return nil
	}
	delete(f.held, e.Process.EntityID)
	if e.Kind == event.ProcessStart {
		f.merged.Add(1)
		return nil
	}
	return fork
}

// due removes and returns the oldest fork that happened before t; nil when
// there is none.
func (f *forks) due(t event.Time) *event.Event {
	for len(f.order) > 0 {
		e := f.order[0]
		waits := f.held[e.Process.EntityID] == e
		if waits && e.Time > t {
			return nil
		}
		f.order[0] = nil
		f.order = f.order[1:]
		if waits {
			delete(f.held, e.Process.EntityID)
			return e
		}
	}
	f.order = nil
	return nil
}

// oldest returns the time of the oldest fork that waits, 0 when none does.
func (f *forks) oldest() event.Time {
	for _, e := range f.order {
		if f.held[e.Process.EntityID] == e {
			return e.Time
		}
	}
	return 0
}

// next takes a batch from the queue; while forks wait it returns an empty one
// after forkWait.
func (p *pipeline) next(ctx context.Context, batch []*event.Event) ([]*event.Event, error) {
	if len(p.forks.held) == 0 {
		return p.queue.Next(ctx, batch)
	}
	wait, cancel := context.WithTimeout(ctx, forkWait)
	defer cancel()
	batch, err := p.queue.Next(wait, batch)
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return batch, err
}

// release lets go the forks that waited long enough, all of them once the
// queue is closed.
func (p *pipeline) release(err error) {
	t := p.now() - event.Time(forkWait)
	if errors.Is(err, queue.ErrClosed) {
		t = p.now() + event.Time(time.Hour)
	}
	for e := p.forks.due(t); e != nil; e = p.forks.due(t) {
		p.tell(e)
	}
}
