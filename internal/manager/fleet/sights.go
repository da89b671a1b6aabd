package fleet

import (
	"slices"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Bounds of what a heartbeat may say of what sees what.
const (
	maxRows       = 64
	maxRowSensors = 8
	maxBetter     = 8
)

// sights is what sees what on a host. It is not stored: the agent tells it each
// minute.
type sights struct {
	rows    []api.Row
	sources map[string]api.SensorState // by sensor: unseen and better
}

// sightsOf reads what a heartbeat says; what it does not say stays as before.
func sightsOf(before sights, t *wirepb.Telemetry) sights {
	if t == nil {
		return before
	}
	s := sights{rows: []api.Row{}, sources: map[string]api.SensorState{}}
	for _, r := range t.GetRows()[:min(len(t.GetRows()), maxRows)] {
		row := api.Row{Name: clip(r.GetName()), Weight: finite(r.GetWeight()), Sensors: []string{}, Sources: []string{}, Since: at(r.GetSince()), Events: r.GetEvents(), Lost: r.GetLost()}
		for _, name := range r.GetSensors()[:min(len(r.GetSensors()), maxRowSensors)] {
			row.Sensors = append(row.Sensors, clip(name))
		}
		for _, name := range r.GetSources()[:min(len(r.GetSources()), maxRowSensors)] {
			row.Sources = append(row.Sources, clip(name))
		}
		s.rows = append(s.rows, row)
	}
	for _, x := range t.GetSources()[:min(len(t.GetSources()), maxSensors)] {
		state := api.SensorState{Unseen: clip(x.GetUnseen())}
		for _, b := range x.GetBetter()[:min(len(x.GetBetter()), maxBetter)] {
			state.Better = append(state.Better, api.Better{Rung: clip(b.GetRung()), Why: clip(b.GetWhy()), Needs: clip(b.GetNeeds())})
		}
		s.sources[clip(x.GetSensor())] = state
	}
	return s
}

// add completes what the API tells of one host.
func (s sights) add(h *api.Host) {
	h.Rows = slices.Clone(s.rows)
	for i := range h.Sensors {
		x := s.sources[h.Sensors[i].Name]
		h.Sensors[i].Unseen, h.Sensors[i].Better = x.Unseen, x.Better
	}
}
