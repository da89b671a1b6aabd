package query

import (
	"context"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// Histogram counts events over time. The buckets are of one length and cover
// the range; an event at the border of two counts in the later one.
func (q *Query) Histogram(ctx context.Context, in api.HistogramQuery) (api.Histogram, error) {
	s, err := q.selectEvents(in.EventSelect)
	if err != nil {
		return api.Histogram{}, err
	}
	n := in.Buckets
	if n <= 0 {
		n = 60
	}
	b := &bars{selection: s, counts: make([]int64, n), width: max((int64(s.to-s.from)+int64(n))/int64(n), 1)}
	if err := q.scan(ctx, byAge, b); err != nil {
		return api.Histogram{}, err
	}
	out := api.Histogram{From: std(s.from), To: std(s.to), Width: float64(b.width) / 1e9}
	for i, c := range b.counts {
		out.Total += c
		out.Buckets = append(out.Buckets, api.Bucket{At: std(s.from + event.Time(int64(i)*b.width)), Count: c})
	}
	out.Completeness, err = q.complete(ctx, s.from, s.to, s.host, s.kinds())
	return out, err
}

// bars counts a selection in intervals of its range.
type bars struct {
	selection
	counts []int64
	width  int64
}

func (b *bars) start()                       { clear(b.counts) }
func (b *bars) wants(info segment.Info) bool { return b.touches(info.MinTime, info.MaxTime) }

func (b *bars) finish(context.Context, *lake.Snapshot) error { return nil }

func (b *bars) add(t event.Time) { b.counts[int64(t-b.from)/b.width]++ }

func (b *bars) group(_ place, g *segment.Group) error {
	rows, err := b.rows(g)
	if err != nil || rows.Empty() {
		return err
	}
	times, err := g.Numbers(event.FieldTimestamp)
	if err != nil {
		return err
	}
	rows.Each(func(row int) { b.add(event.Time(times[row])) })
	return nil
}
