// Package log is the durable queue between the manager's doors and the lake:
// batches of agents go in by Publish, which returns when they are on disk, and
// come out in the same order by Consume, at least once, until Release says
// that they are durable elsewhere.
//
// Stream keeps them in an embedded NATS JetStream without a listener. A log
// never drops what it accepted: when its bound is reached or the disk is full,
// Publish returns an error, the agent gets no acknowledgement and keeps the
// events in its spool.
//
// All methods are safe for concurrent use; Consume is meant for one caller.
package log

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// What Publish returns when it cannot take a batch now; try again later.
var (
	ErrFull   = errors.New("log is full: events are stored more slowly than they arrive")
	ErrDisk   = errors.New("disk of the log is full: free space or enlarge it")
	ErrClosed = errors.New("log is closed")
)

// ErrTooLarge is what Publish returns for a batch that no message can hold.
var ErrTooLarge = errors.New("batch is too large for the log")

// MaxBatch is the largest encoded batch that Publish takes, bytes.
const MaxBatch = 6 << 20

// groupBytes is how much of waiting batches goes into one message. A message
// costs one disk flush, so batches that arrive meanwhile share the next one.
const groupBytes = 900 << 10

// Entry is one batch as it was published.
type Entry struct {
	Agent    string
	Received time.Time
	Batch    *wirepb.Batch // read-only; its Content aliases the message
	// Events is what Batch holds, in its order, when it is decoded already; it
	// belongs to who gets the entry. An entry that was read from the disk has none.
	Events []*event.Event
	// Damage says, on the last entry, that what followed in its message cannot
	// be read; such an entry has nothing else.
	Damage error
}

// Handler takes the entries of one message. Positions grow but may have gaps;
// an error ends Consume.
type Handler func(ctx context.Context, position uint64, entries []Entry) error

// message is batches that are written at once.
type message struct {
	data    []byte
	entries []Entry // what data encodes
}

type request struct {
	frame []byte
	entry Entry
	done  chan error // buffered, gets exactly one value
}

// group joins the batches of many callers into few messages.
type group struct {
	in      chan request
	closed  chan struct{} // closed by stop
	stopped chan struct{} // closed when run has ended
	once    sync.Once     // closes closed
}

// newGroup returns a group that hands its messages to keep, which keeps them
// durably.
func newGroup(keep func(ctx context.Context, m message) error) *group {
	g := &group{in: make(chan request, 256), closed: make(chan struct{}), stopped: make(chan struct{})}
	go g.run(keep)
	return g
}

// publish hands an entry to the next message and waits until it is durable.
func (g *group) publish(ctx context.Context, e Entry) error {
	frame, err := frameOf(e)
	if err != nil {
		return err
	}
	r := request{frame: frame, entry: e, done: make(chan error, 1)}
	select {
	case g.in <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-g.closed:
		return ErrClosed
	}
	select {
	case err := <-r.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-g.stopped:
		select {
		case err := <-r.done:
			return err
		default:
			return ErrClosed
		}
	}
}

func (g *group) run(keep func(ctx context.Context, m message) error) {
	defer close(g.stopped)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-g.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	var left *request // taken, and too much for the message before
	for {
		var first request
		if left != nil {
			first, left = *left, nil
		} else {
			select {
			case first = <-g.in:
			case <-g.closed:
				return
			}
		}
		var batch []request
		var m message
		batch, m, left = g.join(first)
		err := keep(ctx, m)
		for _, r := range batch {
			r.done <- err
		}
	}
}

// join adds to first what waits, up to groupBytes; left does not fit any more.
func (g *group) join(first request) (batch []request, m message, left *request) {
	batch = []request{first}
	m = message{slices.Clip(first.frame), []Entry{first.entry}} // appending copies it
	for {
		r, ok := g.waiting()
		if !ok {
			return batch, m, nil
		}
		if len(m.data)+len(r.frame) > groupBytes {
			return batch, m, &r
		}
		batch = append(batch, r)
		m.data, m.entries = append(m.data, r.frame...), append(m.entries, r.entry)
	}
}

func (g *group) waiting() (request, bool) {
	select {
	case r := <-g.in:
		return r, true
	default:
		return request{}, false
	}
}

func (g *group) stop() {
	g.once.Do(func() { close(g.closed) })
	<-g.stopped
}

// frameOf encodes one batch for a message.
func frameOf(e Entry) ([]byte, error) {
	frame, err := appendFrame(nil, e.Agent, e.Received, e.Batch)
	if err != nil {
		return nil, fmt.Errorf("encode batch of agent %s: %w", e.Agent, err)
	}
	if len(frame) > MaxBatch {
		return nil, fmt.Errorf("batch of agent %s, epoch %d, lane %d, %d bytes: %w", e.Agent, e.Batch.GetEpoch(), e.Batch.GetLane(), len(frame), ErrTooLarge)
	}
	return frame, nil
}
