package kernel

import (
	"testing"
	"time"
)

func TestClockOffset(t *testing.T) {
	offset, within := clockOffset(9)
	if within < 0 || within > int64(time.Second) {
		t.Fatalf("known within %d ns", within)
	}
	now := time.Now().UnixNano()
	if d := bootClock() + offset - now; d < -int64(time.Second) || d > int64(time.Second) {
		t.Errorf("the boot clock is %d ns off the wall clock", d)
	}
}

// A clock that was set is followed; a reading that was disturbed is not.
func TestFollowed(t *testing.T) {
	const ms = int64(time.Millisecond)
	for _, c := range []struct{ old, offset, within, want int64 }{
		{100 * ms, 100 * ms, 0, 100 * ms},
		{100 * ms, 100*ms + 900_000, 0, 100 * ms},
		{100 * ms, 5000 * ms, 1000, 5000 * ms},
		{100 * ms, -5000 * ms, 1000, -5000 * ms},
		{100 * ms, 110 * ms, 20 * ms, 100 * ms},
		{100 * ms, 90 * ms, 20 * ms, 100 * ms},
	} {
		if got := followed(c.old, c.offset, c.within); got != c.want {
			t.Errorf("from %d, read %d within %d: %d, want %d", c.old, c.offset, c.within, got, c.want)
		}
	}
}
