package agent

import (
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/selftest"
	"github.com/vedette-edr/vedette/internal/event"
)

// RowStatus says what sees a row of docs/telemetry.md now.
type RowStatus struct {
	Row     string    `json:"row"`
	Weight  float64   `json:"weight"`
	Kinds   []string  `json:"kinds"`
	Sources []string  `json:"sources"` // sensor.rung of each sensor that sees it
	Since   time.Time `json:"since,omitzero"`
	Events  int64     `json:"events"` // of its kinds, since the agent started
	Lost    int64     `json:"lost"`
	Sensors []string  `json:"sensors,omitempty"` // that make its events; none: the agent itself
	Better  []string  `json:"better,omitempty"`  // sensor.rung of each that would see more, why: in the sensor's status
	Lacks   string    `json:"lacks,omitempty"`   // why no sensor or no better rung sees it, and what the taken one does not see
}

// rowStatus says for each row of the exam's table which sensors see it.
func (a *Agent) rowStatus(sensors []SensorStatus, totals []ledger.Total) []RowStatus {
	var out []RowStatus
	counts := a.sensors.counts()
	for _, r := range selftest.Rows() {
		if r.Number == 0 {
			continue
		}
		x := RowStatus{Row: r.Name, Weight: r.Weight, Kinds: r.Kinds, Sensors: r.Sensor, Lost: lostOf(r, totals)}
		for _, k := range r.Kinds {
			if kind, ok := event.ParseKind(k); ok {
				x.Events += counts[kind&0xff]
			}
		}
		if len(r.Sensor) == 0 { // the agent's own events
			x.Sources, x.Since = []string{"agent"}, a.started.Std()
			if r.Kinds[0] == event.AgentStart.String() {
				x.Events = 1
			}
		}
		var lacks []string
		for _, name := range r.Sensor {
			lacks = append(lacks, x.source(name, sensors)...)
		}
		x.Lacks = strings.Join(lacks, "; ")
		out = append(out, x)
	}
	return out
}

// source adds what a sensor sees and returns what it lacks.
func (x *RowStatus) source(name string, sensors []SensorStatus) []string {
	i := slices.IndexFunc(sensors, func(s SensorStatus) bool { return s.Name == name })
	if i < 0 {
		return []string{name + ": this host has no such sensor"}
	}
	s := sensors[i]
	for _, b := range s.Better {
		x.Better = append(x.Better, name+"."+b.Rung)
	}
	if s.Rung == "" {
		if s.Reason == "" {
			return []string{name + ": is starting"}
		}
		return []string{name + ": " + s.Reason}
	}
	if s.Kinds != nil && !slices.ContainsFunc(x.Kinds, func(k string) bool { return slices.Contains(s.Kinds, k) }) {
		return []string{name + ": " + s.Rung + " has no such events"}
	}
	x.Sources = append(x.Sources, name+"."+s.Rung)
	if s.Since.After(x.Since) { // all of them are needed
		x.Since = s.Since
	}
	if s.Reason == "" {
		return nil
	}
	return []string{name + ": " + s.Reason}
}

// lostOf sums what was lost of a row's kinds, and of its sensors without a kind.
func lostOf(r selftest.Row, totals []ledger.Total) int64 {
	var n int64
	for _, t := range totals {
		if t.State != ledger.Lost {
			continue
		}
		if slices.Contains(r.Kinds, t.Kind) || t.Kind == "" && slices.Contains(r.Sensor, t.Sensor) {
			n += t.Count
		}
	}
	return n
}
