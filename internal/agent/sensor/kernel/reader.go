package kernel

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/cilium/ebpf/ringbuf"
	"golang.org/x/sys/unix"
)

// read hands records to the sensors in the order of the ring until it is closed.
//
// It waits in the runtime's network poller and not in epoll_wait of the ring's
// reader: a goroutine that blocks in a system call keeps its processor busy
// for the scheduler, whose monitor then wakes every 20 microseconds; that cost
// more than all events together.
func (k *Kernel) read() {
	defer close(k.done)
	var raw ringbuf.Record
	k.reader.SetDeadline(time.Unix(1, 0)) // never blocks
	for {
		err := k.reader.ReadInto(&raw)
		switch {
		case err == nil:
			k.dispatch(raw.RawSample)
		case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, ringbuf.ErrFlushed):
			k.emptied()
			k.wait(interval)
		case errors.Is(err, ringbuf.ErrClosed):
			k.emptied()
			return
		default:
			// The ring itself is broken: nothing more can be read from it.
			k.o.Log.Error("read the ring", "error", err)
			k.emptied()
			return
		}
	}
}

// wait returns after d, when a record rings the bell, when somebody waits for
// the ring, and when the ring is closed.
func (k *Kernel) wait(d time.Duration) {
	if k.bell.SetReadDeadline(time.Now().Add(d)) != nil || k.wanted() {
		return
	}
	called := false
	_ = k.ringing.Read(func(uintptr) bool { // the deadline is no error
		again := called
		called = true
		return again
	})
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

// emptied follows the wall clock and frees those who wait for the ring.
func (k *Kernel) emptied() {
	offset, within := clockOffset(1)
	k.wall.Store(followed(k.wall.Load(), offset, within))
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.waiting != nil {
		close(k.waiting)
		k.waiting = nil
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
