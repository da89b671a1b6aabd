package log

import (
	"context"
	"sync"
)

// handoverBytes bounds the encoded bytes of what waits to be handed over;
// decoded it is about twenty times as much. What does not fit is read from the
// disk.
const handoverBytes = 4 << 20

// delivery is a message on its way to Consume.
type delivery struct {
	position uint64
	entries  []Entry
	bytes    int64
}

// handover passes what was just written to Consume, so that it need not be
// read, decompressed and decoded again. The log stays the truth: where a
// position is missing, Consume reads.
type handover struct {
	news chan struct{} // capacity 1: something changed

	mu     sync.Mutex
	open   bool       // guarded by mu: somebody consumes
	missed bool       // guarded by mu: something was written, or may have been, that is not in queue
	queue  []delivery // guarded by mu: positions grow
	bytes  int64      // guarded by mu: of queue
}

func newHandover() *handover { return &handover{news: make(chan struct{}, 1)} }

// start begins to keep what is put, stop ends it.
func (h *handover) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open, h.missed = true, false
}

func (h *handover) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open, h.queue, h.bytes = false, nil, 0
}

func (h *handover) put(d delivery) {
	h.mu.Lock()
	switch {
	case !h.open:
	case h.bytes+d.bytes > handoverBytes:
		h.queue, h.bytes, h.missed = nil, 0, true
	default:
		h.queue, h.bytes = append(h.queue, d), h.bytes+d.bytes
	}
	h.mu.Unlock()
	h.tell()
}

// miss says that something may have been written that is not put.
func (h *handover) miss() {
	h.mu.Lock()
	h.missed = true
	h.mu.Unlock()
	h.tell()
}

// newest returns the position of the newest message that waits, 0 when none does.
func (h *handover) newest() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.queue) == 0 {
		return 0
	}
	return h.queue[len(h.queue)-1].position
}

func (h *handover) tell() {
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// next waits for the oldest message behind a position and takes it out. It
// returns false when the log must be read first: because something was missed,
// or because the message does not follow the position and is not one up to
// known, where the log was read already.
func (h *handover) next(ctx context.Context, after, known uint64) (delivery, bool) {
	for {
		d, found, missed := h.look(after, known)
		if found || missed {
			return d, found
		}
		select {
		case <-h.news:
		case <-ctx.Done():
			return delivery{}, false
		}
	}
}

// look is next without waiting; missed says that the log must be read.
func (h *handover) look(after, known uint64) (d delivery, found, missed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.queue) > 0 && h.queue[0].position <= after {
		h.drop()
	}
	if h.missed {
		h.missed = false
		return delivery{}, false, true
	}
	if len(h.queue) == 0 {
		return delivery{}, false, false
	}
	d = h.queue[0]
	if d.position != after+1 && d.position > known {
		return delivery{}, false, true
	}
	h.drop()
	return d, true, false
}

// drop removes the oldest message; h.mu is held.
func (h *handover) drop() {
	h.bytes -= h.queue[0].bytes
	h.queue[0] = delivery{}
	h.queue = h.queue[1:]
}
