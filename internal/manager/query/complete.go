package query

import (
	"context"
	"fmt"
	"slices"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake"
)

// maxGaps is how many gaps an answer lists.
const maxGaps = 1000

// complete says how whole the telemetry is that an answer was made from: what
// the tracks of the hosts know, and what the lake itself has lost.
func (q *Query) complete(ctx context.Context, from, to event.Time, host string) (api.Completeness, error) {
	c, err := q.tracked(ctx, from, to, host)
	if err != nil {
		return c, fmt.Errorf("ask how complete the answer is: %w", err)
	}
	gaps, err := q.store.Gaps(ctx, from, to)
	if err != nil {
		return c, fmt.Errorf("ask how complete the answer is: %w", err)
	}
	for _, g := range gaps {
		if host != "" && g.Agent != "" && g.Agent != host {
			continue
		}
		addGap(&c, g, from, to)
	}
	if c.Gaps == nil {
		c.Gaps = []api.Gap{}
	}
	if n := len(c.Gaps); n > maxGaps {
		slices.SortFunc(c.Gaps, func(a, b api.Gap) int { return b.To.Compare(a.To) })
		c.Gaps, c.More = c.Gaps[:maxGaps], c.More+int64(n-maxGaps)
	}
	return c, nil
}

func (q *Query) tracked(ctx context.Context, from, to event.Time, host string) (api.Completeness, error) {
	if q.tracks == nil {
		return api.Completeness{State: api.Complete}, nil
	}
	if host == "" {
		return q.tracks.Completeness(ctx, std(from), std(to))
	}
	t, err := q.tracks.Track(ctx, host, std(from), std(to))
	if err != nil {
		// a name, or a host that is gone: what is known of all hosts says more than nothing
		return q.tracks.Completeness(ctx, std(from), std(to))
	}
	c := api.Completeness{State: t.State, Hosts: 1, Gaps: t.Gaps}
	if t.State == api.Complete {
		c.Whole = 1
	}
	for _, g := range t.Gaps {
		c.Lost += max(g.Lost, 0)
	}
	return c, nil
}

// addGap tells a gap of the lake.
func addGap(c *api.Completeness, g lake.Gap, from, to event.Time) {
	out := api.Gap{Host: g.Agent, From: std(max(g.From, from)), To: std(min(g.To, to)), State: "degraded", Stage: "lake", Lost: g.Lost, Reason: g.Reason}
	if g.Agent == "" && c.Whole > 0 {
		c.Whole = 0 // events of any host may be missing
	}
	c.Lost += max(g.Lost, 0)
	if c.State == api.Complete || c.State == "" {
		c.State = "degraded"
	}
	c.Gaps = append(c.Gaps, out)
}
