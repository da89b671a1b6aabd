// Package spooltest checks that a queue behaves as package spool says, and has
// a twin of the spool in memory for tests of what stands around it.
package spooltest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/spool"
)

// Queue is what the spool and its twin have in common.
type Queue interface {
	Epoch() int64
	LastSequence() int64
	Append(r spool.Record) error
	Sync(ctx context.Context) error
	Ready() <-chan struct{}
	Read(lane uint32, dst []spool.Record, maxBytes int) ([]spool.Record, error)
	Release(m spool.Mark)
	Rewind()
	Newest() []spool.Mark
	Close() error
}

// Payload returns what Run puts into the record with a sequence.
func Payload(sequence int64) []byte { return fmt.Appendf(nil, "payload of %d", sequence) }

// Run runs the suite; open returns an empty queue.
func Run(t *testing.T, open func(t *testing.T) Queue) {
	for name, check := range map[string]func(t *testing.T, q Queue){
		"order within lanes":    checkOrder,
		"release and rewind":    checkRelease,
		"read is bounded":       checkBounded,
		"ready is signalled":    checkReady,
		"newest":                checkNewest,
		"wrong records refused": checkRefused,
		"closed":                checkClosed,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
}

func put(t *testing.T, q Queue, lane uint32, sequences ...int64) {
	t.Helper()
	for _, n := range sequences {
		if err := q.Append(spool.Record{Lane: lane, Sequence: n, Time: 10 * n, Payload: Payload(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Drain reads all of a lane.
func Drain(t *testing.T, q Queue, lane uint32) (got []int64) {
	t.Helper()
	for {
		records, err := q.Read(lane, nil, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if len(records) == 0 {
			return got
		}
		for _, r := range records {
			if string(r.Payload) != string(Payload(r.Sequence)) || r.Time != 10*r.Sequence || r.Lane != lane || r.Epoch != q.Epoch() {
				t.Fatalf("got %+v", r)
			}
			got = append(got, r.Sequence)
		}
	}
}

func expect(t *testing.T, got []int64, want ...int64) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func checkOrder(t *testing.T, q Queue) {
	put(t, q, 4, 1, 3)
	put(t, q, 0, 2, 5)
	put(t, q, 4, 4, 6)
	expect(t, Drain(t, q, 4), 1, 3, 4, 6)
	expect(t, Drain(t, q, 0), 2, 5)
	expect(t, Drain(t, q, 1))
	put(t, q, 4, 7)
	expect(t, Drain(t, q, 4), 7)
	if n := q.LastSequence(); n != 7 {
		t.Fatalf("last sequence %d", n)
	}
}

func checkRelease(t *testing.T, q Queue) {
	put(t, q, 4, 1, 2, 3, 4)
	expect(t, Drain(t, q, 4), 1, 2, 3, 4)
	q.Release(spool.Mark{Lane: 4, Epoch: q.Epoch(), Sequence: 2})
	q.Release(spool.Mark{Lane: 4, Epoch: q.Epoch() - 1, Sequence: 4})
	q.Release(spool.Mark{Lane: 3, Epoch: q.Epoch(), Sequence: 4})
	expect(t, Drain(t, q, 4))
	q.Rewind()
	expect(t, Drain(t, q, 4), 3, 4)
	q.Release(spool.Mark{Lane: 4, Epoch: q.Epoch(), Sequence: 1})
	q.Rewind()
	expect(t, Drain(t, q, 4), 3, 4)
	q.Release(spool.Mark{Lane: 4, Epoch: q.Epoch(), Sequence: 4})
	q.Rewind()
	put(t, q, 4, 5)
	expect(t, Drain(t, q, 4), 5)
	// more than was ever appended must not swallow what comes
	q.Release(spool.Mark{Lane: 4, Epoch: q.Epoch(), Sequence: 100})
	put(t, q, 4, 6)
	expect(t, Drain(t, q, 4), 6)
}

func checkBounded(t *testing.T, q Queue) {
	put(t, q, 2, 1, 2, 3, 4, 5)
	records, err := q.Read(2, nil, 1)
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records, %v: want one, whatever its size", len(records), err)
	}
	got := []int64{1}
	for len(got) < 5 {
		records, err = q.Read(2, records[:0], 2*len(Payload(2)))
		if err != nil || len(records) < 1 || len(records) > 2 {
			t.Fatalf("%d records, %v: want one or two", len(records), err)
		}
		for _, r := range records {
			got = append(got, r.Sequence)
		}
	}
	expect(t, got, 1, 2, 3, 4, 5)
}

func checkReady(t *testing.T, q Queue) {
	put(t, q, 1, 1)
	<-q.Ready() // fails by the timeout of the test
	expect(t, Drain(t, q, 1), 1)
	q.Rewind()
	<-q.Ready()
	expect(t, Drain(t, q, 1), 1)
}

func checkNewest(t *testing.T, q Queue) {
	if got := q.Newest(); len(got) != 0 {
		t.Fatalf("newest of an empty queue: %v", got)
	}
	put(t, q, 1, 1, 2)
	put(t, q, 4, 3)
	want := []spool.Mark{{Lane: 1, Epoch: q.Epoch(), Sequence: 2}, {Lane: 4, Epoch: q.Epoch(), Sequence: 3}}
	if got := q.Newest(); !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
}

func checkRefused(t *testing.T, q Queue) {
	put(t, q, 4, 5)
	for what, r := range map[string]spool.Record{
		"lane":           {Lane: spool.Lanes, Sequence: 6},
		"sequence again": {Lane: 4, Sequence: 5},
		"size":           {Lane: 4, Sequence: 6, Payload: make([]byte, spool.MaxPayload+1)},
	} {
		if err := q.Append(r); err == nil {
			t.Fatalf("%s: no error", what)
		}
	}
	if _, err := q.Read(spool.Lanes, nil, 1); err == nil {
		t.Fatal("read of an unknown lane: no error")
	}
	put(t, q, 4, 6)
	expect(t, Drain(t, q, 4), 5, 6)
}

func checkClosed(t *testing.T, q Queue) {
	put(t, q, 4, 1)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if err := q.Append(spool.Record{Lane: 4, Sequence: 2}); err == nil {
		t.Fatal("append after close: no error")
	}
	if _, err := q.Read(4, nil, 1); err == nil {
		t.Fatal("read after close: no error")
	}
	if err := q.Close(); err == nil {
		t.Fatal("second close: no error")
	}
}
