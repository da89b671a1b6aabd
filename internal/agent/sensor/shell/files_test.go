package shell

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// home is a host with one user, whose history files are written by put.
type home struct {
	t     *testing.T
	root  string
	state string
	proc  *procfs.FS
}

func newHome(t *testing.T) *home {
	t.Helper()
	proc, err := procfs.Open("")
	if err != nil {
		t.Fatal(err)
	}
	h := &home{t: t, root: t.TempDir(), proc: proc}
	h.state = filepath.Join(h.root, "state/sensors/shell.json")
	h.put("/etc/passwd", "ada:x:1000:1000::/home/ada:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n")
	return h
}

func (h *home) put(path, text string) {
	h.t.Helper()
	file := filepath.Join(h.root, path)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// anew replaces a file, as zsh and fish do.
func (h *home) anew(path, text string) {
	h.t.Helper()
	h.put(path+".new", text)
	if err := os.Rename(filepath.Join(h.root, path+".new"), filepath.Join(h.root, path)); err != nil {
		h.t.Fatal(err)
	}
}

// sensor returns a sensor as it is when it starts, and what it tells.
func (h *home) sensor() (*Sensor, *[]string) {
	h.t.Helper()
	var told []string
	s := New(Options{Root: h.root, Now: func() event.Time { return event.Time(time.Hour) }})
	s.emit = func(e *event.Event) {
		line := e.Script.Interpreter + ": " + e.Script.Content
		if e.Reason != "" {
			line += " (" + e.Reason + ")"
		}
		if e.Kind != event.ShellCommand || e.Script.Source != "history" || e.Script.Path == "" {
			h.t.Errorf("%+v", e)
		}
		told = append(told, line)
	}
	s.proc = h.proc
	var err error
	if s.files, err = openFiles(h.state, h.root, h.proc); err != nil {
		h.t.Fatal(err)
	}
	s.start()
	return s, &told
}

func written(path string) *event.Event {
	return &event.Event{Kind: event.FileWrite, Time: 1, File: &event.File{Path: path}, Process: &event.Process{PID: 7}}
}

func (h *home) want(told *[]string, want ...string) {
	h.t.Helper()
	if got, want := strings.Join(*told, "|"), strings.Join(want, "|"); got != want {
		h.t.Errorf("told %s\nwant %s", got, want)
	}
	*told = nil
}

const bash = "/home/ada/.bash_history"

func TestHistoryGrows(t *testing.T) {
	h := newHome(t)
	h.put(bash, "old\nolder\n")
	s, told := h.sensor()
	h.want(told) // learned
	h.put(bash, "old\nolder\nid\nls")
	s.look(written(bash))
	h.want(told, "bash: id")
	h.put(bash, "old\nolder\nid\nls -l\nid\nid\n")
	s.look(written(bash))
	h.want(told, "bash: ls -l", "bash: id", "bash: id")
	s.look(written(bash))
	h.want(told)
	// The shell leaves out the oldest lines and writes the file anew.
	h.put(bash, "ls -l\nid\nid\nwhoami\n")
	s.look(written(bash))
	h.want(told, "bash: whoami")
	// Somebody wrote another one.
	h.put(bash, "nothing\nhere\n")
	s.look(written(bash))
	const anew = " (the file was written anew: older lines may be among these)"
	h.want(told, "bash: nothing"+anew, "bash: here"+anew)
	h.put(bash, "")
	s.look(written(bash))
	h.want(told)
	h.put(bash, "again\n")
	s.look(written(bash))
	h.want(told, "bash: again")
}

func TestHistoryOfANewFile(t *testing.T) {
	h := newHome(t)
	s, told := h.sensor()
	h.put(bash, "#1767225600\nid\n")
	s.look(written(bash))
	h.want(told, "bash: id (typed at 2026-01-01T00:00:00Z)")
	// One that is in no home that is known is learned, but not when it was seen made.
	h.put("/srv/.ash_history", "old\n")
	s.look(written("/srv/.ash_history"))
	h.want(told)
	made := written("/opt/.ash_history")
	made.Kind = event.FileCreate
	s.look(made)
	h.put("/opt/.ash_history", "new\n")
	s.look(written("/opt/.ash_history"))
	h.want(told, "sh: new")
}

func TestHistoryReplaced(t *testing.T) {
	h := newHome(t)
	const zsh, fish = "/home/ada/.zsh_history", "/home/ada/.local/share/fish/fish_history"
	h.put(zsh, ": 1:0;a\n: 2:0;b\n: 3:0;c\n")
	h.put(fish, "- cmd: a\n  when: 1\n")
	s, told := h.sensor()
	h.anew(zsh, ": 2:0;b\n: 3:0;c\n: 1767225600:0;d\n")
	s.look(written(zsh))
	h.want(told, "zsh: d (typed at 2026-01-01T00:00:00Z)")
	h.anew(fish, "- cmd: a\n  when: 1\n- cmd: b\\nc\n  when: 1767225600\n")
	s.look(written(fish))
	h.want(told, "fish: b\nc (typed at 2026-01-01T00:00:00Z)")
}

// What was written while the agent was off is told at the start.
func TestHistoryOverRestarts(t *testing.T) {
	h := newHome(t)
	h.put(bash, "old\n")
	s, told := h.sensor()
	h.want(told)
	if err := s.files.save(); err != nil {
		t.Fatal(err)
	}
	h.put(bash, "old\nsecret --password=hunter2\n")
	h.put("/home/ada/.ash_history", "new\n")
	s, told = h.sensor()
	const off = " (written while the agent was not running)"
	h.want(told, "bash: secret --password=hunter2"+off, "sh: new"+off)
	if err := s.files.save(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(h.state)
	if err != nil || strings.Contains(string(text), "hunter2") {
		t.Errorf("kept: %s, %v", text, err)
	}
	if st, err := os.Stat(h.state); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", st.Mode(), err)
	}
	_, told = h.sensor()
	h.want(told)
	// A state that cannot be read: all is learned again.
	h.put("/state/sensors/shell.json", "{")
	h.put(bash, "other\n")
	_, told = h.sensor()
	h.want(told)
}

func TestHistoryIsBounded(t *testing.T) {
	h := newHome(t)
	s, told := h.sensor()
	h.put(bash, strings.Repeat("a line that is quite long\n", 100_000))
	s.look(written(bash))
	if len(*told) != maxEntries || !strings.Contains((*told)[0], "lines before these are not told") {
		t.Errorf("%d lines are told", len(*told))
	}
	for i := range 2 * maxFiles {
		s.files.fresh(place{path: fmt.Sprintf("/h%d/.bash_history", i)})
	}
	if len(s.files.marks) > maxFiles {
		t.Errorf("%d files are known", len(s.files.marks))
	}
}

// A link in the place of a history is not followed.
func TestHistoryIsALink(t *testing.T) {
	h := newHome(t)
	h.put("/etc/shadow", "root:$6$secret::\n")
	s, told := h.sensor()
	if err := os.MkdirAll(filepath.Join(h.root, "home/ada"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/shadow", filepath.Join(h.root, bash)); err != nil {
		t.Fatal(err)
	}
	s.look(written(bash))
	h.want(told)
}

// TestTooManyShells: that a shell is not probed because there are too many is
// told.
func TestTooManyShells(t *testing.T) {
	h := newHome(t)
	s, _ := h.sensor()
	s.typing.Store(true)
	s.lines = &lines{probes: kernel.NewProbes(kernel.ProbesOptions{Most: 1})}
	none := func(string) ([]io.Closer, error) { return nil, nil }
	if _, err := s.lines.probes.Add("/proc/self/exe", none); err != nil {
		t.Fatal(err)
	}
	if unseen := s.turn(); len(unseen) > 0 {
		t.Errorf("before there are too many: %q", unseen)
	}
	s.lines.follow(h.proc, &event.Process{PID: int64(os.Getppid()), Name: "bash"})
	if unseen := s.turn(); len(unseen) != 1 || !strings.Contains(unseen[0], "more than 64 different shells") {
		t.Errorf("what is not seen: %q", unseen)
	}
}

// TestFullDisk: that what was told cannot be noted down is told, and is no
// reason to see nothing.
func TestFullDisk(t *testing.T) {
	h := newHome(t)
	h.put("/home/ada/.bash_history", "one\n")
	dir := filepath.Join(h.root, "full")
	s := New(Options{Root: h.root, State: dir, Now: func() event.Time { return event.Time(time.Hour) }})
	s.saving = time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	took, told, done := make(chan string, 64), make(chan string, 64), make(chan error, 1)
	go func() {
		done <- s.work(ctx, func(e *event.Event) { told <- e.Script.Content }, func(unseen ...string) { took <- strings.Join(unseen, "; ") })
	}()
	<-took
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil { // a file in the place of the folder
		t.Fatal(err)
	}
	h.put("/home/ada/.bash_history", "one\ntwo\n")
	s.Follow(&event.Event{Kind: event.FileWrite, File: &event.File{Path: "/home/ada/.bash_history"}})
	if line := <-told; line != "two" {
		t.Errorf("told %q", line)
	}
	for text := ""; !strings.Contains(text, "after a restart"); {
		select {
		case text = <-took:
		case err := <-done:
			t.Fatal("the sensor ended:", err)
		}
	}
	h.put("/home/ada/.bash_history", "one\ntwo\nthree\n")
	s.Follow(&event.Event{Kind: event.FileWrite, File: &event.File{Path: "/home/ada/.bash_history"}})
	if line := <-told; line != "three" {
		t.Errorf("told %q", line)
	}
	cancel()
	<-done
}
