package library_test

import (
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/calls"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/library"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	if act := os.Getenv("VEDETTE_LIBRARY"); act != "" {
		if err := map[string]func(string) error{"map": mapTwice, "protect": protect, "memfd": memory, "busy": busily}[act](os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, act+":", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// mapTwice maps a file for execution, lets it go, and does so again.
func mapTwice(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	for range 2 {
		b, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE)
		if err != nil {
			return err
		}
		if err := unix.Munmap(b); err != nil {
			return err
		}
	}
	return f.Close()
}

// protect maps a file for reading and makes the memory executable then.
func protect(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	b, err := unix.Mmap(int(f.Fd()), 0, 4096, unix.PROT_READ, unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	return unix.Mprotect(b, unix.PROT_READ|unix.PROT_EXEC)
}

// memory maps a file that is in memory only.
func memory(name string) error {
	fd, err := unix.MemfdCreate(name, 0)
	if err != nil {
		return err
	}
	if err := unix.Ftruncate(fd, 4096); err != nil {
		return err
	}
	_, err = unix.Mmap(fd, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_SHARED)
	return err
}

// busily maps each file of a folder while other threads change the memory of the
// process all the time.
func busily(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for range 3 {
		go func() {
			for {
				if b, err := unix.Mmap(-1, 0, 1<<16, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS); err == nil {
					_ = unix.Munmap(b)
				}
			}
		}()
	}
	for _, f := range files {
		if err := mapTwice(filepath.Join(dir, f.Name())); err != nil {
			return err
		}
	}
	return nil
}

func rungs() []string { return []string{"fentry", "tp_btf"} }

// held is the kernel's side of the tests on the rung fentry.
var held = sensortest.HoldCalls(calls.Watched()...)

func start(t *testing.T, o library.Options) *sensortest.Recorder {
	t.Helper()
	if o.Rung == "fentry" {
		o.Kernel = held(t)
	} else {
		o.Kernel = sensortest.Kernel(t, kernel.Options{})
	}
	return sensortest.Run(t, library.New(o), calls.New(calls.Options{Kernel: o.Kernel, Rung: o.Rung}))
}

func run(t *testing.T, name string, args ...string) int64 {
	t.Helper()
	return runs(t, osexec.Command(name, args...))
}

func runs(t *testing.T, c *osexec.Cmd) int64 {
	t.Helper()
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", c.Args, err, out)
	}
	return int64(c.ProcessState.Pid())
}

func act(t *testing.T, what, arg string) int64 {
	t.Helper()
	c := osexec.Command("/proc/self/exe", arg)
	c.Env = append(os.Environ(), "VEDETTE_LIBRARY="+what)
	return runs(t, c)
}

func loads(pid int64) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == event.LibraryLoad && e.Process.PID == pid }
}

// named matches the loads of a process of a file whose name begins so.
func named(pid int64, prefix string) func(*event.Event) bool {
	return func(e *event.Event) bool {
		return loads(pid)(e) && strings.HasPrefix(filepath.Base(e.File.Path), prefix)
	}
}

// libc returns the path of the C library.
func libc(t *testing.T) string {
	t.Helper()
	maps, err := osexec.Command("cat", "/proc/self/maps").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(maps)) {
		if f := strings.Fields(line); len(f) == 6 && strings.HasPrefix(filepath.Base(f[5]), "libc.so") {
			return f[5]
		}
	}
	t.Skip("SKIPPED: cat uses no C library here")
	return ""
}

func TestLibrary(t *testing.T) { sensortest.EachRung(t, rungs(), checkLibrary) }

