package agent

import (
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

func processEvent(kind event.Kind, id string, at event.Time) *event.Event {
	return &event.Event{Kind: kind, Time: at, Process: &event.Process{EntityID: id}}
}

func TestForks(t *testing.T) {
	var f forks
	ms := event.Time(time.Millisecond)
	for i, id := range []string{"a", "b", "c"} {
		if !f.hold(processEvent(event.ProcessFork, id, event.Time(i+1)*ms)) {
			t.Fatal("a fork is not held")
		}
	}
	if f.hold(processEvent(event.ProcessStart, "x", ms)) || f.hold(&event.Event{Kind: event.ProcessFork}) {
		t.Error("held what is no fork of a known process")
	}
	if got := f.meets(processEvent(event.ProcessStart, "a", 9*ms)); got != nil || f.merged.Load() != 1 {
		t.Errorf("an execution must make its fork superfluous: %v, merged %d", got, f.merged.Load())
	}
	if got := f.meets(processEvent(event.FileCreate, "b", 9*ms)); got == nil || got.Process.EntityID != "b" {
		t.Errorf("an act of a forked process must come after the fork: %v", got)
	}
	if got := f.meets(processEvent(event.FileCreate, "b", 9*ms)); got != nil {
		t.Error("told twice")
	}
	if f.oldest() != 3*ms {
		t.Errorf("oldest %d", f.oldest())
	}
	if got := f.due(2 * ms); got != nil {
		t.Errorf("not due yet: %v", got)
	}
	if got := f.due(3 * ms); got == nil || got.Process.EntityID != "c" {
		t.Errorf("due: %v", got)
	}
	if f.due(99*ms) != nil || f.oldest() != 0 || len(f.held) != 0 {
		t.Error("something is left")
	}
}

func TestForksOfAReusedEntity(t *testing.T) {
	var f forks
	f.hold(processEvent(event.ProcessFork, "a", 1))
	f.meets(processEvent(event.ProcessStart, "a", 2))
	f.hold(processEvent(event.ProcessFork, "a", 3))
	if got := f.due(2); got != nil {
		t.Errorf("the merged fork came back: %v", got)
	}
	if got := f.due(3); got == nil || got.Time != 3 {
		t.Errorf("got %v", got)
	}
}
