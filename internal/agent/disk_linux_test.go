package agent

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/event"
)

// TestDiskFull runs itself in a mount namespace with a small tmpfs: the agent
// goes on while the disk of its spool is full, says what to do, tells exactly
// what it lost, and needs no restart when there is room again.
func TestDiskFull(t *testing.T) {
	const variable = "VEDETTE_AGENT_TEST_DIR"
	if dir := os.Getenv(variable); dir != "" {
		onSmallDisk(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDiskFull$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		t.Skip("SKIPPED: a mount namespace needs root")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func onSmallDisk(t *testing.T, dir string) {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	r := newRig(t)
	r.settings.StateDir = filepath.Join(dir, "state")
	if err := os.Mkdir(r.settings.StateDir, 0o700); err != nil {
		t.Fatal(err)
	}
	r.spool.SegmentBytes, r.spool.MaxPending, r.spool.Retry = 64<<10, 128<<10, time.Millisecond
	r.start()
	r.exec.events <- execution("good", 1)
	r.wait("sync", func() bool { return r.agent.Status().Spool.Records > 0 })
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)
	sent := 1
	// Longer than what memory holds, so that what is told of the losses could be
	// lost as well.
	for lost := int64(0); lost < 600; {
		for range 100 {
			e := execution("good", 2)
			e.Process.CommandLine = strings.Repeat("x", 2000)
			r.exec.events <- e
			sent++
		}
		before := lost
		r.wait("failure in the status", func() bool {
			s := r.agent.Status()
			lost = s.Spool.Lost
			return strings.Contains(s.Spool.Failure, "no space left") && lost > before && s.Queue.Events == 0
		})
	}
	if log := r.log.String(); !strings.Contains(log, "free space on its disk") {
		t.Errorf("the log does not say what to do:\n%s", log)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	r.wait("recovery", func() bool { return r.agent.Status().Spool.Failure == "" })
	r.exec.events <- execution("evil", 3)
	sent++
	r.wait("alert after the recovery", func() bool { return len(r.alertLines()) == 1 })
	r.stop()
	all := r.stored()
	var told int64
	for _, e := range only(all, event.AgentLoss) {
		if s := e.Status; s.LossStage == ledger.Spool {
			told += s.LossCount.N
			if s.From == 0 || s.To < s.From || s.LossReason == "" {
				t.Errorf("loss %+v", s)
			}
		}
	}
	last := all[len(all)-1]
	if stored := int64(len(all)); told == 0 || stored+told != last.Sequence {
		t.Errorf("%d stored and %d told of %d", stored, told, last.Sequence)
	}
	if n := len(only(all, event.ProcessStart)); n >= sent || len(only(all, event.FindingRaise)) != 1 {
		t.Errorf("%d of %d executions", n, sent)
	}
	for _, e := range only(all, event.AgentLoss) {
		if e.Status.LossState == ledger.Blind {
			t.Errorf("a sensor was blind: %s", fmt.Sprint(*e.Status))
		}
	}
}

// fill writes a file until the disk is full.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, size := range []int{64 << 10, 4 << 10} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
	}
}
