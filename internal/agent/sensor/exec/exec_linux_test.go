package exec_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	sensortest.Trigger()
	os.Exit(m.Run())
}

// slack is how far the start of a process and the time of an event may be apart
// while the clock is adjusted; see kernel.Kernel.Start.
const slack = event.Time(10 * time.Millisecond)

func start(t *testing.T) (*sensortest.Recorder, *kernel.Kernel) {
	t.Helper()
	k := sensortest.Kernel(t, kernel.Options{})
	return sensortest.Run(t, exec.New(exec.Options{Kernel: k})), k
}

// of matches the events of a kind of one process.
func of(kind event.Kind, pid int) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == kind && e.Process.PID == int64(pid) }
}

// run runs a command and returns the start and end that it must cause.
func run(t *testing.T, r *sensortest.Recorder, c *osexec.Cmd) (began, ended *event.Event) {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil && c.ProcessState == nil {
		t.Fatalf("%v: %v\n%s", c.Args, err, out)
	}
	pid := c.ProcessState.Pid()
	began = r.Wait(t, "start", 1, of(event.ProcessStart, pid))[0]
	ended = r.Wait(t, "end", 1, of(event.ProcessEnd, pid))[0]
	return began, ended
}

// A process that ends at once is described whole: nothing is asked of /proc.
func TestShortLived(t *testing.T) {
	r, _ := start(t)
	dir := t.TempDir()
	file := sensortest.Tiny(t, dir, "tiny", 7)
	me := int64(os.Getpid())
	for range 50 {
		c := osexec.Command(file, "one", "", "thr ee")
		c.Dir = dir
		began, ended := run(t, r, c)
		p, f := began.Process, began.File
		if p.Executable != file || p.Name != "tiny" || p.CommandLine != file+" one  thr ee" || p.WorkingDirectory != dir {
			t.Fatalf("process: %s in %s", sensortest.Line(began), p.WorkingDirectory)
		}
		if !slices.Equal(p.Args, []string{file, "one", "", "thr ee"}) || p.ArgsCount != 4 || p.ArgsSize != int64(len(p.CommandLine)+1) {
			t.Fatalf("arguments: %q, %d of %d bytes", p.Args, p.ArgsCount, p.ArgsSize)
		}
		if p.Parent == nil || p.Parent.PID != me || p.Parent.Name == "" || p.Parent.EntityID == "" {
			t.Fatalf("parent: %+v", p.Parent)
		}
		if p.EntityID == "" || p.EntityID != ended.Process.EntityID {
			t.Fatalf("entity ids differ: %s %s", p.EntityID, ended.Process.EntityID)
		}
		if ended.Process.ExitCode != event.Some(7) || ended.Process.Start != p.Start || ended.Process.End != ended.Time {
			t.Fatalf("end: %+v", ended.Process)
		}
		var st syscall.Stat_t
		if err := syscall.Stat(file, &st); err != nil {
			t.Fatal(err)
		}
		if f.Path != file || f.Inode != int64(st.Ino) || f.Size.N != st.Size || f.Mode != "0755" || f.UID != "0" ||
			f.Links.N != 1 || f.Filesystem == "" || f.Device == 0 || f.Changed != event.Time(st.Ctim.Nano()) || f.Type != "file" {
			t.Fatalf("file: %+v, stat %+v", f, st)
		}
		if began.Time > ended.Time || p.Start > began.Time+slack {
			t.Fatalf("times: start %v exec %v end %v", p.Start, began.Time, ended.Time)
		}
		if ended.SensorSequence <= began.SensorSequence {
			t.Fatal("numbers do not grow")
		}
	}
	// A fork that an execution followed says nothing new.
	forks := r.All(func(e *event.Event) bool { return e.Kind == event.ProcessFork && e.Process.Parent.PID == me })
	if len(forks) > 1 { // Go tries once what the kernel can do, without executing
		t.Errorf("%d forks were told", len(forks))
	}
}

