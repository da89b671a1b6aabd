package agent

import (
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// sightsEvery is how often the manager is told what sees what, when nothing of
// it changed but the counts.
const sightsEvery = time.Minute

// telemetry says what sees what, for a heartbeat; nil when the manager was told
// that lately and no sensor took another source since.
func (l *link) telemetry(s Status, now time.Time) *wirepb.Telemetry {
	var rungs strings.Builder
	for _, x := range s.Sensors {
		rungs.WriteString(x.Name + "." + x.Rung + " ")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	since := now.Sub(l.told)
	if since >= 0 && since < sightsEvery && l.toldRungs == rungs.String() {
		return nil
	}
	l.told, l.toldRungs = now, rungs.String()
	t := &wirepb.Telemetry{}
	for _, r := range s.Telemetry {
		row := &wirepb.Row{Name: r.Row, Weight: r.Weight, Sensors: r.Sensors, Sources: r.Sources, Events: r.Events, Lost: r.Lost}
		if !r.Since.IsZero() {
			row.Since = int64(event.At(r.Since))
		}
		t.Rows = append(t.Rows, row)
	}
	for _, x := range s.Sensors {
		if x.Unseen == "" && len(x.Better) == 0 {
			continue
		}
		source := &wirepb.Source{Sensor: x.Name, Unseen: x.Unseen}
		for _, b := range x.Better {
			source.Better = append(source.Better, &wirepb.Better{Rung: b.Rung, Why: b.Why, Needs: b.Needs})
		}
		t.Sources = append(t.Sources, source)
	}
	return t
}
