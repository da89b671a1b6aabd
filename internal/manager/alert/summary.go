package alert

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
)

// mostInTop is the length of the lists of an overview.
const mostInTop = 10

// Summarise adds to an overview of a range what the alerts say.
func (b *Book) Summarise(ctx context.Context, o *api.Overview, buckets int) error {
	from, to := o.From, o.To
	before := from.Add(-to.Sub(from))
	return b.db.Read(ctx, func(tx *sql.Tx) error {
		err := counts(ctx, tx, &o.OpenAlerts, `status <> $1`, api.AlertClosed)
		if err == nil {
			err = counts(ctx, tx, &o.InRange, `created >= $1 AND created <= $2`, from.UnixNano(), to.UnixNano())
		}
		if err == nil {
			err = counts(ctx, tx, &o.Before, `created >= $1 AND created < $2`, before.UnixNano(), from.UnixNano())
		}
		if err == nil {
			o.AlertsOverTime, err = overTime(ctx, tx, from, to, buckets)
		}
		if err == nil {
			o.TopRules, err = topRules(ctx, tx, from, to)
		}
		if err == nil {
			o.TopHosts, err = topHosts(ctx, tx)
		}
		if err != nil {
			return fmt.Errorf("sum up alerts: %w", err)
		}
		list, err := read(ctx, tx, fmt.Sprintf(` WHERE status <> $1 ORDER BY last_time DESC, number DESC LIMIT %d`, mostInTop), api.AlertClosed)
		o.Newest = alerts(list)
		return err
	})
}

func counts(ctx context.Context, tx *sql.Tx, c *api.LevelCounts, where string, args ...any) error {
	rows, err := tx.QueryContext(ctx, `SELECT level, COUNT(*) FROM alerts WHERE `+where+` GROUP BY level`, args...)
	return each(rows, err, func() error {
		var level string
		var n int64
		if err := rows.Scan(&level, &n); err != nil {
			return err
		}
		c.Add(level, n)
		return nil
	})
}

// overTime counts alerts by the time of their first finding.
func overTime(ctx context.Context, tx *sql.Tx, from, to time.Time, n int) ([]api.AlertBucket, error) {
	width := max(to.Sub(from)/time.Duration(n), 1)
	out := make([]api.AlertBucket, n)
	for i := range out {
		out[i].At = from.Add(time.Duration(i) * width).UTC()
	}
	rows, err := tx.QueryContext(ctx, `SELECT first_time, level FROM alerts WHERE first_time >= $1 AND first_time <= $2`, from.UnixNano(), to.UnixNano())
	return out, each(rows, err, func() error {
		var first int64
		var level string
		if err := rows.Scan(&first, &level); err != nil {
			return err
		}
		i := min(int((first-from.UnixNano())/int64(width)), n-1)
		out[i].Counts.Add(level, 1)
		return nil
	})
}

func topRules(ctx context.Context, tx *sql.Tx, from, to time.Time) ([]api.RuleCount, error) {
	out := []api.RuleCount{}
	rows, err := tx.QueryContext(ctx, `SELECT rule_id, MAX(rule_name), MAX(severity), COUNT(*), SUM(findings) FROM alerts
		WHERE last_time >= $1 AND first_time <= $2 GROUP BY rule_id ORDER BY COUNT(*) DESC, rule_id LIMIT $3`, from.UnixNano(), to.UnixNano(), mostInTop)
	return out, each(rows, err, func() error {
		var r api.RuleCount
		var severity int64
		if err := rows.Scan(&r.RuleID, &r.RuleName, &severity, &r.Alerts, &r.Findings); err != nil {
			return err
		}
		r.Level = api.Levels()[max(severity, 1)-1]
		out = append(out, r)
		return nil
	})
}

// score weighs open alerts, see api.HostCount.
func score(c api.LevelCounts) int64 {
	return 40*c.Critical + 20*c.High + 10*c.Medium + 3*c.Low + c.Informational
}

// topHosts ranks hosts by their open alerts.
func topHosts(ctx context.Context, tx *sql.Tx) ([]api.HostCount, error) {
	byHost := map[string]*api.HostCount{}
	rows, err := tx.QueryContext(ctx, `SELECT host, MAX(host_name), level, COUNT(*) FROM alerts WHERE status <> $1 GROUP BY host, level`, api.AlertClosed)
	if err := each(rows, err, func() error {
		var id, name, level string
		var n int64
		if err := rows.Scan(&id, &name, &level, &n); err != nil {
			return err
		}
		h := byHost[id]
		if h == nil {
			h = &api.HostCount{HostID: id, HostName: name}
			byHost[id] = h
		}
		h.Alerts.Add(level, n)
		return nil
	}); err != nil {
		return nil, err
	}
	out := []api.HostCount{}
	for _, h := range byHost {
		h.Score = score(h.Alerts)
		out = append(out, *h)
	}
	slices.SortFunc(out, func(a, b api.HostCount) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.HostID, b.HostID))
	})
	return out[:min(len(out), mostInTop)], nil
}
