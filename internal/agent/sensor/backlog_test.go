package sensor_test

import (
	"context"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestBacklogKeepsOrderAndCountsWhatFindsNoRoom(t *testing.T) {
	b := sensor.NewBacklog(2)
	for n := range int64(5) {
		b.Put(&event.Event{Sequence: n})
	}
	ctx, cancel := context.WithCancel(t.Context())
	for want := range int64(2) {
		if e, ok := b.Next(ctx); !ok || e.Sequence != want {
			t.Fatalf("got %v %v, want %d", e, ok, want)
		}
	}
	if n := b.Missed(); n != 3 {
		t.Errorf("missed %d, want 3", n)
	}
	cancel()
	if _, ok := b.Next(ctx); ok {
		t.Error("an event after the end")
	}
}
