package services

import (
	"context"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/event"
)

// called notes a call to systemd.
func (l *listener) called(ctx context.Context, m *bus.Message) {
	op, ok := l.catalog.find(m)
	if !ok || m.Destination != systemd && m.Destination != l.systemd {
		return
	}
	a, err := op.read(m)
	c := l.add(a)
	c.call = callKey{m.Sender, m.Serial}
	if err != nil {
		c.note = err.Error()
		if len(c.units) == 0 {
			c.units = []string{""}
		}
	}
	if c.by = l.names.of(ctx, m.Sender); c.by == nil {
		c.note = and(c.note, reasonGone)
		return
	}
	by := *c.by
	l.requests.add(request{operation: c.operation, units: c.units, call: true, by: &event.Event{Time: c.at, Process: &by}})
}

func (l *listener) add(a asked) *control {
	now := time.Now()
	c := &control{asked: a, at: l.now(), due: now.Add(telling), end: now.Add(waiting)}
	if len(l.controls) >= maxCalls {
		l.finish(l.controls[0], "", reasonLonger)
		l.sweep()
	}
	l.controls = append(l.controls, c)
	return c
}

// answered notes what systemd said to a call.
func (l *listener) answered(m *bus.Message) {
	k := callKey{m.Destination, m.Reply}
	for _, c := range l.controls {
		if c.call != k || c.done {
			continue
		}
		values, _ := m.Body()
		switch {
		case m.Type == bus.Failure:
			text, _ := bus.Text(values, 0)
			l.finish(c, "failure", and(m.Error, text))
		case !c.asked.job:
			l.finish(c, "success", "")
		default:
			l.bind(c, jobOf(values))
		}
		return
	}
}

// jobOf returns the object of the job in an answer.
func jobOf(values []any) string {
	for _, v := range values {
		if s, ok := v.(string); ok && strings.HasPrefix(s, rootPath+"/job/") {
			return s
		}
	}
	return ""
}

// bind gives a call its job. One call may join the job of another.
func (l *listener) bind(c *control, object string) {
	c.job = object
	old := l.jobs[object]
	if len(l.jobs) >= maxJobs && old == nil {
		l.finish(c, "", "there are too many jobs to follow this one")
		return
	}
	l.jobs[object] = c
	if old == nil || old.call.sender != "" {
		return
	}
	l.forget(old) // it was known from its signal first
	if old.done {
		l.finish(c, old.outcome, old.reason)
	}
}

// jobNew notes a job that no answer named yet.
func (l *listener) jobNew(ctx context.Context, values []any) {
	object, _ := bus.Text(values, 1)
	unit, err := bus.Text(values, 2)
	if err != nil || l.jobs[object] != nil || len(l.jobs) >= maxJobs || noControl(unit) {
		return
	}
	op, ok := l.operationOf(ctx, object, unit)
	if !ok {
		return
	}
	c := l.add(asked{operation: op, units: []string{unit}, job: true})
	c.job, c.due = object, c.due.Add(settling-telling)
	l.jobs[object] = c
}

// operationOf asks what a job does. One that is over already, as that of a
// service that forks nothing, is known by what has become of its unit. It is
// false for a job that does nothing.
func (l *listener) operationOf(ctx context.Context, job, unit string) (string, bool) {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	kind, err := l.ask.Get(ctx, systemd, job, jobIface, "JobType")
	if text, ok := kind.(string); ok && err == nil {
		op := jobOperation(text)
		return op, op != ""
	}
	state, err := l.ask.Get(ctx, systemd, rootPath+"/unit/"+escape(unit), unitIface, "ActiveState")
	text, ok := state.(string)
	if err != nil || !ok {
		return "", true
	}
	switch text {
	case "active", "activating":
		return "start", true
	case "reloading", "refreshing":
		return "reload", true
	}
	return "stop", true
}

// jobRemoved ends a job.
func (l *listener) jobRemoved(values []any) {
	object, _ := bus.Text(values, 1)
	result, err := bus.Text(values, 3)
	c := l.jobs[object]
	if err != nil || c == nil {
		return
	}
	outcome, reason := "failure", "result "+result
	switch result {
	case "done":
		outcome, reason = "success", ""
	case "skipped":
		outcome = "success"
	}
	if c.call.sender == "" && time.Now().Before(c.due) {
		c.done, c.outcome, c.reason = true, outcome, reason // its cause may still be told
		return
	}
	l.finish(c, outcome, reason)
}

// reloading notes that systemd has read all units again.
func (l *listener) reloading(values []any) {
	if len(values) != 1 || values[0] != false {
		return // it begins
	}
	for _, c := range l.controls {
		if c.operation == "daemon-reload" && !c.done {
			return // the answer to the call tells
		}
	}
	c := l.add(asked{operation: "daemon-reload", units: []string{whole}})
	c.due = c.due.Add(settling - telling)
	c.done, c.outcome = true, "success"
}
