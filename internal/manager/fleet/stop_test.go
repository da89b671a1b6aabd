package fleet

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// raised is a store of the manager's events that takes each sequence once, as
// the lake does.
type raised struct {
	events []*event.Event
	newest int64
	asked  int
	fail   error
}

func (r *raised) raise(_ context.Context, agent string, e *event.Event) error {
	r.asked++
	if r.fail != nil {
		return r.fail
	}
	if e.Sequence > r.newest {
		e.Agent = agent
		r.events, r.newest = append(r.events, e), e.Sequence
	}
	return nil
}

func stopHouse(t *testing.T) (*house, *raised) {
	t.Helper()
	h, r := newHouse(t), &raised{}
	h.opts.Raise = r.raise
	h.restart()
	h.enrol("a")
	h.pass(40 * time.Second) // the manager runs long enough to know
	return h, r
}

func (r *raised) want(t *testing.T, when string, n int) {
	t.Helper()
	if len(r.events) != n {
		t.Fatalf("%s: %d ends of an agent were told, want %d", when, len(r.events), n)
	}
}

// TestStopIsToldOnSilence: once for each silence, also when the manager starts
// again in it, and not for one that goes on.
func TestStopIsToldOnSilence(t *testing.T) {
	h, r := stopHouse(t)
	docs := h.connect("a", nil)
	h.beat("a", nil)
	h.Disconnect(t.Context(), "a", docs)
	h.pass(20 * time.Second)
	r.want(t, "20 s of silence", 0)
	h.pass(15 * time.Second)
	r.want(t, "35 s of silence", 1)
	e := r.events[0]
	if e.Kind != event.AgentStop || e.Agent != "a" || e.HostName != "host-a" || e.Provider != "manager" || e.Reason != "no sign of life for 30 s" ||
		e.Epoch != wire.ManagerEpoch || e.Status == nil || e.Status.From != event.At(h.second(40)) || e.Time != event.At(h.second(75)) {
		t.Errorf("%+v %+v", e, e.Status)
	}
	h.pass(time.Hour)
	r.want(t, "an hour of silence", 1)
	if r.asked != 1 {
		t.Errorf("the store was asked %d times", r.asked)
	}
	h.observe(e) // what the store hands on is no sign of life
	h.pass(10 * time.Second)
	h.restart()
	h.pass(time.Minute)
	h.pass(time.Minute)
	r.want(t, "a restart of the manager", 1)
	docs = h.connect("a", nil)
	h.beat("a", nil)
	h.Disconnect(t.Context(), "a", docs)
	h.pass(35 * time.Second)
	r.want(t, "silent, back and silent before all is stored", 2)
}

// TestCleanStopIsNotToldAgain: an agent that said that it stops is not told by
// the manager.
func TestCleanStopIsNotToldAgain(t *testing.T) {
	h, r := stopHouse(t)
	docs := h.connect("a", nil)
	h.beat("a", nil)
	h.observe(h.at(41, event.ProcessStart, 1, 1, nil), h.at(42, event.AgentStop, 1, 2, nil))
	h.Disconnect(t.Context(), "a", docs)
	h.pass(time.Minute)
	h.pass(time.Hour)
	r.want(t, "stopped in order", 0)
	h.observe(h.at(4000, event.AgentStart, 1, 3, nil))
	docs = h.connect("a", nil)
	h.beat("a", nil)
	h.Disconnect(t.Context(), "a", docs)
	h.pass(time.Minute)
	r.want(t, "started again, then silent", 1)
}

// TestManagersOwnAbsence: while the manager did not run nobody could give it a
// sign of life.
func TestManagersOwnAbsence(t *testing.T) {
	h, r := stopHouse(t)
	h.connect("a", nil)
	h.beat("a", nil)
	h.pass(5 * time.Second)
	h.beat("a", nil)
	h.pass(5 * time.Second)
	h.clock = h.clock.Add(time.Hour)
	h.restart()
	h.pass(time.Second)
	h.pass(20 * time.Second)
	r.want(t, "21 s after the manager's return", 0)
	h.connect("a", nil)
	h.beat("a", nil)
	h.pass(20 * time.Second)
	h.beat("a", nil)
	h.pass(20 * time.Second)
	r.want(t, "the agent came back", 0)
}

// TestStopIsToldLater: what could not be stored is told when it can be.
func TestStopIsToldLater(t *testing.T) {
	h, r := stopHouse(t)
	docs := h.connect("a", nil)
	h.beat("a", nil)
	h.Disconnect(t.Context(), "a", docs)
	r.fail = errors.New("disk is full")
	h.pass(35 * time.Second)
	h.pass(time.Second)
	r.want(t, "nothing can be stored", 0)
	r.fail = nil
	h.pass(time.Second)
	r.want(t, "it can again", 1)
}
