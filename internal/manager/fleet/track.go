package fleet

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// Track returns the state of a host's telemetry over a range, for each sensor.
func (f *Fleet) Track(ctx context.Context, id string, from, to time.Time) (api.Track, error) {
	f.mu.Lock()
	h := f.find(id)
	if h == nil {
		f.mu.Unlock()
		return api.Track{}, fmt.Errorf("host %s: %w", id, state.ErrNotFound)
	}
	id = h.id
	t := f.startTrack(h, from, to)
	var sensors []string
	for _, s := range h.facts.Sensors {
		sensors = append(sensors, s.Name)
	}
	f.mu.Unlock()
	err := f.db.Read(ctx, func(tx *sql.Tx) (err error) {
		t.Gaps, err = f.gaps(ctx, tx, gapFilter{from: t.From, to: t.To, host: id})
		return err
	})
	if err != nil {
		return t, err
	}
	for _, g := range t.Gaps {
		if g.Sensor != "" && !slices.Contains(sensors, g.Sensor) {
			sensors = append(sensors, g.Sensor)
		}
	}
	slices.Sort(sensors)
	for _, s := range sensors {
		mine := slices.DeleteFunc(slices.Clone(t.Gaps), func(g api.Gap) bool { return g.Sensor != "" && g.Sensor != s })
		t.Sensors = append(t.Sensors, api.SensorTrack{Sensor: s, Intervals: sweep(mine, t.From, t.To)})
	}
	finishTrack(&t)
	t.Gaps = t.Gaps[:min(len(t.Gaps), maxGaps)]
	return t, nil
}

// Tracks returns the tracks of all hosts by name, without sensors and gaps.
func (f *Fleet) Tracks(ctx context.Context, from, to time.Time) ([]api.Track, error) {
	byID := map[string]*api.Track{}
	f.mu.Lock()
	for _, h := range f.hosts {
		t := f.startTrack(h, from, to)
		byID[h.id] = &t
	}
	f.mu.Unlock()
	if err := f.db.Read(ctx, func(tx *sql.Tx) error {
		gaps, err := f.gaps(ctx, tx, gapFilter{from: from, to: to})
		for _, g := range gaps {
			if t := byID[g.Host]; t != nil {
				t.Gaps = append(t.Gaps, g)
			}
		}
		return err
	}); err != nil {
		return nil, err
	}
	var out []api.Track
	for _, t := range byID {
		finishTrack(t)
		t.Gaps = nil
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b api.Track) int {
		return cmp.Or(cmp.Compare(a.HostName, b.HostName), cmp.Compare(a.Host, b.Host))
	})
	return out, nil
}

// startTrack returns the frame of a track: what was before the host's first
// sign of life, and the future, are left out; mu is held.
func (f *Fleet) startTrack(h *host, from, to time.Time) api.Track {
	first := h.enrolled
	for _, e := range h.epochs {
		if t := at(e.first); t.Before(first) {
			first = t
		}
	}
	if from.Before(first) {
		from = first
	}
	if now := f.now(); to.After(now) {
		to = now
	}
	if to.Before(from) {
		to = from
	}
	return api.Track{Host: h.id, HostName: h.name, From: from.UTC(), To: to.UTC()}
}

func finishTrack(t *api.Track) {
	t.Intervals = sweep(t.Gaps, t.From, t.To)
	t.State = api.Complete
	for _, i := range t.Intervals {
		t.State = worse(t.State, i.State)
	}
}

// sweep returns the intervals of one state each that gaps make of a range, to
// whole seconds outwards, without holes between them.
func sweep(gaps []api.Gap, from, to time.Time) []api.Interval {
	type bound struct {
		at   time.Time
		gap  *api.Gap
		ends bool
	}
	var bounds []bound
	for i := range gaps {
		g := &gaps[i]
		a, b := g.From.Truncate(time.Second), g.To.Add(time.Second-1).Truncate(time.Second)
		if !b.After(a) {
			b = a.Add(time.Second)
		}
		if b.Before(from) || a.After(to) {
			continue
		}
		if a.Before(from) {
			a = from
		}
		if b.After(to) {
			b = to
		}
		bounds = append(bounds, bound{a, g, false}, bound{b, g, true})
	}
	slices.SortStableFunc(bounds, func(a, b bound) int { return a.at.Compare(b.at) })
	var out []api.Interval
	active := map[*api.Gap]bool{}
	begin := from
	cut := func(end time.Time) {
		if !end.After(begin) {
			return
		}
		i := interval(active)
		i.From, i.To = begin, end
		if n := len(out); n > 0 && out[n-1].State == i.State && out[n-1].Reason == i.Reason {
			out[n-1].To = end
		} else {
			out = append(out, i)
		}
		begin = end
	}
	for _, b := range bounds {
		cut(b.at)
		if b.ends {
			delete(active, b.gap)
			continue
		}
		active[b.gap] = true
	}
	cut(to)
	countLost(out, gaps)
	return out
}

// interval returns the state that the active gaps make together.
func interval(active map[*api.Gap]bool) api.Interval {
	i := api.Interval{State: api.Complete}
	for g := range active {
		if rank(g.State) > rank(i.State) || g.State == i.State && g.Reason < i.Reason {
			i.State, i.Reason = g.State, g.Reason
		}
	}
	return i
}

// countLost adds the number of lost events of each gap to the interval in which
// the gap begins, so that the sum over all intervals is exact.
func countLost(intervals []api.Interval, gaps []api.Gap) {
	for _, g := range gaps {
		if g.Lost <= 0 {
			continue
		}
		for i := range intervals {
			if last := i == len(intervals)-1; last || g.From.Before(intervals[i].To) {
				intervals[i].Lost += g.Lost
				break
			}
		}
	}
}

// AddGaps adds gaps that other parts know of to a track.
func AddGaps(t *api.Track, gaps []api.Gap) {
	if len(gaps) == 0 {
		return
	}
	t.Gaps = append(t.Gaps, gaps...)
	for i, s := range t.Sensors {
		mine := slices.DeleteFunc(slices.Clone(t.Gaps), func(g api.Gap) bool { return g.Sensor != "" && g.Sensor != s.Sensor })
		t.Sensors[i].Intervals = sweep(mine, t.From, t.To)
	}
	finishTrack(t)
}
