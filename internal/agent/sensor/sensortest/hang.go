package sensortest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// Hang mounts a file system over a folder of which no server answers, until the
// function that it returns is called or the test ends. It needs the sandbox, whose
// mounts are its own.
func Hang(t *testing.T, dir string) (answer func()) {
	t.Helper()
	Scope(t)
	const device = "/dev/fuse" // which the sandbox has not
	if err := unix.Mknod(device, unix.S_IFCHR|0o600, int(unix.Mkdev(10, 229))); err != nil && !errors.Is(err, unix.EEXIST) {
		t.Skip("SKIPPED: no device of FUSE can be made here: ", err)
	}
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("SKIPPED: this kernel has no FUSE: ", err)
	}
	if err := unix.Mount("hangs", dir, "fuse", 0, fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)); err != nil {
		t.Fatal(err, unix.Close(fd))
	}
	answer = sync.OnceFunc(func() {
		// Without its server the file system answers that there is none.
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(answer)
	return answer
}
