package queue

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shedder counts what a queue drops.
type shedder struct {
	mu    sync.Mutex
	kinds map[event.Kind]int
}

func (s *shedder) shed(e *event.Event, _ string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kinds == nil {
		s.kinds = map[event.Kind]int{}
	}
	s.kinds[e.Kind]++
}

func push(q *Queue, k event.Kind, n int) {
	for i := range n {
		q.Push(&event.Event{Kind: k, SensorSequence: int64(i + 1)})
	}
}

// drain empties the queue without waiting.
func drain(t *testing.T, q *Queue) []*event.Event {
	t.Helper()
	q.Close()
	var all []*event.Event
	for {
		batch, err := q.Next(t.Context(), nil)
		all = append(all, batch...)
		if errors.Is(err, ErrClosed) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func count(events []*event.Event) map[event.Kind]int {
	m := map[event.Kind]int{}
	for _, e := range events {
		m[e.Kind]++
	}
	return m
}

func TestShedsTheLeastValuableFirst(t *testing.T) {
	type load struct {
		kind event.Kind
		n    int
	}
	tests := []struct {
		name  string
		loads []load
		kept  map[event.Kind]int
		shed  map[event.Kind]int
	}{
		{"room for all", []load{{event.FileOpen, 5}, {event.ProcessStart, 5}},
			map[event.Kind]int{event.FileOpen: 5, event.ProcessStart: 5}, nil},
		{"reads make room for writes", []load{{event.FileOpen, 8}, {event.FileWrite, 8}},
			map[event.Kind]int{event.FileOpen: 2, event.FileWrite: 8}, map[event.Kind]int{event.FileOpen: 6}},
		{"writes make room for network", []load{{event.FileWrite, 10}, {event.NetConnect, 4}},
			map[event.Kind]int{event.FileWrite: 6, event.NetConnect: 4}, map[event.Kind]int{event.FileWrite: 4}},
		{"a read finds no room among writes", []load{{event.FileWrite, 10}, {event.FileOpen, 3}},
			map[event.Kind]int{event.FileWrite: 10}, map[event.Kind]int{event.FileOpen: 3}},
		{"network makes room for the rest", []load{{event.NetConnect, 10}, {event.FileChmod, 2}},
			map[event.Kind]int{event.NetConnect: 8, event.FileChmod: 2}, map[event.Kind]int{event.NetConnect: 2}},
		{"vital makes room from all", []load{{event.FileOpen, 3}, {event.FileWrite, 3}, {event.NetConnect, 4}, {event.ProcessStart, 7}},
			map[event.Kind]int{event.NetConnect: 3, event.ProcessStart: 7}, map[event.Kind]int{event.FileOpen: 3, event.FileWrite: 3, event.NetConnect: 1}},
		{"vital exceeds the bound", []load{{event.FileOpen, 10}, {event.ProcessStart, 15}},
			map[event.Kind]int{event.ProcessStart: 15}, map[event.Kind]int{event.FileOpen: 10}},
		{"nothing fits beside too many vital", []load{{event.ProcessStart, 12}, {event.NetConnect, 2}},
			map[event.Kind]int{event.ProcessStart: 12}, map[event.Kind]int{event.NetConnect: 2}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s shedder
			q := New(Options{MaxEvents: 10, Shed: s.shed})
			for _, l := range tt.loads {
				push(q, l.kind, l.n)
			}
			st := q.Stats()
			kept := count(drain(t, q))
			for _, k := range event.Kinds() {
				if kept[k] != tt.kept[k] {
					t.Errorf("kept %d of %s, want %d", kept[k], k, tt.kept[k])
				}
				if s.kinds[k] != tt.shed[k] {
					t.Errorf("shed %d of %s, want %d", s.kinds[k], k, tt.shed[k])
				}
			}
			var want int64
			for _, n := range tt.shed {
				want += int64(n)
			}
			if st.Shed != want {
				t.Errorf("Stats().Shed = %d, want %d", st.Shed, want)
			}
		})
	}
}

func TestKeepsTheOrderOfArrival(t *testing.T) {
	q := New(Options{})
	want := []event.Kind{event.ProcessStart, event.NetConnect, event.FileOpen, event.FileWrite, event.ProcessEnd, event.FileOpen, event.FileChmod}
	for _, k := range want {
		push(q, k, 1)
	}
	got := drain(t, q)
	if len(got) != len(want) {
		t.Fatalf("got %d events, want %d", len(got), len(want))
	}
	for i, e := range got {
		if e.Kind != want[i] {
			t.Errorf("event %d is %s, want %s", i, e.Kind, want[i])
		}
	}
}

func TestBoundInBytesAndExcess(t *testing.T) {
	var s shedder
	one := Size(&event.Event{})
	q := New(Options{MaxBytes: 10 * one, Hard: 3, Shed: s.shed})
	push(q, event.NetConnect, 12)
	if got := q.Stats(); got.Bytes != 10*one || got.Shed != 2 || got.Excess != 0 {
		t.Errorf("after network: %+v", got)
	}
	push(q, event.ProcessStart, 15)
	if got := q.Stats(); got.Bytes != 15*one || got.Shed != 12 || got.Excess != 5*one {
		t.Errorf("after vital: bytes %d shed %d excess %d, want %d 12 %d", got.Bytes, got.Shed, got.Excess, 15*one, 5*one)
	}
	drain(t, q)
}

func TestVitalWaitsAtTheHardBound(t *testing.T) {
	q := New(Options{MaxEvents: 4, Hard: 2, Shed: func(e *event.Event, reason string) { t.Errorf("shed %s: %s", e.Kind, reason) }})
	push(q, event.ProcessStart, 8)
	done := make(chan struct{})
	go func() {
		defer close(done)
		push(q, event.ProcessStart, 1)
	}()
	got := 0
	for got < 9 {
		batch, err := q.Next(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got += len(batch)
	}
	<-done
	if st := q.Stats(); st.Events != 0 || st.Pushed != 9 {
		t.Errorf("stats %+v", st)
	}
	q.Close()
}

func TestFloorShedsOnArrival(t *testing.T) {
	var s shedder
	q := New(Options{Shed: s.shed})
	q.SetFloor(event.ClassNetwork)
	push(q, event.FileOpen, 3)
	push(q, event.FileWrite, 4)
	push(q, event.NetConnect, 5)
	push(q, event.ProcessStart, 6)
	q.SetFloor(event.ClassRead)
	push(q, event.FileOpen, 1)
	kept := count(drain(t, q))
	if kept[event.FileOpen] != 1 || kept[event.FileWrite] != 0 || kept[event.NetConnect] != 5 || kept[event.ProcessStart] != 6 {
		t.Errorf("kept %v", kept)
	}
	if s.kinds[event.FileOpen] != 3 || s.kinds[event.FileWrite] != 4 {
		t.Errorf("shed %v", s.kinds)
	}
}

// TestOneWakeUpPerBatch: what arrives while a batch gathers comes in one piece,
// an urgent event and a full batch end the gathering at once.
func TestOneWakeUpPerBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := New(Options{Linger: 5 * time.Millisecond, Batch: 100, Urgent: func(e *event.Event) bool { return e.Kind == event.ProcessStart }})
		type handoff struct {
			n  int
			at time.Duration
		}
		got := make(chan handoff)
		start := time.Now()
		go func() {
			defer close(got)
			for {
				batch, err := q.Next(context.Background(), nil)
				if err != nil {
					return
				}
				got <- handoff{len(batch), time.Since(start)}
			}
		}()
		push(q, event.NetConnect, 3)
		time.Sleep(2 * time.Millisecond)
		push(q, event.NetConnect, 4)
		if h := <-got; h != (handoff{7, 5 * time.Millisecond}) {
			t.Errorf("gathered %+v, want 7 events after 5ms", h)
		}
		push(q, event.NetConnect, 2)
		push(q, event.ProcessStart, 1)
		if h := <-got; h != (handoff{3, 5 * time.Millisecond}) {
			t.Errorf("urgent %+v, want 3 events at once", h)
		}
		push(q, event.NetConnect, 100)
		if h := <-got; h != (handoff{100, 5 * time.Millisecond}) {
			t.Errorf("full %+v, want 100 events at once", h)
		}
		q.Close()
		for range got {
		}
	})
}

