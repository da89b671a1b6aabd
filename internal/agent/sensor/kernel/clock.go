package kernel

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// drift is by how much the wall clock must differ from what it was before the
// difference counts: less is the reading itself.
const drift = int64(time.Millisecond)

// clockOffset returns the wall clock minus the boot clock in nanoseconds, and
// within what it is known: between the two readings this thread may have been
// away. The best of some tries counts.
func clockOffset(tries int) (offset, within int64) {
	within = int64(time.Hour)
	for range tries {
		before := bootClock()
		wall := time.Now().UnixNano()
		after := bootClock()
		if w := after - before; w < within {
			offset, within = wall-before-w/2, w
		}
	}
	return offset, within
}

// bootClock reads the clock without telling the scheduler: see Kernel.read.
func bootClock() int64 {
	var ts unix.Timespec
	if _, _, e := unix.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_BOOTTIME, uintptr(unsafe.Pointer(&ts)), 0); e != 0 {
		return 0
	}
	return ts.Nano()
}

// followed returns the offset to go on with after another reading: the new one
// when the clock was set, else the old one.
func followed(old, offset, within int64) int64 {
	if d := offset - old; d > drift+within || d < -drift-within {
		return offset
	}
	return old
}
