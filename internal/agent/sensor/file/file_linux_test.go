package file_test

import (
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cilium/ebpf/btf"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	sensortest.Trigger()
	os.Exit(m.Run())
}

func TestFiles(t *testing.T) { everyRung(t, files) }

func files(t *testing.T, b bench) {
	b.want(t, "echo hi > a", "create a", "write a")
	b.want(t, "echo more >> a", "write a")
	b.want(t, "cat a")
	b.want(t, ": >> a")
	b.want(t, "echo over > a", "write a")
	b.want(t, "(echo 1; echo 2; echo 3) >> a", "write a")
	b.want(t, "mv a b", "rename b from a")
	b.want(t, "chmod 600 b", "chmod b")
	b.want(t, "chown 1:2 b", "chown b")
	b.want(t, "ln -s b c", "create c of b")
	b.want(t, "ln b d", "create d of b")
	b.want(t, "rm d", "delete d")
	b.want(t, "mkdir e; touch e/f", "create e dir", "create e/f")
	b.want(t, "truncate -s 100 b", "write b")
	b.want(t, "dd if=/dev/zero of=g bs=1k count=4 2>/dev/null", "create g", "write g")
	b.want(t, "rm -r e", "delete e/f", "delete e dir")
	b.want(t, "cat < /dev/null > /dev/null; cat /proc/self/status > /dev/null; echo x | cat > /dev/null")
	b.want(t, "mkfifo p; (cat p &); echo x > p", "create p")
}

// Every event says who, and what the file is.
func TestSections(t *testing.T) { everyRung(t, sections) }

func sections(t *testing.T, b bench) {
	b.sh(t, "umask 027; echo hi > a")
	of := func(k event.Kind) func(*event.Event) bool { // other tests write files beside this one
		return func(e *event.Event) bool { return e.Kind == k && e.File.Path == b.dir+"/a" }
	}
	e := b.Wait(t, "write", 1, of(event.FileWrite))[0]
	var st syscall.Stat_t
	if err := syscall.Stat(b.dir+"/a", &st); err != nil {
		t.Fatal(err)
	}
	f := e.File
	if f.Inode != int64(st.Ino) || f.Size != event.Some(3) || f.Mode != "0640" || f.UID != "0" || f.Type != "file" || f.Filesystem == "" || f.Modified != event.Time(st.Mtim.Nano()) {
		t.Errorf("file: %+v, stat %+v", f, st)
	}
	if e.Process.PID == 0 || e.Process.EntityID == "" || e.Process.Start == 0 || e.User.ID != "0" || e.Provider != "file" || e.Outcome != "success" {
		t.Errorf("event: %+v %+v %+v", e, e.Process, e.User)
	}
	create := b.Wait(t, "create", 1, of(event.FileCreate))[0]
	if create.File.OpenFlags != "O_WRONLY|O_CREAT|O_TRUNC" || create.Process.EntityID != e.Process.EntityID {
		t.Errorf("create: %+v", create.File)
	}
}

func TestModesAndOwners(t *testing.T) { everyEntry(t, modesAndOwners) }

func modesAndOwners(t *testing.T, b bench) {
	f, err := os.Create(b.dir + "/x")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, step := range []error{f.Chmod(0o600), f.Chmod(0o755 | os.ModeSetuid), f.Chown(5, -1), os.Chmod(f.Name(), 0o711), os.Lchown(f.Name(), -1, 6)} {
		if step != nil {
			t.Fatal(step)
		}
	}
	mode := b.Wait(t, "chmod", 3, sensortest.Kinds(event.FileChmod))
	if m := mode[1].File; m.Mode != "4755" || m.PreviousMode != "0600" || m.Path != f.Name() {
		t.Errorf("fchmod: %+v", m)
	}
	known := b.name == atFunctions // the file, not only its name; the owner's change took the setuid bit
	if m := mode[2].File; m.Mode != "0711" || m.Path != f.Name() || known && m.PreviousMode != "0755" {
		t.Errorf("chmod: %+v", m)
	}
	owner := b.Wait(t, "chown", 2, sensortest.Kinds(event.FileChown))
	if o := owner[0].File; o.UID != "5" || o.PreviousUID != "0" || o.Path != f.Name() {
		t.Errorf("fchown: %+v", o)
	}
	if o := owner[1].File; o.GID != "6" || known && (o.UID != "5" || o.PreviousGID != "0" || o.Inode == 0) || !known && o.UID != "" {
		t.Errorf("lchown: %+v", o)
	}
}

func TestXattr(t *testing.T) { everyRung(t, xattr) }

