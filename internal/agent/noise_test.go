package agent

import (
	"fmt"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/queue"
	"github.com/vedette-edr/vedette/internal/event"
)

// TestNoiseIsAccounted: what a noisy process does is in the store, in the count
// of an event there, or in the ledger as lost: also when the event that stands
// for others is itself lost.
func TestNoiseIsAccounted(t *testing.T) {
	r := newRig(t)
	r.start()
	const acts = 5000
	at := event.At(r.agent.deps.Now())
	for n := range acts {
		r.file.events <- &event.Event{
			Time: at, Kind: event.FileWrite, Process: &event.Process{EntityID: "noisy", PID: 9},
			File: &event.File{Path: fmt.Sprintf("/tmp/noise/%d", n)},
		}
	}
	r.wait("events", func() bool { return r.agent.Status().Sensors[1].Events >= acts })
	r.stop()
	var seen, stand int64
	for _, e := range only(r.stored(), event.FileWrite) {
		seen++
		stand += toldActs(e)
	}
	if limit := int64(r.agent.policy.get().AggregateAbove); stand != acts || seen > 3*limit {
		t.Errorf("%d events stand for %d of %d acts", seen, stand, acts)
	}
	var joined int64
	for _, total := range r.agent.deps.Ledger.Totals() {
		if total.State == ledger.Aggregated {
			joined += total.Count
		}
	}
	if joined != acts-seen {
		t.Errorf("the ledger has %d as aggregated, want %d", joined, acts-seen)
	}

	e := &event.Event{Kind: event.FileWrite, Provider: "file", Time: at, Call: &event.Call{Count: 70, Last: at + 5}}
	r.agent.shed(e, queue.ReasonCPULimit)
	for _, total := range r.agent.deps.Ledger.Totals() {
		if total.State == ledger.Lost && total.Reason == queue.ReasonCPULimit && total.Count == 70 {
			return
		}
	}
	t.Errorf("the loss of an event that stands for 70 acts is told as %+v", r.agent.deps.Ledger.Totals())
}
