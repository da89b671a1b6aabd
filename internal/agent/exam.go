package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/govern"
	"github.com/vedette-edr/vedette/internal/agent/selftest"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// ErrNoExam says that an exam cannot be taken now; the text says why.
var ErrNoExam = errors.New("the self-exam cannot be taken")

// examAfter is how long after its start the agent takes the exam that is due:
// the sensors have attached by then.
const examAfter = 20 * time.Second

// exams takes the agent's exams, one at a time.
type exams struct {
	agent *Agent
	last  last // immutable: how the run before ended

	wanted chan wanted // that are asked for; capacity 4

	taking sync.Mutex // held while one is taken; before mu

	mu   sync.Mutex
	kept selftest.Kept // guarded by mu
}

// settleTime bounds how long an exam waits for the sensors to attach, which takes
// long while a slow kernel looks through their programs.
const settleTime = 3 * time.Minute

// calmTime bounds how long an exam waits for the agent to give up no work.
const calmTime = 3 * time.Minute

// stopFile holds the agent_stop event of the run before.
const stopFile = "stopped.json"

func newExams(a *Agent, before last) *exams {
	x := &exams{agent: a, last: before, wanted: make(chan wanted, 4)}
	var err error
	if x.kept, err = selftest.Load(a.settings.Load().StateDir); err != nil {
		a.deps.Log.Warn("the last self-exam is not known", "error", err)
	}
	return x
}

// latest returns the last exam; nil when there was none.
func (x *exams) latest() *selftest.Report {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.kept.Last
}

// run takes the exam that is due after an install, an upgrade or a change of the
// kernel, and those that are asked for, until ctx is done.
func (x *exams) run(ctx context.Context) {
	var due <-chan time.Time // nil never comes
	if len(x.agent.deps.Exam.Command) > 0 && x.agent.settings.Load().SelfTest && x.due() {
		due = time.After(examAfter)
	}
	for {
		select {
		case <-ctx.Done():
			x.refuse()
			return
		case <-due:
			if _, err := x.take(ctx, ExamRequest{}); err != nil && ctx.Err() == nil {
				x.agent.deps.Log.Warn("self-exam could not be taken", "error", err)
			}
		case q := <-x.wanted:
			x.answer(ctx, q)
		}
	}
}

// wanted is an exam that a person asked the manager for.
type wanted struct {
	id   string
	done func(result, reason string)
}

// asked has run take an exam because a person asked.
func (x *exams) asked(t wire.Task, done func(result, reason string)) {
	select {
	case x.wanted <- wanted{t.ID, done}:
	default:
		done("refused", "other exams wait already")
	}
}

// refuse answers those that wait when the agent ends.
func (x *exams) refuse() {
	for {
		select {
		case q := <-x.wanted:
			q.done("failed", "the agent was stopping")
		default:
			return
		}
	}
}

// answer takes an exam that was asked for, and tells what came of it in an
// event too.
func (x *exams) answer(ctx context.Context, q wanted) {
	began := x.agent.now()
	result, reason := "done", ""
	if a, err := x.take(ctx, ExamRequest{}); err != nil {
		result, reason = "failed", err.Error()
	} else {
		reason = sentence(a)
	}
	now := x.agent.now()
	x.agent.queue.Push(&event.Event{Time: now, Kind: event.ResponseRun, Provider: "agent", Response: &event.Response{
		Action: wire.TaskSelftest, Mode: "on", Result: result, Reason: reason, TaskID: q.id, Latency: int64(now - began),
	}})
	q.done(result, reason)
}

// sentence says for people how an exam went.
func sentence(a ExamAnswer) string {
	text := fmt.Sprintf("%.1f of %.1f points", a.Summary.Score, a.Summary.Ceiling)
	if len(a.Summary.Failed) > 0 {
		text += "; failed: " + strings.Join(a.Summary.Failed, ", ")
	}
	if len(a.Worse) > 0 {
		text += "; worse than before: " + strings.Join(a.Worse, ", ")
	}
	return text
}

// due reports whether this version on this kernel was not examined yet.
func (x *exams) due() bool {
	r := x.latest()
	return r == nil || r.Summary.Version != wire.Version() || r.Summary.Kernel != x.agent.deps.Exam.Kernel
}

