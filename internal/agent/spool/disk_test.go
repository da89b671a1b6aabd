package spool

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// failingDisk is a disk with a size and with faults.
type failingDisk struct {
	realDisk
	mu       sync.Mutex
	left     int64            // guarded by mu: bytes until it is full
	sizes    map[string]int64 // guarded by mu
	syncFail error            // guarded by mu
	gate     chan struct{}    // not nil: Sync waits for it
}

func newFailingDisk(left int64) *failingDisk {
	return &failingDisk{left: left, sizes: map[string]int64{}}
}

func (d *failingDisk) set(left int64, syncFail error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left, d.syncFail = left, syncFail
}

type failingFile struct {
	file
	d    *failingDisk
	path string
}

func (d *failingDisk) Create(path string) (file, error) {
	f, err := d.realDisk.Create(path)
	return &failingFile{f, d, path}, err
}

func (d *failingDisk) Remove(path string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left += d.sizes[path]
	delete(d.sizes, path)
	return d.realDisk.Remove(path)
}

func (f *failingFile) Write(b []byte) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	n, full := len(b), false
	if int64(n) > f.d.left {
		n, full = int(max(0, f.d.left)), true
	}
	n, err := f.file.Write(b[:n])
	f.d.left -= int64(n)
	f.d.sizes[f.path] += int64(n)
	if full {
		err = errors.Join(err, &os.PathError{Op: "write", Path: f.path, Err: syscall.ENOSPC})
	}
	return n, err
}

func (f *failingFile) Truncate(size int64) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	f.d.left += f.d.sizes[f.path] - size
	f.d.sizes[f.path] = size
	return f.file.Truncate(size)
}

func (f *failingFile) Sync() error {
	if f.d.gate != nil {
		<-f.d.gate
	}
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.syncFail != nil {
		return f.d.syncFail
	}
	return f.file.Sync()
}

// losses collects what a spool tells.
type losses struct {
	mu  sync.Mutex
	all []Loss
}

func (l *losses) add(x Loss) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, x)
}

func (l *losses) sum(lane uint32) (n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, x := range l.all {
		if x.Lane == lane {
			n += x.Count
		}
	}
	return n
}

func (l *losses) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("%+v", l.all)
}

func fat(n int64) []byte { return append(fmt.Appendf(nil, "payload %d ", n), make([]byte, 1000)...) }

func TestNothingIsReadableBeforeItIsSynced(t *testing.T) {
	d := newFailingDisk(1 << 30)
	d.gate = make(chan struct{})
	s := open(t, t.TempDir(), Options{disk: d})
	if err := s.Append(Record{Lane: 4, Sequence: 1, Payload: payload(1)}); err != nil {
		t.Fatal(err)
	}
	s.Kick()
	d.gate <- struct{}{} // the spool has written and stands in Sync, which goes on now
	if err := s.Append(Record{Lane: 4, Sequence: 2, Payload: payload(2)}); err != nil {
		t.Fatal(err)
	}
	<-s.Ready()
	expect(t, "read", drain(t, s, 4), []int64{1})
	close(d.gate)
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, "read", drain(t, s, 4), []int64{2})
}

func TestDiskFull(t *testing.T) {
	var l losses
	d := newFailingDisk(100 << 10)
	s := open(t, t.TempDir(), Options{disk: d, SegmentBytes: 16 << 10, MaxPending: 64 << 10, Retry: time.Millisecond, Lost: l.add})
	seq := int64(0)
	add := func(lane uint32) {
		seq++
		if err := s.Append(Record{Lane: lane, Sequence: seq, Time: seq, Payload: fat(seq)}); err != nil {
			t.Fatal(err)
		}
	}
	for range 60 {
		add(0)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	// vital events push the least valuable out; nothing vital is lost
	for range 60 {
		add(4)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatalf("vital events found no room: %v", err)
	}
	if n := l.sum(0); n == 0 || n == 60 || l.sum(4) != 0 {
		t.Fatalf("lost %d of lane 0, %d of lane 4", n, l.sum(4))
	}
	// now nothing is left to push out: events wait in memory, then are told
	d.set(0, nil)
	for range 200 {
		add(3)
	}
	if err := s.Sync(t.Context()); err == nil {
		t.Fatal("a full disk was not told")
	}
	if st := s.Stats(); st.Failure == "" || st.Pending > 64<<10 || !strings.Contains(st.Failure, "no space") {
		t.Fatalf("stats %+v", st)
	}
	d.set(1<<30, nil)
	if err := s.Sync(t.Context()); err != nil {
		t.Fatalf("the disk has space again: %v", err)
	}
	if st := s.Stats(); st.Failure != "" || st.Pending != 0 {
		t.Fatalf("stats %+v", st)
	}
	for lane, put := range map[uint32]int64{0: 60, 3: 200, 4: 60} {
		got := int64(len(drain(t, s, lane)))
		if got+l.sum(lane) != put {
			t.Fatalf("lane %d: %d read, %d told, %d put\n%s", lane, got, l.sum(lane), put, &l)
		}
	}
	if l.sum(3) == 0 {
		t.Fatal("200 kB in 64 kB of memory and nothing was lost")
	}
}

func TestFailedSyncWritesAgain(t *testing.T) {
	d := newFailingDisk(1 << 30)
	dir := t.TempDir()
	s := open(t, dir, Options{disk: d, Retry: time.Millisecond})
	put(t, s, 4, 1, 2)
	d.set(1<<30, syscall.EIO)
	for n := range int64(3) {
		if err := s.Append(Record{Lane: 4, Sequence: 3 + n, Payload: payload(3 + n)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sync(t.Context()); !errors.Is(err, syscall.EIO) {
		t.Fatalf("got %v", err)
	}
	expect(t, "read", drain(t, s, 4), []int64{1, 2})
	d.set(1<<30, nil)
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	expect(t, "read", drain(t, s, 4), []int64{3, 4, 5})
	s.Rewind()
	expect(t, "read", drain(t, s, 4), []int64{1, 2, 3, 4, 5})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	expect(t, "after restart", drain(t, s, 4), []int64{1, 2, 3, 4, 5})
}

func TestCloseOnFullDiskSaysSo(t *testing.T) {
	d := newFailingDisk(1 << 30)
	dir := t.TempDir()
	s := open(t, dir, Options{disk: d})
	put(t, s, 4, 1)
	d.set(0, nil)
	if err := s.Append(Record{Lane: 4, Sequence: 2, Payload: payload(2)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "could not be written") {
		t.Fatalf("got %v", err)
	}
	epoch := s.Epoch()
	if s = open(t, dir, Options{}); s.Epoch() == epoch {
		t.Fatal("the epoch goes on although a record of it was lost")
	}
}
