package lake

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/audit"
	"github.com/vedette-edr/vedette/internal/manager/lake/laketest"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/manager/log/logtest"
)

// faulty is a state database that fails when told to.
type faulty struct {
	State
	before atomic.Int32 // so many writes fail before they do anything
	after  atomic.Int32 // so many writes fail although they were committed
}

var errFault = errors.New("injected fault")

func (f *faulty) Write(ctx context.Context, do func(tx *sql.Tx) error) error {
	if f.before.Add(-1) >= 0 {
		return errFault
	}
	err := f.State.Write(ctx, do)
	if err == nil && f.after.Add(-1) >= 0 {
		return errFault
	}
	return err
}

func newFaultyRig(t *testing.T, o Options) (*rig, *faulty) {
	r := newRig(t, o)
	f := &faulty{State: r.state}
	r.stop()
	r.opts.State = f
	r.open()
	return r, f
}

func files(t *testing.T, r *rig) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(r.opts.Dir, "*.parquet*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestCompactionKeepsEveryEventOnce(t *testing.T) {
	r := newRig(t, Options{MergeCount: 4, MergeRows: 2000})
	for range 9 {
		r.send(300)
		r.flush()
	}
	before := r.lake.Stats()
	merged := 0
	for {
		n, err := r.lake.Compact(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
		merged += n
		r.expect()
	}
	after := r.lake.Stats()
	if merged < 6 || after.Segments >= before.Segments || after.Events != before.Events {
		t.Fatalf("%d merged, %+v then %+v", merged, before, after)
	}
	if n := len(files(t, r)); n != int(after.Segments)+merged {
		t.Fatalf("%d files: inputs are deleted before the grace period ends", n)
	}
	r.clock.add(time.Hour)
	if err := r.lake.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(files(t, r)); n != int(after.Segments) {
		t.Fatalf("%d files for %d segments", n, after.Segments)
	}
	r.expect()
	r.stop()
	r.open()
	r.expect()
}

func TestSmallSegmentsOfADayThatIsOverAreMerged(t *testing.T) {
	r := newRig(t, Options{})
	for range 3 {
		r.send(100)
		r.flush()
	}
	if n, err := r.lake.Compact(t.Context()); n != 0 || err != nil {
		t.Fatalf("%d merged today: %v", n, err)
	}
	r.clock.add(48 * time.Hour)
	if n, err := r.lake.Compact(t.Context()); n != 3 || err != nil {
		t.Fatalf("%d merged: %v", n, err)
	}
	r.expect()
}

// TestOldSearchesOutliveCompaction reads a snapshot from before a merge.
func TestOldSearchesOutliveCompaction(t *testing.T) {
	r := newRig(t, Options{MergeCount: 2})
	for range 2 {
		r.send(200)
		r.flush()
	}
	snap := r.lake.Snapshot()
	if n, err := r.lake.Compact(t.Context()); n != 2 || err != nil {
		t.Fatalf("%d: %v", n, err)
	}
	rows := int64(0)
	for _, s := range snap.Segments {
		if err := s.Read(t.Context(), func(seg *segment.Segment) error {
			rows += seg.Rows
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if rows != 400 {
		t.Fatalf("%d rows", rows)
	}
	r.clock.add(time.Hour)
	if err := r.lake.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := snap.Segments[0].Read(t.Context(), func(*segment.Segment) error { return nil })
	if !errors.Is(err, ErrMoved) {
		t.Fatalf("a snapshot older than the grace period: %v", err)
	}
	r.expect()
}

// TestEveryFault lets each write to the state fail, before and after its
// commit, around a flush, a merge and a retention, and ends the lake there.
func TestEveryFault(t *testing.T) {
	for _, kind := range []string{"before", "after"} {
		for _, step := range []string{"flush", "compact"} {
			for _, restart := range []bool{false, true} {
				name := kind + " " + step
				if restart {
					name += " and restart"
				}
				t.Run(name, func(t *testing.T) { oneFault(t, kind, step, restart) })
			}
		}
	}
}

func oneFault(t *testing.T, kind, step string, restart bool) {
	r, f := newFaultyRig(t, Options{MergeCount: 2})
	for range 2 {
		r.send(200)
		r.flush()
	}
	r.send(150)
	counter := &f.before
	if kind == "after" {
		counter = &f.after
	}
	counter.Store(1)
	var err error
	if step == "flush" {
		err = r.lake.Flush(t.Context())
	} else {
		_, err = r.lake.Compact(t.Context())
	}
	if !errors.Is(err, errFault) {
		t.Fatalf("the fault shows as %v", err)
	}
	counter.Store(0)
	if restart {
		r.stop()
		r.open()
		r.settle()
	}
	r.expect()
	r.flush()
	if _, err := r.lake.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.expect()
	r.send(50)
	r.stop()
	r.open()
	r.settle()
	r.expect()
	r.clock.add(time.Hour)
	if err := r.lake.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(files(t, r)); n != int(r.lake.Stats().Segments) {
		t.Fatalf("%d files for %d segments", n, r.lake.Stats().Segments)
	}
	r.expect()
}

func TestWhatWasBeingWrittenIsRemovedAtTheStart(t *testing.T) {
	r := newRig(t, Options{})
	r.send(100)
	r.flush()
	r.stop()
	for _, name := range []string{"20260901-1.parquet.tmp", "20260901-0000000000000000002.parquet"} {
		if err := os.WriteFile(filepath.Join(r.opts.Dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.open()
	if n := len(files(t, r)); n != 1 {
		t.Fatalf("%d files", n)
	}
	r.expect()
}

func TestMissingAndCutSegmentsAreToldAtTheStart(t *testing.T) {
	r := newRig(t, Options{})
	for range 3 {
		r.send(100)
		r.flush()
	}
	r.stop()
	list := files(t, r)
	if err := os.Remove(list[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(list[1], 500); err != nil {
		t.Fatal(err)
	}
	r.open()
	gaps, err := r.lake.Gaps(t.Context(), 0, event.At(start.Add(time.Hour)))
	if err != nil || len(gaps) != 2 || gaps[0].Lost != 100 || gaps[1].Lost != 100 {
		t.Fatalf("%+v %v", gaps, err)
	}
	if s := r.lake.Stats(); s.Segments != 1 || s.Events != 100 {
		t.Fatalf("%+v", s)
	}
	if p := r.lake.Problems()["damage"]; !strings.Contains(p, "lost") {
		t.Fatalf("problems %v", r.lake.Problems())
	}
	r.sent = r.sent[200:]
	r.expect()
}

func TestDamagedInputOfAMergeIsSetAside(t *testing.T) {
	r := newRig(t, Options{MergeCount: 3})
	for range 3 {
		r.send(100)
		r.flush()
	}
	damage(t, files(t, r)[1])
	for range 2 {
		if _, err := r.lake.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.sent = slices.Delete(r.sent, 100, 200)
	r.expect()
	gaps, err := r.lake.Gaps(t.Context(), 0, event.At(start.Add(time.Hour)))
	if err != nil || len(gaps) != 1 || gaps[0].Lost != 100 || !strings.Contains(gaps[0].Reason, "damaged") {
		t.Fatalf("%+v %v", gaps, err)
	}
}

func damage(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 1000; i < 3000; i++ {
		b[i] ^= 0x77
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestRetention(t *testing.T) {
	r := newRig(t, Options{KeepAge: 24 * time.Hour})
	a := audit.New(r.state, r.clock.Now)
	r.stop()
	r.opts.Audit = a
	r.open()
	r.send(200)
	r.flush()
	if err := r.lake.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.expect()
	for range 3 {
		r.clock.add(24 * time.Hour)
		if err := r.lake.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.gen = laketest.New(2, 2, start.Add(72*time.Hour), 100)
	old := r.sent
	r.sent = nil
	r.send(100)
	r.flush()
	if err := r.lake.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.expect()
	gaps, err := r.lake.Gaps(t.Context(), old[0].Time, old[0].Time)
	if err != nil || len(gaps) != 1 || !strings.Contains(gaps[0].Reason, "retention") {
		t.Fatalf("%+v %v", gaps, err)
	}
	if gaps, err := r.lake.Gaps(t.Context(), r.sent[0].Time, r.sent[99].Time); err != nil || len(gaps) != 0 {
		t.Fatalf("what is kept has gaps: %+v %v", gaps, err)
	}
	list, err := a.Entries(t.Context(), api.AuditQuery{Action: "history.expire"})
	if err != nil || len(list.Entries) != 1 || !strings.Contains(list.Entries[0].Detail, "200 events") {
		t.Fatalf("%+v %v", list, err)
	}
	r.publish(old) // what was removed does not come back
	r.settle()
	r.expect()
}

// A clock that jumps ahead by years removes nothing for a day, in a running
// manager and in one that starts with it; set right, all is there.
func TestClockJumpRemovesNoHistory(t *testing.T) {
	r := newRig(t, Options{KeepAge: 24 * time.Hour})
	r.send(200)
	r.flush()
	const years = 5 * 365 * 24 * time.Hour
	retain := func() {
		t.Helper()
		if err := r.lake.Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.expect()
	}
	retain()
	r.clock.add(years)
	retain()
	r.stop()
	r.open()
	retain()
	r.clock.add(time.Hour)
	retain()
	r.clock.add(-years - time.Hour)
	retain()
	// That a clock is right shows in a day.
	r.clock.add(years)
	retain()
	r.clock.add(24 * time.Hour)
	r.sent = nil
	retain()
}

func TestRetentionByBytesRemovesTheOldest(t *testing.T) {
	r := newRig(t, Options{})
	for range 5 {
		r.send(200)
		r.flush()
		r.clock.add(time.Minute)
	}
	keep := r.lake.Stats().Bytes / 2
	r.stop()
	r.opts.KeepBytes = keep
	r.open()
	if err := r.lake.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := r.lake.Stats()
	if s.Bytes > keep || s.Segments != 2 {
		t.Fatalf("%+v, want at most %d bytes", s, keep)
	}
	r.sent = r.sent[600:]
	r.expect()
}

// TestDiskFull makes the directory of segments refuse files, as a full disk
// does: events stay searchable, the memory tier fills, the log fills, Publish
// fails and says so; when there is room again everything is stored.
func TestDiskFull(t *testing.T) {
	r := newRig(t, Options{FlushRows: 400})
	r.stop()
	small := logtest.NewMemory("small", 600<<10)
	defer func() { _ = small.Close() }()
	r.log = small
	r.opts.Log = small
	full := &fullDisk{State: r.state}
	full.set(true)
	r.opts.State = full
	r.open()
	var refused []*event.Event
	var problem error
	for range 200 {
		es := r.gen.Take(100)
		batches, err := laketest.Batches(es)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range batches {
			if problem == nil {
				problem = small.Publish(t.Context(), b)
			}
		}
		if problem != nil {
			refused = es
			break
		}
		r.sent = append(r.sent, es...)
	}
	if !errors.Is(problem, log.ErrFull) {
		t.Fatalf("publish with a full disk: %v", problem)
	}
	waitFor(t, func() bool { return r.lake.Stats().InMemory >= 800 })
	if s := r.lake.Stats(); s.InMemory > 1400 || s.Accepted != s.InMemory {
		t.Fatalf("%+v, the bound is 2 times 400 events and two messages", s)
	}
	waitFor(t, func() bool { return strings.Contains(r.lake.Problems()["segments"], "no space left") })
	full.set(false)
	waitFor(t, func() bool { return r.lake.Problems()["segments"] == "" && r.lake.Stats().InMemory < 400 })
	r.sent = append(r.sent, refused...)
	r.publish(refused) // the agent sends again what was not acknowledged
	r.settle()
	r.flush()
	r.expect()
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatal("it does not happen")
		}
		sleep(t.Context(), 2*time.Millisecond)
	}
}

type fullDisk struct {
	State
	mu   sync.Mutex
	full bool // guarded by mu
}

func (f *fullDisk) set(full bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.full = full
}

func (f *fullDisk) Write(ctx context.Context, do func(tx *sql.Tx) error) error {
	f.mu.Lock()
	full := f.full
	f.mu.Unlock()
	if full {
		return &os.PathError{Op: "write", Path: "state.db", Err: syscall.ENOSPC}
	}
	return f.State.Write(ctx, do)
}
