// Package agent is the endpoint: it joins the stages that each have a package
// of their own. Events go one way:
//
//	sensors -> queue -> enrich -> number -> detect -> spool -> manager
//	                                           \-> alerts, responder
//
// Read Run from top to bottom. Run owns every goroutine of the agent and
// returns when all of them have ended.
package agent

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/vedette-edr/vedette/internal/agent/aggregate"
	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/agent/govern"
	"github.com/vedette-edr/vedette/internal/agent/health"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/notify"
	"github.com/vedette-edr/vedette/internal/agent/queue"
	"github.com/vedette-edr/vedette/internal/agent/respond"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// Agent is a running endpoint.
type Agent struct {
	deps     Deps
	settings atomic.Pointer[Settings]
	id       atomic.Pointer[string] // given by the manager; nil before
	policy   *policy
	started  event.Time
	seen     *seen

	queue     *queue.Queue
	sensors   *supervisor
	detect    *detector
	pipe      *pipeline
	responder *respond.Responder
	noise     *aggregate.Aggregator // between the sensors and the queue
	notifier  *notify.Notifier
	governor  *govern.Governor
	procs     *govern.Procs
	link      *link
	exams     *exams
	watcher   *watcher // nil when files cannot be watched

	reloading sync.Mutex // one reload at a time; taken before mu

	mu    sync.Mutex
	after []*event.Event // guarded by mu: events that came when the queue was closed
}

// Run senses, detects, spools, ships and responds until ctx is done. What was
// seen by then is in the spool when it returns. The caller closes the spool.
func Run(ctx context.Context, s Settings, d Deps) error {
	a, err := build(s, d)
	if err != nil {
		return err
	}
	defer a.close()
	return a.run(ctx)
}

func (a *Agent) run(ctx context.Context) error {
	// The stages behind the queue go on when ctx is done, until they have
	// worked off what is in front of them; the shipper ends last.
	sending, stopSending := context.WithCancel(context.WithoutCancel(ctx))
	defer stopSending()
	behind, stopBehind := context.WithCancel(context.WithoutCancel(ctx))
	defer stopBehind()
	acting, stopActing := context.WithCancel(behind)
	defer stopActing()

	front, ctx := errgroup.WithContext(ctx)
	back, behind := errgroup.WithContext(behind)
	act, acting := errgroup.WithContext(acting)
	sent, sending := errgroup.WithContext(sending)

	a.queue.Push(a.startEvent())
	front.Go(func() error { a.sensors.run(sensor.Without(ctx, a.settings.Load().Kernel.RungsOff)); return nil })
	front.Go(func() error { a.seed(ctx); return nil })
	front.Go(func() error { return a.listen(ctx) })
	front.Go(func() error { return a.watch(ctx) })
	front.Go(func() error { a.exams.run(ctx); return nil })
	back.Go(func() error { return a.pipe.run(behind) })
	back.Go(func() error { return a.notifier.Run(behind) })
	back.Go(func() error { a.tick(behind); return nil })
	sent.Go(func() error { return a.link.run(sending) })
	act.Go(func() error { return a.responder.Run(acting) })

	a.deps.Log.Info("agent is running", "version", wire.Version(), "state_dir", a.settings.Load().StateDir,
		"scope", a.settings.Load().Scope, "sensors", len(a.deps.Sensors), "epoch", a.deps.Spool.Epoch())

	// The end: first nothing new is seen, then nothing new is done, then what
	// waits is written, then sent.
	err := front.Wait()
	a.noise.Close()
	stopActing()
	err = errors.Join(err, act.Wait())
	a.queue.Close()
	<-a.pipe.done
	stopBehind()
	err = errors.Join(err, back.Wait(), a.finish())
	a.link.drain()
	stopSending()
	return errors.Join(err, sent.Wait())
}

// finish writes what came after the queue was closed, and the agent_stop event
// behind all others.
func (a *Agent) finish() error {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	err := a.responder.Run(ended) // reports what was not done
	a.mu.Lock()
	left := a.after
	a.after = nil
	a.mu.Unlock()
	now := a.now()
	a.pollLosses(now)
	left = append(left, a.deps.Ledger.Flush(now)...)
	stop := &event.Event{
		Time: now, Kind: event.AgentStop, Provider: "agent", Status: &event.Status{Version: wire.Version(), From: a.started, To: now},
	}
	left = append(left, stop)
	for _, e := range left {
		a.pipe.handle(e)
	}
	ctx, cancel := context.WithTimeout(context.Background(), syncTime)
	defer cancel()
	if syncErr := a.deps.Spool.Sync(ctx); syncErr != nil {
		return errors.Join(err, fmt.Errorf("write the last events: %w", syncErr))
	}
	return errors.Join(err, a.seen.upTo(now, true), a.exams.noteStop(stop))
}

// seed learns of the processes that are older than the agent, while events come.
func (a *Agent) seed(ctx context.Context) {
	if a.deps.Seed == nil {
		return
	}
	if err := a.deps.Seed(ctx); err != nil && ctx.Err() == nil {
		a.deps.Log.Warn("table of processes is not whole", "error", err)
	}
}

func (a *Agent) listen(ctx context.Context) error {
	s := control.Server{
		Status: func() any { return a.Status() },
		Reload: a.reload,
		Exam: func(ctx context.Context, q control.Exam) (any, error) {
			return a.exams.take(ctx, ExamRequest{Row: q.Row, Await: q.Await})
		},
		Trace: a.trace,
		Log:   a.deps.Log,
	}
	return s.Serve(ctx, a.settings.Load().StateDir)
}

func (a *Agent) startEvent() *event.Event {
	s := health.Read(a.deps.Proc)
	s.Version = wire.Version()
	s.From = a.started
	return &event.Event{Time: a.started, Kind: event.AgentStart, Provider: "agent", Status: &s}
}

// raised is given each finding and response after it was spooled.
func (a *Agent) raised(e *event.Event) {
	if a.alerts(e) {
		if err := a.notifier.Alert(e); err != nil {
			a.deps.Log.Error("alert could not be written; the spool has it", "rule", ruleOf(e), "error", err)
			a.deps.Ledger.Add(ledger.Loss{
				Stage: ledger.Notify, Sensor: "alert file", Kind: e.Kind.String(), State: ledger.Lost, Reason: "alert file cannot be written",
			}, 1, e.Time, e.Time)
		}
		a.deps.Log.Warn("alert", "kind", e.Kind.String(), "rule", ruleOf(e), "level", levelOf(e), "event", e.ID())
	}
	if e.Kind == event.FindingRaise {
		a.responder.Finding(e)
	}
}

func (a *Agent) close() {
	if a.watcher != nil {
		a.watcher.close()
	}
	if err := errors.Join(a.notifier.Close(), a.seen.close(), a.detect.iocs.Close()); err != nil {
		a.deps.Log.Warn("agent did not close its files in order", "error", err)
	}
}

func (a *Agent) now() event.Time { return event.At(a.deps.Now()) }