// ExamRequest says what exam is wanted.
type ExamRequest struct {
	Row   string        `json:"row,omitempty"`
	Await time.Duration `json:"await,omitempty"` // for what others do; 0 is a little
}

// ExamAnswer is an exam and what is worse than in the last one that passed.
type ExamAnswer struct {
	selftest.Report
	Worse []string `json:"worse,omitempty"`
}

// take takes an exam and keeps it when it was about all rows.
func (x *exams) take(ctx context.Context, q ExamRequest) (ExamAnswer, error) {
	d := &x.agent.deps
	if len(d.Exam.Command) == 0 {
		return ExamAnswer{}, fmt.Errorf("%w: this agent does not know its own program", ErrNoExam)
	}
	if !x.taking.TryLock() {
		return ExamAnswer{}, fmt.Errorf("%w: one is being taken; ask again in a minute", ErrNoExam)
	}
	defer x.taking.Unlock()
	o := selftest.Options{Agent: x.facts(), Attach: x.attach, Command: d.Exam.Command, Row: q.Row, Await: q.Await, Kernel: d.Exam.Kernel}
	if scope := x.agent.settings.Load().Scope; scope != "" {
		dir, err := os.Open(scope)
		if err != nil {
			return ExamAnswer{}, fmt.Errorf("open scope: %w", err)
		}
		defer dir.Close()
		o.Cgroup = dir
	}
	if err := errors.Join(x.agent.sensors.settled(ctx, settleTime), x.calm(ctx)); err != nil {
		return ExamAnswer{}, err
	}
	r, err := selftest.Run(ctx, o)
	if err != nil {
		return ExamAnswer{}, err
	}
	d.Log.Info("self-exam taken", "score", r.Summary.Score, "ceiling", r.Summary.Ceiling, "failed", len(r.Summary.Failed))
	out := ExamAnswer{Report: r}
	x.mu.Lock()
	defer x.mu.Unlock()
	if q.Row != "" {
		out.Worse = selftest.Worse(x.kept.Passed, r)
		return out, nil
	}
	out.Worse = x.kept.Take(r)
	return out, x.kept.Save(x.agent.settings.Load().StateDir)
}

// calm waits until the agent gives up no work for its CPU limit, as it does
// shortly after its start, or for a time: what is given up would fail.
func (x *exams) calm(ctx context.Context) error {
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	late := time.After(calmTime)
	for x.agent.governor.State().Level != govern.Full {
		select {
		case <-look.C:
		case <-late:
			x.agent.deps.Log.Warn("the agent gives up work for its CPU limit while it takes its exam", "given_up", x.agent.governor.State().Given)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// attach lets the pipeline show its events to a tap.
func (x *exams) attach(t *selftest.Tap) (func(), error) {
	p := x.agent.pipe
	if !p.tap.CompareAndSwap(nil, t) {
		return nil, fmt.Errorf("%w: one is being taken", ErrNoExam)
	}
	return func() { p.tap.Store(nil) }, nil
}

// facts is what an exam must know of the agent.
func (x *exams) facts() selftest.Agent {
	a := selftest.Agent{PolicyHash: PolicyHash(x.agent.policy.get()), Version: wire.Version(), Killed: x.last.Time != 0 && !x.last.Clean}
	if started := x.agent.pipe.started.Load(); started != nil {
		a.Start = started
	}
	if x.last.Clean {
		a.Stop = readStop(x.agent.settings.Load().StateDir)
	}
	return a
}

// noteStop keeps the agent_stop event that was written last, for the exam of
// the next run.
func (x *exams) noteStop(e *event.Event) error {
	if e.Sequence == 0 {
		return nil // it was not kept
	}
	text, err := json.Marshal(e)
	if err == nil {
		err = os.WriteFile(filepath.Join(x.agent.settings.Load().StateDir, stopFile), text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("note the agent's end: %w", err)
	}
	return nil
}

// readStop returns the agent_stop event of the run before; nil when there is none.
func readStop(dir string) *event.Event {
	text, err := os.ReadFile(filepath.Join(dir, stopFile))
	if err != nil {
		return nil
	}
	var e event.Event
	if json.Unmarshal(text, &e) != nil || e.Kind != event.AgentStop {
		return nil
	}
	return &e
}
