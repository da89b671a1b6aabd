package spool

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestDiskFullForReal runs itself in a mount namespace with a small tmpfs.
func TestDiskFullForReal(t *testing.T) {
	const variable = "VEDETTE_SPOOL_TEST_DIR"
	if dir := os.Getenv(variable); dir != "" {
		onSmallDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDiskFullForReal$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("a mount namespace needs root")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func onSmallDisk(t *testing.T, dir string) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	var l losses
	s := open(t, filepath.Join(dir, "spool"), Options{SegmentBytes: 64 << 10, MaxPending: 128 << 10, Retry: time.Millisecond, Lost: l.add})
	put := map[uint32]int64{}
	seq := int64(0)
	for i := range 3000 {
		lane := uint32(0)
		if i > 1000 {
			lane = 4
		}
		seq++
		put[lane]++
		if err := s.Append(Record{Lane: lane, Sequence: seq, Time: seq, Payload: fat(seq)}); err != nil {
			t.Fatal(err)
		}
		if i%50 == 0 {
			_ = s.Sync(t.Context()) // full is what this is about
		}
	}
	if err := s.Sync(t.Context()); err == nil {
		t.Fatal("3 MB fit on 1 MB")
	}
	// what is shipped makes room
	got := map[uint32]int64{}
	for range 100 {
		for lane := range put {
			for _, n := range drain(t, s, lane) {
				got[lane]++
				s.Release(Mark{lane, s.Epoch(), n})
			}
		}
		if s.Sync(t.Context()) == nil {
			break
		}
	}
	for lane := range put {
		got[lane] += int64(len(drain(t, s, lane)))
		if got[lane]+l.sum(lane) != put[lane] {
			t.Fatalf("lane %d: %d shipped, %d told, %d put", lane, got[lane], l.sum(lane), put[lane])
		}
	}
	if st := s.Stats(); st.Failure != "" {
		t.Fatalf("not recovered: %+v", st)
	}
}
