package lake

import (
	"context"
	"errors"
	"testing"
	"time"
)

func take(t *testing.T, s *Subscription, n int) (ids []string, last Position, missed int64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for len(ids) < n {
		es, m, err := s.Next(ctx, n-len(ids))
		if err != nil {
			t.Fatalf("after %d of %d: %v", len(ids), n, err)
		}
		missed += m
		for _, e := range es {
			ids, last = append(ids, e.Event.ID()), e.Position
		}
	}
	return ids, last, missed
}

// TestWM13_SlowSubscriberHoldsNothingUp lets one subscriber read nothing while
// more events come than are kept for it: the events are searchable, another
// subscriber gets all, and the slow one is told how many it missed.
func TestWM13_SlowSubscriberHoldsNothingUp(t *testing.T) {
	r := newRig(t, Options{TailEvents: 1000})
	slow, quick := r.lake.Subscribe(), r.lake.Subscribe()
	seen := map[string]bool{}
	for range 5 {
		r.send(500)
		ids, _, missed := take(t, quick, 500)
		for _, id := range ids {
			seen[id] = true
		}
		if missed != 0 {
			t.Fatalf("the quick one missed %d", missed)
		}
	}
	r.expect()
	if len(seen) != 2500 {
		t.Fatalf("the quick one has %d events", len(seen))
	}
	ids, _, missed := take(t, slow, 1000)
	if missed != 1500 || len(ids) != 1000 {
		t.Fatalf("the slow one has %d and missed %d, want 1000 and 1500", len(ids), missed)
	}
}

// TestWM13_Resume goes on after a position, also after a restart of the lake.
func TestWM13_Resume(t *testing.T) {
	r := newRig(t, Options{TailEvents: 1000})
	s := r.lake.Subscribe()
	r.send(300)
	_, at, _ := take(t, s, 120)
	want, _, _ := take(t, s, 180)
	check := func(name string) {
		t.Helper()
		p, err := ParsePosition(at.String())
		if err != nil {
			t.Fatal(err)
		}
		got, _, missed := take(t, r.lake.Resume(p), 180)
		if missed != 0 || len(got) != 180 || got[0] != want[0] || got[179] != want[179] {
			t.Fatalf("%s: %d events from %s, missed %d; want from %s", name, len(got), got[0], missed, want[0])
		}
	}
	check("while it runs")
	r.stop()
	r.open()
	r.settle()
	check("after a restart")
	r.send(2000)
	if _, _, missed := take(t, r.lake.Resume(at), 100); missed != -1 {
		t.Fatalf("a resume from long ago missed %d, want unknown", missed)
	}
}

func TestSubscriptionEndsWithItsContext(t *testing.T) {
	r := newRig(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := r.lake.Subscribe().Next(ctx, 10); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestParsePosition(t *testing.T) {
	for _, s := range []string{"", "1", "1.", ".1", "a.1", "1.b", "-1.1", "1.99999999999"} {
		if _, err := ParsePosition(s); err == nil {
			t.Errorf("%q is a position", s)
		}
	}
	if p, err := ParsePosition("18446744073709551615.4294967295"); err != nil || p.String() != "18446744073709551615.4294967295" {
		t.Errorf("%v %v", p, err)
	}
}
