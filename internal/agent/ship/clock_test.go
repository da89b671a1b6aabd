package ship_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ship"
	"github.com/vedette-edr/vedette/internal/agent/spool/spooltest"
	"github.com/vedette-edr/vedette/internal/event"
)

// TestClockJump: a host whose clock is wrong cannot check the manager's
// certificate. It says what to do, keeps what it has, and is back by itself
// once the clock is right. A stream that stands is not cut by a jump.
func TestClockJump(t *testing.T) {
	for name, jump := range map[string]time.Duration{"forward": 200 * 24 * time.Hour, "back": -200 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var offset atomic.Int64
				w := newTwin(t, time.Now)
				q := spooltest.NewMemory()
				s, stop := w.run(t, ship.Options{
					Dir: w.enroll(t, nil), Spool: q, Now: func() time.Time { return time.Now().Add(time.Duration(offset.Load())) },
				})
				defer stop()
				want := []int64{1}
				emit(t, q, event.ProcessStart, 1)
				time.Sleep(5 * time.Second)
				offset.Store(int64(jump))
				emit(t, q, event.ProcessStart, 2)
				want = append(want, 2)
				time.Sleep(5 * time.Second)
				if got := w.sequences(); !slices.Equal(got, want) {
					t.Fatalf("over the stream that stood: %v, want %v", got, want)
				}
				w.reach(false)
				w.reach(true)
				emit(t, q, event.ProcessStart, 3)
				want = append(want, 3)
				time.Sleep(time.Minute)
				if state := s.State(); !strings.Contains(state, "compare the clocks") || len(w.sequences()) != 2 {
					t.Fatalf("state %q, %d events", state, len(w.sequences()))
				}
				offset.Store(0)
				time.Sleep(6 * time.Minute)
				if got := w.sequences(); !slices.Equal(got, want) {
					t.Fatalf("with the right clock: %v, want %v; %s", got, want, s.State())
				}
			})
		})
	}
}