func checkLibrary(t *testing.T, rung string) {
	r := start(t, library.Options{Rung: rung})
	path := libc(t)
	pid := run(t, "cat", "/dev/null")
	e := r.Wait(t, "libc", 1, named(pid, "libc.so"))[0]
	want, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	f := e.File
	if f.Path != path || f.Size.N != want.Size() || f.UID != "0" || f.Inode == 0 || f.Type != "file" || e.Outcome != "success" {
		t.Errorf("%+v", f)
	}
	if c := e.Call; c.Name != "mmap" || c.Flags != "PROT_READ|PROT_EXEC" || c.Address == 0 || c.Size == 0 || c.Count != 0 {
		t.Errorf("%+v", c)
	}
	if age := time.Since(e.Time.Std()); age > 10*time.Second || age < 0 {
		t.Errorf("%v old", age)
	}
}

// The examiner's test: ctypes loads the C library, which Python has loaded
// itself already; its load is told under that process.
func TestLibraryOfPython(t *testing.T) { sensortest.Rungs(t, rungs(), checkLibraryOfPython) }

func checkLibraryOfPython(t *testing.T, rung string) {
	python, err := osexec.LookPath("python3")
	if err != nil {
		t.Skip("SKIPPED: no python3")
	}
	r := start(t, library.Options{Rung: rung})
	begin := time.Now()
	pid := run(t, python, "-c", "import ctypes; ctypes.CDLL('libc.so.6').getpid()")
	ran := time.Since(begin)
	e := r.Wait(t, "libc", 1, named(pid, "libc.so"))[0]
	if took := time.Since(begin) - ran; took > time.Second {
		t.Errorf("told %v after the end", took)
	}
	r.Wait(t, "ffi", 1, named(pid, "libffi"))
	if e.Process.EntityID == "" || e.User.ID == "" {
		t.Errorf("%+v %+v", e.Process, e.User)
	}
}

func copied(t *testing.T, from string) string {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	path := filepath.Join(t.TempDir(), "evil.so")
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	return path
}

// A file outside of the folders of the system is told for each process, once.
func TestLibraryOfATemporaryFolder(t *testing.T) {
	sensortest.Rungs(t, rungs(), checkLibraryOfATemporaryFolder)
}

func checkLibraryOfATemporaryFolder(t *testing.T, rung string) {
	r := start(t, library.Options{Rung: rung})
	path := copied(t, "/proc/self/exe")
	const n = 40
	pids := map[int64]bool{}
	for range n {
		pids[act(t, "map", path)] = true
	}
	last := act(t, "protect", path)
	e := r.Wait(t, "mprotect", 1, named(last, "evil.so"))[0]
	if e.Call.Name != "mprotect" || e.File.Path != path {
		t.Errorf("%+v %+v", e.Call, e.File)
	}
	got := map[int64]int{}
	for _, e := range r.All(func(e *event.Event) bool { return e.Kind == event.LibraryLoad && e.File.Path == path }) {
		got[e.Process.PID]++
	}
	delete(got, last)
	if len(got) != n {
		t.Errorf("%d processes, want %d", len(got), n)
	}
	for pid, times := range got {
		if times != 1 || !pids[pid] {
			t.Errorf("process %d: %d times", pid, times)
		}
	}
}

// No file is missed because other threads hold the memory of the process.
func TestBusyMemory(t *testing.T) { sensortest.Rungs(t, rungs(), checkBusyMemory) }

func checkBusyMemory(t *testing.T, rung string) {
	r := start(t, library.Options{Rung: rung})
	dir := t.TempDir()
	const n = 300
	for i := range n {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("busy%d.so", i)), make([]byte, 4096), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pid := act(t, "busy", dir)
	seen := map[string]bool{}
	for _, e := range r.Wait(t, "libraries", n, named(pid, "busy")) {
		if seen[e.File.Path] {
			t.Errorf("told twice: %+v", e.File)
		}
		seen[e.File.Path] = true
	}
	if len(seen) != n {
		t.Errorf("%d files, want %d", len(seen), n)
	}
}

// A removed file is told with no links left.
func TestRemovedLibrary(t *testing.T) { sensortest.Rungs(t, rungs(), checkRemovedLibrary) }

