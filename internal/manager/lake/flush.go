package lake

import (
	"context"
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// writeSegments writes the memory tier when it is full or old.
func (l *Lake) writeSegments(ctx context.Context) error {
	tick := time.NewTicker(min(time.Second, l.opts.FlushAge))
	defer tick.Stop()
	pause := time.Duration(0)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-l.full:
		}
		if !l.due() {
			continue
		}
		l.flushing.Lock()
		err := l.flush(ctx)
		l.flushing.Unlock()
		if err == nil || ctx.Err() != nil {
			pause = 0
			continue
		}
		l.opts.Logger.Error("segment cannot be written", "error", err)
		pause = min(max(2*pause, 200*time.Millisecond), 15*time.Second)
		sleep(ctx, pause)
	}
}

// due reports whether there is something to write now.
func (l *Lake) due() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.frozen != nil || l.isFull(l.active) || !l.active.empty() && l.opts.Now().Sub(l.active.since) >= l.opts.FlushAge
}

// Flush writes what is in memory to segments. After an error the events stay
// in memory and searchable, and the next Flush tries again.
func (l *Lake) Flush(ctx context.Context) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	if l.unwritten() { // then the active chunk is another one
		if err := l.flush(ctx); err != nil {
			return err
		}
	}
	return l.flush(ctx)
}

// unwritten reports whether there is a chunk that could not be written before.
func (l *Lake) unwritten() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.frozen != nil
}

// flush writes one chunk; the caller holds flushing.
func (l *Lake) flush(ctx context.Context) error {
	c := l.freeze()
	if c == nil {
		return nil
	}
	if err := l.store(ctx, c); err != nil {
		l.say("segments", fmt.Sprintf("events cannot be stored: %v. They wait in memory and in the log; when these are full, agents keep theirs. Free space below %s", err, l.opts.Dir))
		return err
	}
	l.say("segments", "")
	if err := l.opts.Log.Release(ctx, c.position); err != nil {
		l.opts.Logger.Warn("log keeps what is stored already", "position", c.position, "error", err)
	}
	return nil
}

// freeze returns the chunk to write: the one that could not be written before,
// or the active one; nil when there is none.
func (l *Lake) freeze() *chunk {
	l.taking.Lock()
	defer l.taking.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.frozen == nil && !l.active.empty() {
		l.frozen, l.active = l.active, newChunk(l.opts.Now(), l.active)
		close(l.changed) // the active chunk takes events again
		l.changed = make(chan struct{})
	}
	return l.frozen
}

// store writes the chunk and its manifest entry, and shows the segment in the
// place of the chunk.
func (l *Lake) store(ctx context.Context, c *chunk) error {
	if c.info == nil && c.view.Rows() > 0 {
		i, err := l.writer.Write(ctx, l.opts.Dir, l.name(), c.table)
		if err != nil {
			return err
		}
		c.info = &i
	}
	// A failed commit may have been one: the same transaction again is right
	// in both cases, so the file stays.
	if err := l.manifest.add(ctx, addition{info: c.info, chunk: c, log: l.opts.Log.ID(), now: event.At(l.opts.Now())}); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frozen = nil
	if c.info != nil {
		l.segments = append(l.segments, l.newHandle(*c.info))
	}
	return nil
}

// name returns a new name for a segment; names sort by age.
func (l *Lake) name() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.names = max(l.names+1, l.opts.Now().UnixNano())
	return fmt.Sprintf("%s-%019d", time.Unix(0, l.names).UTC().Format("20060102"), l.names)
}
