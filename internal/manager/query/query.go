// Package query answers questions about stored events: searches, counts,
// histograms, single events and process trees, over what is in memory and what
// is in segments. A condition is pushed down to the columns: row groups are
// skipped by their bounds and bloom filters, a predicate is asked once for each
// entry of a dictionary, and only the rows of the answer are read whole.
//
// An answer is made from one snapshot of the lake and says how complete the
// telemetry of its range is. A Query is safe for concurrent use; it bounds how
// many searches run at once and how long one may take.
package query

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// Store is the lake.
type Store interface {
	Snapshot() *lake.Snapshot
	Gaps(ctx context.Context, from, to event.Time) ([]lake.Gap, error)
}

// Tracks knows how whole the telemetry of hosts is.
type Tracks interface {
	// Resolve returns the ids of the hosts with an id or name.
	Resolve(idOrName string) []string
	// Gaps says it of events of some kinds of some hosts; none are all.
	Gaps(ctx context.Context, hosts []string, from, to time.Time, kinds []event.Kind) (api.Completeness, error)
}

// Options of New.
type Options struct {
	Concurrent int           // searches at once; 4
	Patience   time.Duration // how long a search waits for its turn; 10 s
	Timeout    time.Duration // how long a search may take; 60 s
	Now        func() time.Time
}

// ErrBusy says that too many searches run.
var ErrBusy = errors.New("too many searches run at once: try again in some seconds")

// ErrTimeout says that a search was given up.
var ErrTimeout = errors.New("search took too long: narrow its range of time or its condition")

// ErrNotFound says that no stored event has the id.
var ErrNotFound = errors.New("event not found")

// Query answers questions about stored events.
type Query struct {
	store  Store
	tracks Tracks
	opts   Options
	turns  chan struct{}
}

// New returns a Query over a lake; tracks may be nil, then answers know only
// of the gaps of the lake itself.
func New(store Store, tracks Tracks, o Options) *Query {
	if o.Concurrent == 0 {
		o.Concurrent = 4
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Query{store: store, tracks: tracks, opts: o, turns: make(chan struct{}, o.Concurrent)}
}

// turn waits until a search may run; the caller calls done when it has run.
func (q *Query) turn(ctx context.Context) (_ context.Context, done func(), err error) {
	t := time.NewTimer(q.opts.Patience)
	defer t.Stop()
	select {
	case q.turns <- struct{}{}:
	case <-t.C:
		return nil, nil, ErrBusy
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, q.opts.Timeout, ErrTimeout)
	return ctx, func() { cancel(); <-q.turns }, nil
}

// maxTries bounds how often a search starts again because segments were found
// damaged or were rearranged under it.
const maxTries = 50

// visitor gets all events of a snapshot, a row group at a time.
type visitor interface {
	// start is called before the first visit, also when a scan starts again.
	start()
	// wants reports whether a segment must be looked at; it is asked in turn.
	wants(info segment.Info) bool
	group(at place, g *segment.Group) error
	// finish is called after the last visit, with the snapshot.
	finish(ctx context.Context, s *lake.Snapshot) error
}

// place is where a row group stands in a snapshot; what is in memory belongs to
// no segment.
type place struct{ segment, group int }

// inMemory stands for the segment of groups that are in memory.
const inMemory = -1

// scan takes a snapshot and shows it to v, segments in the order that less
// gives. When a segment turns out to be damaged, it starts again without it.
func (q *Query) scan(ctx context.Context, order func(s *lake.Snapshot) []int, v visitor) error {
	ctx, done, err := q.turn(ctx)
	if err != nil {
		return err
	}
	defer done()
	for range maxTries {
		err = scanOnce(ctx, q.store.Snapshot(), order, v)
		if !errors.Is(err, segment.ErrDamaged) && !errors.Is(err, lake.ErrMoved) {
			break
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func scanOnce(ctx context.Context, s *lake.Snapshot, order func(s *lake.Snapshot) []int, v visitor) error {
	v.start()
	for n, g := range s.Memory {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := v.group(place{inMemory, n}, g); err != nil {
			return err
		}
	}
	for _, i := range order(s) {
		stored := s.Segments[i]
		if !v.wants(stored.Info) {
			continue
		}
		err := stored.Read(ctx, func(seg *segment.Segment) error {
			for n, g := range seg.Groups() {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err := v.group(place{i, n}, g); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("search segment %s: %w", stored.Name, err)
		}
	}
	return v.finish(ctx, s)
}

// byAge visits segments in the order of the manifest.
func byAge(s *lake.Snapshot) []int {
	out := make([]int, len(s.Segments))
	for i := range out {
		out[i] = i
	}
	return out
}