func checkRemovedLibrary(t *testing.T, rung string) {
	r := start(t, library.Options{Rung: rung})
	path := copied(t, "/proc/self/exe")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	c := osexec.Command("/proc/self/exe", "/proc/self/fd/3")
	c.Env = append(os.Environ(), "VEDETTE_LIBRARY=map")
	c.ExtraFiles = []*os.File{f}
	e := r.Wait(t, "removed", 1, named(runs(t, c), "evil.so"))[0]
	if !e.File.Links.OK || e.File.Links.N != 0 || e.File.Path != path {
		t.Errorf("%+v", e.File)
	}
}

func TestLibraryInMemory(t *testing.T) { sensortest.Rungs(t, rungs(), checkLibraryInMemory) }

func checkLibraryInMemory(t *testing.T, rung string) {
	r := start(t, library.Options{Rung: rung})
	e := r.Wait(t, "memfd", 1, named(act(t, "memfd", "evil"), "memfd:"))[0]
	if e.File.Path != "/memfd:evil" || e.File.Links.N != 0 {
		t.Errorf("%+v", e.File)
	}
}

// Memory of /dev/zero is no file, and is told as executable memory.
func TestZeroDevice(t *testing.T) { sensortest.Rungs(t, rungs(), checkZeroDevice) }

func checkZeroDevice(t *testing.T, rung string) {
	r := start(t, library.Options{Rung: rung})
	pid := act(t, "map", "/dev/zero")
	r.Wait(t, "memory", 1, func(e *event.Event) bool { return e.Kind == event.MemoryExecute && e.Process.PID == pid })
	if got := r.All(named(pid, "zero")); len(got) != 0 {
		t.Errorf("%s", sensortest.Line(got[0]))
	}
}

// What every program loads is counted when it is loaded all the time, and no
// load is missing in the count.
func TestManyLoads(t *testing.T) { sensortest.EachRung(t, rungs(), checkManyLoads) }

func checkManyLoads(t *testing.T, rung string) {
	r := start(t, library.Options{Rung: rung, Gather: 400 * time.Millisecond})
	name := filepath.Base(libc(t))
	const n = 300
	var pids []int64
	begin := time.Now()
	for range n {
		pids = append(pids, run(t, "/bin/true"))
	}
	// Ten at once, and then one a second and one for each gathering.
	most := 12 + int(3.5*time.Since(begin).Seconds())
	match := func(e *event.Event) bool {
		return e.Kind == event.LibraryLoad && filepath.Base(e.File.Path) == name && e.Process.PID >= pids[0]
	}
	total, events := int64(0), 0
	for i := 1; total < n; i++ {
		e := r.Wait(t, "loads", i, match)[i-1]
		c := e.Call
		if total += max(c.Count, 1); c.Count > 0 && (c.First == 0 || c.Last < c.First || e.Time != c.Last) {
			t.Fatalf("not whole: %+v", c)
		}
		events++
	}
	if total != n || events > most {
		t.Errorf("%d loads in %d events, want %d in %d at most", total, events, n, most)
	}
	if first := r.All(match)[0]; first.Process.PID != pids[0] {
		t.Errorf("the first is told of process %d, want %d", first.Process.PID, pids[0])
	}
}

func TestNothingOutsideTheScope(t *testing.T) {
	sensortest.Rungs(t, rungs(), checkNothingOutsideTheScope)
}

func checkNothingOutsideTheScope(t *testing.T, rung string) {
	inside := sensortest.Cgroup(t, "library")
	k := sensortest.KernelFor(t, rung, kernel.Options{Scope: inside}, calls.Watched()...)
	r := sensortest.Run(t, library.New(library.Options{Kernel: k, Rung: rung}))
	run(t, "/bin/true")
	k.Drain()
	if got := r.All(sensortest.Kinds(event.LibraryLoad)); len(got) != 0 {
		t.Errorf("%s on %s", sensortest.Line(got[0]), runtime.GOARCH)
	}
}