// A fork without an execution is told before what the child does, when it ends,
// or a second later.
func TestFork(t *testing.T) {
	r, _ := start(t)
	c := osexec.Command("/bin/sh", "-c", "(exit 3); (/bin/true; :); read x < /dev/zero & wait")
	c.Env = []string{}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	pid := int64(c.Process.Pid)
	forks := r.Wait(t, "forks", 3, func(e *event.Event) bool {
		return e.Kind == event.ProcessFork && e.Process.Parent != nil && e.Process.Parent.PID == pid
	})
	if err := syscall.Kill(int(forks[2].Process.PID), syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	_ = c.Wait()
	ended := r.Wait(t, "end", 1, of(event.ProcessEnd, int(forks[0].Process.PID)))[0]
	if ended.Process.ExitCode.N != 3 || ended.Process.EntityID != forks[0].Process.EntityID || ended.SensorSequence <= forks[0].SensorSequence {
		t.Errorf("%s after %s", sensortest.Line(ended), sensortest.Line(forks[0]))
	}
	grandchild := r.Wait(t, "start of the grandchild", 1, func(e *event.Event) bool {
		return e.Kind == event.ProcessStart && e.Process.Parent.PID == forks[1].Process.PID
	})[0]
	if grandchild.SensorSequence <= forks[1].SensorSequence || grandchild.Process.Parent.EntityID != forks[1].Process.EntityID {
		t.Errorf("%s after %s", sensortest.Line(grandchild), sensortest.Line(forks[1]))
	}
	if f := forks[2]; f.Process.Start > f.Time+slack || f.Process.Name != "sh" {
		t.Errorf("%s", sensortest.Line(f))
	}
}

func TestIdentity(t *testing.T) {
	r, _ := start(t)
	c := osexec.Command("/bin/true")
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: 1234, Gid: 2345}}
	began, _ := run(t, r, c)
	p, u := began.Process, began.User
	if u.ID != "1234" || u.GroupID != "2345" || u.EffectiveID != "1234" || u.EffectiveGroupID != "2345" {
		t.Errorf("user: %+v", u)
	}
	if p.Capabilities != "0000000000000000" {
		t.Errorf("capabilities: %s", p.Capabilities)
	}
	if p.SessionID != p.PID || p.GroupID != p.PID {
		t.Errorf("session %d and group %d of %d", p.SessionID, p.GroupID, p.PID)
	}
	for name, got := range map[string]int64{"pid": p.Namespaces.PID, "mnt": p.Namespaces.Mount, "net": p.Namespaces.Net, "uts": p.Namespaces.UTS} {
		link, err := os.Readlink("/proc/self/ns/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("%s:[%d]", name, got); link != want {
			t.Errorf("namespace %s, own is %s", want, link)
		}
	}
	var st syscall.Stat_t
	if err := syscall.Stat(os.Getenv("VEDETTE_SCOPE"), &st); err != nil {
		t.Fatal(err)
	}
	if p.CgroupID != int64(st.Ino) || p.CgroupPath == "" {
		t.Errorf("cgroup %d %s, the scope is %d", p.CgroupID, p.CgroupPath, st.Ino)
	}
}

func TestSetuidProgram(t *testing.T) {
	r, _ := start(t)
	dir := t.TempDir()
	for d := dir; d != "/tmp" && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := sensortest.Tiny(t, dir, "setuid", 0)
	if err := os.Chmod(file, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	c := osexec.Command(file)
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1234, Gid: 2345}}
	began, _ := run(t, r, c)
	if u := began.User; u.ID != "1234" || u.EffectiveID != "0" {
		t.Errorf("user: %+v", u)
	}
	if began.File.Mode != "4755" {
		t.Errorf("mode %s", began.File.Mode)
	}
}

// 120 kB of arguments are cut at 28 kB, and it is said.
func TestLongArguments(t *testing.T) {
	r, k := start(t)
	c := osexec.Command("/bin/true", strings.Repeat("a", 60_000), strings.Repeat("b", 60_000))
	began, _ := run(t, r, c)
	p := began.Process
	want := int64(len("/bin/true") + 120_000 + 3)
	if p.ArgsSize != want || p.ArgsCount != 3 {
		t.Errorf("true size %d of %d arguments, want %d of 3", p.ArgsSize, p.ArgsCount, want)
	}
	if len(p.CommandLine) != 28<<10 || len(p.Args) != 2 {
		t.Errorf("kept %d bytes, %d arguments", len(p.CommandLine), len(p.Args))
	}
	losses, err := k.Losses()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(losses, func(l kernel.Loss) bool { return l.State == "cut" && l.Kind == event.ProcessStart })
	if i < 0 || losses[i].Count != 1 {
		t.Errorf("losses: %+v, want one process_start cut", losses)
	}
}

