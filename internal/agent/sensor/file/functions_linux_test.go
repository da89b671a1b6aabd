package file_test

import (
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// functions starts the rung of programs at functions of the kernel.
func functions(t *testing.T) bench { return ways()[0].start(t) }

// The best rung that the host permits is taken, it says why when that is not the
// first, and with function hooks nothing is at the entry or the exit of system
// calls.
func TestTakesTheBestRung(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	r := sensortest.Run(t, file.New(file.Options{Kernel: k}))
	took := r.Wait(t, "rung", 1, sensortest.Kinds(event.AgentSensor))[0].Status
	if err := k.Functions(); err != nil {
		if took.Rung != everyCall || !strings.Contains(took.RungReason, atFunctions+": ") || !errors.Is(err, kernel.ErrNotSupported) {
			t.Errorf("took %s because of %q, want %s: %v", took.Rung, took.RungReason, everyCall, err)
		}
		return
	}
	if took.Rung != atFunctions || strings.Contains(took.RungReason, "fentry: ") {
		t.Errorf("took %s because of %q, want %s", took.Rung, took.RungReason, atFunctions)
	}
	costs := k.Costs()
	for name := range costs {
		if strings.HasPrefix(name, "call_") || strings.HasPrefix(name, "on_call") || strings.HasPrefix(name, "on_any_return") || name == "on_return" {
			t.Errorf("%s is attached to system calls", name)
		}
	}
	if _, ok := costs["on_open"]; !ok {
		t.Errorf("attached are %v", costs)
	}
}

// A symbolic link in the path of a call is resolved: what was changed is told.
func TestLinksAreResolved(t *testing.T) {
	b := functions(t)
	b.sh(t, "mkdir real; ln -s real link; echo x > real/a")
	b.want(t, "mv link/a link/b", "rename real/b from real/a")
	b.want(t, "chmod 600 link/b", "chmod real/b")
	b.want(t, "chown 1:2 link/b", "chown real/b")
	b.want(t, "ln link/b link/c", "create real/c of real/b")
	b.want(t, "truncate -s 9 link/b", "write real/b")
	b.want(t, "mkdir link/d; rmdir link/d", "create real/d dir", "delete real/d dir")
	b.want(t, "rm link/b", "delete real/b")
}

// Nothing happens, and nothing is told, when a file gets a name that it has.
func TestRenameToItself(t *testing.T) {
	b := functions(t)
	b.sh(t, "echo x > a; ln a b")
	if err := os.Rename(b.dir+"/a", b.dir+"/b"); err != nil {
		t.Fatal(err)
	}
	b.want(t, "rm a", "delete a")
}

// What fails is not told, and does not spoil what follows.
func TestFailures(t *testing.T) {
	b := functions(t)
	b.want(t, "mkdir d d/e; : > d/f", "create d dir", "create d/e dir", "create d/f")
	d, f := b.dir+"/d", b.dir+"/d/f"
	for what, err := range map[string]error{
		"rmdir": unix.Rmdir(d), "unlink": unix.Unlink(d), "rename": unix.Rename(d, d+"/e/d"), "mkdir": unix.Mkdir(d, 0o700),
		"link": unix.Link(d, d+"2"), "symlink": unix.Symlink("x", f), "mknod": unix.Mknod(f, unix.S_IFREG, 0),
		"truncate": unix.Truncate(d, 1), "chmod": unix.Chmod(d+"/none", 0o600),
	} {
		if err == nil {
			t.Errorf("%s did not fail", what)
		}
	}
	b.want(t, "rm d/f", "delete d/f")
	if all := b.below(); len(all) != 4 {
		t.Errorf("%v", all)
	}
}

// A file that mknod makes is told once, and so is one that an open makes.
func TestMadeByName(t *testing.T) {
	b := functions(t)
	if err := unix.Mknod(b.dir+"/a", unix.S_IFREG|0o640, 0); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mknod(b.dir+"/s", unix.S_IFSOCK|0o600, 0); err != nil {
		t.Fatal(err)
	}
	b.sh(t, ": > c")
	if got := strings.Join(b.below(), ", "); got != "create a, create s, create c" {
		t.Error(got)
	}
	e := b.Wait(t, "mknod", 1, func(e *event.Event) bool { return e.Kind == event.FileCreate && e.File.Path == b.dir+"/a" })[0]
	if e.File.Type != "file" || e.File.Mode != "0640" {
		t.Errorf("%+v", e.File)
	}
}

// overlayfs does everything once more in the file system below it; it is told
// once, with the path that the process knows.
func TestOverlayIsToldOnce(t *testing.T) {
	b := functions(t)
	loadOverlay(t)
	for _, d := range []string{"lower", "upper", "work", "all"} {
		if err := os.Mkdir(filepath.Join(b.dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(b.dir+"/lower/old", []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	options := "lowerdir=" + b.dir + "/lower,upperdir=" + b.dir + "/upper,workdir=" + b.dir + "/work"
	if err := unix.Mount("overlay", b.dir+"/all", "overlay", 0, options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(b.dir+"/all", unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	b.k.Drain()
	b.want(t, "echo x > all/a", "create all/a", "write all/a")
	b.want(t, "mkdir all/d; mv all/a all/d/b", "create all/d dir", "rename all/d/b from all/a")
	b.want(t, "chmod 600 all/d/b; chown 1:2 all/d/b", "chmod all/d/b", "chown all/d/b")
	b.want(t, "ln all/d/b all/c; ln -s c all/s; mkfifo all/p", "create all/c of all/d/b", "create all/s of c", "create all/p")
	b.want(t, "echo y >> all/old", "write all/old")
	b.want(t, "chmod 600 all/old; rm all/old all/c all/s all/p", "chmod all/old", "delete all/old", "delete all/c", "delete all/s", "delete all/p")
	b.want(t, "rm all/d/b; rmdir all/d", "delete all/d/b", "delete all/d dir")
}

// loadOverlay loads the module, in a guest that has it as one.
func loadOverlay(t *testing.T) {
	if text, err := os.ReadFile("/proc/filesystems"); err == nil && strings.Contains(string(text), "\toverlay\n") {
		return
	}
	module, err := os.Open("../overlay.ko")
	if err != nil {
		t.Skip("SKIPPED: the kernel has no overlayfs: ", err)
	}
	defer module.Close()
	if err := unix.FinitModule(int(module.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		t.Fatal(err)
	}
}

// 32-bit programs are seen: this one makes a file, removes it and ends.
func TestOldSystemCalls(t *testing.T) {
	b := functions(t)
	path := "/tmp/by-32-bit"
	program := sensortest.Compat(t, b.dir, "old", path)
	if out, err := osexec.Command(program).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: the kernel runs no 32-bit system calls: %v %s", err, out)
	}
	for _, k := range []event.Kind{event.FileCreate, event.FileDelete} {
		b.Wait(t, k.String(), 1, func(e *event.Event) bool { return e.Kind == k && e.File.Path == path })
	}
}
