package sensor_test

import (
	"context"
	"errors"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// The agent_sensor event of a lower rung says why the better one failed and
// what is not seen.
func TestDescendTellsLimits(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var told []*event.Event
	err := sensor.Descend(ctx, "exec", []sensor.Source{
		{Rung: sensor.Rung{Name: "best"}, Run: func(context.Context, sensor.Emit, func(...string)) error { return errors.New("no BTF") }},
		{Rung: sensor.Rung{Name: "poll", Limits: "forks"}, Run: func(_ context.Context, _ sensor.Emit, took func(...string)) error {
			took("what this kernel lacks")
			cancel()
			return nil
		}},
	}, func(e *event.Event) { told = append(told, e) }, func() event.Time { return 1 })
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0].Status.Rung != "poll" || told[0].Status.RungReason != "best: no BTF; poll does not see: forks, what this kernel lacks" {
		t.Errorf("told %d, %+v", len(told), told[0].Status)
	}
}

// What the best rung never sees makes no host degraded, in whatever order it is
// listed; one thing more does.
func TestLimitsOfTheBest(t *testing.T) {
	tests := map[string]struct {
		best, lower string
		less        bool
	}{
		"sees more":       {"QUIC, splice, raw", "QUIC", false},
		"sees the same":   {"QUIC, raw", "raw, QUIC", false},
		"sees all":        {"QUIC", "", false},
		"one thing more":  {"QUIC, splice", "QUIC, answers", true},
		"the best is all": {"", "QUIC", true},
		"part of a word":  {"QUICK", "QUIC", true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var told []*event.Event
			err := sensor.Descend(ctx, "dns", []sensor.Source{
				{Rung: sensor.Rung{Name: "best", Limits: tc.best}, Run: func(context.Context, sensor.Emit, func(...string)) error { return errors.New("no BTF") }},
				{Rung: sensor.Rung{Name: "lower", Limits: tc.lower}, Run: func(_ context.Context, _ sensor.Emit, took func(...string)) error {
					took()
					cancel()
					return nil
				}},
			}, func(e *event.Event) { told = append(told, e) }, func() event.Time { return 1 })
			if err != nil || len(told) != 1 {
				t.Fatalf("%v, told %d", err, len(told))
			}
			if less := told[0].Status.LossState == sensor.SeesLess; less != tc.less {
				t.Errorf("degraded: %v, want %v: %q", less, tc.less, told[0].Status.RungReason)
			}
		})
	}
}

// A rung that the configuration does not want is passed over, and told.
func TestDescendWithout(t *testing.T) {
	ctx, cancel := context.WithCancel(sensor.Without(context.Background(), []string{"best"}))
	var told []*event.Event
	err := sensor.Descend(ctx, "exec", []sensor.Source{
		{Rung: sensor.Rung{Name: "best"}, Run: func(context.Context, sensor.Emit, func(...string)) error {
			t.Error("it was taken")
			return nil
		}},
		{Rung: sensor.Rung{Name: "poll"}, Run: func(_ context.Context, _ sensor.Emit, took func(...string)) error {
			took()
			cancel()
			return nil
		}},
	}, func(e *event.Event) { told = append(told, e) }, func() event.Time { return 1 })
	if err != nil || len(told) != 1 {
		t.Fatalf("%v, told %d", err, len(told))
	}
	if s := told[0].Status; s.Rung != "poll" || s.RungReason != "best: off by kernel.rungs_off of the configuration" {
		t.Errorf("%+v", s)
	}
}
