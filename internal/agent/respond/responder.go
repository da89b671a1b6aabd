package respond

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Options set up a responder.
type Options struct {
	Actions []Action
	// Policy returns the mode of a rule and the actions that replace those of
	// the rule; nil keeps the rule's own.
	Policy func(rule string) (mode string, actions []string)
	Emit   func(*event.Event) // takes each response_run event
	Now    func() time.Time   // nil is the real clock
	Log    *slog.Logger
	// Lost is told of actions that were dropped because far too many wait; nil
	// is nobody.
	Lost   func(n int64, reason string)
	Queue  int // actions that may wait; default 1024
	Worker int // actions at the same time; default 4
}

// Task is an action because a person asked; it acts whatever the policy says.
type Task struct {
	ID     string
	Action string
	Target Target
	By     string
	Reason string
}

// Responder works actions off. Finding and Task may be called from any
// goroutine while Run runs.
type Responder struct {
	opts Options
	wake chan struct{} // capacity 1: a worker may look

	mu   sync.Mutex
	jobs []job             // guarded by mu: oldest first
	done map[string]string // guarded by mu: action and entity -> rule that asked first
	fifo []string          // guarded by mu: keys of done, oldest first
}

type job struct {
	action string
	mode   string
	rule   string
	task   *Task
	target Target
	cause  *event.Event // finding; nil for a task
	asked  time.Time
	reply  func(Outcome)
	late   bool // came when the queue was full: is reported, not done
}

// remembered bounds the actions that are known to have been done.
const remembered = 4096

// New returns a responder.
func New(o Options) *Responder {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Queue <= 0 {
		o.Queue = 1024
	}
	if o.Worker <= 0 {
		o.Worker = 4
	}
	if o.Lost == nil {
		o.Lost = func(int64, string) {}
	}
	return &Responder{opts: o, wake: make(chan struct{}, 1), done: map[string]string{}}
}

// Wants reports whether a finding of rule asks for a response in a mode other
// than off. asked are the actions of the rule.
func (r *Responder) Wants(rule string, asked []string) (mode string, actions []string) {
	mode, own := r.opts.Policy(rule)
	if own != nil {
		asked = own
	}
	if mode == Off || mode == "" || len(asked) == 0 {
		return Off, nil
	}
	return mode, asked
}

// Finding takes on the actions that the rule of a finding asks for, as the
// policy allows. It never blocks; an action that finds no place is reported as
// failed.
func (r *Responder) Finding(e *event.Event) {
	if e.Finding == nil {
		return
	}
	mode, actions := r.Wants(e.Finding.RuleID, e.Finding.Actions)
	for _, a := range actions {
		j := job{action: a, mode: mode, rule: e.Finding.RuleID, cause: e, target: targetOf(e)}
		r.submit(j)
	}
}

func targetOf(e *event.Event) Target {
	if e.Process == nil {
		return Target{}
	}
	return Target{PID: e.Process.PID, EntityID: e.Process.EntityID, Start: e.Process.Start}
}

// Do takes on a task; reply gets its outcome once, on another goroutine.
func (r *Responder) Do(t Task, reply func(Outcome)) {
	r.submit(job{action: t.Action, mode: On, task: &t, target: t.Target, asked: r.opts.Now(), reply: reply})
}

// submit never blocks and never calls Emit: the caller may be the one that
// empties the queue behind Emit.
func (r *Responder) submit(j job) {
	r.mu.Lock()
	n := len(r.jobs)
	j.late = n >= r.opts.Queue
	if n < 8*r.opts.Queue {
		r.jobs = append(r.jobs, j)
	}
	r.mu.Unlock()
	if n >= 8*r.opts.Queue {
		r.opts.Lost(1, "too many responses wait")
	}
	r.signal()
}

func (r *Responder) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// next takes the oldest job; more says that others wait.
func (r *Responder) next() (j job, ok, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.jobs) == 0 {
		return job{}, false, false
	}
	j = r.jobs[0]
	r.jobs[0] = job{}
	r.jobs = r.jobs[1:]
	return j, true, len(r.jobs) > 0
}

// Run works actions off until ctx is done; what waits then is reported as
// failed.
func (r *Responder) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	for range r.opts.Worker {
		workers.Go(func() { r.work(ctx) })
	}
	workers.Wait()
	for {
		j, ok, _ := r.next()
		if !ok {
			return nil
		}
		r.finish(j, Outcome{Failed, "the agent was stopping"})
	}
}

func (r *Responder) work(ctx context.Context) {
	for ctx.Err() == nil {
		j, ok, more := r.next()
		if more {
			r.signal()
		}
		if ok {
			r.finish(j, r.run(ctx, j))
			continue
		}
		select {
		case <-ctx.Done():
		case <-r.wake:
		}
	}
}

func (r *Responder) run(ctx context.Context, j job) Outcome {
	if j.late {
		return Outcome{Failed, fmt.Sprintf("more than %d actions waited", r.opts.Queue)}
	}
	a := r.action(j.action)
	if a == nil {
		return Outcome{Refused, fmt.Sprintf("there is no action %q", j.action)}
	}
	if j.target.PID == 0 {
		return Outcome{Refused, "no process is known as the target"}
	}
	if j.mode == Observe {
		return a.Run(ctx, j.target, true)
	}
	if by, again := r.already(j); again {
		return Outcome{Done, "already done for " + by}
	}
	out := a.Run(ctx, j.target, false)
	if out.Result != Done {
		r.forget(j)
	}
	if undo := a.Spec().Undo; undo != "" {
		undone := j
		undone.action = undo
		r.forget(undone)
	}
	return out
}

func (r *Responder) action(name string) Action {
	for _, a := range r.opts.Actions {
		if a.Spec().Name == name {
			return a
		}
	}
	return nil
}

// already reports whether the action was taken on the same process before, and
// remembers it. Tasks always run.
func (r *Responder) already(j job) (string, bool) {
	if j.task != nil || j.target.EntityID == "" {
		return "", false
	}
	key := j.action + " " + j.target.EntityID
	r.mu.Lock()
	defer r.mu.Unlock()
	if by, ok := r.done[key]; ok {
		return "rule " + by, true
	}
	r.done[key] = j.rule
	r.fifo = append(r.fifo, key)
	if len(r.fifo) > remembered {
		delete(r.done, r.fifo[0])
		r.fifo = r.fifo[1:]
	}
	return "", false
}

func (r *Responder) forget(j job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.done, j.action+" "+j.target.EntityID)
}

// finish tells what became of an action.
func (r *Responder) finish(j job, out Outcome) {
	now := r.opts.Now()
	e := &event.Event{
		Time: event.At(now), Kind: event.ResponseRun, Provider: "respond",
		Response: &event.Response{
			Action: j.action, Mode: j.mode, Result: out.Result, Reason: out.Reason,
			RuleID: j.rule, EntityID: j.target.EntityID, PID: j.target.PID,
		},
	}
	switch {
	case j.cause != nil:
		e.Response.Latency = int64(event.At(now) - j.cause.Time)
		e.Process, e.User, e.ContainerID = j.cause.Process, j.cause.User, j.cause.ContainerID
	case j.task != nil:
		e.Response.Latency = int64(now.Sub(j.asked))
		e.Response.TaskID = j.task.ID
	}
	r.opts.Emit(e)
	r.opts.Log.Info("response", "action", j.action, "mode", j.mode, "result", out.Result, "reason", out.Reason,
		"rule", j.rule, "pid", j.target.PID, "task", e.Response.TaskID)
	if j.reply != nil {
		j.reply(out)
	}
}
