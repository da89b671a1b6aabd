package lake

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/laketest"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// childEnv tells the test binary which child to be, and where.
const (
	childEnv   = "VEDETTE_LAKE_CHILD"
	reserveEnv = "VEDETTE_LAKE_RESERVE"
)

// real is a lake over a real log on disk.
type real struct {
	lake *Lake
	log  *log.Stream
	db   *state.DB
	end  func()
}

func openReal(ctx context.Context, dir string, reserve uint64) (*real, error) {
	db, err := state.Open(ctx, filepath.Join(dir, "state.db"))
	if err != nil {
		return nil, err
	}
	q, err := log.Open(ctx, log.Options{Dir: filepath.Join(dir, "log"), MaxBytes: 64 << 20, Reserve: reserve})
	if err != nil {
		return nil, err
	}
	l, err := Open(ctx, Options{Dir: filepath.Join(dir, "lake"), Log: q, State: db, FlushRows: 300, FlushAge: 50 * time.Millisecond, MergeCount: 3, Maintain: 30 * time.Millisecond, Grace: time.Nanosecond})
	if err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- l.Run(run) }()
	return &real{l, q, db, func() {
		cancel()
		<-done
		_ = l.Close()
		_ = q.Close()
		_ = db.Close()
	}}, nil
}

// caughtUp waits until the lake has all of the log and returns the newest
// sequence of the test's agent.
func (r *real) caughtUp(ctx context.Context) (int64, error) {
	u, err := r.log.Usage(ctx)
	if err != nil {
		return 0, err
	}
	for r.lake.Position() < u.Last && u.Messages > 0 {
		if !sleep(ctx, time.Millisecond) {
			return 0, ctx.Err()
		}
	}
	return r.lake.Mark(Lane{"agent", 1, uint32(event.ClassVital)}), nil
}

func numbered(from int64, n int) []*event.Event {
	var out []*event.Event
	for i := range int64(n) {
		seq := from + i
		out = append(out, &event.Event{Kind: event.ProcessStart, Agent: "agent", Epoch: 1, Sequence: seq, Time: event.Time(1e18 + seq), Ingested: event.Time(1e18 + from),
			Process: &event.Process{PID: seq, Name: "p" + strconv.FormatInt(seq%7, 10), CommandLine: strings.Repeat("x", int(seq%90))}})
	}
	return out
}

// writer publishes numbered events for ever and prints what was acknowledged.
func writer(dir string) error {
	ctx := context.Background()
	r, err := openReal(ctx, dir, 1<<20)
	if err != nil {
		return err
	}
	next, err := r.caughtUp(ctx)
	if err != nil {
		return err
	}
	for {
		batches, err := laketest.Batches(numbered(next+1, 25))
		if err != nil {
			return err
		}
		if err := r.log.Publish(ctx, log.Entry{Agent: "agent", Received: batches[0].Received, Batch: batches[0].Batch}); err != nil {
			return err
		}
		next += 25
		fmt.Println(next)
	}
}

// checkNumbers fails unless each event from 1 to at least acked is there once.
func checkNumbers(t *testing.T, r *real, acked int64) int64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := r.caughtUp(ctx); err != nil {
		t.Fatal(err)
	}
	events := all(t, r.lake)
	for i, e := range events {
		if e.Sequence != int64(i+1) {
			t.Fatalf("event %d has number %d", i, e.Sequence)
		}
	}
	if int64(len(events)) < acked {
		t.Fatalf("%d events, %d were acknowledged", len(events), acked)
	}
	gaps, err := r.lake.Gaps(ctx, 0, 1<<62)
	if err != nil || len(gaps) != 0 {
		t.Fatalf("gaps %+v %v", gaps, err)
	}
	return int64(len(events))
}

