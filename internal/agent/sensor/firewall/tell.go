package firewall

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxActors bounds the executions that are remembered.
const maxActors = 4096

// actors remembers who was executed lately: a program that changes rules has
// often ended when its event is made. It is noted for each execution and looked
// for at each change of rules, so noting is what is cheap.
type actors struct {
	proc string
	mu   sync.Mutex
	ring [maxActors]actor // guarded by mu
	next int              // guarded by mu: place of the next one, over the oldest
}

// actor is what an execution tells that the table of processes may not have any
// more.
type actor struct {
	pid       int64 // 0 in a place that is free
	entity    string
	name      string
	container string
	user      *event.User
}

func newActors(proc string) *actors { return &actors{proc: proc} }

// started notes an execution.
func (a *actors) started(e *event.Event) {
	p := e.Process
	if p == nil {
		return
	}
	a.mu.Lock()
	a.ring[a.next] = actor{p.PID, p.EntityID, p.Name, e.ContainerID, e.User}
	a.next = (a.next + 1) % maxActors
	a.mu.Unlock()
}

// find returns an event of the process with a number and a name, nil for none.
// The rest of it is asked of the table of processes.
func (a *actors) find(pid int64, name string) *event.Event {
	if by, ok := a.latest(pid); ok && comm(by.name) == name {
		return &event.Event{
			Process: &event.Process{EntityID: by.entity, PID: by.pid, Name: by.name}, User: by.user, ContainerID: by.container,
		}
	}
	text, err := os.ReadFile(fmt.Sprintf("%s/%d/comm", a.proc, pid))
	if err == nil && strings.TrimSpace(string(text)) == name {
		return &event.Event{Process: &event.Process{PID: pid}}
	}
	return nil
}

// latest returns the last execution of a process that is remembered.
func (a *actors) latest(pid int64) (actor, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range maxActors {
		if by := a.ring[(a.next+maxActors-1-i)%maxActors]; by.pid == pid {
			return by, true
		}
	}
	return actor{}, false
}

// comm is a name as the kernel keeps it.
func comm(name string) string { return name[:min(len(name), 15)] }

// event makes the event of a transaction.
func (s *Sensor) event(t *transaction) *event.Event {
	e := &event.Event{
		Time: t.at, Kind: event.FirewallChange, Provider: "firewall", Rung: rung, Outcome: "success",
		Change: &event.Change{Object: "firewall", Name: strings.Join(t.tables, ", ")},
	}
	for _, c := range t.changes {
		before, after := "", c.text
		if c.gone {
			before, after = after, before
		}
		e.Change.Fields = append(e.Change.Fields, c.object)
		e.Change.Before, e.Change.After = append(e.Change.Before, before), append(e.Change.After, after)
	}
	if t.more > 0 {
		e.Reason = fmt.Sprintf("%d changes, the first %d are told", len(t.changes)+t.more, len(t.changes))
	}
	if t.lost {
		e.Reason = strings.TrimPrefix(e.Reason+"; more changes came than the kernel could tell", "; ")
	}
	for _, pid := range []uint32{t.pid, t.port} {
		if by := s.actors.find(int64(pid), t.name); by != nil && pid != 0 {
			e.Process, e.User, e.ContainerID = by.Process, by.User, by.ContainerID
			return e
		}
	}
	if t.name != "" {
		e.Process = &event.Process{Name: t.name}
	}
	return e
}
