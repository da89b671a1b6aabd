package respond

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// fake is an action that notes its runs.
type fake struct {
	name, undo string
	mu         sync.Mutex
	runs       []bool // rehearse
	out        Outcome
	hold       chan struct{} // nil or: wait for it
}

func (f *fake) Spec() Spec { return Spec{Name: f.name, Undo: f.undo} }

func (f *fake) Run(ctx context.Context, _ Target, rehearse bool) Outcome {
	if f.hold != nil {
		select {
		case <-f.hold:
		case <-ctx.Done():
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs = append(f.runs, rehearse)
	if rehearse {
		return Outcome{Result: Would}
	}
	return f.out
}

func finding(rule string, actions ...string) *event.Event {
	return &event.Event{
		Time: event.At(time.Now()) - 1000, Kind: event.FindingRaise,
		Process: &event.Process{PID: 7, EntityID: "e7", Name: "x"},
		Finding: &event.Finding{RuleID: rule, Actions: actions},
	}
}

// work runs a responder over the given requests and returns the events.
func work(t *testing.T, o Options, ask func(*Responder)) []*event.Event {
	t.Helper()
	var mu sync.Mutex
	var got []*event.Event
	o.Worker = 1
	o.Emit = func(e *event.Event) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, e)
	}
	r := New(o)
	ask(r)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(ctx) }()
	waitFor(t, func() bool { r.mu.Lock(); defer r.mu.Unlock(); return len(r.jobs) == 0 })
	cancel()
	<-done
	return got
}

func policy(mode string, actions ...string) func(string) (string, []string) {
	return func(string) (string, []string) { return mode, actions }
}

func TestModes(t *testing.T) {
	tests := []struct {
		name    string
		mode    string
		own     []string // of the policy
		asked   []string // of the rule
		results string
		runs    string // rehearse of each run
	}{
		{"off does nothing and says nothing", Off, nil, []string{"kill"}, "", "[]"},
		{"observe rehearses", Observe, nil, []string{"kill"}, "kill:observe:would ", "[true]"},
		{"on acts", On, nil, []string{"kill"}, "kill:on:done ", "[false]"},
		{"a rule without actions", On, nil, nil, "", "[]"},
		{"the policy's actions replace the rule's", On, []string{"kill"}, []string{"nonsense"}, "kill:on:done ", "[false]"},
		{"an unknown action is refused", On, nil, []string{"nonsense"}, "nonsense:on:refused ", "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := &fake{name: "kill", out: Outcome{Result: Done}}
			got := work(t, Options{Actions: []Action{k}, Policy: policy(tt.mode, tt.own...)}, func(r *Responder) {
				r.Finding(finding("r1", tt.asked...))
			})
			text := ""
			for _, e := range got {
				text += fmt.Sprintf("%s:%s:%s ", e.Response.Action, e.Response.Mode, e.Response.Result)
				if e.Kind != event.ResponseRun || e.Response.RuleID != "r1" || e.Response.PID != 7 || e.Response.EntityID != "e7" || e.Response.Latency <= 0 {
					t.Errorf("event %+v", e.Response)
				}
			}
			if text != tt.results || fmt.Sprint(k.runs) != tt.runs {
				t.Errorf("results %q runs %v, want %q %s", text, k.runs, tt.results, tt.runs)
			}
		})
	}
}

