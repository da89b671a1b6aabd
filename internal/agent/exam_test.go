package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/agent/selftest"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// TestSelftestTask: an agent that cannot take the exam that a person asked for
// says why, in its answer and in an event.
func TestSelftestTask(t *testing.T) {
	r := newRig(t)
	m := r.enrolled()()
	r.start()
	told := make(chan string, 1)
	m.link.Task(wire.Task{ID: "t1", Action: wire.TaskSelftest, By: "anna"}, func(result, reason string) { told <- result + ": " + reason })
	if got := <-told; !strings.HasPrefix(got, "failed: the self-exam cannot be taken") {
		t.Errorf("answer %q", got)
	}
	r.wait("response", func() bool { return m.has(event.ResponseRun) == 1 })
	r.stop()
	if e := only(m.got, event.ResponseRun)[0]; e.Response.TaskID != "t1" || e.Response.Action != "selftest" || e.Response.Result != "failed" || e.Response.Reason == "" {
		t.Errorf("%+v", e.Response)
	}
	var answer ExamAnswer
	err := (control.Client{Dir: r.settings.StateDir}).Exam(t.Context(), control.Exam{}, &answer)
	if err == nil {
		t.Error("an agent that has ended answers")
	}
}

// TestExamIsDue: after an install, an upgrade and a change of the kernel, not
// after a restart.
func TestExamIsDue(t *testing.T) {
	taken := func(version, kernel string) selftest.Kept {
		return selftest.Kept{Last: &selftest.Report{Summary: selftest.Summary{Version: version, Kernel: kernel}}}
	}
	for _, tt := range []struct {
		name string
		kept selftest.Kept
		due  bool
	}{
		{"install", selftest.Kept{}, true},
		{"restart", taken(wire.Version(), "6.12"), false},
		{"upgrade", taken("before", "6.12"), true},
		{"another kernel", taken(wire.Version(), "6.1"), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := &exams{agent: &Agent{deps: Deps{Exam: Exam{Kernel: "6.12"}}}, kept: tt.kept}
			if due := x.due(); due != tt.due {
				t.Errorf("due: %t", due)
			}
		})
	}
}

// TestOwnLife: the exam knows the start of this run and the end of the one
// before from the agent's own events; a run that was killed has no end.
func TestOwnLife(t *testing.T) {
	r := newRig(t)
	r.start()
	r.stop()
	text, err := os.ReadFile(filepath.Join(r.settings.StateDir, stopFile))
	if err != nil || !strings.Contains(string(text), `"agent_stop"`) {
		t.Fatalf("%s, %v", text, err)
	}
	stop := readStop(r.settings.StateDir)
	if stop == nil || stop.Kind != event.AgentStop || stop.Sequence == 0 {
		t.Fatalf("%+v", stop)
	}
	for _, tt := range []struct {
		name   string
		last   last
		stop   bool
		killed bool
	}{
		{"first run", last{}, false, false},
		{"stopped", last{Time: 1, Clean: true}, true, false},
		{"killed", last{Time: 1}, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := &Agent{policy: newPolicy(wire.DefaultPolicy()), pipe: &pipeline{}}
			a.settings.Store(&r.settings)
			a.pipe.started.Store(&event.Event{Kind: event.AgentStart})
			f := (&exams{agent: a, last: tt.last}).facts()
			if (f.Stop != nil) != tt.stop || f.Killed != tt.killed || f.Start == nil || f.PolicyHash != PolicyHash(wire.DefaultPolicy()) {
				t.Errorf("%+v", f)
			}
		})
	}
	if err := os.WriteFile(filepath.Join(r.settings.StateDir, stopFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if e := readStop(r.settings.StateDir); e != nil {
		t.Errorf("a damaged file says %+v", e)
	}
}

// TestTapHidesFromDetection: what the exam does is kept and shown, and raises
// nothing; when the exam is over it would.
func TestTapHidesFromDetection(t *testing.T) {
	r := newRig(t)
	r.write("evil.yml", rule)
	r.start()
	a := r.agent
	tap := selftest.NewTap(4711)
	detach, err := a.exams.attach(tap)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.exams.attach(selftest.NewTap(1)); err == nil {
		t.Error("two exams at once")
	}
	r.wait("start and two sensors", func() bool { return a.Status().Processed >= 3 })
	before := a.Status().Processed
	r.exec.events <- execution("evil", 4711)
	r.exec.events <- execution("good", 1)
	r.wait("events", func() bool { return a.Status().Processed >= before+2 })
	if n := a.Status().Rules.Raised; n != 0 {
		t.Errorf("%d findings about the exam", n)
	}
	detach()
	r.exec.events <- execution("evil", 4711)
	r.wait("finding", func() bool { return a.Status().Rules.Raised == 1 })
	r.stop()
}

func TestSettled(t *testing.T) {
	s := newSupervisor(nil, last{}, time.Now)
	s.watched = []*watched{{name: "a", since: 1}, {name: "b", off: true}}
	if err := s.settled(t.Context(), time.Hour); err != nil {
		t.Error(err)
	}
	s.watched = append(s.watched, &watched{name: "c"})
	if err := s.settled(t.Context(), time.Millisecond); err != nil {
		t.Error(err)
	}
}
