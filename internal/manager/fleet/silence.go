package fleet

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func (f *Fleet) loadEpochs(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT host, epoch, first_sign, last_sign, accounted FROM epochs ORDER BY last_sign DESC`)
	if err != nil {
		return err
	}
	return each(rows, func() error {
		var id string
		var n int64
		var e epoch
		if err := rows.Scan(&id, &n, &e.first, &e.last, &e.accounted); err != nil {
			return err
		}
		if h := f.hosts[id]; h != nil && len(h.epochs) < maxEpochs {
			h.epochs[n] = &e
		}
		return nil
	})
}

// lastSignBefore returns the last sign of life of other epochs that began
// before an agent_start event; the Fleet's mu is held.
func (h *host) lastSignBefore(e *event.Event) int64 {
	var last int64
	for n, x := range h.epochs {
		if n != e.Epoch && x.first < int64(e.Time) {
			last = max(last, min(x.last, int64(e.Time)))
		}
	}
	return last
}

// life is the last sign of life of an epoch.
type life struct{ epoch, last int64 }

// lateLives returns the epochs before the newest one of which there are signs
// that the database does not know; the Fleet's mu is held.
func (h *host) lateLives() []life {
	var newest int64
	for _, e := range h.epochs {
		newest = max(newest, e.first)
	}
	var out []life
	for n, e := range h.epochs {
		if e.dirty && e.first < newest {
			out = append(out, life{n, e.last})
		}
	}
	return out
}

// noticeSilence opens a gap for each host whose heartbeats ended.
func (f *Fleet) noticeSilence(ctx context.Context) error {
	now := f.now()
	var silent []gap
	f.mu.Lock()
	for _, h := range f.hosts {
		if h.silent || h.lastSeen.IsZero() || now.Sub(h.lastSeen) <= Silence {
			continue
		}
		h.silent, h.back, h.target = true, false, nil
		silent = append(silent, gap{host: h.id, from: h.lastSeen.UnixNano(), state: api.Blind, stage: stageShip, reason: reasonSilence})
	}
	f.mu.Unlock()
	if len(silent) == 0 {
		return nil
	}
	err := f.db.Write(ctx, func(tx *sql.Tx) error {
		for _, g := range silent {
			if err := openGap(ctx, tx, g); err != nil {
				return fmt.Errorf("note silence of %s: %w", g.host, err)
			}
		}
		return nil
	})
	if err != nil {
		f.mu.Lock()
		for _, g := range silent {
			f.hosts[g.host].silent = false
		}
		f.mu.Unlock()
		return err
	}
	for _, g := range silent {
		f.log.Warn("host is silent", "agent", g.host)
		f.tell(ctx, g.host)
	}
	return nil
}

// backAgain ends the silence of a host: what it had spooled until now must be
// stored before the gap heals.
func (f *Fleet) backAgain(ctx context.Context, agent string, spooled []*wirepb.Mark) error {
	now := f.now().UnixNano()
	f.mu.Lock()
	h := f.hosts[agent]
	if !h.silent {
		f.mu.Unlock()
		return nil
	}
	h.target, h.back = spooled, true
	f.mu.Unlock()
	if err := f.db.Write(ctx, func(tx *sql.Tx) error {
		return closeGaps(ctx, tx, agent, stageShip, "", now)
	}); err != nil {
		return fmt.Errorf("end silence of %s: %w", agent, err)
	}
	return f.heal(ctx, agent)
}

// heal removes the gap of a silence when everything of that time is stored, and
// shortens the time in which an agent was held for dead by what came late.
func (f *Fleet) heal(ctx context.Context, agent string) error {
	f.mu.Lock()
	h := f.hosts[agent]
	whole := h.silent && h.back && h.has(h.target)
	lives := h.lateLives()
	f.mu.Unlock()
	if !whole && len(lives) == 0 {
		return nil
	}
	var touched int64
	if err := f.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM gaps WHERE host = $1 AND stage = $2 AND epoch <> 0`, agent, stageAgent).Scan(&touched)
	}); err != nil {
		return fmt.Errorf("heal gaps of %s: %w", agent, err)
	}
	if !whole && touched == 0 {
		return nil
	}
	if err := f.db.Write(ctx, func(tx *sql.Tx) error {
		if whole {
			if _, err := tx.ExecContext(ctx, `DELETE FROM gaps WHERE host = $1 AND stage = $2 AND reason = $3`, agent, stageShip, reasonSilence); err != nil {
				return err
			}
		}
		for _, l := range lives {
			if _, err := tx.ExecContext(ctx, `UPDATE gaps SET began = $1 WHERE host = $2 AND stage = $3 AND epoch <> 0 AND epoch <> $4
				AND began < $1 AND ended > $1`, l.last, agent, stageAgent, l.epoch); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return fmt.Errorf("heal gaps of %s: %w", agent, err)
	}
	if whole {
		f.mu.Lock()
		h.silent, h.back, h.target = false, false, nil
		f.mu.Unlock()
		f.log.Info("gap healed", "agent", agent)
		f.tell(ctx, agent)
	}
	return nil
}

// has reports whether everything up to the marks was observed; mu is held.
func (h *host) has(marks []*wirepb.Mark) bool {
	for _, m := range marks {
		if h.seen[lane{m.GetEpoch(), m.GetLane()}] < m.GetSequence() {
			return false
		}
	}
	return true
}