// TestKillRounds kills a process that takes and stores events, at different
// moments, and looks at what is there.
func TestKillRounds(t *testing.T) {
	if dir := os.Getenv(childEnv); dir != "" {
		if err := writer(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	dir := t.TempDir()
	acked := int64(0)
	for round := range 5 {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestKillRounds$")
		cmd.Env = append(os.Environ(), childEnv+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			if acked, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
				t.Fatalf("child says %q", lines.Text())
			}
			if n == 40+23*round {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // killed
		r, err := openReal(t.Context(), dir, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		checkNumbers(t, r, acked)
		r.end()
	}
}

// TestRealDiskFull fills a file system of its own: Publish says that the disk is
// full, what was acknowledged is there, and with room again all goes on.
func TestRealDiskFull(t *testing.T) {
	if dir := os.Getenv(childEnv); dir != "" {
		t.Setenv(childEnv, "")
		onSmallDisk(t, dir)
		return
	}
	for _, reserve := range []uint64{2 << 20, 1} { // with one byte the log itself meets the full disk
		t.Run(strconv.FormatUint(reserve, 10), func(t *testing.T) {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestRealDiskFull$", "-test.v")
			cmd.Env = append(os.Environ(), childEnv+"="+t.TempDir(), reserveEnv+"="+strconv.FormatUint(reserve, 10))
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
			out, err := cmd.CombinedOutput()
			if errors.Is(err, syscall.EPERM) {
				t.Skip("a mount namespace needs root")
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("%s", out)
		})
	}
}

func onSmallDisk(t *testing.T, dir string) {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=24m"); err != nil {
		t.Fatal(err)
	}
	reserve, err := strconv.ParseUint(os.Getenv(reserveEnv), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	r, err := openReal(t.Context(), dir, reserve)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { r.end() }()
	ballast := filepath.Join(dir, "ballast")
	publish := func(next int64) error {
		batches, err := laketest.Batches(numbered(next+1, 25))
		if err != nil {
			t.Fatal(err)
		}
		return r.log.Publish(t.Context(), log.Entry{Agent: "agent", Received: batches[0].Received, Batch: batches[0].Batch})
	}
	acked := int64(0)
	for range 20 {
		if err := publish(acked); err != nil {
			t.Fatal(err)
		}
		acked += 25
	}
	fill(t, dir, ballast, 0)
	var full error
	for range 2000 {
		if full = publish(acked); full != nil {
			break
		}
		acked += 25
	}
	t.Logf("after %d events: %v", acked, full)
	if full == nil || reserve > 1 && !errors.Is(full, log.ErrDisk) {
		t.Fatalf("publish on a full disk after %d events: %v", acked, full)
	}
	waitFor(t, func() bool { // unless all was stored before the disk was full
		return r.lake.Stats().InMemory == 0 || strings.Contains(r.lake.Problems()["segments"], "Free space below")
	})
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { // what was refused may be in the log: sent again, it is dropped
		err := publish(acked)
		if err != nil {
			t.Log(err)
		}
		return err == nil
	})
	acked += 25
	for range 50 {
		if err := publish(acked); err != nil {
			t.Fatalf("with room again: %v", err)
		}
		acked += 25
	}
	waitFor(t, func() bool { return r.lake.Problems()["segments"] == "" })
	checkNumbers(t, r, acked)
	r.end()
	if r, err = openReal(t.Context(), dir, reserve); err != nil {
		t.Fatal(err)
	}
	if n := checkNumbers(t, r, acked); n != acked {
		t.Fatalf("%d events after a restart, %d were acknowledged", n, acked)
	}
}

// fill writes a file until no more than left bytes are free.
func fill(t *testing.T, dir, path string, left uint64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	block := make([]byte, 16<<10)
	for {
		var s syscall.Statfs_t
		if err := syscall.Statfs(dir, &s); err != nil {
			t.Fatal(err)
		}
		if s.Bavail*uint64(s.Bsize) <= left {
			return
		}
		if _, err := f.Write(block); err != nil {
			return
		}
	}
}
