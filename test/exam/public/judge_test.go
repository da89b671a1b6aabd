package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

var begin = int64(1_700_000_000) * int64(time.Second)

// at returns an event of a process, some seconds after the step began.
func at(kind event.Kind, second, pid int64, entity string, above ...string) *event.Event {
	e := &event.Event{Kind: kind, Process: &event.Process{PID: pid, EntityID: entity, Name: "python3"}}
	e.Time = event.Time(begin + second*int64(time.Second))
	if len(above) > 0 {
		e.Process.Ancestors = &event.Ancestors{EntityIDs: above}
	}
	return e
}

func TestOf(t *testing.T) {
	s := step{Option: "X", PID: 77, Begin: begin, End: begin + 5*int64(time.Second)}
	seen := []*event.Event{
		at(event.FileCreate, -1, 77, "before"),
		at(event.ProcessStart, 0, 77, "root"),
		at(event.FileCreate, 1, 78, "child", "root", "shell"),
		at(event.FileCreate, 2, 79, "other", "shell"),
		at(event.FileCreate, 3, 80, "grandchild", "child", "root"),
		at(event.FileCreate, 4, 77, "reused"),
		at(event.FileHash, 14, 77, "root"),
		at(event.FileHash, 16, 77, "root"),
	}
	var got []string
	for _, e := range of(s, seen) {
		got = append(got, e.Process.EntityID)
	}
	if want := []string{"root", "child", "grandchild", "root"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestJudge(t *testing.T) {
	r := row{"Row", 1, []part{
		one("Ping", "done", "process_access", is("process.target.pid", "$PID")),
		one("Drop", "dropped", "file_create", has("file.path", "/name")),
	}}
	access := at(event.ProcessAccess, 1, 77, "root")
	access.Target = &event.Target{PID: 4242}
	drop := at(event.FileCreate, 1, 78, "root")
	drop.File = &event.File{Path: "/tmp/name"}
	other := at(event.FileCreate, 1, 78, "root")
	other.File = &event.File{Path: "/tmp/else"}
	good := []step{{Option: "Ping", Output: "PID: 1\nPID: 4242\ndone\n"}, {Option: "Drop", Output: "dropped\n"}}
	bad := []step{good[0], {Option: "Drop", Output: "Error: no space\n", Ended: "exit status 1"}}
	none := []step{{Option: "Ping", Output: "| Failed Scripts |\ngcc: not found\n"}, bad[1]}
	all := map[string][]*event.Event{"Ping": {access}, "Drop": {other, drop}}
	for _, tt := range []struct {
		name       string
		steps      []step
		ours       map[string][]*event.Event
		pass, left bool
		note       string
	}{
		{"both", good, all, true, false, "process_access of python3[77]; file_create of python3[78]"},
		{"one is missing", good, map[string][]*event.Event{"Ping": {access}}, false, false, "Drop: no file_create"},
		{"another file", good, map[string][]*event.Event{"Ping": {access}, "Drop": {other}}, false, false, `file.path is "/tmp/else", want "/name"`},
		{"another process", []step{{Option: "Ping", Output: "PID: 4242\nPID: 1\ndone"}, good[1]}, all, false, false, `process.target.pid is "4242", want "1"`},
		{"one was not done", bad, map[string][]*event.Event{"Ping": {access}}, true, false, "not exercised: Drop: Error: no space; exit status 1"},
		{"nothing was done", none, nil, false, true, "gcc: not found"},
		{"not run", nil, all, false, true, "Ping was not run"},
		{"not done but seen", bad, all, true, false, "file_create of python3[78]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := judge(r, tt.steps, tt.ours)
			if got.Pass != tt.pass || got.Left != tt.left || !strings.Contains(got.Note, tt.note) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestRows(t *testing.T) {
	names, used := map[string]bool{}, map[string]bool{}
	for _, r := range rows() {
		names[r.name] = true
		for _, p := range r.parts {
			used[p.option] = true
			for _, f := range p.facts {
				if _, ok := event.FieldByName(f.Field); !ok {
					t.Errorf("%s: no field %s", r.name, f.Field)
				}
			}
			for _, k := range p.kinds {
				if _, ok := event.ParseKind(k); !ok {
					t.Errorf("%s: no kind %s", r.name, k)
				}
			}
		}
	}
	for name := range parts() {
		if !names[name] {
			t.Errorf("%q is no row of the list", name)
		}
	}
	for _, o := range options() {
		if !used[o] {
			t.Errorf("%s is run for nothing", o)
		}
	}
	if len(used) != len(options()) {
		t.Errorf("rows ask for %d options, %d are run", len(used), len(options()))
	}
}

func TestSummary(t *testing.T) {
	s := summarize([]result{{Row: "a", Weight: 0.7, Pass: true}, {Row: "b", Weight: 1}, {Row: "c", Weight: 1, Left: true}}, "6.12")
	if s.Score != 0.7 || s.Ceiling != 1.7 || s.Passed != 1 || !slices.Equal(s.Failed, []string{"b"}) || !slices.Equal(s.Left, []string{"c"}) {
		t.Errorf("got %+v", s)
	}
}
