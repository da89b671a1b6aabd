package selftest

import (
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/selftest/act"
	"github.com/vedette-edr/vedette/internal/event"
)

func fileEvent(kind event.Kind, path string, pid int64) *event.Event {
	return &event.Event{
		Kind: kind, Provider: "file", Rung: "twin", Process: &event.Process{PID: pid},
		File: &event.File{Path: path, Size: event.Some(7), Entropy: 3.25, Hash: &event.Hash{MD5: "aa"}},
	}
}

func TestMeets(t *testing.T) {
	e := fileEvent(event.FileWrite, "/tmp/x", 42)
	e.Process.Args = []string{"one", "two words"}
	fact := func(field, text string) act.Fact { return act.Fact{Field: field, Text: text} }
	for _, tt := range []struct {
		name string
		want act.Want
		ok   bool
	}{
		{"kind", act.Want{Kinds: []string{"file_write"}}, true},
		{"one of several kinds", act.Want{Kinds: []string{"file_create", "file_write"}}, true},
		{"other kind", act.Want{Kinds: []string{"file_create"}}, false},
		{"before it was done", act.Want{Kinds: []string{"file_write"}, At: 101}, false},
		{"path and pid", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{fact("file.path", "/tmp/x"), fact("process.pid", "42")}}, true},
		{"other pid", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{fact("file.path", "/tmp/x"), fact("process.pid", "4")}}, false},
		{"part of the path is not the path", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{fact("file.path", "/tmp")}}, false},
		{"part", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{{Field: "file.path", Text: "mp", Part: true}}}, true},
		{"any value", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{{Field: "file.path", Part: true}}}, true},
		{"absent", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{{Field: "file.extension", Part: true}}}, false},
		{"element of a list", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{fact("process.args", "two words")}}, true},
		{"no element of a list", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{fact("process.args", "two")}}, false},
		{"near", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{{Field: "file.entropy", Text: "3.24", Near: 0.02}}}, true},
		{"not near", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{{Field: "file.entropy", Text: "3.2", Near: 0.02}}}, false},
		{"no such field", act.Want{Kinds: []string{"file_write"}, Facts: []act.Fact{fact("file.nothing", "")}}, false},
		{"what is as good", act.Want{Kinds: []string{"file_create"}, Else: &act.Want{Kinds: []string{"file_write"}}}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if ok := meets(&tt.want, &Seen{At: 100, Event: e}); ok != tt.ok {
				t.Errorf("meets: %t", ok)
			}
		})
	}
}

func done(name string, at int64, wants ...act.Want) act.Done {
	for i := range wants {
		wants[i].At = at
	}
	return act.Done{Act: name, Wants: wants}
}

func wantFile(kind, path string) act.Want {
	return act.Want{Kinds: []string{kind}, Facts: []act.Fact{{Field: "file.path", Text: path}}}
}

