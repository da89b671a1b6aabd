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
