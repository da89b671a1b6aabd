package kernel

import (
	"errors"
	"os"
	"time"

	"github.com/cilium/ebpf/ringbuf"
)

// read hands records to the sensors in the order of the ring until it is closed.
func (k *Kernel) read() {
	defer close(k.done)
	var raw ringbuf.Record
	empty := 0 // looks in a row that found nothing
	k.reader.SetDeadline(time.Now().Add(interval))
	for {
		err := k.reader.ReadInto(&raw)
		switch {
		case err == nil:
			empty = 0
			k.dispatch(raw.RawSample)
		case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, ringbuf.ErrFlushed):
			k.emptied()
			next := interval
			if empty++; empty > looks {
				next = idle
			}
			k.reader.SetDeadline(time.Now().Add(next))
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

// emptied follows the wall clock and frees those who wait for the ring.
func (k *Kernel) emptied() {
	const drift = int64(time.Millisecond)
	now := clockOffset()
	if d := now - k.wall.Load(); d > drift || d < -drift {
		k.wall.Store(now)
	}
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
		if err := k.reader.Flush(); err != nil {
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