func TestResult(t *testing.T) {
	row := Row{Name: "row", Weight: 1, acts: []string{"a", "b"}}
	both := []act.Done{done("a", 1e6, wantFile("file_create", "/a")), done("b", 1e6, wantFile("file_write", "/b"))}
	seen := []Seen{{At: 2e6, Event: fileEvent(event.FileCreate, "/a", 1)}, {At: 5e6, Event: fileEvent(event.FileWrite, "/b", 1)}}
	start := &event.Event{Kind: event.AgentStart, Provider: "agent", Time: 1}
	for _, tt := range []struct {
		name      string
		row       Row
		done      []act.Done
		seen      []Seen
		agent     Agent
		pass, not bool
		latency   float64
		note      string
	}{
		{"all came", row, both, seen, Agent{}, true, false, 4, ""},
		{"one did not come", row, both, seen[:1], Agent{}, false, false, 1, "no file_write"},
		{"one came with another fact", row, both, append(seen[:1:1], Seen{At: 3e6, Event: fileEvent(event.FileWrite, "/c", 1)}), Agent{}, false, false, 1, "file.path is /c, want /b"},
		{"one was not done", row, both[:1], seen, Agent{}, false, false, 1, "b was not done"},
		{"one went wrong", row, []act.Done{both[0], {Act: "b", Error: "no room"}}, seen, Agent{}, false, false, 1, "b: no room"},
		{"one cannot be done here", row, []act.Done{both[0], {Act: "b", Skip: "no shell"}}, seen, Agent{}, true, false, 1, "no shell"},
		{"none can be done here", row, []act.Done{{Act: "a", Skip: "no shell"}, {Act: "b", Skip: "no shell"}}, seen, Agent{}, false, true, 0, "not exercised: no shell"},
		{"an act that wants nothing of the row", Row{Name: "row", acts: []string{"a"}, only: []string{"file_write"}}, both, seen, Agent{}, false, false, 0, "nothing of this row"},
		{"others did it", Row{Name: "row", await: true, Kinds: []string{"module_load"}}, nil,
			[]Seen{{At: 3e6, Event: &event.Event{Kind: event.ModuleLoad, Time: 2e6, Provider: "calls"}}}, Agent{}, true, false, 1, "done by others"},
		{"others did it before", Row{Name: "row", await: true, Kinds: []string{"module_load"}}, nil,
			[]Seen{{At: 3e6, Event: &event.Event{Kind: event.ModuleLoad, Time: 1}}}, Agent{}, false, true, 0, "not exercised"},
		{"nobody did it", Row{Name: "row", await: true, Kinds: []string{"module_load"}}, nil, seen, Agent{}, false, true, 0, "not exercised"},
		{"start", Row{Name: "Agent Start"}, nil, nil, Agent{Start: start}, true, false, 0, ""},
		{"no start", Row{Name: "Agent Start"}, nil, nil, Agent{}, false, false, 0, "no start"},
		{"killed before", Row{Name: "Agent Stop"}, nil, nil, Agent{Killed: true}, false, true, 0, "killed"},
		{"never stopped", Row{Name: "Agent Stop"}, nil, nil, Agent{}, false, true, 0, "not stopped yet"},
		{"stopped", Row{Name: "Agent Stop"}, nil, nil, Agent{Stop: start}, true, false, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			j := newJudge(1000)
			for _, s := range tt.seen[:len(tt.seen)/2] { // some come before the act is told
				j.see(s)
			}
			for _, d := range tt.done {
				j.did(d)
			}
			for _, s := range tt.seen[len(tt.seen)/2:] {
				j.see(s)
			}
			r := j.result(tt.row, tt.agent)
			if r.Pass != tt.pass || r.NotExercised != tt.not || r.Latency != tt.latency || !strings.Contains(r.Note, tt.note) {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestSummary(t *testing.T) {
	s := summarize([]Result{
		{Row: "a", Weight: 1, Pass: true}, {Row: "b", Weight: 0.7}, {Row: "c", Weight: 0.2, NotExercised: true}, {Row: "d", Pass: true},
	})
	if s.Score != 1 || s.Ceiling != 1.7 || s.Passed != 2 || len(s.Failed) != 1 || s.Failed[0] != "b" {
		t.Errorf("%+v", s)
	}
}

func TestTap(t *testing.T) {
	tap := NewTap(100)
	p := func(pid int64, id string, parent *event.Parent, above ...string) *event.Process {
		return &event.Process{PID: pid, EntityID: id, Parent: parent, Ancestors: &event.Ancestors{EntityIDs: above}}
	}
	for _, tt := range []struct {
		name       string
		e          *event.Event
		ours, seen bool
	}{
		{"its child, told first", &event.Event{Kind: event.FileWrite, Process: p(99, "e99", &event.Parent{PID: 100, EntityID: "e100"})}, true, true},
		{"the process", &event.Event{Kind: event.FileWrite, Process: p(100, "e100", nil)}, true, true},
		{"its child", &event.Event{Kind: event.FileWrite, Process: p(101, "e101", &event.Parent{PID: 100})}, true, true},
		{"a child of the child", &event.Event{Kind: event.FileWrite, Process: p(102, "e102", &event.Parent{PID: 101, EntityID: "e101"})}, true, true},
		{"one far below", &event.Event{Kind: event.FileWrite, Process: p(103, "e103", nil, "x", "e100")}, true, true},
		{"another that gets its pid later", &event.Event{Kind: event.FileWrite, Process: p(100, "e100-2", nil)}, false, false},
		{"a child of that one", &event.Event{Kind: event.FileWrite, Process: p(8, "e8", &event.Parent{PID: 100, EntityID: "e100-2"})}, false, false},
		{"another", &event.Event{Kind: event.FileWrite, Process: p(7, "e7", &event.Parent{PID: 1, EntityID: "e1"}, "e1")}, false, false},
		{"another does something rare", &event.Event{Kind: event.ModuleLoad, Process: p(7, "e7", nil)}, false, true},
		{"nobody does something rare", &event.Event{Kind: event.AccountCreate}, false, true},
		{"nobody does something common", &event.Event{Kind: event.NetAccept}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if ours := tap.See(tt.e); ours != tt.ours {
				t.Errorf("ours: %t", ours)
			}
			select {
			case s := <-tap.events:
				if !tt.seen || s.Event != tt.e || s.At == 0 {
					t.Errorf("seen: %+v", s)
				}
			default:
				if tt.seen {
					t.Error("not seen")
				}
			}
		})
	}
	for range tapRoom + 3 {
		tap.See(&event.Event{Kind: event.ModuleLoad})
	}
	if n := tap.Missed(); n != 3 {
		t.Errorf("%d events were missed, want 3", n)
	}
}
