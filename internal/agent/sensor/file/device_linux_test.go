package file_test

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// A block device is told when it is opened, whatever its name.
func TestDeviceOpened(t *testing.T) { everyRung(t, deviceOpened) }

func deviceOpened(t *testing.T, b bench) {
	path := filepath.Join(b.dir, "looks-like-a-file")
	// An unbound loop device or RAM disk: nothing of the host's.
	opened := false
	for _, major := range []uint32{7, 1} {
		if err := unix.Mknod(path, unix.S_IFBLK|0o600, int(unix.Mkdev(major, 7))); err != nil {
			t.Fatal(err)
		}
		if f, err := os.Open(path); err == nil {
			f.Close()
			opened = true
			break
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if !opened {
		t.Skip("SKIPPED: the kernel has neither loop devices nor RAM disks")
	}
	e := b.Wait(t, "device", 1, func(e *event.Event) bool { return e.Kind == event.DeviceOpen })[0]
	if e.File.Path != path || e.File.Type != "device" || e.File.OpenFlags != "O_RDONLY|O_CLOEXEC" || e.Process.PID != int64(os.Getpid()) {
		t.Errorf("%+v by %+v", e.File, e.Process)
	}
}

// The memory of another process is told with whose it is; the own is not.
func TestMemoryOpened(t *testing.T) { everyRung(t, memoryOpened) }

func memoryOpened(t *testing.T, b bench) {
	c := osexec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	for _, path := range []string{"/proc/self/mem", "/proc/self/status", fmt.Sprintf("/proc/%d/environ", c.Process.Pid), fmt.Sprintf("/proc/%d/mem", c.Process.Pid)} {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			f, err = os.Open(path)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	e := b.Wait(t, "memory", 1, func(e *event.Event) bool { return e.Kind == event.MemoryOpen })[0]
	if e.Target == nil || e.Target.PID != int64(c.Process.Pid) || e.File.OpenFlags != "O_RDWR|O_CLOEXEC" || e.File.Path != fmt.Sprintf("/proc/%d/mem", c.Process.Pid) && e.File.Path != fmt.Sprintf("/%d/mem", c.Process.Pid) {
		t.Errorf("%+v of %+v", e.File, e.Target)
	}
	b.k.Drain()
	if all := b.All(func(e *event.Event) bool { return e.Kind == event.MemoryOpen }); len(all) != 1 {
		t.Errorf("%d events, want one", len(all))
	}
}
