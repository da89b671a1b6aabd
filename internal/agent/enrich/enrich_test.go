package enrich

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/tlsh"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const second = event.Time(time.Second)

// fixture is a /proc with only a boot id: whatever is asked of it is gone.
func fixture(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "proc/sys/kernel/random/boot_id"), "11111111-2222-3333-4444-555555555555\n")
	put(t, filepath.Join(dir, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\n")
	put(t, filepath.Join(dir, "etc/group"), "root:x:0:\nstaff:x:1000:ada\n")
	return dir
}

func put(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func newTest(t testing.TB, change func(*Options)) *Enricher {
	t.Helper()
	dir := fixture(t)
	o := Options{Proc: filepath.Join(dir, "proc"), Root: dir, HashWait: 5 * time.Second}
	if change != nil {
		change(&o)
	}
	en, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	return en
}

func id(pid int64) string { return fmt.Sprintf("entity-%d", pid) }

func started(pid, parent int64, exe string, at event.Time, args ...string) *event.Event {
	return &event.Event{
		Kind: event.ProcessStart, Time: at, Provider: "exec",
		Process: &event.Process{
			EntityID: id(pid), PID: pid, Executable: exe, Args: append([]string{exe}, args...), Start: at,
			Parent: &event.Parent{EntityID: id(parent), PID: parent},
		},
		User: &event.User{ID: "1000", GroupID: "1000", EffectiveID: "0", EffectiveGroupID: "0"},
	}
}

func forked(pid, parent int64, at event.Time) *event.Event {
	return &event.Event{
		Kind: event.ProcessFork, Time: at,
		Process: &event.Process{EntityID: id(pid), PID: pid, Start: at, Parent: &event.Parent{EntityID: id(parent), PID: parent}},
	}
}

func ended(pid int64, at event.Time, code int64) *event.Event {
	return &event.Event{
		Kind: event.ProcessEnd, Time: at,
		Process: &event.Process{EntityID: id(pid), PID: pid, End: at, ExitCode: event.Some(code)},
	}
}

func wrote(pid int64, path string, at event.Time) *event.Event {
	return &event.Event{
		Kind: event.FileWrite, Time: at,
		Process: &event.Process{EntityID: id(pid), PID: pid},
		File:    &event.File{Path: path, UID: "1000", GID: "1000"},
	}
}

func each(en *Enricher, events ...*event.Event) {
	for _, e := range events {
		en.Enrich(e)
	}
}

func TestWA5_Ancestors(t *testing.T) {
	en := newTest(t, nil)
	last := wrote(4, "/tmp/x.tar.gz", 9*second)
	fork := forked(4, 3, 6*second)
	each(en,
		started(1, 0, "/sbin/init", second),
		forked(2, 1, 2*second), started(2, 1, "/usr/sbin/sshd", 2*second, "-D"),
		started(3, 2, "/bin/bash", 5*second, "-l"),
		fork, started(4, 3, "/usr/bin/tar", 7*second, "xf", "a b"),
		last)
	p := last.Process
	if p == nil || p.Name != "tar" || p.Executable != "/usr/bin/tar" || p.CommandLine != "/usr/bin/tar xf a b" || p.Args[2] != "a b" {
		t.Fatalf("process of a file event: %+v", p)
	}
	if got := strings.Join(p.Ancestors.Names, " "); got != "bash sshd init" {
		t.Errorf("ancestors %q", got)
	}
	if got := strings.Join(p.Ancestors.EntityIDs, " "); got != "entity-3 entity-2 entity-1" && !strings.HasPrefix(got, "entity-3 entity-2 entity-1") {
		t.Errorf("ancestor ids %q", got)
	}
	if p.Parent.Name != "bash" || p.Parent.CommandLine != "/bin/bash -l" || p.Parent.PID != 3 {
		t.Errorf("parent %+v", p.Parent)
	}
	if fork.Process.Name != "bash" || fork.Process.PID != 4 || fork.Process.Parent.PID != 3 {
		t.Errorf("forked process %+v", fork.Process)
	}
	if u := last.User; u == nil || u.Name != "ada" || u.GroupName != "staff" || u.EffectiveName != "root" {
		t.Errorf("user %+v", u)
	}
	if f := last.File; f.Name != "x.tar.gz" || f.Directory != "/tmp" || f.Extension != "gz" || f.Owner != "ada" || f.Group != "staff" {
		t.Errorf("file %+v", f)
	}
	if a := en.Lineage(p); len(a.CommandLines) != len(a.Names) || a.CommandLines[1] != "/usr/sbin/sshd -D" {
		t.Errorf("lineage %+v", a)
	}
	if p.Ancestors.CommandLines != nil {
		t.Error("command lines of ancestors outside of findings")
	}
	if a, _ := en.Activity(id(4)); a.FilesWritten != 1 || a.Executions != 1 {
		t.Errorf("activity %+v", a)
	}
	if a, _ := en.Activity(id(3)); a.Children != 1 {
		t.Errorf("activity of the parent %+v", a)
	}
}

// The creator stays the parent when a process was handed to init, and when the
// creator's entry is gone.
func TestWA5_AncestorsOutliveTheirEntries(t *testing.T) {
	en := newTest(t, func(o *Options) { o.Linger = time.Second })
	exec := started(3, 1, "/tmp/implant", 60*second)
	late := wrote(3, "/tmp/y", 61*second)
	each(en,
		started(1, 0, "/sbin/init", second), started(2, 1, "/usr/bin/curl", 2*second),
		forked(3, 2, 3*second), ended(2, 4*second, 0),
		started(9, 1, "/bin/true", 30*second), ended(9, 31*second, 0), // time goes by
		exec, late)
	if _, known := en.Activity(id(2)); known {
		t.Fatal("the creator should be forgotten by now")
	}
	for _, e := range []*event.Event{exec, late} {
		if got := strings.Join(e.Process.Ancestors.Names, " "); got != "curl init" || e.Process.Parent.Name != "curl" {
			t.Errorf("%s: ancestors %q, parent %q", e.Kind, got, e.Process.Parent.Name)
		}
	}
}

func TestWA5_DepthIsBounded(t *testing.T) {
	en := newTest(t, func(o *Options) { o.Depth = 4 })
	var last *event.Event
	for i := int64(1); i <= 50; i++ {
		last = started(i, i-1, fmt.Sprintf("/bin/p%d", i), event.Time(i)*second)
		en.Enrich(last)
	}
	if got := strings.Join(last.Process.Ancestors.Names, " "); got != "p49 p48 p47 p46" {
		t.Errorf("ancestors %q", got)
	}
}

func TestWA5_PidReuse(t *testing.T) {
	en := newTest(t, nil)
	first := started(7, 1, "/bin/first", 2*second)
	second1 := started(7, 1, "/bin/second", 5*second)
	second1.Process.EntityID = "entity-7-again"
	lateOfFirst, ofSecond := wrote(7, "/a", 6*second), wrote(7, "/b", 6*second)
	ofSecond.Process.EntityID = "entity-7-again"
	each(en, started(1, 0, "/sbin/init", second), first, ended(7, 4*second, 3), second1, lateOfFirst, ofSecond)
	if lateOfFirst.Process.Name != "first" || ofSecond.Process.Name != "second" {
		t.Errorf("pid 7 is %q and %q", lateOfFirst.Process.Name, ofSecond.Process.Name)
	}
}

func TestWA5_EndCarriesTheProcess(t *testing.T) {
	en := newTest(t, nil)
	end, late := ended(5, 4*second, 137), wrote(5, "/z", 4*second)
	connect := wrote(5, "", 3*second)
	connect.Kind, connect.File, connect.Net = event.NetConnect, nil, &event.Net{}
	each(en, started(1, 0, "/sbin/init", second), started(5, 1, "/bin/job", 2*second, "-x"),
		wrote(5, "/a", 3*second), wrote(5, "/a", 3*second), connect, forked(6, 5, 3*second), end, late)
	p := end.Process
	if p.Name != "job" || p.CommandLine != "/bin/job -x" || p.ExitCode != event.Some(137) || p.End != 4*second || p.Start != 2*second {
		t.Errorf("end of %+v", p)
	}
	if a := p.Activity; a == nil || *a != (event.Activity{Executions: 1, Children: 1, FilesWritten: 2, Connections: 1}) {
		t.Errorf("activity %+v", a)
	}
	if late.Process.Name != "job" || late.Process.Activity != nil || late.Process.ExitCode.OK {
		t.Errorf("late event of %+v", late.Process)
	}
}

// A fork storm: 10,000 processes, each with an execution, an event of its own
// and an end, some with a pid that was used before.
func TestWA5_ForkStorm10k(t *testing.T) {
	en := newTest(t, nil)
	each(en, started(1, 0, "/sbin/init", second), started(2, 1, "/bin/storm", 2*second))
	now := 3 * second
	for i := range int64(10_000) {
		now += event.Time(100 * time.Microsecond)
		pid := 100 + i%3000
		unique := fmt.Sprintf("storm-%d", i)
		f, s := forked(pid, 2, now), started(pid, 2, fmt.Sprintf("/bin/s%d", i), now)
		w, d := wrote(pid, "/tmp/s", now), ended(pid, now, 0)
		for _, e := range []*event.Event{f, s, w, d} {
			e.Process.EntityID = unique
		}
		each(en, f, s, w, d)
		want := fmt.Sprintf("s%d", i)
		if w.Process.Name != want || d.Process.Name != want || len(w.Process.Ancestors.Names) < 2 || w.Process.Ancestors.Names[0] != "storm" {
			t.Fatalf("process %d is %q, ancestors %v", i, w.Process.Name, w.Process.Ancestors)
		}
	}
	if a, _ := en.Activity(id(2)); a.Children != 10_000 {
		t.Errorf("%d children counted", a.Children)
	}
	if s := en.Stats(); s.Exited > 2048 || s.EvictedDead < 7000 || s.EvictedAlive != 0 {
		t.Errorf("after the storm: %+v", s)
	}
}

func TestWA5_MemoryIsBounded(t *testing.T) {
	t.Run("entries", func(t *testing.T) {
		en := newTest(t, func(o *Options) { o.MaxProcesses = 100 })
		each(en, started(1, 0, "/sbin/init", second))
		busy := started(2, 1, "/bin/busy", second)
		each(en, busy)
		for i := int64(10); i < 1010; i++ {
			each(en, started(i, 1, "/bin/idle", 2*second), wrote(2, "/x", 2*second))
		}
		s := en.Stats()
		if s.Processes > 100 || s.EvictedAlive < 900 {
			t.Errorf("%+v", s)
		}
		e := wrote(2, "/x", 3*second)
		if each(en, e); e.Process.Name != "busy" {
			t.Errorf("the process in use was dropped: %+v", e.Process)
		}
	})
	t.Run("bytes", func(t *testing.T) {
		en := newTest(t, func(o *Options) { o.MaxBytes = 1 << 20 })
		long := strings.Repeat("a", 20<<10)
		each(en, started(1, 0, "/sbin/init", second))
		for i := int64(10); i < 2000; i++ {
			e := started(i, 1, "/bin/long", 2*second, long)
			each(en, e)
			if len(e.Process.CommandLine) < len(long) {
				t.Fatal("process_start has lost its arguments")
			}
		}
		if s := en.Stats(); s.Bytes > 1<<20 || s.Processes > 800 || s.Processes < 50 {
			t.Errorf("%+v", s)
		}
		e := wrote(1999, "/x", 3*second)
		if each(en, e); len(e.Process.CommandLine) != maxKept || len(e.Process.Args[1]) > maxKept {
			t.Errorf("later events carry %d bytes of arguments", len(e.Process.CommandLine))
		}
	})
	t.Run("hardly any room", func(t *testing.T) {
		for most := 1; most <= 3; most++ {
			en := newTest(t, func(o *Options) { o.MaxProcesses, o.MaxExited = most, 1 })
			for i := int64(10); i < 200; i++ { // with parents that nobody knows
				f, s, d := forked(i, 1000+i, second), started(i, 1000+i, "/bin/x", second), ended(i, second, 0)
				w := wrote(i, "/x", second)
				each(en, started(5000+i, 6000+i, "/bin/y", second)) // the fork was lost
				each(en, f, s, w, d)
				if w.Process.Name != "x" || w.Process.PID != i || w.Process.Parent.PID != 1000+i {
					t.Fatalf("%+v", w.Process)
				}
			}
			if s := en.Stats(); s.Processes > most+1 || s.Bytes > (most+1)*3000 || s.Bytes < 0 {
				t.Errorf("at most %d: %+v", most, s)
			}
		}
	})
	t.Run("exited first", func(t *testing.T) {
		en := newTest(t, func(o *Options) { o.MaxProcesses, o.Linger = 50, time.Hour })
		each(en, started(1, 0, "/sbin/init", second))
		for i := int64(10); i < 30; i++ {
			each(en, started(i, 1, "/bin/alive", 2*second))
		}
		for i := int64(100); i < 500; i++ {
			each(en, started(i, 1, "/bin/brief", 2*second), ended(i, 2*second, 0))
		}
		if s := en.Stats(); s.EvictedAlive != 0 || s.Processes > 50 {
			t.Errorf("%+v", s)
		}
	})
}

func TestUnknownProcess(t *testing.T) {
	en := newTest(t, nil)
	e := wrote(77, "/x", second)
	e.Process.Name = "comm"
	each(en, e)
	if e.Process.EntityID != id(77) || e.Process.Name != "comm" {
		t.Errorf("what the event said is lost: %+v", e.Process)
	}
	if s := en.Stats(); s.Unknown != 1 || s.FromProc != 0 {
		t.Errorf("%+v", s)
	}
	each(en, &event.Event{Kind: event.AgentHealth, Status: &event.Status{}}) // no process: nothing to do
}

// The table is seeded from the real /proc of this machine: this test, its
// ancestors and a child that was there before.
func TestWA5_Seed(t *testing.T) {
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill(); _ = child.Wait() }()
	en := newTest(t, func(o *Options) { o.Proc, o.Root = "/proc", "/" })
	if err := en.Seed(context.Background()); err != nil {
		t.Fatal(err)
	}
	fs, err := procfs.Open("/proc")
	if err != nil {
		t.Fatal(err)
	}
	entity, err := fs.EntityID(int64(child.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	e := wrote(int64(child.Process.Pid), "/x", event.At(time.Now()))
	e.Process.EntityID = entity
	each(en, e)
	p := e.Process
	program, err := filepath.EvalSymlinks(child.Path) // sleep is a name of another program in some systems
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != filepath.Base(program) || p.CommandLine != "sleep 60" || p.Parent.PID != int64(os.Getpid()) {
		t.Fatalf("seeded child: %+v", p)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if p.Ancestors.Executables[0] != self || len(p.Ancestors.Names) < 2 {
		t.Errorf("ancestors %+v, this is %s", p.Ancestors, self)
	}
	if s := en.Stats(); s.Unknown != 0 || s.Processes < 3 {
		t.Errorf("%+v", s)
	}
	eventually(t, "digest of a seeded process", func() bool {
		e := wrote(p.PID, "/x", event.At(time.Now()))
		e.Process.EntityID = entity
		each(en, e)
		return e.Process.Hash != nil && e.Process.Hash.SHA256 == digests(t, p.Executable).SHA256
	})
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("%s: not within 10 s", what)
		case <-time.After(2 * time.Millisecond):
		}
	}
}

func digests(t testing.TB, path string) event.Hash {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, s1, s2 := md5.Sum(text), sha1.Sum(text), sha256.Sum256(text)
	h := event.Hash{MD5: hex.EncodeToString(m[:]), SHA1: hex.EncodeToString(s1[:]), SHA256: hex.EncodeToString(s2[:])}
	if d, err := tlsh.Sum(text); err == nil {
		h.TLSH = d.String()
	}
	return h
}

// image returns the file section that a sensor gives for path.
func image(t testing.TB, path string) *event.File {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return &event.File{
		Path: path, Type: "file", Size: event.Some(st.Size), Mode: "0" + strconv.FormatUint(uint64(st.Mode&0o777), 8),
		Inode: int64(st.Ino), Device: procfs.KernelDevice(uint64(st.Dev)),
		Modified: event.Time(st.Mtim.Nano()), Changed: event.Time(st.Ctim.Nano()),
	}
}

// age makes a file old enough for its digests to be kept.
func age(t testing.TB, path string) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Until(time.Unix(0, st.Ctim.Nano()).Add(settle + time.Millisecond)))
}
