package govern

import "testing"

func TestProcsAreTakenWhileEventsWait(t *testing.T) {
	p := NewProcs(4)
	step := func(waiting int, percent float64, want int, wantChanged bool) {
		t.Helper()
		if n, changed := p.Tick(waiting, percent); n != want || changed != wantChanged {
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

func TestProcsOfOneProcessor(t *testing.T) {
	p := NewProcs(1)
	for range 3 {
		if n, changed := p.Tick(manyEvents, 100); n != 1 || changed {
			t.Fatalf("%d processors, changed %v", n, changed)
		}
	}
}
