package manager

import (
	"context"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/fleet"
	"github.com/vedette-edr/vedette/internal/manager/lake"
)

// tracks is the fleet's tracks with what the lake itself has lost.
type tracks struct {
	*fleet.Fleet
	lake *lake.Lake
}

// Track returns the state of a host's telemetry over a range.
func (s tracks) Track(ctx context.Context, host string, from, to time.Time) (api.Track, error) {
	t, err := s.Fleet.Track(ctx, host, from, to)
	if err != nil {
		return t, err
	}
	gaps, err := s.gaps(ctx, from, to)
	fleet.AddGaps(&t, of(gaps, t.Host))
	return t, err
}

// Tracks returns the tracks of all hosts.
func (s tracks) Tracks(ctx context.Context, from, to time.Time) ([]api.Track, error) {
	list, err := s.Fleet.Tracks(ctx, from, to)
	if err != nil {
		return nil, err
	}
	gaps, err := s.gaps(ctx, from, to)
	if len(gaps) == 0 || err != nil {
		return list, err
	}
	for i := range list {
		t, err := s.Fleet.Track(ctx, list[i].Host, from, to)
		if err != nil {
			return nil, err
		}
		fleet.AddGaps(&t, of(gaps, t.Host))
		t.Gaps, t.Sensors = nil, nil
		list[i] = t
	}
	return list, nil
}

func (s tracks) gaps(ctx context.Context, from, to time.Time) ([]lake.Gap, error) {
	return s.lake.Gaps(ctx, event.At(from), event.At(to))
}

// of returns the gaps of a host, those of any host included.
func of(gaps []lake.Gap, host string) []api.Gap {
	var out []api.Gap
	for _, g := range gaps {
		if g.Agent == "" || g.Agent == host {
			out = append(out, api.Gap{Host: host, From: g.From.Std(), To: g.To.Std(), State: api.Degraded, Stage: "lake", Lost: g.Lost, Reason: g.Reason})
		}
	}
	return out
}
