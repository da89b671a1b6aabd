package fleet

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func (h *house) victim() string {
	e := &event.Event{Time: event.At(h.clock), Kind: event.ProcessStart, Agent: "a", Epoch: 1, Sequence: 9, HostName: "host-a",
		Process: &event.Process{EntityID: "p1", PID: 4242, Name: "evil", CommandLine: "evil -x", Start: event.At(h.second(-5))}}
	h.events[e.ID()] = e
	h.tree = api.Tree{Host: "a", Focus: "p1", Nodes: []api.TreeNode{
		{EntityID: "p0", PID: 1, Name: "init", Start: h.second(-1000)},
		{EntityID: "p1", Parent: "p0", PID: 4242, Name: "evil", Start: h.second(-5)},
		{EntityID: "p2", Parent: "p1", PID: 4300, Name: "child", Start: h.second(-4)},
		{EntityID: "p3", Parent: "p0", PID: 4100, Name: "gone", Start: h.second(-9), End: h.second(-1)},
	}}
	return e.ID()
}

func TestTaskPreviewSendAndResult(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	docs := h.connect("a", nil)
	h.beat("a", nil)
	drain(docs)
	id := h.victim()
	a, err := h.Give(t.Context(), api.NewTask{Action: "kill", EventID: id, Preview: true}, "anna")
	if err != nil || a.Task != nil || !a.Preview.Allowed || a.Preview.PID != 4242 || len(a.Preview.Children) != 1 || a.Preview.HostStatus != "online" {
		t.Fatalf("%+v, %v", a, err)
	}
	if got := drain(docs); len(got) != 0 {
		t.Fatalf("a preview was sent: %v", got)
	}
	a, err = h.Give(t.Context(), api.NewTask{Action: "kill", EventID: id, Reason: "bad"}, "anna")
	if err != nil || a.Task == nil || a.Task.Status != "sent" {
		t.Fatalf("%+v, %v", a, err)
	}
	got := drain(docs)
	if len(got) != 1 || h.verify(got[0], "a", nil) != nil || h.verify(got[0], "b", nil) == nil {
		t.Fatalf("sent %v", got)
	}
	var w wire.Task
	if err := json.Unmarshal(got[0].Content, &w); err != nil || w.PID != 4242 || w.Start != h.second(-5).UnixNano() || w.EntityID != "p1" || w.By != "anna" {
		t.Errorf("task %+v, %v", w, err)
	}
	if err := h.TaskResult(t.Context(), "b", &wirepb.TaskResult{Id: a.Task.ID, Result: "failed"}); err != nil {
		t.Fatal(err)
	}
	if x, err := h.Task(t.Context(), a.Task.ID); err != nil || x.Status != "sent" {
		t.Errorf("another host answered: %+v, %v", x, err)
	}
	h.observe(&event.Event{Time: event.At(h.clock), Kind: event.ResponseRun, Agent: "a", Epoch: 1, Sequence: 20,
		Response: &event.Response{TaskID: a.Task.ID, Action: "kill", Result: "done", Reason: "killed"}})
	if x, err := h.Task(t.Context(), a.Task.ID); err != nil || x.Status != "done" || x.Result != "killed" || x.Finished.IsZero() {
		t.Errorf("%+v, %v", x, err)
	}
	if err := h.TaskResult(t.Context(), "a", &wirepb.TaskResult{Id: a.Task.ID, Result: "failed"}); err != nil {
		t.Fatal(err)
	}
	if x, err := h.Task(t.Context(), a.Task.ID); err != nil || x.Status != "done" {
		t.Errorf("a second answer changed it: %+v, %v", x, err)
	}
	log, err := h.opts.Audit.Entries(t.Context(), api.AuditQuery{Action: "task."})
	if err != nil || len(log.Entries) != 1 || log.Entries[0].Actor != "agent:a" || log.Entries[0].Target != a.Task.ID {
		t.Errorf("audit %+v, %v", log, err)
	}
}

