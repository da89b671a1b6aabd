package log

import (
	"context"
	"fmt"
	"sync"
)

// Memory is a log in memory, for tests and for trying things out: it keeps
// the promises of Stream as long as the process lives.
type Memory struct {
	id    string
	limit int64
	group *group

	mu       sync.Mutex
	messages [][]byte      // guarded by mu; position of the first is first
	first    uint64        // guarded by mu
	size     int64         // guarded by mu
	fault    error         // guarded by mu; what append returns when set
	grown    chan struct{} // guarded by mu; closed and replaced at each append
}

// NewMemory returns an empty log that holds at most limit bytes; 0 is 1 GiB.
func NewMemory(id string, limit int64) *Memory {
	if limit == 0 {
		limit = 1 << 30
	}
	m := &Memory{id: id, limit: limit, first: 1, grown: make(chan struct{})}
	m.group = newGroup(m)
	return m
}

// ID names this log; positions of another log mean nothing in it.
func (m *Memory) ID() string { return m.id }

// Publish appends a batch and returns when it would survive.
func (m *Memory) Publish(ctx context.Context, e Entry) error { return m.group.publish(ctx, e) }

// Fail makes every append return err until it is nil again.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = err
}

func (m *Memory) append(_ context.Context, msg message) error {
	data := msg.data
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fault != nil {
		return m.fault
	}
	if m.size+int64(len(data)) > m.limit {
		return ErrFull
	}
	m.messages = append(m.messages, data)
	m.size += int64(len(data))
	close(m.grown)
	m.grown = make(chan struct{})
	return nil
}

// Consume calls fn with every message after a position, in order, until ctx is
// done (then it returns nil) or fn returns an error.
func (m *Memory) Consume(ctx context.Context, after uint64, fn Handler) error {
	for {
		m.mu.Lock()
		next := max(after+1, m.first)
		var data []byte
		if i := next - m.first; i < uint64(len(m.messages)) {
			data = m.messages[i]
		}
		grown := m.grown
		m.mu.Unlock()
		if data == nil {
			select {
			case <-grown:
				continue
			case <-ctx.Done():
				return nil
			}
		}
		entries, err := decodeFrames(data)
		if err != nil {
			return fmt.Errorf("position %d: %w", next, err)
		}
		if err := fn(ctx, next, entries); err != nil {
			return err
		}
		after = next
		if ctx.Err() != nil {
			return nil
		}
	}
}

// Release forgets everything up to a position.
func (m *Memory) Release(_ context.Context, upTo uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.first <= upTo && len(m.messages) > 0 {
		m.size -= int64(len(m.messages[0]))
		m.messages = m.messages[1:]
		m.first++
	}
	return nil
}

// Usage tells how full the log is.
func (m *Memory) Usage(context.Context) (Usage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Usage{Bytes: m.size, Limit: m.limit, Messages: uint64(len(m.messages)), Last: m.first + uint64(len(m.messages)) - 1}, nil
}

// Close ends Publish; what was published stays readable.
func (m *Memory) Close() error {
	m.group.stop()
	return nil
}
