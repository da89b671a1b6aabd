package log

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// errRead marks an error of reading, after which Consume opens a new consumer.
var errRead = errors.New("read the log")

// Consume calls fn with every message after a position, in order, until ctx is
// done (then it returns nil) or fn returns an error. The position is the
// caller's to keep: the server keeps none, so that the place in the log and
// what was made of it can be stored in one transaction. One caller at a time.
//
// What is there at the start is read; what is written from then on is handed
// over, and read only where that misses something.
func (s *Stream) Consume(ctx context.Context, after uint64, fn Handler) error {
	s.fresh.start()
	defer s.fresh.stop()
	pause := 50 * time.Millisecond
	for ctx.Err() == nil {
		from, known := after, s.fresh.newest()
		err := s.catchUp(ctx, &after, fn)
		if err == nil {
			err = s.follow(ctx, &after, known, fn)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			continue
		case !errors.Is(err, errRead):
			return err
		}
		s.opts.Logger.Warn("reading the log again", "position", after, "error", err)
		if after > from {
			pause = 50 * time.Millisecond
		}
		wait(ctx, pause)
		pause = min(2*pause, 5*time.Second)
	}
	return nil
}

// follow handles what is handed over until the log must be read. Up to known
// the log was read: what is missing there is missing.
func (s *Stream) follow(ctx context.Context, after *uint64, known uint64, fn Handler) error {
	for {
		d, ok := s.fresh.next(ctx, *after, known)
		if !ok {
			return nil
		}
		if err := fn(ctx, d.position, d.entries); err != nil {
			return err
		}
		*after = d.position
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// catchUp reads what the log has now after a position, through one short-lived
// consumer of the server.
func (s *Stream) catchUp(ctx context.Context, after *uint64, fn Handler) error {
	_, st, err := s.use(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errRead, err)
	}
	now, err := st.Info(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", errRead, err)
	}
	if now.State.Msgs == 0 || now.State.LastSeq <= *after {
		return nil
	}
	c, err := st.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: *after + 1,
		AckPolicy: jetstream.AckNonePolicy, InactiveThreshold: time.Minute, MemoryStorage: true,
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errRead, err)
	}
	defer s.forget(c.CachedInfo().Name)
	var delivered uint64 // messages of this consumer that were handled
	for ctx.Err() == nil && *after < now.State.LastSeq {
		had := delivered
		if err := s.fetch(ctx, c, &delivered, after, fn); err != nil {
			return err
		}
		if delivered > had {
			continue
		}
		info, err := c.Info(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", errRead, err)
		}
		if info.NumPending > 0 {
			return fmt.Errorf("%w: %d messages are there and do not come", errRead, info.NumPending)
		}
		return nil
	}
	return nil
}

// fetch handles what one request brings. A message that the server sent but
// that did not get here shows as a hole in the consumer's own numbers; then a
// new consumer starts where the last one stopped.
func (s *Stream) fetch(ctx context.Context, c jetstream.Consumer, delivered, after *uint64, fn Handler) error {
	mb, err := c.FetchNoWait(16)
	if err != nil {
		return fmt.Errorf("%w: %w", errRead, err)
	}
	for m := range mb.Messages() {
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("%w: %w", errRead, err)
		}
		if meta.Sequence.Consumer != *delivered+1 {
			return fmt.Errorf("%w: message %d of the consumer follows %d", errRead, meta.Sequence.Consumer, *delivered)
		}
		position := meta.Sequence.Stream
		if err := fn(ctx, position, readFrames(m.Data())); err != nil {
			return err
		}
		*delivered, *after = *delivered+1, position
	}
	if err := mb.Error(); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w: %w", errRead, err)
	}
	return nil
}

func (s *Stream) forget(name string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	s.mu.Lock()
	st, ok := s.stream, s.server != nil && s.server.JetStreamEnabled()
	s.mu.Unlock()
	if ok {
		// The server forgets it by itself after a minute.
		_ = st.DeleteConsumer(ctx, name)
	}
}
