package manager

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
)

// overviewBuckets is how many intervals the curves of an overview have.
const overviewBuckets = 60

// Overview sums up a range for people.
func (m *Manager) Overview(ctx context.Context, from, to time.Time) (api.Overview, error) {
	o := api.Overview{From: from.UTC(), To: to.UTC()}
	if err := m.alerts.Summarise(ctx, &o, overviewBuckets); err != nil {
		return o, err
	}
	list, err := m.fleet.Hosts(ctx, api.HostQuery{})
	if err != nil {
		return o, err
	}
	for _, h := range list.Hosts {
		o.EventRate += h.EventRate
		o.Hosts.Total++
		switch {
		case h.Status == "offline":
			o.Hosts.Offline++
			continue
		case h.Telemetry == api.Degraded:
			o.Hosts.Degraded++
		case h.Telemetry == api.Blind:
			o.Hosts.Blind++
		}
		o.Hosts.Online++
	}
	when := api.Range{From: from.Format(time.RFC3339Nano), To: to.Format(time.RFC3339Nano)}
	hist, err := m.query.Histogram(ctx, api.HistogramQuery{EventSelect: api.EventSelect{Range: when}, Buckets: overviewBuckets})
	if err != nil {
		return o, err
	}
	o.Events, o.EventTotal, o.Completeness = hist.Buckets, hist.Total, hist.Completeness
	return o, nil
}

// Stats counts the manager's data.
func (m *Manager) Stats(ctx context.Context) (api.Stats, error) {
	s := api.Stats{Version: m.version, Started: m.started.UTC(), Stream: m.hub.Stats(), Problems: []api.PartProblem{}}
	if err := m.db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT (SELECT COUNT(*) FROM alerts), (SELECT COUNT(*) FROM alerts WHERE status <> $1), (SELECT COUNT(*) FROM users)`,
			api.AlertClosed).Scan(&s.AlertCount, &s.OpenAlerts, &s.UserCount)
	}); err != nil {
		return s, fmt.Errorf("count: %w", err)
	}
	c := m.fleet.Counts()
	s.EndpointCount, s.OnlineCount, s.RuleCount, s.EventRate = c.Hosts, c.Online, c.Rules, c.EventRate
	ls := m.lake.Stats()
	s.EventsTaken = ls.Accepted
	s.Store = api.StoreStats{Events: ls.Events, Bytes: ls.Bytes, Segments: ls.Segments, InMemory: ls.InMemory, CompactionCPU: ls.MergeTime.Seconds()}
	if ls.Oldest > 0 {
		s.Store.Oldest, s.Store.Newest = ls.Oldest.Std(), ls.Newest.Std()
	}
	for part, text := range m.lake.Problems() {
		s.Problems = append(s.Problems, api.PartProblem{Part: part, Message: text})
	}
	for _, p := range c.RuleProblems {
		s.Problems = append(s.Problems, api.PartProblem{Part: "rules", Message: fmt.Sprintf("%s:%d: %s", p.Path, p.Line, p.Message)})
	}
	slices.SortFunc(s.Problems, func(a, b api.PartProblem) int { return compareProblems(a, b) })
	return s, nil
}

func compareProblems(a, b api.PartProblem) int {
	if a.Part != b.Part {
		if a.Part < b.Part {
			return -1
		}
		return 1
	}
	if a.Message < b.Message {
		return -1
	}
	return 1
}
