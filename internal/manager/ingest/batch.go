package ingest

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// decodedBytes is about what a decoded event takes beside its text.
const decodedBytes = 2 << 10

// batch checks one batch, makes it durable and acknowledges it.
func (t *stream) batch(ctx context.Context, b *wirepb.Batch) error {
	s := t.server
	cost := min(max(int(b.GetSize()), len(b.GetContent()), 1), wire.MaxContent)
	if err := t.batches.Wait(ctx); err != nil {
		return err
	}
	if err := t.bytes.WaitN(ctx, cost); err != nil {
		return err
	}
	weight := min(int64(cost)+decodedBytes*int64(min(b.GetCount(), wire.MaxEvents)), s.opts.Limits.InFlight)
	if err := s.inFlight.Acquire(ctx, weight); err != nil {
		return err
	}
	defer s.inFlight.Release(weight)
	select { // a batch of a stream that was replaced may still be in work
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return t.take(ctx, b)
}

// take works on a batch while the agent's turn is held.
func (t *stream) take(ctx context.Context, b *wirepb.Batch) error {
	s := t.server
	s.stats.batches.Add(1)
	good, events, bad, err := t.check(b)
	if err != nil {
		return t.refuse(b, err)
	}
	if good != nil {
		switch err := s.opts.Log.Publish(ctx, log.Entry{Agent: t.id, Received: s.opts.Now(), Batch: good, Events: events}); {
		case errors.Is(err, log.ErrTooLarge):
			return t.refuse(b, err)
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			s.opts.Logger.Error("batch cannot be stored, the agent keeps it", "agent", t.id, "error", err)
			return status.Error(codes.Unavailable, "the manager cannot store events now: "+err.Error())
		}
		s.stats.events.Add(int64(good.GetCount()))
	}
	t.advance(lane{b.GetEpoch(), b.GetLane()}, b.GetLast())
	if bad.count > 0 {
		if err := t.sendRefused(bad.first, bad.count, b, bad.why); err != nil {
			return err
		}
	}
	mark := &wirepb.Mark{Epoch: b.GetEpoch(), Lane: b.GetLane(), Sequence: b.GetLast()}
	return t.send(&wirepb.FromManager{Message: &wirepb.FromManager_Ack{Ack: &wirepb.Ack{Mark: mark}}})
}

// rejected is the events of a batch that cannot be read.
type rejected struct {
	first int64
	count uint32
	why   error
}

// check returns what of b is new and can be read, nil when nothing is, and its
// events when that is all of b. An error means that the whole batch is wrong.
func (t *stream) check(b *wirepb.Batch) (*wirepb.Batch, []*event.Event, rejected, error) {
	if b.GetEpoch() == wire.ManagerEpoch {
		return nil, nil, rejected{}, errors.New("the epoch is that of the manager's own events")
	}
	raw, err := t.server.decoder.Unpack(b)
	if err != nil {
		return nil, nil, rejected{}, err
	}
	var bad rejected
	known := t.mark(lane{b.GetEpoch(), b.GetLane()})
	last, keep := b.GetFirst()-1, make([]int64, len(raw))
	events := make([]*event.Event, 0, len(raw))
	reader := wire.NewReader(t.id, b.GetEpoch(), len(raw))
	for i, r := range raw {
		e, err := reader.Event(r)
		if errors.Is(err, wire.ErrForeign) {
			return nil, nil, rejected{}, err
		}
		if err == nil && (e.Sequence <= last || e.Sequence > b.GetLast()) {
			err = fmt.Errorf("event.sequence %d is not after %d or not in the batch's %d to %d", e.Sequence, last, b.GetFirst(), b.GetLast())
		}
		switch {
		case err != nil:
			bad.add(last+1, fmt.Errorf("event %d of the batch: %w", i+1, err))
			t.server.keepAside(t.id, b, i, r, err)
			continue
		case e.Sequence <= known:
			t.server.stats.duplicates.Add(1)
		default:
			keep[i] = e.Sequence
			events = append(events, e)
		}
		last = e.Sequence
	}
	if len(events) == len(raw) {
		return b, events, bad, nil
	}
	good, err := t.repack(b, raw, keep)
	return good, nil, bad, err
}

func (r *rejected) add(sequence int64, why error) {
	if r.count == 0 {
		r.first, r.why = sequence, why
	}
	r.count++
}

// repack makes a batch of the events whose sequence is in keep.
func (t *stream) repack(b *wirepb.Batch, raw [][]byte, keep []int64) (*wirepb.Batch, error) {
	if t.pack == nil {
		p, err := wire.NewPacker()
		if err != nil {
			return nil, err
		}
		t.pack = p
	}
	for i, sequence := range keep {
		if sequence > 0 && !t.pack.AddRaw(sequence, raw[i]) {
			t.pack.Reset()
			return nil, errors.New("batch grew while it was cleaned")
		}
	}
	if t.pack.Len() == 0 {
		return nil, nil
	}
	return t.pack.Batch(b.GetEpoch(), b.GetLane()), nil
}

// refuse tells the agent never to send b again.
func (t *stream) refuse(b *wirepb.Batch, why error) error {
	t.server.stats.refused.Add(1)
	t.server.opts.Logger.Warn("batch refused", "agent", t.id, "epoch", b.GetEpoch(), "lane", b.GetLane(),
		"first", b.GetFirst(), "last", b.GetLast(), "error", why)
	t.server.aside.keep(fmt.Sprintf("%s-%d-%d-%d-batch", t.id, b.GetEpoch(), b.GetLane(), b.GetFirst()), b.GetContent())
	return t.sendRefused(b.GetFirst(), b.GetCount(), b, why)
}

func (t *stream) sendRefused(first int64, count uint32, b *wirepb.Batch, why error) error {
	return t.send(&wirepb.FromManager{Message: &wirepb.FromManager_Refused{Refused: &wirepb.Refused{
		Reason: why.Error(), Discard: true, First: first, Count: count,
		Mark: &wirepb.Mark{Epoch: b.GetEpoch(), Lane: b.GetLane(), Sequence: b.GetLast()},
	}}})
}
