package respond

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const boot = "6f1b1a5e-0000-4000-8000-000000000001"

// twin is a host in memory: a folder that looks like /proc, and processes that
// note what they were sent.
type twin struct {
	*Host
	proc string

	mu   sync.Mutex
	sent map[int64][]unix.Signal
	gone map[int64]bool // ends when it is looked at
	hard map[int64]bool // survives SIGKILL
}

func newTwin(t *testing.T) *twin {
	t.Helper()
	w := &twin{proc: t.TempDir(), sent: map[int64][]unix.Signal{}, gone: map[int64]bool{}, hard: map[int64]bool{}}
	w.Host = &Host{Proc: w.proc, Boot: boot, Self: 100, Open: w.open}
	w.add(t, 1, 0, "/init.scope")
	w.add(t, 50, 1, "/session")
	w.add(t, 100, 50, "/agent")
	return w
}

// add makes a process that was created pid ticks after boot.
func (w *twin) add(t *testing.T, pid, parent int64, cgroup string) {
	t.Helper()
	dir := filepath.Join(w.proc, fmt.Sprint(pid))
	stat := fmt.Sprintf("%d (a) b(c) S %d 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0", pid, parent, pid)
	for name, text := range map[string]string{"stat": stat, "cgroup": "1:name=x:/y\n0::" + cgroup + "\n"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// id is the entity id of the process that add made.
func id(pid int64) string {
	return event.EntityID(boot, pid, uint64(pid)*uint64(event.EntityTick))
}

type handle struct {
	w   *twin
	pid int64
}

func (w *twin) open(pid int64) (Process, error) {
	if _, err := os.Stat(filepath.Join(w.proc, fmt.Sprint(pid))); err != nil {
		return nil, unix.ESRCH
	}
	return handle{w, pid}, nil
}

func (h handle) Signal(sig unix.Signal) error {
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	h.w.sent[h.pid] = append(h.w.sent[h.pid], sig)
	if sig == unix.SIGKILL && !h.w.hard[h.pid] {
		h.w.gone[h.pid] = true
	}
	return nil
}

func (h handle) Ended(context.Context, time.Duration) bool {
	h.w.mu.Lock()
	defer h.w.mu.Unlock()
	return h.w.gone[h.pid]
}

func (h handle) Close() error { return nil }

func TestKillChecksItsTarget(t *testing.T) {
	tests := []struct {
		name   string
		target Target
		change func(*testing.T, *twin)
		result string
		reason string // part of it
	}{
		{name: "the process that was seen", target: Target{PID: 200, EntityID: id(200)}, result: Done},
		{name: "a process that ended", target: Target{PID: 999, EntityID: id(999)}, result: Done, reason: "already ended"},
		{name: "the pid belongs to another process now", target: Target{PID: 200, EntityID: id(201)}, result: Done, reason: "already ended"},
		{name: "ended while it was checked", target: Target{PID: 200, EntityID: id(200)}, change: func(_ *testing.T, w *twin) { w.gone[200] = true }, result: Done, reason: "already ended"},
		{name: "hangs in the kernel", target: Target{PID: 200, EntityID: id(200)}, change: func(_ *testing.T, w *twin) { w.hard[200] = true }, result: Failed, reason: "still there"},
		{name: "the agent", target: Target{PID: 100, EntityID: id(100)}, result: Refused, reason: "agent itself"},
		{name: "pid 1", target: Target{PID: 1, EntityID: id(1)}, result: Refused, reason: "pid 1"},
		{name: "pid 0", target: Target{PID: 0}, result: Refused, reason: "pid 0"},
		{name: "a process group", target: Target{PID: -200}, result: Refused, reason: "pid -200"},
		{name: "an ancestor of the agent", target: Target{PID: 50, EntityID: id(50)}, result: Refused, reason: "runs below"},
		{name: "nothing to know it by", target: Target{PID: 200}, result: Refused, reason: "neither"},
		{name: "a thread of the kernel", target: Target{PID: 300, EntityID: id(300)}, result: Refused, reason: "kernel", change: func(t *testing.T, w *twin) {
			w.add(t, 300, 2, "/")
			path := filepath.Join(w.proc, "300", "stat")
			text, _ := os.ReadFile(path)
			must(t, os.WriteFile(path, []byte(strings.Replace(string(text), "4194304", "2129984", 1)), 0o644))
		}},
		{name: "stat that cannot be read", target: Target{PID: 200, EntityID: id(200)}, result: Refused, reason: "stat of the process", change: func(t *testing.T, w *twin) {
			must(t, os.WriteFile(filepath.Join(w.proc, "200", "stat"), []byte("200 (x"), 0o644))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newTwin(t)
			w.add(t, 200, 1, "/x")
			if tt.change != nil {
				tt.change(t, w)
			}
			for _, rehearse := range []bool{true, false} {
				out := kill{w.Host}.Run(t.Context(), tt.target, rehearse)
				want := tt.result
				if rehearse && (tt.name == "the process that was seen" || want == Failed) {
					want = Would
				}
				if out.Result != want || want != Would && !strings.Contains(out.Reason, tt.reason) {
					t.Errorf("rehearse %v: %+v, want %s %q", rehearse, out, want, tt.reason)
				}
				if rehearse && len(w.sent) != 0 {
					t.Errorf("the rehearsal sent %v", w.sent)
				}
			}
			if sent := len(w.sent) > 0; sent != (tt.reason == "" || tt.result == Failed) {
				t.Errorf("sent %v", w.sent)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestScope: with a scope, only processes of its cgroup and those below it are
// touched.
func TestScope(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"a/scope/below", "a/other", "a/scope2"} {
		must(t, os.MkdirAll(filepath.Join(root, dir), 0o755))
	}
	tests := []struct{ cgroup, reason string }{
		{"/a/scope", ""},
		{"/a/scope/below", ""},
		{"/a/scope2", "outside the scope"},
		{"/a/other", "outside the scope"},
		{"/a", "outside the scope"},
		{"/", "outside the scope"},
		{"/a/scope/../other", "outside the scope"},
		{"/../a/scope", "outside the agent's cgroup namespace"},
	}
	for _, tt := range tests {
		t.Run(tt.cgroup, func(t *testing.T) {
			w := newTwin(t)
			w.Scope = filepath.Join(root, "a/scope")
			w.add(t, 200, 1, tt.cgroup)
			must(t, os.MkdirAll(filepath.Join(w.proc, "self"), 0o755))
			mounts := fmt.Sprintf("22 1 0:20 /sub %s rw - cgroup2 none rw\n23 1 0:21 / %s rw shared:1 - cgroup2 cgroup rw\n", t.TempDir(), root)
			must(t, os.WriteFile(filepath.Join(w.proc, "self/mountinfo"), []byte(mounts), 0o644))
			out := kill{w.Host}.Run(t.Context(), Target{PID: 200, EntityID: id(200)}, false)
			if tt.reason == "" && out.Result != Done || tt.reason != "" && (out.Result != Refused || !strings.Contains(out.Reason, tt.reason)) {
				t.Errorf("%+v, want %q", out, tt.reason)
			}
		})
	}
}

// TestOnRealProcesses suspends, resumes and kills a child of the test.
func TestOnRealProcesses(t *testing.T) {
	h, err := NewHost("/proc", "")
	must(t, err)
	child := exec.Command("sleep", "60")
	must(t, child.Start())
	pid := int64(child.Process.Pid)
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	s, err := h.stat(pid)
	must(t, err)
	target := Target{PID: pid, EntityID: event.EntityID(h.Boot, pid, s.start)}

	state := func() string {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		must(t, err)
		_, rest, _ := cutLast(string(text), ") ")
		return rest[:1]
	}
	if out := (suspend{h}).Run(t.Context(), target, false); out.Result != Done {
		t.Fatalf("suspend: %+v", out)
	}
	waitFor(t, func() bool { return state() == "T" })
	if out := (resume{h}).Run(t.Context(), target, false); out.Result != Done {
		t.Fatalf("resume: %+v", out)
	}
	waitFor(t, func() bool { return state() == "S" })
	byTime := Target{PID: pid, Start: event.At(time.Now().Add(-time.Hour))}
	if out := (kill{h}).Run(t.Context(), byTime, false); out.Result != Done || out.Reason == "" {
		t.Fatalf("kill of a process that started at another time: %+v", out)
	}
	boot, err := bootTime()
	must(t, err)
	byTime.Start = event.Time(boot + int64(s.start))
	if out := (kill{h}).Run(t.Context(), byTime, true); out.Result != Would {
		t.Fatalf("rehearsed kill by start time: %+v", out)
	}
	if out := (kill{h}).Run(t.Context(), target, false); out.Result != Done || out.Reason != "" {
		t.Fatalf("kill: %+v", out)
	}
	if err := <-ended; err == nil || err.Error() != "signal: killed" {
		t.Errorf("the child ended with %v", err)
	}
	if out := (kill{h}).Run(t.Context(), target, false); out.Result != Done || out.Reason == "" {
		t.Errorf("second kill: %+v", out)
	}
	if out := (suspend{h}).Run(t.Context(), target, false); out.Result != Failed {
		t.Errorf("suspend of an ended process: %+v", out)
	}
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for range 5000 {
		if ok() {
			return
		}
		<-tick.C
	}
	t.Fatal("did not come to be")
}

func TestActionsHaveDocAndUndo(t *testing.T) {
	names := map[string]bool{}
	for _, a := range All(&Host{}) {
		names[a.Spec().Name] = true
		if a.Spec().Doc == "" {
			t.Errorf("%s has no doc", a.Spec().Name)
		}
	}
	for _, a := range All(&Host{}) {
		s := a.Spec()
		if s.Undo == "" && !strings.Contains(s.Doc, "cannot be undone") || s.Undo != "" && !names[s.Undo] {
			t.Errorf("%s: undo %q: name an action or say in the doc that it cannot be undone", s.Name, s.Undo)
		}
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add("1 (a) S 0 1 1 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0")
	f.Add("1 (a) b) S x")
	f.Add(")")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := parseStat(text); err != nil && s != (stat{}) {
			t.Errorf("error and %+v", s)
		}
	})
}
