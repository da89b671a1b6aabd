package services

import (
	"context"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/event"
)

// maxNames is how many connections of the bus are remembered.
const maxNames = 1024

// names knows which processes are behind the names of the bus. Who connects is
// asked for at once, because it may be gone after its call.
type names struct {
	proc  *procfs.FS
	ask   *bus.Conn
	known map[string]*event.Process
	order []string // oldest first
	left  float64  // questions that may be asked now
	last  time.Time
}

// curious is how many questions a second are asked about who connects; about
// who calls systemd always.
const curious = 50

func newNames(proc *procfs.FS, ask *bus.Conn) *names {
	return &names{proc: proc, ask: ask, known: map[string]*event.Process{}, left: curious}
}

// came notes a new connection.
func (n *names) came(ctx context.Context, name string, now time.Time) {
	if !n.last.IsZero() {
		n.left = min(curious, n.left+now.Sub(n.last).Seconds()*curious)
	}
	n.last = now
	if n.left < 1 {
		return
	}
	n.left--
	n.learn(ctx, name)
}

// of returns the process behind a name; nil when it is not known any more.
func (n *names) of(ctx context.Context, name string) *event.Process {
	p := n.known[name]
	if p == nil {
		p = n.learn(ctx, name)
	}
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

func (n *names) learn(ctx context.Context, name string) *event.Process {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	who, err := n.ask.Credentials(ctx, name)
	if err != nil || who.PID <= 0 {
		return nil // gone
	}
	p := &event.Process{PID: who.PID}
	if id, err := n.proc.EntityID(who.PID); err == nil {
		p.EntityID = id
	}
	if n.known[name] == nil {
		n.order = append(n.order, name)
	}
	n.known[name] = p
	if len(n.order) > maxNames {
		delete(n.known, n.order[0])
		n.order = n.order[1:]
	}
	return p
}
