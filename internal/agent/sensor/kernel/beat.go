package kernel

import (
	"slices"
	"time"
)

// beat is somebody who wants to look at something now and then.
type beat struct {
	c     chan struct{} // capacity 1
	every time.Duration
	last  int64 // how many times every has passed since 1970
}

// Beat returns a channel that gets a value once in each span of every, until
// stop is called: when the reader of the ring looks, which it does anyway, for
// the first time in the span. So those that look equally often do it together. A
// timer of one's own would wake the agent once more, and waking it costs more
// than most of what is then looked at.
func (k *Kernel) Beat(every time.Duration) (c <-chan struct{}, stop func()) {
	every = max(every, interval)
	b := &beat{c: make(chan struct{}, 1), every: every, last: time.Now().UnixNano() / int64(every)}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.beats = append(k.beats, b)
	return b.c, func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.beats = slices.DeleteFunc(k.beats, func(x *beat) bool { return x == b })
	}
}

// mayBeat reports whether those who wait for a beat may look now: not right
// after an urgent record, which they would hold up, but never twice in turn.
// The reader calls it once for each look.
func (k *Kernel) mayBeat() bool {
	urgents := k.urgents.Load()
	k.held = urgents != k.urgentsBefore && !k.held
	k.urgentsBefore = urgents
	return !k.held
}

// tellBeats tells those whose time has come; mu is held. A clock that was set
// begins a new span.
func (k *Kernel) tellBeats(now time.Time) {
	for _, b := range k.beats {
		span := now.UnixNano() / int64(b.every)
		if span == b.last {
			continue
		}
		b.last = span
		select {
		case b.c <- struct{}{}:
		default: // the one before is not taken yet
		}
	}
}
