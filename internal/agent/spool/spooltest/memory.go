package spooltest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/vedette-edr/vedette/internal/agent/spool"
)

// Memory is a spool that forgets at the end of the program. It has no bound.
type Memory struct {
	epoch int64
	ready chan struct{}

	mu     sync.Mutex
	lanes  [spool.Lanes][]spool.Record // guarded by mu, oldest first
	read   [spool.Lanes]int            // guarded by mu: records that were read
	last   [spool.Lanes]int64          // guarded by mu
	closed bool                        // guarded by mu
}

// NewMemory returns an empty queue.
func NewMemory() *Memory { return &Memory{epoch: 1, ready: make(chan struct{}, 1)} }

// Epoch returns 1.
func (m *Memory) Epoch() int64 { return m.epoch }

// LastSequence returns the highest sequence that was appended.
func (m *Memory) LastSequence() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Max(m.last[:])
}

// Append queues a copy of r.
func (m *Memory) Append(r spool.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return spool.ErrClosed
	case r.Lane >= spool.Lanes || len(r.Payload) > spool.MaxPayload:
		return fmt.Errorf("append: lane %d, %d bytes", r.Lane, len(r.Payload))
	case r.Sequence <= m.last[r.Lane]:
		return fmt.Errorf("append: sequence %d does not follow %d", r.Sequence, m.last[r.Lane])
	}
	r.Epoch, r.Payload = m.epoch, slices.Clone(r.Payload)
	m.lanes[r.Lane] = append(m.lanes[r.Lane], r)
	m.last[r.Lane] = r.Sequence
	m.signal()
	return nil
}

func (m *Memory) signal() {
	select {
	case m.ready <- struct{}{}:
	default:
	}
}

// Sync does nothing.
func (m *Memory) Sync(context.Context) error { return nil }

// Ready is signalled when records became readable.
func (m *Memory) Ready() <-chan struct{} { return m.ready }

// Read appends to dst the next records of a lane.
func (m *Memory) Read(lane uint32, dst []spool.Record, maxBytes int) ([]spool.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return dst, spool.ErrClosed
	}
	if lane >= spool.Lanes {
		return dst, fmt.Errorf("read: lane %d", lane)
	}
	for size := 0; size < maxBytes && m.read[lane] < len(m.lanes[lane]); m.read[lane]++ {
		r := m.lanes[lane][m.read[lane]]
		dst = append(dst, r)
		size += len(r.Payload)
	}
	return dst, nil
}

// Release lets go of records.
func (m *Memory) Release(k spool.Mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k.Epoch != m.epoch || k.Lane >= spool.Lanes {
		return
	}
	records := m.lanes[k.Lane]
	n := 0
	for n < len(records) && records[n].Sequence <= k.Sequence {
		n++
	}
	m.lanes[k.Lane] = records[n:]
	m.read[k.Lane] = max(0, m.read[k.Lane]-n)
}

// Rewind makes what was not released readable again.
func (m *Memory) Rewind() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.read[:])
	m.signal()
}

// Newest returns the newest record of each lane.
func (m *Memory) Newest() []spool.Mark {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []spool.Mark
	for i, l := range m.lanes {
		if len(l) > 0 {
			out = append(out, spool.Mark{Lane: uint32(i), Epoch: m.epoch, Sequence: l[len(l)-1].Sequence})
		}
	}
	return out
}

// Close ends the queue.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return spool.ErrClosed
	}
	m.closed = true
	return nil
}