func TestScript(t *testing.T) {
	r, _ := start(t)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/run.sh", []byte("#!/bin/sh -e\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := osexec.Command("./run.sh", "arg")
	c.Dir = dir
	c.Path = "./run.sh"
	began, ended := run(t, r, c)
	p := began.Process
	sh, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	if p.Script != dir+"/run.sh" || p.Executable != sh {
		t.Errorf("script %s by %s, want %s by %s", p.Script, p.Executable, dir+"/run.sh", sh)
	}
	if p.CommandLine != "/bin/sh -e ./run.sh arg" || ended.Process.ExitCode.N != 3 {
		t.Errorf("%s: %d", p.CommandLine, ended.Process.ExitCode.N)
	}
}

func TestMemoryBacked(t *testing.T) {
	r, _ := start(t)
	text, err := os.ReadFile(sensortest.Tiny(t, t.TempDir(), "tiny", 0))
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.MemfdCreate("evil", 0)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "memfd")
	defer f.Close()
	if _, err := f.Write(text); err != nil {
		t.Fatal(err)
	}
	c := osexec.Command(fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), fd))
	began, _ := run(t, r, c)
	if p := began.Process; !p.MemoryBacked || p.Executable != "/memfd:evil" || began.File.Links.N != 0 {
		t.Errorf("memory backed %v, %s, %d links", p.MemoryBacked, p.Executable, began.File.Links.N)
	}
	began, _ = run(t, r, osexec.Command("/bin/true"))
	if began.Process.MemoryBacked {
		t.Error("/bin/true is memory backed")
	}
}

func TestNestedNamespaces(t *testing.T) {
	r, _ := start(t)
	c := osexec.Command("/bin/true")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS | syscall.CLONE_NEWNET}
	began, _ := run(t, r, c)
	p := began.Process
	if p.NSPID != 1 || p.PID == 1 {
		t.Errorf("pid %d, %d in its own namespace", p.PID, p.NSPID)
	}
	plain, _ := run(t, r, osexec.Command("/bin/true"))
	own, outer := *p.Namespaces, *plain.Process.Namespaces
	if own.PID == outer.PID || own.Mount == outer.Mount || own.UTS == outer.UTS || own.Net == outer.Net {
		t.Errorf("namespaces %+v, of the outer %+v", own, outer)
	}
	if plain.Process.NSPID != 0 {
		t.Errorf("a process of the agent's namespace has another pid %d", plain.Process.NSPID)
	}
}

func TestSignal(t *testing.T) {
	r, _ := start(t)
	c := osexec.Command("/bin/sleep", "100")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	r.Wait(t, "start", 1, of(event.ProcessStart, c.Process.Pid))
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	ended := r.Wait(t, "end", 1, of(event.ProcessEnd, c.Process.Pid))[0]
	if ended.Process.ExitCode != event.Some(128+9) {
		t.Errorf("exit code %+v, want 137", ended.Process.ExitCode)
	}
}

// A process with many threads that end together has one end, and one that
// lives on after its first thread has not ended.
func TestThreads(t *testing.T) {
	r, _ := start(t)
	for range 20 {
		c := sensortest.Command("threads", "8")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		r.Wait(t, "end", 1, of(event.ProcessEnd, c.ProcessState.Pid()))
	}
	counts := map[int64]int{}
	for _, e := range r.All(sensortest.Kinds(event.ProcessEnd)) {
		counts[e.Process.PID]++
	}
	for pid, n := range counts {
		if n != 1 {
			t.Errorf("process %d ended %d times", pid, n)
		}
	}
}

