package house

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager"
)

// away is a house whose clock the test moves and whose manager can go.
type away struct {
	t       *testing.T
	offset  atomic.Int64
	config  manager.Config
	manager *manager.Manager
	stop    func()
}

func (a *away) now() time.Time { return time.Now().Add(time.Duration(a.offset.Load())) }

// open starts the manager over its data; stop ends it.
func (a *away) open() {
	a.t.Helper()
	a.manager = openManager(a.t.Context(), a.t, a.config, a.now)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func(m *manager.Manager) { ended <- errors.Join(m.Run(ctx), m.Close()) }(a.manager)
	a.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			a.t.Errorf("manager: %v", err)
		}
	}
}

func (a *away) wait(what string, ok func() bool) {
	a.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	late := time.After(slower(30 * time.Second))
	for !ok() {
		select {
		case <-tick.C:
		case <-late:
			a.t.Fatalf("timed out: %s", what)
		}
	}
}

// ran returns how often search has each execution since a time, and its
// completeness.
func (a *away) ran(c *api.Client, since time.Time) (map[int64]int, api.Completeness) {
	a.t.Helper()
	var list api.EventList
	q := api.EventQuery{EventSelect: api.EventSelect{Query: "event.action = 'process_start'"}}
	q.Limit, q.From = 500, since.UTC().Format(time.RFC3339Nano)
	get(a.t.Context(), a.t, c, "/events/search", q, &list)
	got := map[int64]int{}
	for _, e := range list.Events {
		got[e.Process.PID]++
	}
	return got, list.Completeness
}

// TestManagerAway lets the manager go for ten minutes of the clock: the agent
// says so, keeps what it sees, and afterwards search has all of it once and the
// answer for the time since the sensor sees is whole.
func TestManagerAway(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	a := &away{t: t, config: newConfig(t)}
	a.open()
	exec := memory{make(chan *event.Event)}
	ctx, cancel := context.WithCancel(t.Context())
	settings, deps, closeDeps := assemble(ctx, t, a.manager, exec, a.now)
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(agent.Run(ctx, settings, deps), closeDeps()) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("agent: %v", err)
		}
		a.stop()
	}()
	pid := int64(0)
	emit := func() {
		pid++
		exec.events <- &event.Event{Kind: event.ProcessStart, Time: event.At(a.now()), Provider: "exec", Process: &event.Process{
			EntityID: event.EntityID("house", pid, 1), PID: pid, Name: "sleep", Executable: "/usr/bin/sleep", CommandLine: fmt.Sprint("sleep ", pid),
		}}
	}
	began := a.now()
	emit()
	client := newClient(ctx, t, a.manager)
	a.wait("first event", func() bool { got, _ := a.ran(client, began); return len(got) == 1 })
	sees := a.now() // before, the agent may have been starting, which it tells
	client.Close()
	a.config.Agents.Listen = a.manager.AgentAddress()
	a.stop()

	for range 60 {
		a.offset.Add(int64(10 * time.Second))
		emit()
	}
	a.wait("the agent's word", func() bool {
		var s agent.Status
		err := (control.Client{Dir: settings.StateDir}).Status(ctx, &s)
		return err == nil && strings.Contains(s.Manager, "cannot be reached") && s.Spool.Records >= 60
	})

	a.open()
	client = newClient(ctx, t, a.manager)
	defer client.Close()
	var whole api.Completeness
	defer func() {
		if t.Failed() {
			t.Logf("since %s: %+v", sees, whole)
		}
	}()
	a.wait("backlog, and a whole answer", func() bool {
		var late map[int64]int
		late, whole = a.ran(client, sees)
		return int64(len(late)) == pid-1 && whole.State == api.Complete
	})
	got, _ := a.ran(client, began)
	for n := range pid {
		if got[n+1] != 1 {
			t.Errorf("execution %d is there %d times", n+1, got[n+1])
		}
	}
}
