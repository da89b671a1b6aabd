package fanotify

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// overlay mounts an overlay as containers have it.
func overlay(t *testing.T, options string) string {
	t.Helper()
	base := tmpfs(t)
	for _, d := range []string{"lower", "upper", "work", "merged"} {
		if err := os.Mkdir(filepath.Join(base, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(base, "lower/old"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, "merged")
	data := fmt.Sprintf("lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work%s", base, base, base, options)
	if err := unix.Mount("overlay", dir, "overlay", 0, data); err != nil {
		t.Skip("SKIPPED: this kernel mounts no such overlay: ", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

// A file system without handles is told by its mounts: what was written, and
// the host is told what is missing.
func TestOverlay(t *testing.T) {
	dir := overlay(t, "")
	w := NewWatch()
	if err := w.Set([]string{dir + "/old"}); err != nil {
		t.Fatal(err)
	}
	b := start(t, dir, func(o *Options) { o.Watch = w })
	if why := b.All(sensortest.Kinds(event.AgentSensor))[0].Status.RungReason; !strings.Contains(why, dir+" (overlay without file handles)") {
		t.Errorf("reason %q", why)
	}
	b.want(t, "echo hi > a", "write a")
	b.want(t, "cat old", "open old")
	b.want(t, "mkdir d; echo x > d/f", "write d/f")
	b.want(t, "mv d/f g; rm old")
	if e := b.of(t, event.FileWrite, "a"); e.Process == nil || e.File.Size != event.Some(3) {
		t.Errorf("%s", sensortest.Line(e))
	}
}

func TestOverlayWithHandles(t *testing.T) {
	b := start(t, overlay(t, ",index=on,nfs_export=on"), nil)
	b.want(t, "echo hi > a; mv a b; rm old", "create a", "write a", "rename b from a", "delete old")
}

// What is mounted later is seen, and nothing holds a file system mounted.
func TestMountedLater(t *testing.T) {
	b := start(t, tmpfs(t), nil)
	late := filepath.Join(b.dir, "late")
	mountAt(t, late, "tmpfs", "size=1m")
	if b.want(t, "true"); len(b.All(sensortest.Kinds(event.AgentLoss))) > 0 {
		t.Error("something was lost")
	}
	var seen bool
	for i := 0; i < 200 && !seen; i++ { // until the mount is marked
		name := filepath.Join(late, fmt.Sprint("f", i))
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		b.fence(t)
		seen = len(b.All(func(e *event.Event) bool { return e.Kind == event.FileCreate && e.File.Path == name })) > 0
	}
	if !seen {
		t.Fatal("what is made on a file system that was mounted later is not told")
	}
	if err := unix.Unmount(late, 0); err != nil {
		t.Errorf("unmount: %v", err)
	}
}

// Watched files are told when they are opened, also those that came later; what
// is not watched is not told.
func TestWatch(t *testing.T) {
	dir := tmpfs(t)
	if err := errors.Join(os.Mkdir(dir+"/ssh", 0o700), os.WriteFile(dir+"/ssh/key", []byte("k"), 0o600),
		os.WriteFile(dir+"/shadow", []byte("s"), 0o600), os.WriteFile(dir+"/other", []byte("o"), 0o600)); err != nil {
		t.Fatal(err)
	}
	w := NewWatch()
	if err := w.Set([]string{dir + "/shadow", dir + "/ssh/", dir + "/*/secret"}); err != nil {
		t.Fatal(err)
	}
	if w.Set([]string{"relative"}) == nil {
		t.Error("a relative path is taken")
	}
	b := start(t, dir, func(o *Options) { o.Watch = w })
	b.want(t, "cat shadow other ssh/key", "open shadow", "open ssh/key")
	b.want(t, "cp shadow new; mv new shadow", "open shadow", "create new", "write new", "rename shadow from new")
	for _, step := range []struct{ commands, name string }{
		{"cat shadow", "shadow"}, {"mkdir -p home ssh/deep; echo x > ssh/deep/key; echo x > home/secret; cat ssh/deep/key", "ssh/deep/key"}, {"cat home/secret", "home/secret"},
	} {
		found := false
		for i := 0; i < 400 && !found; i++ { // until it is marked again
			found = strings.Contains(strings.Join(b.sh(t, step.commands), ","), "open "+step.name)
		}
		if !found {
			t.Errorf("%s: opening %s is not told", step.commands, step.name)
		}
	}
	if err := w.Set(nil); err != nil {
		t.Fatal(err)
	}
	quiet := false
	for i := 0; i < 400 && !quiet; i++ {
		quiet = !strings.Contains(strings.Join(b.sh(t, "cat shadow"), ","), "open")
	}
	if !quiet {
		t.Error("what is not watched any more is told")
	}
}

// A device is told when it is opened.
func TestDevice(t *testing.T) {
	b := start(t, tmpfs(t), nil)
	name := filepath.Join(b.dir, "disk")
	for _, number := range [][2]uint32{{7, 0}, {1, 0}, {254, 0}, {8, 0}, {259, 0}} {
		if err := unix.Mknod(name, unix.S_IFBLK|0o600, int(unix.Mkdev(number[0], number[1]))); err != nil {
			t.Skip("SKIPPED: no device can be made here: ", err)
		}
		b.of(t, event.FileCreate, "disk")
		b.fence(t)
		if err := exec.Command("/bin/sh", "-c", "exec 5< "+name).Run(); err == nil {
			if e := b.of(t, event.DeviceOpen, "disk"); e.Process == nil || e.File.Type != "device" {
				t.Errorf("%s", sensortest.Line(e))
			}
			return
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Skip("SKIPPED: this host has no block device that can be opened")
}

// With a scope only its processes are told; who cannot be told to be in it is
// counted.
func TestScope(t *testing.T) {
	dir := tmpfs(t)
	scope := filepath.Join(os.Getenv("VEDETTE_SCOPE"), fmt.Sprintf("fanotify%d", os.Getpid()))
	if err := os.Mkdir(scope, 0o755); err != nil {
		t.Skip("SKIPPED: no cgroup can be made here: ", err)
	}
	inside, err := os.Open(scope)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { inside.Close(); _ = os.Remove(scope) })
	b := &bench{dir: dir}
	b = start(t, dir, func(o *Options) { o.Scope = scope })
	run := func(commands string, within bool) {
		c := exec.Command("/bin/sh", "-ec", commands)
		c.Dir = dir
		if within {
			c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(inside.Fd())}
		}
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	run("echo x > outside; sleep 0.3", false)
	run("echo x > inside; sleep 0.3", true)
	b.of(t, event.FileWrite, "inside")
	for _, e := range b.All(func(e *event.Event) bool { return e.File != nil && strings.HasSuffix(e.File.Path, "outside") }) {
		t.Errorf("outside of the scope: %s", sensortest.Line(e))
	}
	for i := 0; i < 50; i++ { // of short ones some are gone
		run("exec /bin/true > short", false)
	}
	run("echo x > again; sleep 1.2", true)
	b.of(t, event.FileWrite, "again")
	for _, e := range b.All(func(e *event.Event) bool { return e.File != nil && strings.HasSuffix(e.File.Path, "short") }) {
		t.Errorf("outside of the scope: %s", sensortest.Line(e))
	}
}

// A queue that was full is told as a loss.
func TestOverflow(t *testing.T) {
	dir := tmpfs(t)
	hold := make(chan struct{})
	ctx := t.Context()
	r := &sensortest.Recorder{}
	ended := make(chan error, 1)
	s := File(Options{only: dir})
	ready := make(chan struct{})
	go func() {
		ended <- s.Run(ctx, func(e *event.Event) {
			r.Emit(e)
			if e.Kind == event.FileCreate {
				<-hold
			}
		}, func(...string) { close(ready) })
	}()
	select {
	case <-ready:
	case err := <-ended:
		if errors.Is(err, sensor.ErrNotSupported) {
			t.Skip("SKIPPED: ", err)
		}
		t.Fatal(err)
	}
	for i := range 40000 {
		fd, err := unix.Open(fmt.Sprintf("%s/f%d", dir, i%20000), unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
	}
	close(hold)
	loss := r.Wait(t, "loss", 1, sensortest.Kinds(event.AgentLoss))[0].Status
	if loss.LossSensor != "file" || loss.LossState != "lost" || loss.LossCount.OK || !strings.Contains(loss.LossReason, "queue") {
		t.Errorf("%+v", loss)
	}
}

// Without a mark there is no rung.
func TestNothingToMark(t *testing.T) {
	sensortest.Scope(t)
	err := File(Options{only: "/nowhere"}).Run(t.Context(), func(*event.Event) {}, func(...string) { t.Error("it was taken") })
	if !errors.Is(err, sensor.ErrNotSupported) {
		t.Errorf("%v", err)
	}
}

// What is done on a file system that only another mount namespace has, as
// containers do, is told with the path that it has there, and nothing holds it.
func TestOtherMountNamespace(t *testing.T) {
	dir := tmpfs(t)
	b := start(t, dir, func(o *Options) { o.foreign = true })
	within := filepath.Join(dir, "within")
	if err := os.Mkdir(within, 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), containerVariable+"="+within)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS}
	if err := c.Start(); err != nil {
		t.Skip("SKIPPED: no mount namespace can be made here: ", err)
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	e := b.Wait(t, "rename", 1, func(e *event.Event) bool { return e.Kind == event.FileRename && e.File.Path == within+"/g" })[0]
	if e.File.OriginalPath != within+"/f" || e.File.Filesystem != "tmpfs" || e.Process == nil {
		t.Errorf("%s, %+v", sensortest.Line(e), e.File)
	}
	b.Wait(t, "write", 1, func(e *event.Event) bool { return e.Kind == event.FileWrite && e.File.Path == within+"/f" })
	if names, err := os.ReadDir(within); err != nil || len(names) != 0 {
		t.Errorf("the folder here has %d files, %v: the test mounted in its own namespace", len(names), err)
	}
}
