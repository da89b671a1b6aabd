package agent

import (
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// What sees what is told at first, each minute, and when a sensor takes another
// source.
func TestSights(t *testing.T) {
	l := newLink(&Agent{})
	now := time.Unix(1_800_000_000, 0)
	s := Status{
		Sensors: []SensorStatus{
			{Name: "file", Rung: "fanotify", Unseen: "order", Better: []sensor.Better{{Rung: "tp_btf", Why: "no BTF", Needs: "Linux 5.17"}}},
			{Name: "exec", Rung: "tp_btf"},
		},
		Telemetry: []RowStatus{{Row: "File Creation", Weight: 1, Sensors: []string{"file"}, Since: now, Events: 7, Lost: 2}, {Row: "Driver Load", Sensors: []string{"calls"}}},
	}
	got := l.telemetry(s, now)
	if got == nil || len(got.GetRows()) != 2 || len(got.GetSources()) != 1 {
		t.Fatalf("%v", got)
	}
	if r := got.GetRows()[0]; r.GetName() != "File Creation" || r.GetSince() != now.UnixNano() || r.GetEvents() != 7 || r.GetLost() != 2 || got.GetRows()[1].GetSince() != 0 {
		t.Errorf("%v", got.GetRows())
	}
	if b := got.GetSources()[0].GetBetter(); len(b) != 1 || b[0].GetWhy() != "no BTF" || got.GetSources()[0].GetUnseen() != "order" {
		t.Errorf("%v", got.GetSources())
	}
	for _, step := range []struct {
		after time.Duration
		rung  string
		told  bool
	}{
		{10 * time.Second, "fanotify", false}, {59 * time.Second, "fanotify", false}, {sightsEvery, "fanotify", true},
		{sightsEvery + 10*time.Second, "fanotify", false}, {sightsEvery + 20*time.Second, "auditd", true}, {sightsEvery + 30*time.Second, "auditd", false},
		{-time.Hour, "auditd", true}, // the clock was set back
	} {
		s.Sensors[0].Rung = step.rung
		if told := l.telemetry(s, now.Add(step.after)) != nil; told != step.told {
			t.Errorf("after %v on %s: told %v", step.after, step.rung, told)
		}
	}
}