// A process outside of the scope is not seen; one inside is.
func TestScope(t *testing.T) {
	inside, outside := sensortest.Cgroup(t, "inside"), sensortest.Cgroup(t, "outside")
	k := sensortest.Kernel(t, kernel.Options{Scope: inside})
	r := sensortest.Run(t, exec.New(exec.Options{Kernel: k}))
	dir := t.TempDir()
	spawn := func(name string, cgroup *os.File) int {
		c := osexec.Command(sensortest.Tiny(t, dir, name, 0))
		c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
		if err := c.Run(); err != nil {
			t.Fatal(err)
		}
		return c.ProcessState.Pid()
	}
	spawn("hidden", outside)
	seen := spawn("seen", inside)
	r.Wait(t, "start", 1, of(event.ProcessStart, seen))
	r.Wait(t, "end", 1, of(event.ProcessEnd, seen))
	k.Drain()
	for _, e := range r.All(func(e *event.Event) bool { return e.Process != nil && e.Process.PID != int64(seen) }) {
		t.Error("seen from outside of the scope:", sensortest.Line(e))
	}
}

// Links that only the garbage collector could reach are not detached by it.
func TestSurvivesGarbageCollection(t *testing.T) {
	r, _ := start(t)
	for range 3 {
		runtime.GC()
		run(t, r, osexec.Command("/bin/true"))
	}
}

// What is urgent is handed on at once and not with the batch.
func TestUrgent(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	r := sensortest.Run(t, exec.New(exec.Options{Kernel: k}))
	dir := t.TempDir()
	file := sensortest.Tiny(t, dir, "urgent-name", 0)
	if err := k.SetUrgent(kernel.Urgent{Names: []string{"urgent-name"}, MemoryBacked: true, UserChange: true}); err != nil {
		t.Fatal(err)
	}
	began, _ := run(t, r, osexec.Command(file))
	key := kernel.FileKey{Inode: uint64(began.File.Inode), Device: uint32(began.File.Device)}
	if err := k.SetUrgent(kernel.Urgent{Files: []kernel.FileKey{key}}); err != nil {
		t.Fatal(err)
	}
	run(t, r, osexec.Command(file))
	if got := k.Urgents(); got != 2 {
		t.Errorf("%d urgent records, want 2: one by name, one by file", got)
	}
	// Rules compare without case.
	if err := k.SetUrgent(kernel.Urgent{Names: []string{"Urgent-NAME", "loud[z]"}}); err != nil {
		t.Fatal(err)
	}
	run(t, r, osexec.Command(file))
	run(t, r, osexec.Command(sensortest.Tiny(t, dir, "LouD[Z]", 0)))
	if got := k.Urgents(); got != 4 {
		t.Errorf("%d urgent records, want 4: two more by names in another case", got)
	}
	if err := k.SetUrgent(kernel.Urgent{}); err != nil {
		t.Fatal(err)
	}
	run(t, r, osexec.Command(file))
	if got := k.Urgents(); got != 4 {
		t.Errorf("%d urgent records after nothing is urgent, want 4", got)
	}
}

// When the ring can no longer be read, the sensor comes down a rung and says so.
func TestComesDown(t *testing.T) {
	k, err := kernel.Open(kernel.Options{Scope: sensortest.Scope(t)})
	if errors.Is(err, kernel.ErrNotSupported) {
		t.Skip("SKIPPED: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	lower := sensor.Source{
		Rung: sensor.Rung{Name: "lower", Needs: "nothing"},
		Run: func(ctx context.Context, _ sensor.Emit, took func(...string)) error {
			took()
			<-ctx.Done()
			return nil
		},
	}
	r := sensortest.Run(t, exec.New(exec.Options{Kernel: k, Lower: []sensor.Source{lower}}))
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	e := r.Wait(t, "second rung", 2, sensortest.Kinds(event.AgentSensor))[1]
	if e.Status.Rung != "lower" || !strings.Contains(e.Status.RungReason, "tp_btf: "+kernel.ErrEnded.Error()) {
		t.Errorf("told %+v", e.Status)
	}
}

func TestNoKernel(t *testing.T) {
	r := &sensortest.Recorder{}
	err := exec.New(exec.Options{Reason: fmt.Errorf("no BPF today")}).Run(t.Context(), r.Emit)
	if err == nil || !strings.Contains(err.Error(), "no BPF today") {
		t.Errorf("error %v, want the reason", err)
	}
	e := r.Wait(t, "agent_sensor", 1, sensortest.Kinds(event.AgentSensor))[0]
	if e.Status.Rung != "" || !strings.Contains(e.Status.RungReason, "no BPF today") {
		t.Errorf("told %+v", e.Status)
	}
}
