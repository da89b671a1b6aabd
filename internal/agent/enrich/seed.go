package enrich

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

// Seed makes the processes that run now known. It is called once at the start;
// events may come meanwhile, and what they told counts more.
func (en *Enricher) Seed(ctx context.Context) error {
	pids, err := en.proc.PIDs()
	if err != nil {
		return err
	}
	var found []*event.Event
	for _, pid := range pids {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if e, err := en.proc.Read(pid); err == nil { // others ended meanwhile
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b *event.Event) int { // creators first
		return cmp.Or(cmp.Compare(a.Process.Start, b.Process.Start), cmp.Compare(a.Process.PID, b.Process.PID))
	})
	en.mu.Lock()
	defer en.mu.Unlock()
	now := event.At(en.opts.Clock())
	for _, e := range found {
		if en.table.entries[e.Process.EntityID] == nil {
			en.learn(e, now)
		}
	}
	return nil
}

// learn makes a process known from a snapshot of /proc.
func (en *Enricher) learn(e *event.Event, now event.Time) *entry {
	t := en.table.put(e.Process.EntityID)
	fileNames(e.File)
	en.users.complete(e)
	t.user, t.file, t.container, t.parent = e.User, e.File, e.ContainerID, parentID(e.Process)
	en.lineage(t, e.Process, now)
	en.table.set(t, kept(e.Process), now)
	return t
}

// discover makes a process known that no event told of: from /proc when the
// process with its pid is still the same, or else by what s says of it.
func (en *Enricher) discover(s event.Process, now event.Time) *entry {
	if s.EntityID == "" {
		return nil
	}
	en.stats.Unknown++
	ended := false
	if s.PID > 0 && en.asks.take(now, 1) {
		found, err := en.proc.Read(s.PID)
		if err == nil && found.Process.EntityID == s.EntityID {
			en.stats.FromProc++
			return en.learn(found, now)
		}
		ended = err == nil || errors.Is(err, procfs.ErrGone)
	}
	t := en.table.put(s.EntityID)
	t.parent, t.asked = parentID(&s), true
	s.Ancestors = nil
	en.lineage(t, &s, now)
	en.table.set(t, &s, now)
	if ended {
		en.table.end(t, now)
	}
	return t
}
