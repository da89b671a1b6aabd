package spool

import (
	"math"
	"sync/atomic"
	"testing"
	"time"
)

// What comes faster than the disk writes waits for the disk; nothing is lost.
func TestBurstWaitsForTheDisk(t *testing.T) {
	var lost atomic.Int64
	s := open(t, t.TempDir(), Options{
		MaxPending: 64 << 10, SegmentBytes: 64 << 10, MaxBytes: 1 << 30, Linger: time.Hour, Lost: func(l Loss) { lost.Add(l.Count) },
	})
	const count = 5000
	payload := make([]byte, 1000)
	for n := range int64(count) {
		if err := s.Append(Record{Lane: 4, Sequence: n + 1, Time: n + 1, Payload: payload}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); st.Records != count || lost.Load() != 0 {
		t.Errorf("%d of %d records are there, %d were lost", st.Records, count, lost.Load())
	}
}

// A disk that hangs stops nobody for longer than the patience, and what does
// not fit is told.
func TestDiskThatHangs(t *testing.T) {
	var lost atomic.Int64
	d := newFailingDisk(math.MaxInt64)
	d.gate = make(chan struct{})
	s := open(t, t.TempDir(), Options{
		disk: d, MaxPending: 8 << 10, SegmentBytes: 8 << 10, Patience: 20 * time.Millisecond, Linger: time.Millisecond,
		Lost: func(l Loss) { lost.Add(l.Count) },
	})
	const count = 200
	payload := make([]byte, 1000)
	for n := range int64(count) { // ends by itself, for nobody opens the gate
		if err := s.Append(Record{Lane: 2, Sequence: n + 1, Time: n + 1, Payload: payload}); err != nil {
			t.Fatal(err)
		}
	}
	close(d.gate)
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st := s.Stats(); lost.Load() == 0 || st.Records+lost.Load() != count {
		t.Errorf("of %d records %d are there and %d were told to be lost", count, st.Records, lost.Load())
	}
}
