package lake

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// States of a segment in the manifest.
const (
	stateLive    = "live"
	stateMerged  = "merged"  // its rows are in another segment
	stateExpired = "expired" // removed by retention
	stateAside   = "aside"   // damaged
)

// manifest is the part of the state database that belongs to the lake.
type manifest struct{ db State }

// Gap is history that is not whole, for good.
type Gap struct {
	ID     string // of the cause
	Agent  string // empty: any
	From   event.Time
	To     event.Time
	Lost   int64 // events; -1 when unknown
	Reason string
}

type addition struct {
	info  *segment.Info // nil when the chunk had no events
	chunk *chunk
	log   string
	now   event.Time
}

// add makes a segment, the marks and the place in the log valid at once.
func (m manifest) add(ctx context.Context, a addition) error {
	err := m.db.Write(ctx, func(tx *sql.Tx) error {
		if a.info != nil {
			if err := insert(ctx, tx, *a.info, a.now); err != nil {
				return err
			}
		}
		for lane, mark := range a.chunk.marks {
			if _, err := tx.ExecContext(ctx, `INSERT INTO lake_marks (agent, epoch, lane, sequence) VALUES ($1, $2, $3, $4)
				ON CONFLICT (agent, epoch, lane) DO UPDATE SET sequence = excluded.sequence`, lane.Agent, lane.Epoch, int64(lane.Lane), mark); err != nil {
				return err
			}
		}
		for _, g := range a.chunk.gaps {
			if err := insertGap(ctx, tx, g); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO lake_positions (log, position) VALUES ($1, $2)
			ON CONFLICT (log) DO UPDATE SET position = excluded.position`, a.log, int64(a.chunk.position))
		return err
	})
	if err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	return nil
}

func dayOf(t event.Time) int64 { return int64(t) / int64(24*time.Hour) }

func insert(ctx context.Context, tx *sql.Tx, i segment.Info, now event.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO lake_segments
		(name, state, day, rows_stored, bytes, tail_at, tail_sum, min_time, max_time, min_ingested, max_ingested, changed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (name) DO NOTHING`,
		i.Name, stateLive, dayOf(i.MaxIngested), i.Rows, i.Bytes, i.TailAt, int64(i.TailSum),
		int64(i.MinTime), int64(i.MaxTime), int64(i.MinIngested), int64(i.MaxIngested), int64(now))
	return err
}

func insertGap(ctx context.Context, tx *sql.Tx, g Gap) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO lake_gaps (id, agent, from_time, to_time, lost, reason) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET to_time = excluded.to_time, reason = excluded.reason`,
		g.ID, g.Agent, int64(g.From), int64(g.To), g.Lost, g.Reason)
	return err
}

// stored is the manifest at one moment.
type stored struct {
	live     []segment.Info
	others   map[string]string // state by name of segments that are not live
	marks    map[Lane]int64
	position uint64
}

func (m manifest) read(ctx context.Context, logID string) (stored, error) {
	out := stored{others: map[string]string{}, marks: map[Lane]int64{}}
	err := m.db.Read(ctx, func(tx *sql.Tx) error {
		if err := readSegments(ctx, tx, &out); err != nil {
			return err
		}
		if err := readMarks(ctx, tx, out.marks); err != nil {
			return err
		}
		var n int64
		err := tx.QueryRowContext(ctx, `SELECT position FROM lake_positions WHERE log = $1`, logID).Scan(&n)
		if err == sql.ErrNoRows {
			return nil
		}
		out.position = uint64(n)
		return err
	})
	if err != nil {
		return out, fmt.Errorf("read manifest: %w", err)
	}
	return out, nil
}

func readSegments(ctx context.Context, tx *sql.Tx, out *stored) error {
	rows, err := tx.QueryContext(ctx, `SELECT name, state, rows_stored, bytes, tail_at, tail_sum, min_time, max_time, min_ingested, max_ingested
		FROM lake_segments ORDER BY name`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var i segment.Info
		var state string
		var sum int64
		if err := rows.Scan(&i.Name, &state, &i.Rows, &i.Bytes, &i.TailAt, &sum, &i.MinTime, &i.MaxTime, &i.MinIngested, &i.MaxIngested); err != nil {
			return err
		}
		i.TailSum = uint32(sum)
		if state == stateLive {
			out.live = append(out.live, i)
		} else {
			out.others[i.Name] = state
		}
	}
	return rows.Err()
}

func readMarks(ctx context.Context, tx *sql.Tx, out map[Lane]int64) error {
	rows, err := tx.QueryContext(ctx, `SELECT agent, epoch, lane, sequence FROM lake_marks`)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var lane Lane
		var mark int64
		if err := rows.Scan(&lane.Agent, &lane.Epoch, &lane.Lane, &mark); err != nil {
			return err
		}
		out[lane] = mark
	}
	return rows.Err()
}

// replace gives live segments another state and adds one in their place; false
// when one of them was not live any more, and then nothing changed.
func (m manifest) replace(ctx context.Context, old []string, state string, now event.Time, also func(tx *sql.Tx) error) (bool, error) {
	done := true
	err := m.db.Write(ctx, func(tx *sql.Tx) error {
		for _, name := range old {
			r, err := tx.ExecContext(ctx, `UPDATE lake_segments SET state = $1, changed = $2 WHERE name = $3 AND state = $4`, state, int64(now), name, stateLive)
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err != nil || n != 1 {
				done = false
				return errNotLive
			}
		}
		return also(tx)
	})
	if !done {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("write manifest: %w", err)
	}
	return true, nil
}

// removable lists segments that lost their place before a time.
func (m manifest) removable(ctx context.Context, before event.Time) ([]string, error) {
	var out []string
	err := m.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT name FROM lake_segments WHERE state IN ($1, $2) AND changed <= $3 ORDER BY name`, stateMerged, stateExpired, int64(before))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				return err
			}
			out = append(out, name)
		}
		return rows.Err()
	})
	return out, err
}

// forget removes segments whose files are gone.
func (m manifest) forget(ctx context.Context, names []string) error {
	return m.db.Write(ctx, func(tx *sql.Tx) error {
		for _, name := range names {
			if _, err := tx.ExecContext(ctx, `DELETE FROM lake_segments WHERE name = $1 AND state IN ($2, $3)`, name, stateMerged, stateExpired); err != nil {
				return err
			}
		}
		return nil
	})
}

// gaps lists the gaps that touch a range.
func (m manifest) gaps(ctx context.Context, from, to event.Time) ([]Gap, error) {
	var out []Gap
	err := m.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT id, agent, from_time, to_time, lost, reason FROM lake_gaps WHERE from_time <= $1 AND to_time >= $2 ORDER BY to_time DESC, id`, int64(to), int64(from))
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			var g Gap
			if err := rows.Scan(&g.ID, &g.Agent, &g.From, &g.To, &g.Lost, &g.Reason); err != nil {
				return err
			}
			out = append(out, g)
		}
		return rows.Err()
	})
	return out, err
}
