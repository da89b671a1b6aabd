package kernel

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// writing is how long the reader waits for a record that is being written.
const writing = time.Millisecond

// read hands records to the sensors in the order of the ring until it is closed.
//
// It waits in the runtime's network poller and makes no system call that the
// scheduler knows of: each of those wakes the scheduler's monitor, which then
// looks every 20 microseconds; that cost more than all events together.
func (k *Kernel) read() {
	defer close(k.done)
	for open := true; open; {
		record, busy := k.ring.next()
		switch {
		case record != nil:
			k.dispatch(record)
		case busy:
			open = k.wait(writing)
		default:
			k.emptied()
			open = k.wait(interval)
		}
	}
	k.emptied()
}

// wait returns after d, when a record rings the bell, when somebody waits for
// the ring, and when the ring is closed, which it then says.
func (k *Kernel) wait(d time.Duration) (open bool) {
	if k.bell.SetReadDeadline(time.Now().Add(d)) != nil {
		return false
	}
	if k.wanted() {
		return true
	}
	called := false
	err := k.ringing.Read(func(uintptr) bool {
		again := called
		called = true
		return again
	})
	return err == nil || errors.Is(err, os.ErrDeadlineExceeded)
}

func (k *Kernel) wanted() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.waiting != nil
}

// openBell makes the ring's wake-ups known to the runtime's network poller.
func (k *Kernel) openBell() error {
	fd, err := unix.FcntlInt(uintptr(k.maps["ring"].FD()), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return fmt.Errorf("copy the ring's descriptor: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return errors.Join(fmt.Errorf("make the ring's descriptor non-blocking: %w", err), unix.Close(fd))
	}
	k.bell = os.NewFile(uintptr(fd), "ring")
	if k.ringing, err = k.bell.SyscallConn(); err == nil {
		err = k.bell.SetReadDeadline(time.Time{})
	}
	if err != nil {
		return errors.Join(fmt.Errorf("wait for the ring: %w", err), k.bell.Close())
	}
	return nil
}

// OnEmpty has f called by the reader each time it has handled all that was in
// the ring, so that who gathers need not wait for more.
func (k *Kernel) OnEmpty(f func()) { k.onEmpty.Store(&f) }

// emptied follows the wall clock, and tells those who wait for the ring or for
// a beat.
func (k *Kernel) emptied() {
	offset, within := clockOffset(1)
	k.wall.Store(followed(k.wall.Load(), offset, within))
	if f := k.onEmpty.Load(); f != nil {
		(*f)()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.waiting != nil {
		close(k.waiting)
		k.waiting = nil
	}
	if k.mayBeat() {
		k.tellBeats(time.Now())
	}
}

// Drain waits until all that was in the ring when it was called is handled. It
// waits for two rounds of the reader: the first may have passed the end of the
// ring before the call.
func (k *Kernel) Drain() {
	for range 2 {
		k.mu.Lock()
		if k.waiting == nil {
			k.waiting = make(chan struct{})
		}
		waiting := k.waiting
		k.mu.Unlock()
		if err := k.bell.SetReadDeadline(time.Now()); err != nil {
			return // closed
		}
		select {
		case <-waiting:
		case <-k.done:
			return
		}
	}
}

func (k *Kernel) dispatch(raw []byte) {
	r, err := ParseRecord(raw)
	if err != nil {
		k.malformed[0].Add(1)
		return
	}
	if r.Flags&FlagCut != 0 {
		k.cut[int(r.Sensor)*kinds+int(r.Kind)].Add(1)
	}
	if r.Flags&FlagUrgent != 0 {
		k.urgents.Add(1)
	}
	h := k.handlers[r.Sensor].Load()
	if h == nil {
		return // the sensor ended meanwhile
	}
	if err := h.handle(r); err != nil {
		k.malformed[r.Sensor].Add(1)
		k.o.Log.Debug("malformed record", "sensor", sensorName(int(r.Sensor)), "error", err)
	}
}
