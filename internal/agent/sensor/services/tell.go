package services

import (
	"path"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// noControl says that a unit is none whose jobs are told by themselves: units
// that come and go with mounts, devices, sessions and the boot.
func noControl(unit string) bool {
	return !slices.Contains([]string{".service", ".socket", ".path", ".timer"}, path.Ext(unit))
}

// next returns when something is due.
func (l *listener) next() time.Time {
	next := time.Now().Add(time.Minute)
	for _, c := range l.controls {
		at := c.due
		if c.told {
			at = c.end
		}
		if at.Before(next) {
			next = at
		}
	}
	return next
}

// work tells what is due.
func (l *listener) work(now time.Time) {
	for _, c := range slices.Clone(l.controls) {
		switch {
		case !now.Before(c.end):
			l.forget(c)
		case c.told || now.Before(c.due):
		case c.done:
			l.finish(c, c.outcome, c.reason)
		default:
			c.told = true
			l.tell(c, "", reasonLonger)
		}
	}
	l.sweep()
}

// finish tells the end of an operation.
func (l *listener) finish(c *control, outcome, reason string) {
	c.done, c.outcome, c.reason = true, outcome, reason
	l.tell(c, outcome, reason)
	l.forget(c)
}

// forget marks an operation as one that nothing is waited for.
func (l *listener) forget(c *control) {
	c.end = time.Time{}
	if c.job != "" && l.jobs[c.job] == c {
		delete(l.jobs, c.job)
	}
	if c.call.sender != "" {
		l.mu.Lock()
		delete(l.open, c.call)
		l.mu.Unlock()
	}
}

// sweep drops what is forgotten.
func (l *listener) sweep() {
	l.controls = slices.DeleteFunc(l.controls, func(c *control) bool { return c.end.IsZero() })
}

// tell emits an event for each unit of an operation.
func (l *listener) tell(c *control, outcome, reason string) {
	l.cause(c)
	for _, u := range c.units {
		change := c.change
		change.Object, change.Name, change.ServiceOperation = "service", u, c.operation
		if outcome == "success" {
			change.ServiceState = stateAfter(c.operation)
		}
		e := &event.Event{
			Time: c.at, Kind: event.ServiceControl, Rung: l.rung, Outcome: outcome, Reason: and(reason, c.note), Change: &change,
		}
		switch {
		case c.source != nil:
			e.Process, e.User, e.ContainerID = c.source.Process, c.source.User, c.source.ContainerID
		case c.by != nil:
			p := *c.by
			e.Process = &p
		}
		l.emit(e)
	}
}

// cause finds who asked for a job that no call asked for.
func (l *listener) cause(c *control) {
	if c.call.sender != "" || c.source != nil || c.by != nil {
		return
	}
	if x := l.requests.find(c.operation, c.units[0], c.at); x != nil {
		if op := jobOperation(x.operation); op != "" && x.means(c.operation) {
			c.operation = op
		}
		c.source, c.note = x.by, and(c.note, reasonLine)
		return
	}
	c.note = and(c.note, reasonSelf)
	if l.rung == rungSignals {
		c.note = and(c.note, reasonUnlisted)
	}
	if l.self != nil {
		p := *l.self
		c.by = &p
	}
}

func and(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	return a + ": " + b
}
