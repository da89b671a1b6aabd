package fleet

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// TestSelftestTask: a host as a whole is asked for its exam, by id or name, and
// its answer is the task's.
func TestSelftestTask(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	docs := h.connect("a", nil)
	h.beat("a", nil)
	drain(docs)
	for _, id := range []string{"", "nobody"} {
		var field *api.FieldError
		if _, err := h.Give(t.Context(), api.NewTask{Action: "selftest", HostID: id}, "anna"); !errors.As(err, &field) || field.Field != "body.host_id" {
			t.Errorf("host %q: %v", id, err)
		}
	}
	p, err := h.Give(t.Context(), api.NewTask{Action: "selftest", HostID: "host-a", Preview: true}, "anna")
	if err != nil || p.Task != nil || !p.Preview.Allowed || p.Preview.HostStatus != "online" || !strings.Contains(p.Preview.Sentence, "host-a would examine itself") || len(drain(docs)) != 0 {
		t.Errorf("%+v, %v", p, err)
	}
	a, err := h.Give(t.Context(), api.NewTask{Action: "selftest", HostID: "host-a", Reason: "after an upgrade"}, "anna")
	if err != nil || a.Task == nil || a.Task.Status != "sent" || a.Task.HostID != "a" || a.Task.PID != 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	got := drain(docs)
	var w wire.Task
	if len(got) != 1 || json.Unmarshal(got[0].Content, &w) != nil || w.Action != wire.TaskSelftest || w.ID != a.Task.ID {
		t.Fatalf("sent %v, %+v", got, w)
	}
	h.observe(&event.Event{Time: event.At(h.clock), Kind: event.ResponseRun, Agent: "a", Epoch: 1, Sequence: 5,
		Response: &event.Response{Action: "selftest", Result: "done", Reason: "27.3 of 27.3 points", TaskID: w.ID}})
	task, err := h.Task(t.Context(), w.ID)
	if err != nil || task.Status != "done" || task.Result != "27.3 of 27.3 points" {
		t.Errorf("%+v, %v", task, err)
	}
}

// TestExamOfAHost: the last exam is shown with the host, also after a restart,
// whatever the agent says.
func TestExamOfAHost(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.beat("a", nil)
	if a, err := h.Host(t.Context(), "a"); err != nil || a.Exam != nil {
		t.Errorf("%+v, %v", a.Exam, err)
	}
	h.beat("a", &wirepb.Heartbeat{Epoch: 1, Exam: &wirepb.Exam{Time: h.clock.UnixNano(), Score: 26.6, Ceiling: 27.3, Failed: []string{"Scheduled Task"}, Kernel: "6.12", Version: "1.0"}})
	h.pass(0)
	h.restart()
	a, err := h.Host(t.Context(), "a")
	if x := a.Exam; err != nil || x == nil || x.Score != 26.6 || x.Ceiling != 27.3 || len(x.Failed) != 1 || x.Failed[0] != "Scheduled Task" || !x.At.Equal(h.clock) {
		t.Errorf("%+v, %v", x, err)
	}
	h.connect("a", nil)
	h.beat("a", &wirepb.Heartbeat{Epoch: 1, Exam: &wirepb.Exam{Score: math.NaN(), Ceiling: math.Inf(1), Failed: make([]string, 10_000)}})
	h.pass(0)
	a, err = h.Host(t.Context(), "a")
	if err != nil || a.Exam.Score != 0 || a.Exam.Ceiling != 0 || len(a.Exam.Failed) != maxFailed {
		t.Errorf("%+v, %v", a.Exam, err)
	}
	if _, err := json.Marshal(a); err != nil {
		t.Error(err)
	}
}
