package fleet

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// reasonNoSign stands in the agent_stop event of a host that fell silent.
const reasonNoSign = "no sign of life for 30 s"

// Raise stores an event of the manager about a host, once: the same sequence
// again is no other event.
type Raise func(ctx context.Context, agent string, e *event.Event) error

// quiet is a host that fell silent.
type quiet struct {
	id, name, version string
	seen              time.Time
}

// raiseStops tells once for each silence that the agent of a host has stopped,
// unless the agent told so itself. While the manager itself did not run nobody
// could give a sign: that time does not count.
func (f *Fleet) raiseStops(ctx context.Context) {
	if f.opts.Raise == nil {
		return
	}
	for _, q := range f.quiet() {
		err := f.raiseStop(ctx, q)
		if err != nil && ctx.Err() == nil {
			f.log.Warn("the end of an agent could not be told; it is tried again", "agent", q.id, "error", err)
			continue
		}
		f.mu.Lock()
		if h := f.hosts[q.id]; h != nil && err == nil {
			h.stopTold = q.seen
		}
		f.mu.Unlock()
	}
}

// quiet lists the hosts whose silence was not told.
func (f *Fleet) quiet() []quiet {
	now := f.now()
	if now.Sub(f.started) <= Silence {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []quiet
	for _, h := range f.hosts {
		if h.silent && !h.back && !h.stopTold.Equal(h.lastSeen) && now.Sub(h.lastSeen) > Silence {
			out = append(out, quiet{h.id, h.name, h.facts.Version, h.lastSeen})
		}
	}
	return out
}

// raiseStop stores the event. Its sequence is the last sign of life: it grows
// from silence to silence, and is not later when the manager starts again in
// one, so that the store takes the event once.
func (f *Fleet) raiseStop(ctx context.Context, q quiet) error {
	var stopped int64
	if err := f.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM gaps WHERE host = $1 AND stage = $2 AND sensor = '' AND ended = 0`, q.id, stageAgent).Scan(&stopped)
	}); err != nil {
		return fmt.Errorf("look whether the agent of %s was stopped: %w", q.id, err)
	}
	if stopped > 0 {
		return nil
	}
	now := event.At(f.now())
	return f.opts.Raise(ctx, q.id, &event.Event{
		Time: now, Kind: event.AgentStop, Epoch: wire.ManagerEpoch, Sequence: q.seen.UnixNano(), HostName: q.name,
		Provider: "manager", Reason: reasonNoSign,
		Status: &event.Status{Version: q.version, From: event.At(q.seen), To: now},
	})
}
