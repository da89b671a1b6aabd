package enrich

import (
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// late collects the events that come after a pending one.
type late struct {
	mu     sync.Mutex
	events []*event.Event
}

func (l *late) take(e *event.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

func (l *late) all() []*event.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.events
}

func program(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	put(t, path, text)
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func executed(t testing.TB, pid int64, path string) *event.Event {
	e := started(pid, 1, path, second)
	e.File = image(t, path)
	return e
}

func onHost(o *Options) { o.Root = "/" }

func TestWA5_HashOfAnExecution(t *testing.T) {
	en := newTest(t, onHost)
	path := program(t, "the program")
	age(t, path)
	want := digests(t, path)
	first, again := executed(t, 2, path), executed(t, 3, path)
	write, end := wrote(3, "/tmp/x", second), ended(3, second, 0)
	each(en, first, again, write, end)
	for _, e := range []*event.Event{first, again, write, end} {
		if h := e.Process.Hash; h == nil || *h != want {
			t.Errorf("%s: %+v, want %+v", e.Kind, h, want)
		}
	}
	if h := first.File.Hash; h == nil || *h != want {
		t.Errorf("file: %+v", h)
	}
	if s := en.Stats().Hash; s.Files != 1 || s.Hits != 1 || s.Cached != 1 || s.Bytes != int64(len("the program")) {
		t.Errorf("%+v", s)
	}
	if err := os.WriteFile(path, []byte("another one"), 0o755); err != nil { // of the same size
		t.Fatal(err)
	}
	changed := executed(t, 4, path)
	each(en, changed)
	if h := changed.Process.Hash; h == nil || *h != digests(t, path) || *h == want {
		t.Errorf("after a change: %+v", h)
	}
}

func TestWA5_HashStatus(t *testing.T) {
	small := func(o *Options) { onHost(o); o.HashMaxSize = 4 }
	tests := []struct {
		name   string
		want   string
		change func(*Options)
		event  func(t *testing.T) *event.Event
	}{
		{"larger than the limit", "too large", small, func(t *testing.T) *event.Event { return executed(t, 2, program(t, "12345")) }},
		{"as large as the limit", "", small, func(t *testing.T) *event.Event { return executed(t, 2, program(t, "1234")) }},
		{"removed", "gone", onHost, func(t *testing.T) *event.Event {
			path := program(t, "x")
			e := executed(t, 2, path)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			return e
		}},
		{"another file in its place", "gone", onHost, func(t *testing.T) *event.Event {
			path := program(t, "x")
			e := executed(t, 2, path)
			put(t, path+".new", "y") // made while the first exists, so of another inode
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
			return e
		}},
		{"written to", "changed", onHost, func(t *testing.T) *event.Event {
			path := program(t, "x")
			e := executed(t, 2, path)
			e.File.Changed-- // a write within one tick of the clock leaves no trace
			return e
		}},
		{"longer", "changed", onHost, func(t *testing.T) *event.Event {
			path := program(t, "x")
			e := executed(t, 2, path)
			put(t, path, "xy")
			return e
		}},
		{"a directory", "not a regular file", onHost, func(t *testing.T) *event.Event {
			return executed(t, 2, t.TempDir())
		}},
		{"a pipe", "not a regular file", onHost, func(t *testing.T) *event.Event {
			path := filepath.Join(t.TempDir(), "pipe")
			if err := unix.Mkfifo(path, 0o755); err != nil {
				t.Fatal(err)
			}
			return executed(t, 2, path)
		}},
		{"a link to it", "gone", onHost, func(t *testing.T) *event.Event {
			path := program(t, "x")
			e := executed(t, 2, path)
			if err := os.Symlink(path, path+".link"); err != nil {
				t.Fatal(err)
			}
			e.File.Path = path + ".link"
			return e
		}},
		{"nothing is hashed", "off", func(o *Options) { onHost(o); o.HashWorkers = -1 }, func(t *testing.T) *event.Event { return executed(t, 2, program(t, "x")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			en := newTest(t, tt.change)
			e := tt.event(t)
			each(en, e)
			if h := e.Process.Hash; h == nil || h.Status != tt.want || (h.SHA256 != "") != (tt.want == "") || e.File.Hash != h {
				t.Errorf("%+v, want status %q", h, tt.want)
			}
		})
	}
}

func TestHashReason(t *testing.T) {
	for err, want := range map[error]string{
		unix.EACCES: "unreadable: EACCES", unix.EIO: "unreadable: EIO", unix.ENOENT: "gone", unix.ESRCH: "gone",
		&os.PathError{Op: "read", Err: unix.EISDIR}: "unreadable: EISDIR",
	} {
		if got := reason(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

// A program that removes itself is hashed while it runs, and so is one of a
// memfd: through /proc/PID/exe.
func TestWA5_HashOfARunningProgram(t *testing.T) {
	sleep, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	want := digests(t, sleep)
	text, err := os.ReadFile(sleep)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(t *testing.T) (*exec.Cmd, func()){
		"removed": func(t *testing.T) (*exec.Cmd, func()) {
			path := program(t, string(text))
			return exec.Command(path, "60"), func() {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		},
		"memfd": func(t *testing.T) (*exec.Cmd, func()) {
			fd, err := unix.MemfdCreate("evil", unix.MFD_CLOEXEC)
			if err != nil {
				t.Fatal(err)
			}
			f := os.NewFile(uintptr(fd), "evil")
			if _, err := f.Write(text); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("/proc/self/fd/3", "60")
			cmd.ExtraFiles = []*os.File{f}
			return cmd, func() { f.Close() }
		},
	}
	for name, start := range tests {
		t.Run(name, func(t *testing.T) {
			en := newTest(t, func(o *Options) { o.Proc, o.Root = "/proc", "/" })
			cmd, after := start(t)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
			pid := int64(cmd.Process.Pid)
			exe := en.proc.Path(pid, "exe")
			// Start may return a moment before the kernel has put the new program
			// in the place of the old one.
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			for link := self; link == self; {
				if link, err = os.Readlink(exe); err != nil {
					t.Fatal(err)
				}
			}
			e := started(pid, 1, "/somewhere/else", second)
			e.File = image(t, exe)
			e.File.Path = "/somewhere/else"
			after()
			each(en, e)
			if h := e.Process.Hash; h == nil || *h != want {
				t.Errorf("%+v, want %+v", h, want)
			}
		})
	}
}

// The file of a process in a container is found through the root of the
// process, and when that ended through its parent's.
func TestHashInAnotherRoot(t *testing.T) {
	for _, pid := range []string{"2", "1"} {
		en := newTest(t, nil)
		inside := t.TempDir()
		put(t, filepath.Join(inside, "bin/tool"), "tool of the container")
		put(t, filepath.Join(en.opts.Proc, pid, "placeholder"), "")
		if err := os.Symlink(inside, filepath.Join(en.opts.Proc, pid, "root")); err != nil {
			t.Fatal(err)
		}
		e := executed(t, 2, filepath.Join(inside, "bin/tool"))
		e.File.Path = "/bin/tool"
		each(en, e)
		if h := e.Process.Hash; *h != digests(t, filepath.Join(inside, "bin/tool")) {
			t.Errorf("through /proc/%s/root: %+v", pid, h)
		}
	}
}

// An event that did not wait is followed by one with the digests, and later
// events of the process carry them.
func TestWA5_HashPending(t *testing.T) {
	var l late
	en := newTest(t, func(o *Options) { onHost(o); o.HashWait, o.Late = -1, l.take })
	path := program(t, strings.Repeat("large ", 1<<20))
	e := executed(t, 2, path)
	each(en, e)
	if h := e.Process.Hash; h == nil || h.Status != "pending" || e.File.Hash.Status != "pending" {
		t.Fatalf("%+v", h)
	}
	eventually(t, "file_hash event", func() bool { return len(l.all()) == 1 })
	after := l.all()[0]
	each(en, after)
	want := digests(t, path)
	if after.Kind != event.FileHash || *after.File.Hash != want || after.File.Path != path || after.Time == 0 {
		t.Errorf("%+v of %+v", after, after.File)
	}
	if p := after.Process; p.EntityID != id(2) || p.Hash == nil || *p.Hash != want || p.Name != "program" || after.User.ID != "1000" {
		t.Errorf("process of the file_hash event: %+v", p)
	}
	end := ended(2, 2*second, 0)
	each(en, end)
	if *end.Process.Hash != want {
		t.Errorf("end: %+v", end.Process.Hash)
	}
	if h := e.Process.Hash; h.Status != "pending" {
		t.Errorf("an event that was handed on has changed: %+v", h)
	}
}

// All waits together take at most a fifth of the time.
func TestHashWaitsAreBounded(t *testing.T) {
	block := make(chan struct{})
	en := newTest(t, func(o *Options) {
		onHost(o)
		o.HashWait, o.HashWorkers = 20*time.Millisecond, 1
		o.Clock = func() time.Time { <-block; return time.Now() } // the worker hangs
	})
	defer close(block)
	began := time.Now()
	for i := range int64(100) {
		e := executed(t, 2+i, program(t, "x"))
		each(en, e)
		if e.Process.Hash.Status != "pending" {
			t.Fatalf("%+v", e.Process.Hash)
		}
	}
	if s := en.Stats().Hash; s.Waited > 500*time.Millisecond || s.Waited < 20*time.Millisecond || s.Pending != 100 {
		t.Errorf("100 executions in %v: %+v", time.Since(began), s)
	}
}

func TestHashOverload(t *testing.T) {
	block := make(chan struct{})
	en := newTest(t, func(o *Options) {
		onHost(o)
		o.HashWait, o.HashWorkers, o.HashQueue = -1, 1, 2
		o.Clock = func() time.Time { <-block; return time.Now() }
	})
	status := map[string]int{}
	for i := range int64(10) {
		e := executed(t, 2+i, program(t, "x"))
		each(en, e)
		status[e.Process.Hash.Status]++
	}
	close(block)
	if status["overloaded"] < 7 || status["overloaded"] > 8 || en.Stats().Hash.Overloaded != int64(status["overloaded"]) {
		t.Errorf("%v", status)
	}
}

// A worker that a file system holds is replaced, and Close does not wait for it.
func TestHashTimeout(t *testing.T) {
	hang := make(chan struct{})
	var hung atomic.Bool
	en := newTest(t, func(o *Options) {
		onHost(o)
		o.HashWorkers, o.HashLimit = 1, 200*time.Millisecond
		o.Clock = func() time.Time {
			if hung.CompareAndSwap(false, true) {
				<-hang
			}
			return time.Now()
		}
	})
	stuck, after := executed(t, 2, program(t, "x")), executed(t, 3, program(t, "y"))
	each(en, stuck)
	each(en, after)
	if stuck.Process.Hash.Status != "timeout" || after.Process.Hash.SHA256 == "" {
		t.Errorf("%+v, %+v", stuck.Process.Hash, after.Process.Hash)
	}
	if s := en.Stats().Hash; s.Stuck != 1 {
		t.Errorf("%+v", s)
	}
	close(hang)
	eventually(t, "the stuck worker ends", func() bool { return en.Stats().Hash.Stuck == 0 })
}

// A file that is written as executable is hashed at once, without waiting, and
// its execution finds the digest.
func TestWA5_HashOfAWrittenProgram(t *testing.T) {
	var l late
	en := newTest(t, func(o *Options) { onHost(o); o.Late = l.take })
	path := program(t, "dropped")
	age(t, path)
	kinds := []event.Kind{event.FileWrite, event.FileChmod, event.FileOpen}
	var events []*event.Event
	for i, k := range kinds {
		e := wrote(9, path, second)
		e.Kind, e.File = k, image(t, path)
		if i == 0 {
			each(en, e)
			if e.File.Hash == nil {
				t.Fatal("no hash, no status")
			}
			eventually(t, "the digest", func() bool { return en.Stats().Hash.Files == 1 })
			continue
		}
		each(en, e)
		events = append(events, e)
	}
	if h := events[0].File.Hash; h == nil || *h != digests(t, path) {
		t.Errorf("chmod: %+v", h)
	}
	if h := events[1].File.Hash; h != nil {
		t.Errorf("an opened file is hashed: %+v", h)
	}
	e := executed(t, 10, path)
	each(en, e)
	if s := en.Stats().Hash; *e.Process.Hash != digests(t, path) || s.Files != 1 {
		t.Errorf("%+v, %+v", e.Process.Hash, s)
	}
	en.SetHashFiles(false)
	plain := wrote(9, path, second)
	plain.File = image(t, path)
	plain.File.Mode = "0644"
	each(en, plain)
	if plain.File.Hash != nil {
		t.Errorf("a file that is no program is hashed: %+v", plain.File.Hash)
	}
}

// What is as young as a tick of the clock may change without a trace: its
// digests are not kept.
func TestHashOfAYoungFileIsNotKept(t *testing.T) {
	en := newTest(t, func(o *Options) {
		onHost(o)
		o.Clock = func() time.Time { return time.Unix(0, 0) } // every file is young
	})
	path := program(t, "young")
	for i := range int64(2) {
		e := executed(t, 2+i, path)
		each(en, e)
		if *e.Process.Hash != digests(t, path) {
			t.Errorf("%+v", e.Process.Hash)
		}
	}
	if s := en.Stats().Hash; s.Files != 2 || s.Cached != 0 {
		t.Errorf("%+v", s)
	}
}

func TestHashCacheIsBounded(t *testing.T) {
	en := newTest(t, func(o *Options) { onHost(o); o.HashCache = 5 })
	var paths []string
	for range 20 {
		paths = append(paths, program(t, "x"))
	}
	age(t, paths[len(paths)-1])
	for i, p := range append(paths, paths[0], paths[19]) {
		each(en, executed(t, int64(2+i), p))
	}
	if s := en.Stats().Hash; s.Cached != 5 || s.Files != 21 || s.Hits != 1 {
		t.Errorf("%+v", s)
	}
}

func TestHashingSwitchedOff(t *testing.T) {
	en := newTest(t, onHost)
	known, other := program(t, "known"), program(t, "other")
	age(t, other)
	each(en, executed(t, 2, known))
	en.SetHashing(false, false)
	a, b := executed(t, 3, known), executed(t, 4, other)
	each(en, a, b)
	if a.Process.Hash.SHA256 == "" || b.Process.Hash.Status != "cpu limit" {
		t.Errorf("%+v, %+v", a.Process.Hash, b.Process.Hash)
	}
	en.SetHashing(true, true)
	en.SetMaxSize(2)
	c := executed(t, 5, other)
	if each(en, c); c.Process.Hash.Status != "too large" {
		t.Errorf("%+v", c.Process.Hash)
	}
}

func BenchmarkHash(b *testing.B) {
	path := program(b, strings.Repeat("0123456789abcdef", 1<<16)) // 1 MiB
	file := image(b, path)
	d := digester{proc: "/proc", root: "/"}
	key := fileKey{file.Inode, file.Device, file.Size.N, file.Changed}
	b.SetBytes(file.Size.N)
	for b.Loop() {
		if s := d.sum(key, origin{path: path}, 1<<30, time.Now); s.facts.hash.Status != "" {
			b.Fatal(s.facts.hash.Status)
		}
	}
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
