package agent

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/respond"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// link holds the connection to the manager, which may begin while the agent
// runs: when it is enrolled.
type link struct {
	agent *Agent
	found chan struct{} // closed when there is a manager

	mu      sync.Mutex
	manager Manager // guarded by mu; nil while the agent is not enrolled
	policy  int64   // guarded by mu: version of the manager's policy in force; 0 is none
	rules   int64   // guarded by mu: version of the manager's rules in force; 0 is none

	told      time.Time // guarded by mu: when it was told last what sees what
	toldRungs string    // guarded by mu: which sources were in use then
}

// linkPause is the time before a connection that ended with an error is tried
// again. The connection itself repeats what a network can break.
const linkPause = 10 * time.Second

func newLink(a *Agent) *link { return &link{agent: a, found: make(chan struct{})} }

// connect looks whether the agent is enrolled, once it is not known to be.
func (l *link) connect() error {
	if l.agent.deps.Connect == nil || l.get() != nil {
		return nil
	}
	m, err := l.agent.deps.Connect(Link{
		Heartbeat: l.agent.heartbeat, Policy: l.setPolicy, Rules: l.setRules, Task: l.task,
		IOCs: l.agent.detect.indicators, IOCVersion: l.agent.detect.iocs.Version,
	})
	if err != nil {
		return fmt.Errorf("open the connection to the manager: %w", err)
	}
	if m == nil {
		return nil
	}
	l.mu.Lock()
	l.manager = m
	l.mu.Unlock()
	l.refresh()
	close(l.found)
	l.agent.deps.Log.Info("agent is enrolled", "agent", m.AgentID())
	return nil
}

// refresh takes over the agent's id, which the manager may change: a machine
// that is a copy of another becomes a host of its own.
func (l *link) refresh() {
	m := l.get()
	if m == nil {
		return
	}
	id := m.AgentID()
	if now := l.agent.id.Load(); now == nil || *now != id {
		l.agent.id.Store(&id)
	}
}

func (l *link) get() Manager {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.manager
}

// run ships and receives until ctx is done.
func (l *link) run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-l.found:
	}
	for ctx.Err() == nil {
		err := l.get().Run(ctx)
		if ctx.Err() != nil {
			break
		}
		l.agent.deps.Log.Error("connection to the manager ended; it is tried again", "error", err, "pause", linkPause)
		select {
		case <-ctx.Done():
		case <-time.After(linkPause):
		}
	}
	return nil
}

// The bounds of the wait at the end of the agent.
const (
	drainTime  = 2 * time.Second        // in all
	drainPause = 300 * time.Millisecond // without progress
)

// drain waits until the manager has what is in the spool, as long as it goes on.
func (l *link) drain() {
	if l.get() == nil {
		return
	}
	end, stuck := time.After(drainTime), time.After(drainPause)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	last := l.agent.deps.Spool.Stats().Records
	for last > 0 {
		select {
		case <-end:
			return
		case <-stuck:
			return
		case <-look.C:
		}
		if now := l.agent.deps.Spool.Stats().Records; now != last {
			last, stuck = now, time.After(drainPause)
		}
	}
}

// setPolicy puts a policy of the manager in force.
func (l *link) setPolicy(version int64, p wire.Policy) error {
	if err := l.agent.apply(p); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.policy = version
	return nil
}

// setRules puts rules of the manager in force.
func (l *link) setRules(version int64, r wire.Rules) error {
	if err := l.agent.detect.document(version, r); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = version
	return nil
}

// managed reports whether the manager's policy and rules are in force.
func (l *link) managed() (policy, rules bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.policy > 0, l.rules > 0
}

// task does what a person asked for.
func (l *link) task(t wire.Task, done func(result, reason string)) {
	if t.Action == wire.TaskSelftest {
		l.agent.exams.asked(t, done)
		return
	}
	l.agent.responder.Do(respond.Task{
		ID: t.ID, Action: t.Action, By: t.By, Reason: t.Reason,
		Target: respond.Target{PID: t.PID, EntityID: t.EntityID, Start: event.Time(t.Start)},
	}, func(o respond.Outcome) { done(o.Result, o.Reason) })
}

// heartbeat says how the agent is.
func (a *Agent) heartbeat() *wirepb.Heartbeat {
	s := a.Status()
	h := &wirepb.Heartbeat{
		Time: int64(a.now()), CpuMillis: s.Resources.CPUMillis, ResidentSize: s.Resources.ResidentSize,
		SpoolBytes: s.Spool.Bytes, Epoch: s.Spool.Epoch,
	}
	for _, m := range a.deps.Spool.Newest() {
		h.Spooled = append(h.Spooled, &wirepb.Mark{Epoch: m.Epoch, Lane: m.Lane, Sequence: m.Sequence})
	}
	if r := a.exams.latest(); r != nil {
		h.Exam = &wirepb.Exam{
			Time: r.Summary.Time.UnixNano(), Score: r.Summary.Score, Ceiling: r.Summary.Ceiling, Failed: r.Summary.Failed,
			Kernel: r.Summary.Kernel, Version: r.Summary.Version,
		}
	}
	for _, w := range s.Sensors {
		reason := w.Reason
		if w.Off {
			reason = reasonPolicy
		}
		h.Sensors = append(h.Sensors, &wirepb.Sensor{
			Name: w.Name, Rung: w.Rung, Since: int64(event.At(w.Since)), Reason: reason, Events: w.Events, Lost: w.Lost,
		})
	}
	h.Telemetry = a.link.telemetry(s, a.deps.Now())
	counter := func(stage, name string, n int64) {
		h.Counters = append(h.Counters, &wirepb.Counter{Stage: stage, Name: name, Value: n})
	}
	for _, t := range s.Losses {
		counter(t.Stage, lossName(t), t.Count)
	}
	counter("queue", "events", int64(s.Queue.Events))
	counter("queue", "excess_bytes", int64(s.Queue.Excess))
	counter("pipeline", "processed", s.Processed)
	counter("detect", "rules", int64(s.Rules.Loaded))
	counter("detect", "indicators", int64(s.Rules.Indicators.Loaded))
	counter("detect", "findings", s.Rules.Raised)
	counter("detect", "values_cut", s.Rules.Cut)
	counter("detect", "events_over_budget", s.Rules.Spent)
	counter("governor", "level", int64(s.Governor.Level))
	return h
}

// lossName is the name of a loss as a counter.
func lossName(t ledger.Total) string {
	return strings.Join([]string{t.State, cmp.Or(t.Sensor, "all"), cmp.Or(t.Kind, "all")}, "/")
}
