package logtest

import (
	"context"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Memory is a log in memory: it keeps the promises of log.Stream as long as the
// process lives. Each batch is a message of its own.
type Memory struct {
	id    string
	limit int64

	mu      sync.Mutex
	entries []stored      // guarded by mu; position of the first is first
	first   uint64        // guarded by mu
	size    int64         // guarded by mu
	closed  bool          // guarded by mu
	grown   chan struct{} // guarded by mu; closed and replaced when one comes
}

// stored is a batch as it would stand on disk.
type stored struct {
	entry   log.Entry // without Batch and Events
	content []byte
}

// NewMemory returns an empty log that holds at most limit bytes.
func NewMemory(id string, limit int64) *Memory {
	return &Memory{id: id, limit: limit, first: 1, grown: make(chan struct{})}
}

// ID names this log; positions of another log mean nothing in it.
func (m *Memory) ID() string { return m.id }

// Publish appends a batch.
func (m *Memory) Publish(ctx context.Context, e log.Entry) error {
	content, err := proto.Marshal(e.Batch)
	if err != nil {
		return fmt.Errorf("encode batch of agent %s: %w", e.Agent, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case len(content) > log.MaxBatch:
		return log.ErrTooLarge
	case m.closed:
		return log.ErrClosed
	case m.size+int64(len(content)) > m.limit:
		return log.ErrFull
	}
	e.Batch, e.Events = nil, nil
	m.entries = append(m.entries, stored{e, content})
	m.size += int64(len(content))
	close(m.grown)
	m.grown = make(chan struct{})
	return nil
}

// Consume calls fn with every batch after a position, in order, until ctx is
// done (then it returns nil) or fn returns an error.
func (m *Memory) Consume(ctx context.Context, after uint64, fn log.Handler) error {
	for ctx.Err() == nil {
		m.mu.Lock()
		next := max(after+1, m.first)
		var at *stored
		if i := next - m.first; i < uint64(len(m.entries)) {
			at = &m.entries[i]
		}
		grown := m.grown
		m.mu.Unlock()
		if at == nil {
			select {
			case <-grown:
			case <-ctx.Done():
			}
			continue
		}
		e := at.entry
		e.Batch = &wirepb.Batch{}
		if err := proto.Unmarshal(at.content, e.Batch); err != nil {
			return fmt.Errorf("position %d: %w", next, err)
		}
		if err := fn(ctx, next, []log.Entry{e}); err != nil {
			return err
		}
		after = next
	}
	return nil
}

// Release forgets everything up to a position.
func (m *Memory) Release(_ context.Context, upTo uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.first <= upTo && len(m.entries) > 0 {
		m.size -= int64(len(m.entries[0].content))
		m.entries = m.entries[1:]
		m.first++
	}
	return nil
}

// Usage tells how full the log is.
func (m *Memory) Usage(context.Context) (log.Usage, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return log.Usage{Bytes: m.size, Limit: m.limit, Messages: uint64(len(m.entries)), Last: m.first + uint64(len(m.entries)) - 1}, nil
}

// Close ends Publish; what was published stays readable.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}
