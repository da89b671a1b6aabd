package govern

import "testing"

func TestProcsAreTakenWhileEventsWait(t *testing.T) {
	p := NewProcs(4)
	step := func(waiting int, percent float64, want int, wantChanged bool) {
		t.Helper()
		if n, changed := p.Tick(waiting, percent, false); n != want || changed != wantChanged {
			t.Fatalf("%d processors, changed %v; want %d, %v", n, changed, want, wantChanged)
		}
	}
	step(0, 3, 1, false)
	step(manyEvents-1, busy-1, 1, false)
	step(manyEvents, 3, 4, true)
	step(manyEvents, 90, 4, false)
	for range calmTicks - 1 {
		step(0, 3, 4, false)
	}
	step(0, busy, 4, false) // begins the count anew
	for range calmTicks - 1 {
		step(0, 3, 4, false)
	}
	step(0, 3, 1, true)
	step(0, busy, 4, true)
}

func TestTwoProcsWhileARuleMayAct(t *testing.T) {
	p := NewProcs(4)
	for i, c := range []struct {
		acts bool
		want int
	}{{false, 1}, {true, 2}, {true, 2}} {
		if n, _ := p.Tick(0, 3, c.acts); n != c.want {
			t.Errorf("tick %d: %d processors, want %d", i, n, c.want)
		}
	}
	if n, _ := p.Tick(manyEvents, 3, true); n != 4 {
		t.Errorf("%d processors while events wait", n)
	}
	for range calmTicks {
		p.Tick(0, 3, true)
	}
	if n, changed := p.Tick(0, 3, true); n != 2 || changed {
		t.Errorf("%d processors after the calm, want 2", n)
	}
	if n, changed := p.Tick(0, 3, false); n != 1 || !changed {
		t.Errorf("%d processors when no rule may act any more", n)
	}
}

func TestProcsOfOneProcessor(t *testing.T) {
	p := NewProcs(1)
	for range 3 {
		if n, changed := p.Tick(manyEvents, 100, true); n != 1 || changed {
			t.Fatalf("%d processors, changed %v", n, changed)
		}
	}
}