func xattr(t *testing.T, b bench) {
	name := b.dir + "/x"
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, step := range []func() error{
		func() error { return unix.Setxattr(name, "user.one", []byte("1"), 0) },
		func() error { return unix.Fsetxattr(int(f.Fd()), "user.two", []byte("2"), 0) },
		func() error { return unix.Removexattr(name, "user.one") },
		func() error { return unix.Lsetxattr(name, "trusted.three", []byte("3"), 0) },
	} {
		if err := step(); errors.Is(err, unix.ENOTSUP) {
			t.Skip("SKIPPED: this file system has no user attributes: ", err)
		} else if err != nil {
			t.Fatal(i, err)
		}
	}
	var got []string
	for _, e := range b.Wait(t, "xattr", 4, sensortest.Kinds(event.FileXattr)) {
		got = append(got, e.File.XattrName)
		if e.File.Path != name {
			t.Errorf("path %s", e.File.Path)
		}
	}
	if want := "[user.one user.two user.one trusted.three]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// Paths are absolute and right from a relative directory, across mounts and
// after the folder above was renamed.
func TestPaths(t *testing.T) { everyRung(t, paths) }

func paths(t *testing.T, b bench) {
	for _, d := range []string{"one/two", "mnt"} {
		if err := os.MkdirAll(filepath.Join(b.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount("none", b.dir+"/mnt", "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	defer unix.Unmount(b.dir+"/mnt", unix.MNT_DETACH)
	dir, err := unix.Open(b.dir+"/one", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(dir)
	if err := os.Rename(b.dir+"/one", b.dir+"/uno"); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Openat(dir, "two/new", unix.O_CREAT|unix.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	for _, step := range []error{
		unix.Renameat(dir, "two/../two/new", dir, "./moved"),
		unix.Fchmodat(dir, "moved", 0o640, 0),
		unix.Unlinkat(dir, "moved", 0),
		unix.Mkdirat(dir, "deep", 0o700),
		os.WriteFile(b.dir+"/mnt/on-mount", []byte("x"), 0o600),
		os.Remove(b.dir + "/mnt/on-mount"),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	b.k.Drain()
	want := []string{
		"rename uno from one", "create uno/two/new", "rename uno/moved from uno/two/new", "chmod uno/moved", "delete uno/moved",
		"create uno/deep dir", "create mnt/on-mount", "write mnt/on-mount", "delete mnt/on-mount",
	}
	got := b.below()
	got = got[len(got)-len(want):]
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("\n got  %s\n want %s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

// What was written is told however the descriptor ends.
func TestWaysToClose(t *testing.T) { everyEntry(t, waysToClose) }

func waysToClose(t *testing.T, b bench) {
	b.want(t, "exec 5> a; echo x >&5", "create a", "write a")                        // by the end of the process
	b.want(t, "exec 5> b; echo x >&5; exec 5>&-", "create b", "write b")             // by close
	b.want(t, "exec 5> c; echo x >&5; exec 5> d", "create c", "create d", "write c") // by dup2
	for i, end := range []func(fd int) error{
		func(fd int) error { return unix.CloseRange(uint(fd), uint(fd), 0) },
		func(fd int) error { return unix.Dup3(0, fd, unix.O_CLOEXEC) },
	} {
		name := fmt.Sprintf("%s/range%d", b.dir, i)
		fd, err := unix.Open(name, unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Write(fd, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if err := end(fd); err != nil {
			t.Fatal(err)
		}
		b.Wait(t, "write "+name, 1, func(e *event.Event) bool { return e.Kind == event.FileWrite && e.File.Path == name })
	}
}

// What a descriptor wrote that an execution closes is told under the process
// that executes.
func TestClosedByExec(t *testing.T) {
	for _, w := range ways()[:2] {
		t.Run(w.name, func(t *testing.T) {
			if w.name != atFunctions {
				needsPrepareExec(t)
			}
			closedByExec(t, w.start(t))
		})
	}
}

func needsPrepareExec(t *testing.T) {
	types, err := btf.LoadKernelSpec()
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	if _, err := types.AnyTypeByName("btf_trace_sched_prepare_exec"); err != nil {
		t.Skip("SKIPPED: the kernel has no tracepoint sched_prepare_exec (since 6.10)")
	}
}

func closedByExec(t *testing.T, b bench) {
	c := sensortest.Command("write-exec", b.dir+"/x", "/bin/true")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e := b.Wait(t, "write", 1, func(e *event.Event) bool { return e.Kind == event.FileWrite && e.File.Path == b.dir+"/x" })[0]
	if e.Process.PID != int64(c.ProcessState.Pid()) || e.File.Size != event.Some(5) {
		t.Errorf("%s", sensortest.Line(e))
	}
}

// Files that have no name, and those that were open before, do no harm.
func TestNoName(t *testing.T) { everyRung(t, noName) }

func noName(t *testing.T, b bench) {
	fd, err := unix.MemfdCreate("x", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(fd, []byte("x")); err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	if fd, err = unix.Open(b.dir, unix.O_TMPFILE|unix.O_RDWR, 0o600); err == nil {
		if _, err := unix.Write(fd, []byte("x")); err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
	}
	b.want(t, "echo end > end", "create end", "write end")
	for _, e := range b.All(func(e *event.Event) bool { return e.File != nil && strings.Contains(e.File.Path, "memfd") }) {
		t.Error(sensortest.Line(e))
	}
}

func TestWatch(t *testing.T) { everyRung(t, watch, "DIR/secret", "DIR/keys/", "DIR/home/*/.ssh/") }

func watch(t *testing.T, b bench) {
	b.want(t, "mkdir -p keys home/ada; echo x > secret; echo x > plain", "create keys dir", "create home dir", "create home/ada dir",
		"create secret", "write secret", "create plain", "write plain")
	if err := b.k.RenewWatch(); err != nil {
		t.Fatal(err)
	}
	b.want(t, "cat plain secret", "open secret")
	b.want(t, "echo y > new; mv new secret; cat secret", "create new", "write new", "rename secret from new", "open secret") // replaced, as editors do
	b.want(t, "echo k > keys/k; cat keys/k", "create keys/k", "write keys/k", "open keys/k")                                 // new in a watched folder
	b.want(t, "ln secret alias; cat alias", "create alias of secret", "open alias")
	b.want(t, "wc -c < secret > /dev/null", "open secret")
	b.want(t, "ls keys > /dev/null; stat secret > /dev/null")
}

// A folder that the list names and that is made later is watched from then on.
func TestWatchWhatComesLater(t *testing.T) { everyRung(t, watchWhatComesLater, "DIR/home/*/.ssh/") }

func watchWhatComesLater(t *testing.T, b bench) {
	b.sh(t, "mkdir -p home/ada/.ssh")
	deadline := time.Now().Add(10 * time.Second)
	for n := 0; ; n++ {
		b.sh(t, fmt.Sprintf("echo k > home/ada/.ssh/id%d; cat home/ada/.ssh/id%d", n, n))
		if len(b.All(sensortest.Kinds(event.FileOpen))) > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a key in a new folder was read and not told")
		}
	}
}

// A log that many processes inherit is not told once for each of them.
func TestSharedDescriptor(t *testing.T) { everyRung(t, sharedDescriptor) }

func sharedDescriptor(t *testing.T, b bench) {
	began := time.Now()
	got := b.sh(t, "exec 5> log; for i in 1 2 3 4 5 6 7 8 9 10; do /bin/sh -c 'echo x >&5'; done")
	limit := 3 + int(time.Since(began)/time.Second)
	if len(got) > limit || got[len(got)-1] != "write log" {
		t.Errorf("%d events, at most %d: %v", len(got), limit, got)
	}
}

func TestScope(t *testing.T) { everySensor(t, scope) }

func scope(t *testing.T, w way) {
	inside, outside := sensortest.Cgroup(t, "inside"), sensortest.Cgroup(t, "outside")
	k := sensortest.Kernel(t, kernel.Options{Scope: inside})
	w.needs(t, k)
	r := sensortest.Run(t, w.sensor(file.Options{Kernel: k}))
	dir := t.TempDir()
	for name, cgroup := range map[string]*os.File{"hidden": outside, "seen": inside} {
		c := osexec.Command("/bin/sh", "-c", "echo x > "+name)
		c.Dir = dir
		c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	r.Wait(t, "write", 1, sensortest.Kinds(event.FileWrite))
	k.Drain()
	for _, e := range r.All(func(e *event.Event) bool {
		return e.File != nil && strings.HasPrefix(e.File.Path, dir) && !strings.HasSuffix(e.File.Path, "/seen")
	}) {
		t.Error("seen from outside of the scope:", sensortest.Line(e))
	}
}

// Every change is an event or a counted loss, also when nobody reads.
func TestStorm(t *testing.T) { everySensor(t, storm) }

func storm(t *testing.T, w way) {
	scope := sensortest.Cgroup(t, "storm")
	k := sensortest.Kernel(t, kernel.Options{RingSize: 64 << 10, Scope: scope})
	w.needs(t, k)
	var seen atomic.Int64
	over := make(chan struct{})
	sensortest.RunWith(t, func(e *event.Event) {
		if e.File != nil {
			<-over
			seen.Add(1)
		}
	}, w.sensor(file.Options{Kernel: k}))
	c := osexec.Command("/bin/sh", "-c", "i=0; while [ $i -lt 2000 ]; do echo x > f; i=$((i+1)); done")
	c.Dir = t.TempDir()
	c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(scope.Fd())}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	close(over)
	k.Drain()
	losses, err := k.Losses()
	if err != nil {
		t.Fatal(err)
	}
	var lost int64
	for _, l := range losses {
		lost += int64(l.Count)
	}
	numbered, err := k.Numbered(kernel.File)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("saw %d, lost %d of %d", seen.Load(), lost, numbered)
	if seen.Load()+lost != int64(numbered) || numbered < 2001 || lost == 0 {
		t.Errorf("saw %d and lost %d of %d; 2001 happened at least", seen.Load(), lost, numbered)
	}
}
