package sensor_test

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// What an agent_sensor event says can be taken apart again, also when an error
// has the marks of its form in it.
func TestExplain(t *testing.T) {
	fails := func(text string) func(context.Context, sensor.Emit, func(...string)) error {
		return func(context.Context, sensor.Emit, func(...string)) error { return errors.New(text) }
	}
	best := sensor.Rung{Name: "fentry", Needs: "Linux 5.5"}
	middle := sensor.Rung{Name: "tp_btf", Needs: "Linux 5.17", Limits: "links"}
	last := sensor.Rung{Name: "proc", Needs: "/proc", Limits: "forks, ends"}
	for name, c := range map[string]struct {
		runs   []string // errors of the rungs above the one that is taken
		unseen []string
		reason string
		better []sensor.Better
		sees   string
	}{
		"best": {},
		"middle": {
			runs: []string{"load: it is not permitted; ask (fentry: no)"}, reason: "fentry: load: it is not permitted; ask (fentry: no); tp_btf does not see: links",
			better: []sensor.Better{{Rung: "fentry", Needs: "Linux 5.5", Why: "load: it is not permitted; ask (fentry: no)"}}, sees: "links",
		},
		"last": {
			runs: []string{"a: b", "c; d: e"}, unseen: []string{"this", "that"}, reason: "fentry: a: b; tp_btf: c; d: e; proc does not see: forks, ends, this, that",
			better: []sensor.Better{{Rung: "fentry", Needs: "Linux 5.5", Why: "a: b"}, {Rung: "tp_btf", Needs: "Linux 5.17", Why: "c; d: e"}}, sees: "forks, ends, this, that",
		},
		"none": {
			runs: []string{"a", "b", "c"}, reason: "fentry: a; tp_btf: b; proc: c",
			better: []sensor.Better{{Rung: "fentry", Needs: "Linux 5.5", Why: "a"}, {Rung: "tp_btf", Needs: "Linux 5.17", Why: "b"}, {Rung: "proc", Needs: "/proc", Why: "c"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var sources []sensor.Source
			for i, r := range []sensor.Rung{best, middle, last} {
				s := sensor.Source{Rung: r}
				if i < len(c.runs) {
					s.Run = fails(c.runs[i])
				} else {
					s.Run = func(_ context.Context, _ sensor.Emit, took func(...string)) error {
						took(c.unseen...)
						cancel()
						return nil
					}
				}
				sources = append(sources, s)
			}
			var told *event.Status
			_ = sensor.Descend(ctx, "x", sources, func(e *event.Event) { told = e.Status }, func() event.Time { return 1 })
			if told.RungReason != c.reason {
				t.Errorf("reason %q, want %q", told.RungReason, c.reason)
			}
			better, sees := sensor.Spec{Rungs: sensor.Rungs(sources)}.Explain(told.Rung, told.RungReason)
			if !reflect.DeepEqual(better, c.better) || sees != c.sees {
				t.Errorf("%+v, does not see %q", better, sees)
			}
		})
	}
}

// The best rung that sees all that it can see has nothing to explain, and its
// host is whole; what it never sees is told where people ask.
func TestBestIsWhole(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	only := []sensor.Source{{
		Rung: sensor.Rung{Name: "file", Limits: "timers that systemd makes by itself"},
		Run: func(_ context.Context, _ sensor.Emit, took func(...string)) error {
			took()
			cancel()
			return nil
		},
	}}
	var told *event.Status
	if err := sensor.Descend(ctx, "tasks", only, func(e *event.Event) { told = e.Status }, func() event.Time { return 1 }); err != nil {
		t.Fatal(err)
	}
	better, unseen := sensor.Spec{Rungs: sensor.Rungs(only)}.Explain(told.Rung, told.RungReason)
	if told.RungReason != "" || len(better) != 0 || unseen != only[0].Limits {
		t.Errorf("reason %q, better %v, unseen %q", told.RungReason, better, unseen)
	}
}
