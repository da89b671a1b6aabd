package ledger

import (
	"fmt"
	"sync"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func lost(stage, sensor, kind string) Loss {
	return Loss{Stage: stage, Sensor: sensor, Kind: kind, State: Lost, Reason: "test"}
}

func TestFlushTellsExactNumbersAndIntervals(t *testing.T) {
	l := New()
	l.Add(lost(Queue, "file", "file_open"), 3, 100, 200)
	l.Add(lost(Queue, "file", "file_open"), 4, 50, 150)
	l.Add(lost(Queue, "net", "net_connect"), 1, 160, 160)
	l.Add(lost(Queue, "net", "net_connect"), 0, 1, 1)
	l.Span(Loss{Stage: Sensor, Sensor: "exec", State: Blind, Reason: "restart"}, 10, 20)
	l.Span(Loss{Stage: Sensor, Sensor: "exec", State: Blind}, 20, 20)
	got := l.Flush(1000)
	want := []event.Status{
		{LossStage: Sensor, LossSensor: "exec", LossState: Blind, LossReason: "restart", From: 10, To: 20},
		{LossStage: Queue, LossSensor: "file", LossKind: "file_open", LossState: Lost, LossReason: "test", LossCount: event.Some(7), From: 50, To: 200},
		{LossStage: Queue, LossSensor: "net", LossKind: "net_connect", LossState: Lost, LossReason: "test", LossCount: event.Some(1), From: 160, To: 160},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d events, want %d", len(got), len(want))
	}
	for i, e := range got {
		if *e.Status != want[i] {
			t.Errorf("event %d: %+v\nwant %+v", i, *e.Status, want[i])
		}
		if e.Kind != event.AgentLoss || e.Time != 1000 {
			t.Errorf("event %d: kind %s at %d", i, e.Kind, e.Time)
		}
	}
	if again := l.Flush(2000); len(again) != 0 {
		t.Errorf("second flush told %d again", len(again))
	}
}

// TestRestore: what could not be kept is told again with the same numbers, and
// counted once in the totals.
func TestRestore(t *testing.T) {
	l := New()
	l.Add(lost(Spool, "vital", ""), 5, 100, 200)
	l.Span(Loss{Stage: Sensor, Sensor: "exec", State: Blind}, 10, 20)
	for _, e := range l.Flush(300) {
		l.Restore(e)
	}
	l.Add(lost(Spool, "vital", ""), 2, 310, 320)
	got := l.Flush(400)
	if len(got) != 2 || got[0].Status.LossState != Blind || got[1].Status.LossCount != event.Some(7) || got[1].Status.From != 100 || got[1].Status.To != 320 {
		t.Fatalf("after restore: %+v", got)
	}
	for _, total := range l.Totals() {
		if total.Stage == Spool && total.Count != 7 || total.State == Blind && total.Count != 1 {
			t.Errorf("total %+v", total)
		}
	}
}

// TestNote: what a sensor told by itself is in the totals and is not told again.
func TestNote(t *testing.T) {
	l := New()
	status := event.Status{LossStage: Sensor, LossSensor: "file", LossState: Lost, LossReason: "queue", LossCount: event.Some(5)}
	unknown := status
	unknown.LossCount = event.OptInt{}
	for _, s := range []*event.Status{&status, &unknown} {
		l.Note(&event.Event{Kind: event.AgentLoss, Status: s})
	}
	l.Note(&event.Event{Kind: event.FileWrite})
	if got := l.Totals(); len(got) != 1 || got[0].Count != 6 || got[0].Reason != "queue" {
		t.Errorf("totals %+v", got)
	}
	if told := l.Flush(10); len(told) != 0 {
		t.Errorf("told again: %+v", told)
	}
	for i := range 2 * maxTotals {
		s := status
		s.LossReason = fmt.Sprint(i)
		l.Note(&event.Event{Kind: event.AgentLoss, Status: &s})
	}
	if got := l.Totals(); len(got) > maxTotals+1 {
		t.Errorf("%d totals", len(got))
	}
}

func TestPollCountsDifferences(t *testing.T) {
	l := New()
	drops := lost(Kernel, "exec", "process_start")
	l.Poll([]Reading{{drops, 0}}, 100)
	l.Poll([]Reading{{drops, 10}}, 200)
	l.Poll([]Reading{{drops, 10}}, 300)
	got := l.Flush(300)
	if len(got) != 1 || got[0].Status.LossCount != event.Some(10) || got[0].Status.From != 100 || got[0].Status.To != 200 {
		t.Fatalf("first: %+v", got[0].Status)
	}
	l.Poll([]Reading{{drops, 12}}, 400)
	l.Poll([]Reading{{drops, 4}}, 500) // the kernel's side was opened again
	got = l.Flush(500)
	if len(got) != 1 || got[0].Status.LossCount != event.Some(6) {
		t.Fatalf("second: %+v", got)
	}
	if totals := l.Totals(); len(totals) != 1 || totals[0].Count != 16 {
		t.Errorf("totals %+v", totals)
	}
}

func TestManyGoroutines(t *testing.T) {
	l := New()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 1000 {
				l.Add(lost(Queue, "file", "file_open"), 1, 1, 2)
			}
		})
	}
	var told int64
	for range 100 {
		for _, e := range l.Flush(3) {
			told += e.Status.LossCount.N
		}
	}
	all.Wait()
	for _, e := range l.Flush(3) {
		told += e.Status.LossCount.N
	}
	if told != 8000 || l.Totals()[0].Count != 8000 {
		t.Errorf("told %d, total %d, want 8000", told, l.Totals()[0].Count)
	}
}

// What was told and lost on its way to the disk is told again; what is safe is
// not.
func TestToldAndLost(t *testing.T) {
	l := New()
	loss := Loss{Stage: Kernel, Sensor: "exec", State: Lost}
	for sequence := range int64(3) {
		l.Add(loss, 10+sequence, 1, 2)
		e := l.Flush(3)[0]
		e.Epoch, e.Sequence = 7, sequence
		l.Keep(e)
	}
	l.Safe(0)
	l.Gone(6, 0, 9) // another epoch
	if again := l.Flush(4); again != nil {
		t.Errorf("told again: %v", again)
	}
	l.Gone(7, 0, 1)
	l.Gone(7, 0, 1)
	if again := l.Flush(5); len(again) != 1 || again[0].Status.LossCount.N != 11 {
		t.Errorf("told again: %v", again)
	}
	if totals := l.Totals(); totals[0].Count != 10+11+12 {
		t.Errorf("totals %v", totals)
	}
}
