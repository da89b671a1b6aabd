package manager

import (
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// TestStopOfASilentAgentIsInSearch: what the manager tells of a host is found
// like what its agent tells, once, also when it is stored again; the agent is
// not told of it as if it were its own.
func TestStopOfASilentAgentIsInSearch(t *testing.T) {
	m, _ := start(t, testConfig(t), Options{})
	c := admin(t, m)
	w := newTwin(t, m, "web1")
	w.beat()
	raise := func(sequence int64) {
		t.Helper()
		e := &event.Event{
			Time: event.At(time.Now()), Kind: event.AgentStop, Epoch: wire.ManagerEpoch, Sequence: sequence, HostName: "web1",
			Provider: "manager", Reason: "no sign of life for 30 s", Status: &event.Status{From: 1, To: 2},
		}
		if err := m.raise(t.Context(), w.id, e); err != nil {
			t.Fatal(err)
		}
	}
	raise(1000)
	raise(1000)
	raise(2000)
	const asked = `event.action = "agent_stop" and event.provider = "manager" and event.reason contains "no sign of life" and host.name = "web1"`
	eventually(t, "both ends in search", func() bool { return count(t, c, asked).Total == 2 })
	w.emit(started("curl", 100))
	eventually(t, "the event of the agent", func() bool { return count(t, c, `process.name = "curl"`).Total == 1 })
	if n := count(t, c, asked).Total; n != 2 {
		t.Errorf("%d ends, want 2", n)
	}
	l, err := api.Get[api.EventList](t.Context(), c, "/events/search", api.EventQuery{EventSelect: api.EventSelect{Query: asked}})
	if err != nil || len(l.Events) != 2 || l.Events[0].Agent != w.id {
		t.Errorf("%+v, %v", l, err)
	}
}