func TestTaskRefusedBeforeItIsSent(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	id := h.victim()
	for name, tc := range map[string]struct {
		in   api.NewTask
		want error
	}{
		"pid 1":           {api.NewTask{Action: "kill", EventID: id, Entity: "p0"}, state.ErrConflict},
		"ended":           {api.NewTask{Action: "kill", EventID: id, Entity: "p3"}, state.ErrConflict},
		"no such event":   {api.NewTask{Action: "kill", EventID: "a-1-999"}, state.ErrNotFound},
		"no such alert":   {api.NewTask{Action: "kill", AlertID: "x"}, state.ErrNotFound},
		"not in the tree": {api.NewTask{Action: "kill", EventID: id, Entity: "p9"}, nil},
		"nothing named":   {api.NewTask{Action: "kill"}, nil},
	} {
		_, err := h.Give(t.Context(), tc.in, "anna")
		var field *api.FieldError
		if tc.want != nil && !errors.Is(err, tc.want) || tc.want == nil && !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if l, err := h.Tasks(t.Context(), api.TaskQuery{}); err != nil || len(l.Tasks) != 0 {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestTaskWaitsForTheHostAndExpires(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	id := h.victim()
	a, err := h.Give(t.Context(), api.NewTask{Action: "suspend", EventID: id}, "anna")
	if err != nil || a.Task.Status != "queued" {
		t.Fatalf("%+v, %v", a, err)
	}
	b, err := h.Give(t.Context(), api.NewTask{Action: "suspend", EventID: id, Entity: "p2"}, "anna")
	if err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	got := drain(h.connect("a", nil))
	var versions []int64
	for _, s := range got {
		if s.Kind == wire.DocumentTask {
			versions = append(versions, s.Version)
		}
	}
	if len(versions) != 2 || versions[0] >= versions[1] {
		t.Fatalf("tasks %v", versions)
	}
	if x, err := h.Task(t.Context(), a.Task.ID); err != nil || x.Status != "sent" {
		t.Errorf("%+v, %v", x, err)
	}
	// the answer of the second was lost with the stream; what the host had is not sent twice
	again := drain(h.connect("a", &wirepb.Hello{Applied: map[string]int64{wire.DocumentTask: versions[1]}}))
	if s := byKind(again, wire.DocumentTask); s != nil {
		t.Errorf("sent again: %v", s)
	}
	h.pass(taskLife)
	for _, id := range []string{a.Task.ID, b.Task.ID} {
		if x, err := h.Task(t.Context(), id); err != nil || x.Status != "expired" || x.Result == "" {
			t.Errorf("%+v, %v", x, err)
		}
	}
	page, err := h.Tasks(t.Context(), api.TaskQuery{Page: api.Page{Limit: 1}})
	if err != nil || len(page.Tasks) != 1 || page.Tasks[0].ID != b.Task.ID || page.Next == "" {
		t.Fatalf("%+v, %v", page, err)
	}
	page, err = h.Tasks(t.Context(), api.TaskQuery{Page: api.Page{Limit: 1, Cursor: page.Next}})
	if err != nil || len(page.Tasks) != 1 || page.Tasks[0].ID != a.Task.ID || page.Next != "" {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestTaskThatTheHostDoesNotTake(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	docs := h.connect("a", nil)
	drain(docs)
	a, err := h.Give(t.Context(), api.NewTask{Action: "kill", EventID: h.victim()}, "anna")
	if err != nil {
		t.Fatal(err)
	}
	version := drain(docs)[0].Version
	for _, x := range []struct{ agent, failure, want string }{
		{"a", wire.ErrReplayed.Error(), "sent"}, {"b", "this agent takes no tasks", "sent"}, {"a", "", "sent"}, {"a", "this agent takes no tasks", "refused"},
	} {
		if err := h.Applied(t.Context(), x.agent, wire.DocumentTask, version, x.failure); err != nil {
			t.Fatal(err)
		}
		if got, err := h.Task(t.Context(), a.Task.ID); err != nil || got.Status != x.want {
			t.Errorf("after %q of %s: %+v, %v", x.failure, x.agent, got, err)
		}
	}
}

func TestTooManyRulesAreRefused(t *testing.T) {
	h := newHouse(t)
	source, noise := rand.NewChaCha8([32]byte{}), make([]byte, 700<<10)
	for i := range 7 {
		_, _ = source.Read(noise) // never fails; what cannot be packed
		big := "# " + base64.StdEncoding.EncodeToString(noise) + "\n"
		text := strings.Replace(shippedRule, "11111111-1111-1111-1111-111111111111", fmt.Sprint("rule-", i), 1)
		if err := os.WriteFile(filepath.Join(h.own, fmt.Sprint(i, ".yml")), []byte(big+text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Reload(t.Context()); err == nil || !strings.Contains(err.Error(), "bytes") {
		t.Errorf("got %v", err)
	}
	if l, err := h.Rules(t.Context()); err != nil || len(l.Rules) != 1 || len(l.Problems) != 1 {
		t.Errorf("%+v, %v", l, err)
	}
}
