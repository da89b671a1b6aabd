package log

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/vedette-edr/vedette/internal/event"
)

// seen is one entry as Consume gave it.
type seen struct {
	position uint64
	first    int64
	decoded  bool
}

// reader consumes a stream; gate, when there is one, holds each message up.
func reader(t *testing.T, s *Stream, gate chan struct{}) <-chan seen {
	t.Helper()
	out := make(chan seen, 10000)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- s.Consume(ctx, 0, func(ctx context.Context, position uint64, es []Entry) error {
			if gate != nil {
				select {
				case <-gate:
				case <-ctx.Done():
					return nil
				}
			}
			for _, e := range es {
				out <- seen{position, e.Batch.GetFirst(), e.Events != nil}
			}
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return out
}

func decoded(i int, size int) Entry {
	return Entry{Agent: "a", Received: received(i), Batch: batch(1, int64(1+10*i), size), Events: []*event.Event{{Sequence: int64(1 + 10*i)}}}
}

func publish(t *testing.T, s *Stream, from, to, size int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := s.Publish(t.Context(), decoded(i, size)); err != nil {
			t.Fatal(err)
		}
	}
}

func expect(t *testing.T, in <-chan seen, from, to int) (handed int) {
	t.Helper()
	for i := from; i < to; i++ {
		got := <-in
		if got.first != int64(1+10*i) || got.position != uint64(i+1) {
			t.Fatalf("message %d: %+v", i, got)
		}
		if got.decoded {
			handed++
		}
	}
	return handed
}

// What was written before is read, what comes later is handed over, all in order.
func TestWhatIsWrittenIsHandedOver(t *testing.T) {
	s := openStream(t, Options{})
	defer func() { _ = s.Close() }()
	publish(t, s, 0, 5, 100)
	in := reader(t, s, nil)
	if n := expect(t, in, 0, 5); n != 0 {
		t.Fatalf("%d of what was there were handed over", n)
	}
	publish(t, s, 5, 200, 100)
	if n := expect(t, in, 5, 200); n < 190 {
		t.Fatalf("%d of 195 were handed over", n)
	}
	if len(in) > 0 {
		t.Fatalf("%d too many", len(in))
	}
}

// What is too much to be kept is read from the disk.
func TestSlowConsumerReads(t *testing.T) {
	s := openStream(t, Options{})
	defer func() { _ = s.Close() }()
	gate := make(chan struct{})
	in := reader(t, s, gate)
	const n, size = 60, 300_000 // 18 MB
	publish(t, s, 0, n, size)
	s.fresh.mu.Lock()
	waiting := s.fresh.bytes
	s.fresh.mu.Unlock()
	if waiting > handoverBytes {
		t.Fatalf("%d bytes wait", waiting)
	}
	close(gate)
	if handed := expect(t, in, 0, n); handed > 2*handoverBytes/size {
		t.Fatalf("%d were handed over", handed)
	}
	publish(t, s, n, n+5, 100)
	expect(t, in, n, n+5)
	if len(in) > 0 {
		t.Fatalf("%d too many", len(in))
	}
}

// A message that was written although Publish failed is found without another.
func TestWhatMayHaveBeenWrittenIsRead(t *testing.T) {
	s := openStream(t, Options{})
	defer func() { _ = s.Close() }()
	in := reader(t, s, nil)
	publish(t, s, 0, 1, 100)
	expect(t, in, 0, 1)
	frame, err := frameOf(decoded(1, 100))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write(t.Context(), frame); err != nil {
		t.Fatal(err)
	}
	s.fresh.miss() // as append does after an error
	expect(t, in, 1, 2)
	publish(t, s, 2, 4, 100)
	expect(t, in, 2, 4)
}

// A position that is nowhere any more does not stop what is behind it.
func TestHoleBeforeWhatWaits(t *testing.T) {
	s := openStream(t, Options{})
	defer func() { _ = s.Close() }()
	gate := make(chan struct{}, 1)
	in := reader(t, s, gate)
	publish(t, s, 0, 1, 100)
	gate <- struct{}{}
	expect(t, in, 0, 1)
	s.mu.Lock()
	js := s.js
	s.mu.Unlock()
	frame, err := frameOf(decoded(1, 100))
	if err != nil {
		t.Fatal(err)
	}
	ack, err := js.Publish(t.Context(), subject, frame)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.stream.DeleteMsg(t.Context(), ack.Sequence); err != nil {
		t.Fatal(err)
	}
	publish(t, s, 2, 3, 100)
	if err := s.stream.DeleteMsg(t.Context(), 3); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		t.Fatal(err)
	}
	gate <- struct{}{}
	expect(t, in, 2, 3)
}

func TestHandover(t *testing.T) {
	h := newHandover()
	h.put(delivery{position: 1})
	if h.newest() != 0 {
		t.Fatal("something is kept for nobody")
	}
	h.start()
	for p := range uint64(4) {
		h.put(delivery{position: p + 5})
	}
	if d, found, missed := h.look(6, 0); !found || missed || d.position != 7 {
		t.Fatalf("after 6: %v %v %v", d, found, missed)
	}
	if d, found, missed := h.look(6, 0); found || !missed {
		t.Fatalf("8 after 6: %v %v %v", d, found, missed)
	}
	if d, found, _ := h.look(6, 8); !found || d.position != 8 {
		t.Fatalf("8 after 6, which is known: %v %v", d, found)
	}
	h.miss()
	if _, found, missed := h.look(8, 8); found || !missed {
		t.Fatal("nothing was missed")
	}
	h.put(delivery{position: 9, bytes: handoverBytes})
	h.put(delivery{position: 10, bytes: 1})
	if _, found, missed := h.look(8, 8); found || !missed || h.bytes != 0 {
		t.Fatalf("too much: found %v, missed %v, %d bytes", found, missed, h.bytes)
	}
	h.stop()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := h.next(ctx, 8, 8); ok {
		t.Fatal("something after the end")
	}
}

func BenchmarkPublish(b *testing.B) {
	s, err := Open(b.Context(), Options{Dir: b.TempDir(), Free: roomy})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	var got atomic.Int64
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Consume(ctx, 0, func(context.Context, uint64, []Entry) error { got.Add(1); return nil })
	}()
	b.ReportAllocs()
	n := 0
	for ; b.Loop(); n++ {
		if err := s.Publish(b.Context(), decoded(n, 70_000)); err != nil {
			b.Fatal(err)
		}
		if n%64 == 63 {
			if err := s.Release(b.Context(), uint64(n)); err != nil {
				b.Fatal(err)
			}
		}
	}
	cancel()
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(got.Load())/float64(n), "consumed/op")
	if got.Load() == 0 {
		b.Fatal(fmt.Errorf("nothing was consumed"))
	}
}