// TestNothingIsLostUnderLoad: many producers, bounded queue: what is handed
// out and what is shed is what was pushed.
func TestNothingIsLostUnderLoad(t *testing.T) {
	var s shedder
	q := New(Options{MaxEvents: 64, Linger: 10 * time.Microsecond, Shed: s.shed})
	var producers sync.WaitGroup
	kinds := []event.Kind{event.FileOpen, event.FileWrite, event.NetConnect, event.ProcessStart}
	const each = 5000
	for _, k := range kinds {
		producers.Go(func() { push(q, k, each) })
	}
	go func() { producers.Wait(); q.Close() }()
	got := map[event.Kind]int{}
	last := map[event.Kind]int64{}
	for {
		batch, err := q.Next(t.Context(), nil)
		for _, e := range batch {
			got[e.Kind]++
			if e.SensorSequence <= last[e.Kind] {
				t.Fatalf("%s number %d came after %d", e.Kind, e.SensorSequence, last[e.Kind])
			}
			last[e.Kind] = e.SensorSequence
		}
		if errors.Is(err, ErrClosed) {
			break
		}
	}
	for _, k := range kinds {
		if got[k]+s.kinds[k] != each {
			t.Errorf("%s: %d handed out and %d shed, want %d together", k, got[k], s.kinds[k], each)
		}
	}
	if s.kinds[event.ProcessStart] != 0 {
		t.Errorf("shed %d process_start", s.kinds[event.ProcessStart])
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q := New(Options{})
	if _, err := q.Next(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Next = %v", err)
	}
	q.Close()
}

func BenchmarkPushNext(b *testing.B) {
	q := New(Options{})
	e := &event.Event{Kind: event.ProcessStart, Process: &event.Process{CommandLine: "true"}}
	var batch []*event.Event
	b.ReportAllocs()
	for i := range b.N {
		q.Push(e)
		if i%512 == 511 {
			batch, _ = q.Next(context.Background(), batch[:0])
		}
	}
	q.Close()
}
