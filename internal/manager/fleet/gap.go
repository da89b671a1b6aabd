package fleet

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

// Stages and reasons of gaps that the manager finds itself; agents name theirs.
const (
	stageShip  = "ship"
	stageAgent = "agent"

	reasonSilence = "no heartbeat: the host's events of this time are not here yet"
	reasonStopped = "the agent was stopped"
	reasonDied    = "the agent did not run, or ended without a word"
)

// maxGaps is how many gaps an answer lists.
const maxGaps = 1000

// rank orders states, the worst last.
func rank(state string) int {
	return slices.Index([]string{api.Complete, api.Degraded, api.Blind}, state)
}

func worse(a, b string) string {
	if rank(b) > rank(a) {
		return b
	}
	return a
}

// gapFilter selects gaps that overlap a range, both ends included.
type gapFilter struct {
	from, to time.Time
	host     string // one host; empty: all
	hosts    []string
}

// gaps returns gaps with their host's name, the newest first. An open gap ends
// now, or at the end of the range.
func (f *Fleet) gaps(ctx context.Context, tx *sql.Tx, q gapFilter) ([]api.Gap, error) {
	now := f.now()
	if q.to.After(now) {
		q.to = now
	}
	if len(q.hosts) == 1 {
		q.host = q.hosts[0]
	}
	rows, err := tx.QueryContext(ctx, `SELECT g.host, h.name, h.enrolled, g.began, g.ended, g.state, g.stage, g.sensor, g.kind, g.lost, g.reason
		FROM gaps g JOIN hosts h ON h.id = g.host
		WHERE g.began <= $1 AND (g.ended = 0 OR g.ended >= $2) AND ($3 = '' OR g.host = $3) ORDER BY g.began DESC, g.id DESC`,
		q.to.UnixNano(), q.from.UnixNano(), q.host)
	if err != nil {
		return nil, fmt.Errorf("read gaps: %w", err)
	}
	var out []api.Gap
	err = each(rows, func() error {
		var g api.Gap
		var enrolled, began, ended int64
		if err := rows.Scan(&g.Host, &g.HostName, &enrolled, &began, &ended, &g.State, &g.Stage, &g.Sensor, &g.Kind, &g.Lost, &g.Reason); err != nil {
			return fmt.Errorf("read gaps: %w", err)
		}
		if len(q.hosts) > 1 && !slices.Contains(q.hosts, g.Host) {
			return nil
		}
		g.From, g.To = at(began), at(ended)
		if ended == 0 {
			g.To = q.to.UTC()
		}
		out = append(out, g)
		return nil
	})
	return out, err
}

// Gaps says how whole the telemetry of hosts is over a range, for events of
// some kinds; no hosts are all of them, no kinds are all.
func (f *Fleet) Gaps(ctx context.Context, hosts []string, from, to time.Time, kinds []event.Kind) (api.Completeness, error) {
	c := api.Completeness{State: api.Complete, Gaps: []api.Gap{}}
	var gaps []api.Gap
	if err := f.db.Read(ctx, func(tx *sql.Tx) (err error) {
		gaps, err = f.gaps(ctx, tx, gapFilter{from: from, to: to, hosts: hosts})
		return err
	}); err != nil {
		return c, err
	}
	f.mu.Lock()
	c.Hosts = int64(len(hosts))
	if len(hosts) == 0 {
		c.Hosts = int64(len(f.hosts))
	}
	gaps = slices.DeleteFunc(gaps, func(g api.Gap) bool { return !f.kinds.touches(g, kinds) })
	f.mu.Unlock()
	broken := map[string]bool{}
	for _, g := range gaps {
		broken[g.Host] = true
		c.State = worse(c.State, g.State)
		if g.Lost > 0 {
			c.Lost += g.Lost
		}
	}
	c.Whole = c.Hosts - int64(len(broken))
	c.More = int64(max(0, len(gaps)-maxGaps))
	c.Gaps = append(c.Gaps, gaps[:min(len(gaps), maxGaps)]...)
	return c, nil
}

// Completeness is Gaps of all hosts and kinds.
func (f *Fleet) Completeness(ctx context.Context, from, to time.Time) (api.Completeness, error) {
	return f.Gaps(ctx, nil, from, to, nil)
}

// sensorKinds is which kinds each sensor makes, learned from events.
type sensorKinds map[string]map[string]bool

// touches reports whether a gap could have held events of the kinds.
func (k sensorKinds) touches(g api.Gap, kinds []event.Kind) bool {
	if len(kinds) == 0 {
		return true
	}
	made := k[g.Sensor]
	for _, want := range kinds {
		switch {
		case g.Kind == want.String():
			return true
		case g.Kind == "" && (g.Sensor == "" || len(made) == 0 || made[want.String()]):
			return true
		}
	}
	return false
}

func (f *Fleet) loadKinds(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT sensor, kind FROM sensor_kinds`)
	if err != nil {
		return err
	}
	return each(rows, func() error {
		var sensor, kind string
		if err := rows.Scan(&sensor, &kind); err != nil {
			return err
		}
		f.kinds.learn(sensor, kind)
		return nil
	})
}

// maxLearned bounds what agents can make us learn.
const maxLearned = 64

// learn reports whether the pair is new.
func (k sensorKinds) learn(sensor, kind string) bool {
	m := k[sensor]
	if m[kind] || m == nil && len(k) >= maxLearned {
		return false
	}
	if m == nil {
		m = map[string]bool{}
		k[sensor] = m
	}
	m[kind] = true
	return true
}

// prune removes gaps that nobody asks for any more, and more than a host may have.
func (f *Fleet) prune(ctx context.Context) error {
	const most = 20000 // of one host: a hostile agent must not fill the disk
	before := f.now().Add(-f.opts.Keep).UnixNano()
	return f.db.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM gaps WHERE ended > 0 AND ended < $1`, before); err != nil {
			return fmt.Errorf("remove old gaps: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM epochs WHERE last_sign < $1`, before); err != nil {
			return fmt.Errorf("remove old epochs: %w", err)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM gaps WHERE ended > 0 AND id IN (
			SELECT id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY host ORDER BY id DESC) AS n FROM gaps) numbered WHERE n > $1)`, most)
		if err != nil {
			return fmt.Errorf("remove too many gaps: %w", err)
		}
		return nil
	})
}
