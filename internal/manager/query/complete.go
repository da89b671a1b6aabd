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
// the tracks of the hosts know of the kinds, and what the lake itself has lost.
func (q *Query) complete(ctx context.Context, from, to event.Time, host string, kinds []event.Kind) (api.Completeness, error) {
	c, err := q.tracked(ctx, from, to, host, kinds)
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

func (q *Query) tracked(ctx context.Context, from, to event.Time, host string, kinds []event.Kind) (api.Completeness, error) {
	if q.tracks == nil {
		return api.Completeness{State: api.Complete}, nil
	}
	var hosts []string
	if host != "" {
		// of one that is gone nothing is known; what is known of all says more
		hosts = q.tracks.Resolve(host)
	}
	return q.tracks.Gaps(ctx, hosts, std(from), std(to), kinds)
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
