package spool

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestSettledWaitsForWhatIsTold: a loss that Append has still to tell is not
// settled, though a commit ended in between; who waits would forget what only
// the teller can bring back.
func TestSettledWaitsForWhatIsTold(t *testing.T) {
	d := newFailingDisk(0)
	telling, told := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	s := open(t, t.TempDir(), Options{disk: d, Linger: time.Millisecond, Retry: time.Millisecond, MaxPending: 1000, SegmentBytes: 1000, Lost: func(Loss) {
		if first.CompareAndSwap(false, true) {
			close(telling)
			<-told
		}
	}})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range int64(4) {
			if err := s.Append(Record{Lane: 4, Sequence: n + 1, Payload: fat(n)}); err != nil {
				t.Error(err)
			}
		}
	}()
	<-telling
	d.set(1<<30, nil)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	for {
		err := s.Settled(short)
		if errors.Is(err, syscall.ENOSPC) { // of a commit before
			continue
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("settled with a loss that is not told: %v", err)
		}
		break
	}
	close(told)
	<-done
	if err := s.Sync(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSettledCountsNoOthers: what was lost later does not stand for what waits.
func TestSettledCountsNoOthers(t *testing.T) {
	d := newFailingDisk(1 << 30)
	d.gate = make(chan struct{})
	s := open(t, t.TempDir(), Options{disk: d, Retry: 10 * time.Millisecond, MaxPending: 4000, SegmentBytes: 1000})
	put := func(n int64) {
		if err := s.Append(Record{Lane: 4, Sequence: n, Payload: fat(n)}); err != nil {
			t.Fatal(err)
		}
	}
	put(1)
	s.Kick()
	for d.written() < 1000 { // then the commit stands in Sync, and holds the record
		<-time.After(time.Millisecond)
	}
	settled, asked := make(chan error, 1), make(chan struct{})
	go func() { settled <- s.settled(t.Context(), sync.OnceFunc(func() { close(asked) })) }()
	<-asked
	for n := int64(2); n < 100; n++ {
		put(n)
	}
	if s.Stats().Lost == 0 {
		t.Fatal("nothing was shed")
	}
	d.set(0, syscall.ENOSPC)
	close(d.gate)
	if err := <-settled; !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("settled: %v; the first record waits still", err)
	}
	d.set(1<<30, nil)
	if err := s.Sync(t.Context()); err != nil {
		t.Error(err)
	}
}

func (d *failingDisk) written() (n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, size := range d.sizes {
		n += size
	}
	return n
}
