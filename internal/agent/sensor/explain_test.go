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
			if less := told.LossState == sensor.SeesLess; less != (c.sees != "") {
				t.Errorf("loss state %q", told.LossState)
			}
			better, sees := sensor.Spec{Rungs: sensor.Rungs(sources)}.Explain(told.Rung, told.RungReason)
			if !reflect.DeepEqual(better, c.better) || sees != c.sees {
				t.Errorf("%+v, does not see %q", better, sees)
			}
		})
	}
}

// A rung that sees all that the best one would makes no host degraded; what
// neither sees is told where people ask.
func TestSeesTheSame(t *testing.T) {
	const never = "timers that systemd makes by itself"
	fails := sensor.Source{Rung: sensor.Rung{Name: "best", Needs: "more", Limits: never}, Run: func(context.Context, sensor.Emit, func(...string)) error {
		return errors.New("no")
	}}
	for name, c := range map[string]struct {
		above  []sensor.Source
		reason string
		better int
	}{
		"the best": {}, "one that sees the same": {above: []sensor.Source{fails}, reason: "best: no", better: 1},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			sources := append(c.above, sensor.Source{
				Rung: sensor.Rung{Name: "file", Limits: never},
				Run: func(_ context.Context, _ sensor.Emit, took func(...string)) error {
					took()
					cancel()
					return nil
				},
			})
			var told *event.Status
			if err := sensor.Descend(ctx, "tasks", sources, func(e *event.Event) { told = e.Status }, func() event.Time { return 1 }); err != nil {
				t.Fatal(err)
			}
			better, unseen := sensor.Spec{Rungs: sensor.Rungs(sources)}.Explain(told.Rung, told.RungReason)
			if told.RungReason != c.reason || told.LossState != "" || len(better) != c.better || unseen != never {
				t.Errorf("reason %q, state %q, better %v, unseen %q", told.RungReason, told.LossState, better, unseen)
			}
		})
	}
}

// A rung says which kinds it makes, where that is not all.
func TestMakes(t *testing.T) {
	all, one := []event.Kind{event.NetRaw, event.ModuleLoad}, []event.Kind{event.ModuleLoad}
	spec := sensor.Spec{Kinds: all, Rungs: []sensor.Rung{{Name: "fentry"}, {Name: "proc", Only: one}}}
	for rung, want := range map[string][]event.Kind{"fentry": all, "proc": one, "": nil, "other": nil} {
		if got := spec.Makes(rung); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v", rung, got)
		}
	}
}

// Where all sources that work are taken together, those below the best are told
// too when they do not.
func TestExplainBelow(t *testing.T) {
	spec := sensor.Spec{Rungs: []sensor.Rung{{Name: "pam", Limits: "containers"}, {Name: "logind"}, {Name: "wtmp"}}}
	better, unseen := spec.Explain("pam", "logind: no bus")
	if unseen != "containers" || len(better) != 1 || better[0].Rung != "logind" || better[0].Why != "no bus" {
		t.Errorf("%+v, %q", better, unseen)
	}
}
