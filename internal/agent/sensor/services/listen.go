package services

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/event"
)

// Bounds of the tables of a listener.
const (
	maxCalls = 256
	maxJobs  = 1024
)

const (
	// asking bounds a question to the bus.
	asking = time.Second
	// telling is how long an operation may take before it is told without its
	// outcome.
	telling = 800 * time.Millisecond
	// waiting is how long its outcome is waited for.
	waiting = 3 * time.Minute
	// settling is how long a job that no call asked for waits for the execution
	// of systemctl that may be its cause.
	settling = 600 * time.Millisecond
)

// Texts of event.reason.
const (
	reasonLonger   = "it is not done yet"
	reasonSelf     = "no call was seen: systemd did it by itself, or for a caller on its own socket"
	reasonLine     = "the caller is known from the command line of systemctl, which speaks to systemd without the bus"
	reasonFor      = "systemd wrote it because the process asked for it"
	reasonGone     = "the caller was gone before it could be asked for"
	reasonUnlisted = "the calls of others are not seen on this rung"
)

// callKey names a call that was not answered yet.
type callKey struct {
	sender string
	serial uint32
}

// control is an operation that is under way.
type control struct {
	asked
	call   callKey
	job    string // object of its job; "" when there is none yet
	by     *event.Process
	source *event.Event // execution that is the cause, instead of by
	at     event.Time
	told   bool
	due    time.Time
	end    time.Time // when nothing is waited for any more

	done    bool
	outcome string
	reason  string
}

// listener hears what systemd is asked for and what it does. Everything but
// wanted is of one goroutine.
type listener struct {
	rung     string
	ask      *bus.Conn // asks
	hear     *bus.Conn // hears; the same as ask where calls are not heard
	names    *names
	requests *requests
	catalog  catalog
	now      func() event.Time
	emit     sensor.Emit

	mu       sync.Mutex
	open     map[callKey]bool // guarded by mu: calls whose answers are wanted
	overflow int64            // guarded by mu: calls that found no room

	systemd  string // unique name
	self     *event.Process
	controls []*control
	jobs     map[string]*control // by object
	dropped  int64               // told so far
}

// dial connects with the bus and finds systemd on it.
func dial(ctx context.Context, o Options, monitor bool) (*listener, error) {
	l := &listener{
		rung: rungSignals, requests: o.requests, catalog: newCatalog(), now: o.Now,
		open: map[callKey]bool{}, jobs: map[string]*control{},
	}
	var err error
	if l.ask, err = bus.Dial(ctx, bus.Options{Socket: o.Socket}); err != nil {
		return nil, fmt.Errorf("%w: %w", sensor.ErrNotSupported, err)
	}
	l.hear = l.ask
	if monitor {
		l.rung = rungMonitor
		l.hear, err = bus.Dial(ctx, bus.Options{Socket: o.Socket, Want: l.wanted})
	}
	if err == nil {
		err = l.begin(ctx, o, monitor)
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *listener) close() {
	l.ask.Close()
	if l.hear != nil && l.hear != l.ask {
		l.hear.Close()
	}
}

func (l *listener) begin(ctx context.Context, o Options, monitor bool) error {
	proc, err := procfs.Open(o.Proc)
	if err != nil {
		return err
	}
	l.names = newNames(proc, l.ask)
	if l.systemd, err = l.ask.Owner(ctx, systemd); err != nil {
		return fmt.Errorf("%w: systemd is not on the bus: %w", sensor.ErrNotSupported, err)
	}
	signals := "type='signal',sender='" + systemd + "',interface='" + manager + "'"
	owners := "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"
	if monitor {
		err = l.hear.Monitor(ctx, signals, owners,
			"type='method_call',path_namespace='"+rootPath+"'",
			"type='method_return',sender='"+systemd+"'", "type='error',sender='"+systemd+"'")
	} else {
		err = errors.Join(l.hear.AddMatch(ctx, signals), l.hear.AddMatch(ctx, owners+",arg0='"+systemd+"'"))
	}
	if err != nil {
		return fmt.Errorf("%w: %w", sensor.ErrNotSupported, err)
	}
	return l.subscribe(ctx)
}

// subscribe has systemd send its signals, which it does only when asked.
func (l *listener) subscribe(ctx context.Context) error {
	_, err := l.ask.Do(ctx, bus.Method{Destination: systemd, Path: rootPath, Interface: manager, Member: "Subscribe"})
	if named, ok := errors.AsType[*bus.Error](err); ok && named.Name == systemd+".AlreadySubscribed" {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("ask systemd for its signals: %w", err)
	}
	l.self = l.names.of(ctx, l.systemd)
	return nil
}

// wanted says which messages are kept, by their header, and notes the calls
// whose answers are wanted. It is called from the connection's goroutine.
func (l *listener) wanted(m *bus.Message) bool {
	switch m.Type {
	case bus.Call:
		if _, ok := l.catalog.find(m); !ok {
			return false
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if len(l.open) >= maxCalls {
			l.overflow++
			return false
		}
		l.open[callKey{m.Sender, m.Serial}] = true
		return true
	case bus.Return, bus.Failure:
		k := callKey{m.Destination, m.Reply}
		l.mu.Lock()
		defer l.mu.Unlock()
		known := l.open[k]
		delete(l.open, k)
		return known
	}
	return true
}

// run hears until ctx is done.
func (l *listener) run(ctx context.Context, emit sensor.Emit) error {
	l.emit = emit
	for {
		slice, cancel := context.WithDeadline(ctx, l.next())
		m, err := l.hear.Next(slice)
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			l.handle(ctx, m)
		case !errors.Is(err, context.DeadlineExceeded):
			return err
		}
		l.work(time.Now())
		if err := l.losses(); err != nil {
			return err
		}
	}
}

// losses tells of messages that found no room.
func (l *listener) losses() error {
	l.mu.Lock()
	lost := l.overflow
	l.mu.Unlock()
	lost += l.hear.Dropped()
	if lost > l.dropped {
		l.emit(&event.Event{
			Time: l.now(), Kind: event.AgentLoss, Rung: l.rung, Status: &event.Status{
				LossStage: "sensor", LossSensor: name, LossKind: event.ServiceControl.String(), LossCount: event.Some(lost - l.dropped),
				LossState: "lost", LossReason: "more came over the bus than could be looked at",
			},
		})
		l.dropped = lost
	}
	return nil
}

func (l *listener) handle(ctx context.Context, m *bus.Message) {
	switch m.Type {
	case bus.Call:
		l.called(ctx, m)
	case bus.Return, bus.Failure:
		l.answered(m)
	case bus.Signal:
		values, err := m.Body()
		if err != nil {
			return
		}
		switch m.Member {
		case "NameOwnerChanged":
			l.owner(ctx, values)
		case "JobNew":
			l.jobNew(ctx, values)
		case "JobRemoved":
			l.jobRemoved(values)
		case "Reloading":
			l.reloading(values)
		}
	}
}

// owner notes who connects, and where systemd is.
func (l *listener) owner(ctx context.Context, values []any) {
	name, _ := bus.Text(values, 0)
	now, err := bus.Text(values, 2)
	if err != nil || now == "" {
		return
	}
	if name == systemd {
		l.systemd = now
		_ = l.subscribe(ctx) // without its signals outcomes are told as unknown
		return
	}
	if name == now {
		l.names.came(ctx, now, time.Now())
	}
}

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