// TestIdempotent: an action on the same process runs once, unless it failed or
// was taken back.
func TestIdempotent(t *testing.T) {
	k := &fake{name: "kill", out: Outcome{Result: Done}}
	got := work(t, Options{Actions: []Action{k}, Policy: policy(On)}, func(r *Responder) {
		r.Finding(finding("r1", "kill"))
		r.Finding(finding("r2", "kill"))
	})
	if len(k.runs) != 1 || len(got) != 2 || got[1].Response.Result != Done || got[1].Response.Reason != "already done for rule r1" {
		t.Errorf("runs %v, events %+v", k.runs, got)
	}
	k = &fake{name: "kill", out: Outcome{Failed, "x"}}
	work(t, Options{Actions: []Action{k}, Policy: policy(On)}, func(r *Responder) {
		r.Finding(finding("r1", "kill"))
		r.Finding(finding("r2", "kill"))
	})
	if len(k.runs) != 2 {
		t.Errorf("a failed action ran %d times, want again", len(k.runs))
	}
	s, u := &fake{name: "suspend", undo: "resume", out: Outcome{Result: Done}}, &fake{name: "resume", undo: "suspend", out: Outcome{Result: Done}}
	work(t, Options{Actions: []Action{s, u}, Policy: policy(On)}, func(r *Responder) {
		r.Finding(finding("r1", "suspend"))
		r.Finding(finding("r1", "resume"))
		r.Finding(finding("r1", "suspend"))
	})
	if len(s.runs) != 2 || len(u.runs) != 1 {
		t.Errorf("suspend ran %d times and resume %d, want 2 and 1", len(s.runs), len(u.runs))
	}
}

// TestTaskActsWhateverThePolicySays and reports its outcome once.
func TestTaskActsWhateverThePolicySays(t *testing.T) {
	k := &fake{name: "kill", out: Outcome{Result: Done}}
	var replies []Outcome
	got := work(t, Options{Actions: []Action{k}, Policy: policy(Off)}, func(r *Responder) {
		for range 2 {
			r.Do(Task{ID: "t1", Action: "kill", Target: Target{PID: 7, EntityID: "e7"}, By: "anna"}, func(o Outcome) { replies = append(replies, o) })
		}
	})
	if len(k.runs) != 2 || len(replies) != 2 || replies[0].Result != Done {
		t.Errorf("runs %v, replies %+v", k.runs, replies)
	}
	if len(got) != 2 || got[0].Response.TaskID != "t1" || got[0].Response.RuleID != "" {
		t.Errorf("events %+v", got)
	}
}

// TestTooManyAreTold: what finds no place is reported as failed, and what is
// far too much is counted.
func TestTooManyAreTold(t *testing.T) {
	k := &fake{name: "kill", out: Outcome{Failed, "x"}}
	var lost int64
	o := Options{Actions: []Action{k}, Policy: policy(On), Queue: 10, Lost: func(n int64, _ string) { lost += n }}
	got := work(t, o, func(r *Responder) {
		for range 100 {
			r.Finding(finding("r1", "kill"))
		}
	})
	if len(k.runs) != 10 || len(got) != 80 || lost != 20 {
		t.Errorf("%d ran, %d told, %d lost; want 10, 80, 20", len(k.runs), len(got), lost)
	}
}

// TestSlowActionStopsNobody: while one action hangs, others are done; at the
// end what waits is reported.
func TestSlowActionStopsNobody(t *testing.T) {
	slow := &fake{name: "suspend", out: Outcome{Result: Done}, hold: make(chan struct{})}
	quick := &fake{name: "kill", out: Outcome{Result: Done}}
	told := make(chan *event.Event, 10)
	r := New(Options{Actions: []Action{slow, quick}, Policy: policy(On), Emit: func(e *event.Event) { told <- e }, Worker: 2})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = r.Run(ctx) }()
	r.Finding(finding("r1", "suspend"))
	r.Finding(finding("r1", "kill"))
	if e := <-told; e.Response.Action != "kill" {
		t.Errorf("first told of %s", e.Response.Action)
	}
	cancel()
	<-done
	r.Finding(finding("r1", "kill"))
	_ = r.Run(ctx)
	for want := range map[string]bool{"suspend": true, "kill": true} {
		select {
		case e := <-told:
			if e.Response.Action == "kill" && e.Response.Reason != "the agent was stopping" {
				t.Errorf("%+v", e.Response)
			}
		default:
			t.Errorf("nothing told of %s", want)
		}
	}
}
