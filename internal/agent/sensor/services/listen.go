package services

import (
	"context"
	"errors"
	"fmt"
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
	broken   error               // why it must begin again
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
	if l.self = l.names.of(ctx, l.systemd); l.self != nil {
		l.requests.serves(l.self.PID)
	}
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
		if m.NoReply {
			return true // nothing else would take its place in open again
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
		l.losses()
		if l.broken != nil {
			return l.broken
		}
	}
}

// losses tells of messages that found no room.
func (l *listener) losses() {
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
		l.broken = l.subscribe(ctx)
		return
	}
	if name == now {
		l.names.came(ctx, now, time.Now())
	}
}
