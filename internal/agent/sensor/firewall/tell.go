package firewall

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxActors bounds the executions that are remembered.
const maxActors = 4096

// actors remembers who was executed lately: a program that changes rules has
// often ended when its event is made.
type actors struct {
	proc  string
	mu    sync.Mutex
	young map[int64]*event.Event // guarded by mu: by number of the process
	old   map[int64]*event.Event // guarded by mu: those before
	since time.Time              // guarded by mu: of young
}

func newActors(proc string) *actors {
	return &actors{proc: proc, young: map[int64]*event.Event{}, old: map[int64]*event.Event{}}
}

// started notes an execution. What is older than some seconds goes.
func (a *actors) started(e *event.Event) {
	if e.Process == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := e.Process
	e = &event.Event{ // the rest is asked of the table of processes
		Process: &event.Process{EntityID: p.EntityID, PID: p.PID, Name: p.Name}, User: e.User, ContainerID: e.ContainerID,
	}
	if now := time.Now(); len(a.young) >= maxActors/2 || now.Sub(a.since) > 5*time.Second {
		a.young, a.old, a.since = map[int64]*event.Event{}, a.young, now
	}
	a.young[p.PID] = e
}

// find returns an event of the process with a number and a name.
func (a *actors) find(pid int64, name string) *event.Event {
	a.mu.Lock()
	e := a.young[pid]
	if e == nil {
		e = a.old[pid]
	}
	a.mu.Unlock()
	if e != nil && comm(e.Process.Name) == name {
		return e
	}
	text, err := os.ReadFile(fmt.Sprintf("%s/%d/comm", a.proc, pid))
	if err == nil && strings.TrimSpace(string(text)) == name {
		return &event.Event{Process: &event.Process{PID: pid}}
	}
	return nil
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
