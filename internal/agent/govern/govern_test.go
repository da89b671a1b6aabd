package govern

import (
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// twin is a process whose use of the processor the test decides.
type twin struct {
	now time.Time
	cpu time.Duration
}

// use lets a second go by in which the process uses the given percent.
func (w *twin) use(percent float64) time.Time {
	w.now = w.now.Add(time.Second)
	w.cpu += time.Duration(percent * float64(time.Second) / 100)
	return w.now
}

func TestGivesUpStepByStepAndTakesBack(t *testing.T) {
	w := &twin{now: time.Unix(1000, 0)}
	g := New(Options{CPU: func() time.Duration { return w.cpu }})
	for range 10 {
		if l, changed := g.Tick(w.use(4), 5); l != Full || changed {
			t.Fatalf("level %d below the limit", l)
		}
	}
	var steps []Level
	for range 20 {
		if l, changed := g.Tick(w.use(20), 5); changed {
			steps = append(steps, l)
		}
	}
	if len(steps) != 5 || steps[0] != NoContent || steps[1] != NoHashing || steps[4] != NoNetwork {
		t.Fatalf("steps %v, want one after the other up to the last", steps)
	}
	if s := g.State(); s.Excess < 14 || s.Excess > 16 || s.Percent < 19 || s.Percent > 21 {
		t.Errorf("state %+v, want 15 percent of excess shown", s)
	}
	steps = nil
	for range 80 {
		if l, changed := g.Tick(w.use(0.5), 5); changed {
			steps = append(steps, l)
		}
	}
	if len(steps) != 5 || steps[4] != Full {
		t.Errorf("steps back %v, want down to nothing given up", steps)
	}
	if g.State().Excess != 0 {
		t.Errorf("excess %v below the limit", g.State().Excess)
	}
}

func TestNoLimitGivesUpNothing(t *testing.T) {
	w := &twin{now: time.Unix(1000, 0)}
	g := New(Options{CPU: func() time.Duration { return w.cpu }})
	for range 30 {
		if l, _ := g.Tick(w.use(90), 0); l != Full {
			t.Fatalf("level %d without a limit", l)
		}
	}
	for range 30 {
		g.Tick(w.use(90), 5)
	}
	if l, changed := g.Tick(w.use(90), 0); l != Full || !changed {
		t.Errorf("level %d after the limit was taken away", l)
	}
}

// TestClockJump: a clock that is set back starts a new measurement and gives
// no wrong one.
func TestClockJump(t *testing.T) {
	w := &twin{now: time.Unix(100000, 0)}
	g := New(Options{CPU: func() time.Duration { return w.cpu }})
	for range 10 {
		g.Tick(w.use(2), 5)
	}
	w.now = w.now.Add(-time.Hour)
	for range 10 {
		g.Tick(w.use(2), 5)
		if s := g.State(); s.Percent < 0 || s.Percent > 3 {
			t.Fatalf("percent %v after the clock went back", s.Percent)
		}
	}
}

func TestFloors(t *testing.T) {
	for level, want := range map[Level]event.Class{
		Full: event.ClassRead, NoContent: event.ClassRead, NoHashing: event.ClassRead, NoReads: event.ClassWrite, NoWrites: event.ClassNetwork, NoNetwork: event.ClassOther,
	} {
		if got := level.Floor(); got != want {
			t.Errorf("%d: floor %d, want %d", level, got, want)
		}
		if level.Hashing() != (level < NoHashing) || level.Contents() != (level == Full) {
			t.Errorf("%d: hashing %v, contents %v", level, level.Hashing(), level.Contents())
		}
		if level.String() == "" {
			t.Errorf("%d has no name", level)
		}
	}
}

// What a start uses above the limit gives nothing up while its budget lasts,
// nor does it count later.
func TestStartHasABudget(t *testing.T) {
	w := &twin{now: time.Unix(1000, 0)}
	g := New(Options{CPU: func() time.Duration { return w.cpu }, Start: 5 * time.Second, Ready: time.Minute})
	g.Tick(w.now, 5)
	for range 5 { // 4.25 s above the limit
		if l, changed := g.Tick(w.use(90), 5); l != Full || changed {
			t.Fatalf("level %d at the start", l)
		}
	}
	for range 20 {
		if l, _ := g.Tick(w.use(4), 5); l != Full {
			t.Fatalf("level %d for what was used at the start", l)
		}
	}
	for range 20 {
		g.Tick(w.use(90), 5)
	}
	if s := g.State(); s.Level != NoNetwork {
		t.Errorf("%+v above the limit with the budget used up", s)
	}
}

// The budget of the start is not for later.
func TestStartEnds(t *testing.T) {
	w := &twin{now: time.Unix(1000, 0)}
	g := New(Options{CPU: func() time.Duration { return w.cpu }, Start: 5 * time.Second, Ready: 10 * time.Second})
	for range 12 {
		g.Tick(w.use(1), 5)
	}
	for range 3 {
		g.Tick(w.use(90), 5)
	}
	if s := g.State(); s.Level == Full {
		t.Errorf("%+v above the limit after the start", s)
	}
}

// One burst, as the collector or a large program makes, gives up one step and
// no events, although it is above the limit in the whole window; and what was
// given up comes back within half a minute.
func TestBurst(t *testing.T) {
	w := &twin{now: time.Unix(1000, 0)}
	g := New(Options{CPU: func() time.Duration { return w.cpu }})
	for range 20 {
		g.Tick(w.use(0.3), 5)
	}
	most := Full
	g.Tick(w.use(95), 5)
	for range 30 {
		l, _ := g.Tick(w.use(0.3), 5)
		most = max(most, l)
	}
	if most > NoContent || g.State().Level != Full {
		t.Errorf("up to level %d, and %d after half a minute", most, g.State().Level)
	}
	for range 30 {
		g.Tick(w.use(50), 5)
	}
	if g.State().Level != NoNetwork {
		t.Fatalf("level %d under load", g.State().Level)
	}
	for range 25 {
		g.Tick(w.use(0.3), 5)
	}
	if g.State().Level != Full {
		t.Errorf("level %d when the host was quiet for 25 s", g.State().Level)
	}
}

// A load that comes again whenever it is taken back keeps to the limit on the
// whole, also when next to nothing is used without it.
func TestDoesNotSwing(t *testing.T) {
	for _, vital := range []float64{0.2, 0.9, 2, 4} {
		w := &twin{now: time.Unix(1000, 0)}
		g := New(Options{CPU: func() time.Duration { return w.cpu }})
		level, begin := Full, time.Duration(0)
		for i := range 140 {
			if i == 20 {
				begin = w.cpu
			}
			load := vital
			if level < NoNetwork {
				load = 20
			}
			level, _ = g.Tick(w.use(load), 5)
		}
		if percent := 100 * (w.cpu - begin).Seconds() / 120; percent > 6 {
			t.Errorf("%.1f %% with %.1f %% that cannot be given up", percent, vital)
		}
	}
}
