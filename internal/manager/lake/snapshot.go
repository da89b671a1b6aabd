package lake

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// Snapshot is all events of one moment: those in memory and those in segments,
// each event in one place. It costs nothing to keep for the time of a search.
type Snapshot struct {
	Memory   []*segment.Group
	Segments []Stored // oldest first
}

// Stored is a segment of a snapshot.
type Stored struct {
	segment.Info
	lake   *Lake
	handle *handle
}

// ErrMoved says that a segment of an old snapshot is gone: search again.
var ErrMoved = errors.New("the history was rearranged during a long search: search again")

// Snapshot returns the events that are there now.
func (l *Lake) Snapshot() *Snapshot {
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := &Snapshot{}
	if l.frozen != nil {
		s.Memory = append(s.Memory, l.frozen.view)
	}
	s.Memory = append(s.Memory, l.active.view)
	for _, h := range l.segments {
		s.Segments = append(s.Segments, Stored{Info: h.Info, lake: l, handle: h})
	}
	return s
}

// Read calls fn with the open segment. When the segment turns out to be
// damaged, it is set aside and the error is segment.ErrDamaged.
func (s Stored) Read(ctx context.Context, fn func(*segment.Segment) error) error {
	seg, err := s.handle.acquire()
	if err == nil {
		err = fn(seg)
		s.handle.release()
		s.lake.trim()
	}
	if err == nil || !errors.Is(err, segment.ErrDamaged) {
		return err
	}
	if !s.lake.isLive(s.handle) {
		return ErrMoved
	}
	if aside := s.lake.SetAside(ctx, s.Name, err); aside != nil {
		return errors.Join(err, aside)
	}
	return err
}

func (l *Lake) isLive(h *handle) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Contains(l.segments, h)
}

// trim closes segments that nobody reads when too many are open, half of them
// at once, so that it is seldom needed.
func (l *Lake) trim() {
	if l.files.Load() <= int64(l.opts.OpenFiles) {
		return
	}
	l.mu.RLock()
	segments := slices.Clone(l.segments)
	l.mu.RUnlock()
	for _, h := range segments { // the oldest are wanted least
		if l.files.Load() <= int64(l.opts.OpenFiles/2) {
			return
		}
		h.idle()
	}
}

// Gaps lists history that is not whole, for good, in a range of event time.
func (l *Lake) Gaps(ctx context.Context, from, to event.Time) ([]Gap, error) {
	stored, err := l.manifest.gaps(ctx, from, to)
	if err != nil {
		return nil, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, c := range []*chunk{l.frozen, l.active} {
		if c == nil {
			continue
		}
		for _, g := range c.gaps {
			known := slices.ContainsFunc(stored, func(o Gap) bool { return o.ID == g.ID })
			if g.From <= to && g.To >= from && !known {
				stored = append(stored, g)
			}
		}
	}
	return stored, nil
}

// Stats describe the lake.
type Stats struct {
	Events, Bytes, Segments, InMemory int64
	MemoryBytes                       int64 // about what the events in memory take
	Oldest, Newest                    event.Time
	Accepted, Duplicates, Malformed   int64 // since the start
	Position                          uint64
	MergeTime                         time.Duration // processor time of merges since the start
}

// Stats returns what the lake holds and took.
func (l *Lake) Stats() Stats {
	l.mu.RLock()
	defer l.mu.RUnlock()
	s := Stats{Segments: int64(len(l.segments)), Accepted: l.counts.accepted, Duplicates: l.counts.duplicates, Malformed: l.counts.malformed, Position: l.position, MergeTime: l.counts.merging}
	span := func(low, high event.Time) {
		if s.Oldest == 0 || low < s.Oldest {
			s.Oldest = low
		}
		s.Newest = max(s.Newest, high)
	}
	for _, h := range l.segments {
		s.Events += h.Rows
		s.Bytes += h.Bytes
		span(h.MinTime, h.MaxTime)
	}
	for _, c := range []*chunk{l.frozen, l.active} {
		if c == nil {
			continue
		}
		s.InMemory += int64(c.view.Rows())
		s.MemoryBytes += c.bytes
		if low, high, ok := c.view.Bounds(event.FieldTimestamp); ok {
			span(event.Time(low), event.Time(high))
		}
	}
	s.Events += s.InMemory
	return s
}

// Problems lists what does not work as it should, by part.
func (l *Lake) Problems() map[string]string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := map[string]string{}
	for k, v := range l.problems {
		out[k] = v
	}
	return out
}
