package lake

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/wire"
)

// maxAside bounds the malformed batches that are kept as files.
const maxAside = 1000

// intake is what one message of the log brings.
type intake struct {
	events     []*event.Event
	places     []Position
	marks      map[Lane]int64
	gaps       []Gap
	duplicates int64
	malformed  int64
}

// accept takes the entries of one message: it returns when the events are
// searchable, and blocks while the memory tier is full.
func (l *Lake) accept(ctx context.Context, position uint64, entries []log.Entry) error {
	last := l.Position()
	if position <= last {
		return nil
	}
	in := intake{marks: map[Lane]int64{}}
	if position > last+1 {
		in.gaps = append(in.gaps, l.missed(last, position, entries))
	}
	index := uint32(0)
	for i, e := range entries {
		if e.Damage != nil {
			in.gaps = append(in.gaps, l.unreadable(position, entries[:i], e.Damage))
			continue
		}
		l.take(&in, e, position, i, &index)
	}
	if err := l.deliver(ctx, in.events); err != nil {
		return nil // ctx is done; the message comes again
	}
	l.show(&in, position)
	return l.room(ctx)
}

// missed is the gap that a jump in the positions of the log is.
func (l *Lake) missed(last, position uint64, entries []log.Entry) Gap {
	g := Gap{ID: fmt.Sprintf("log:%s:%d", l.opts.Log.ID(), last), Lost: -1, To: event.At(l.opts.Now()),
		Reason: fmt.Sprintf("the log has no messages %d to %d: its files were damaged or removed", last+1, position-1)}
	if len(entries) > 0 && entries[0].Damage == nil {
		g.To = event.At(entries[0].Received)
	}
	g.From = g.To - event.Time(time.Hour)
	l.opts.Logger.Error("messages are missing in the log", "from", last+1, "to", position-1)
	return g
}

// unreadable is the gap behind the entries of a message that could be read.
func (l *Lake) unreadable(position uint64, before []log.Entry, damage error) Gap {
	g := Gap{ID: fmt.Sprintf("frame:%s:%d", l.opts.Log.ID(), position), Lost: -1, To: event.At(l.opts.Now()),
		Reason: fmt.Sprintf("message %d of the log is damaged: %v", position, damage)}
	if len(before) > 0 {
		g.To = event.At(before[len(before)-1].Received)
	}
	g.From = g.To - event.Time(time.Hour)
	l.opts.Logger.Error("message of the log is damaged, its rest is lost", "position", position, "read", len(before), "error", damage)
	return g
}

// take takes the events of one batch. The agent and the epoch are what the door
// vouches for, not what the batch says.
func (l *Lake) take(in *intake, entry log.Entry, position uint64, number int, index *uint32) {
	lane := Lane{entry.Agent, entry.Batch.GetEpoch(), entry.Batch.GetLane()}
	mark, ok := in.marks[lane]
	if !ok {
		mark = l.Mark(lane)
	}
	events, lost, err := entry.Events, int64(0), error(nil)
	if events == nil {
		if events, lost, err = l.decode(entry); events == nil {
			mark = max(mark, entry.Batch.GetLast())
		}
	}
	for _, e := range events {
		at := Position{position, *index}
		*index++
		switch {
		case e == nil: // could not be read
		case e.Sequence <= mark:
			in.duplicates++
		default:
			mark = e.Sequence
			e.Ingested = event.At(entry.Received)
			in.events, in.places = append(in.events, e), append(in.places, at)
		}
	}
	if err != nil {
		in.malformed += lost
		in.gaps = append(in.gaps, l.keepAside(entry, fmt.Sprintf("batch:%s:%d:%d", l.opts.Log.ID(), position, number), lost, err))
	}
	in.marks[lane] = mark
}

// decode reads the events of a batch; those that cannot be read are nil and
// lost. It returns none when that is true of the whole batch.
func (l *Lake) decode(entry log.Entry) (events []*event.Event, lost int64, err error) {
	raw, err := l.decoder.Unpack(entry.Batch)
	if err != nil {
		return nil, max(int64(entry.Batch.GetCount()), 1), err
	}
	events = make([]*event.Event, len(raw))
	reader := wire.NewReader(entry.Agent, entry.Batch.GetEpoch(), len(raw))
	for i, r := range raw {
		e, bad := reader.Event(r)
		if bad != nil {
			lost, err = lost+1, bad
			continue
		}
		events[i] = e
	}
	return events, lost, err
}

// keepAside writes a batch that cannot be read to a file and makes its gap.
func (l *Lake) keepAside(entry log.Entry, id string, lost int64, cause error) Gap {
	dir := filepath.Join(l.opts.Dir, asideDir)
	name := strings.ReplaceAll(id, ":", "-") + ".bin"
	kept := "kept as " + filepath.Join(asideDir, name)
	files, err := os.ReadDir(dir)
	if err == nil && len(files) >= maxAside {
		err = fmt.Errorf("%d files are kept already", len(files))
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), entry.Batch.GetContent(), 0o640)
	}
	if err != nil {
		kept = "not kept: " + err.Error()
	}
	l.opts.Logger.Error("batch cannot be read", "agent", entry.Agent, "events", lost, "file", name, "kept", err == nil, "error", cause)
	to := event.At(entry.Received)
	return Gap{ID: id, Agent: entry.Agent, From: to - event.Time(time.Hour), To: to, Lost: lost,
		Reason: fmt.Sprintf("a batch could not be read (%v), %s", cause, kept)}
}

// deliver hands events to the sinks until they took them.
func (l *Lake) deliver(ctx context.Context, events []*event.Event) error {
	if len(events) == 0 {
		return nil
	}
	for _, sink := range l.opts.Sinks {
		pause := 50 * time.Millisecond
		for {
			err := sink(ctx, events)
			if err == nil {
				l.say("sink", "")
				break
			}
			if ctx.Err() != nil {
				return ctx.Err()
			}
			l.say("sink", fmt.Sprintf("accepted events cannot be worked on, so no more are taken: %v", err))
			l.opts.Logger.Error("sink does not take events", "events", len(events), "error", err)
			if !sleep(ctx, pause) {
				return ctx.Err()
			}
			pause = min(2*pause, 5*time.Second)
		}
	}
	return nil
}

// sleep waits for d; false when ctx was done before.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// show makes the events of a message searchable and tells subscribers.
func (l *Lake) show(in *intake, position uint64) {
	l.taking.Lock() // the active chunk stays it
	defer l.taking.Unlock()
	l.mu.RLock()
	c := l.active
	l.mu.RUnlock()
	c.table.Append(in.events)
	view := c.table.View()
	l.mu.Lock()
	if c.empty() {
		c.since = l.opts.Now()
	}
	c.view, c.bytes = view, c.table.Bytes()
	c.gaps = append(c.gaps, in.gaps...)
	for lane, mark := range in.marks {
		c.marks[lane] = mark
		l.marks[lane] = mark
	}
	c.position, l.position = position, position
	l.counts.accepted += int64(len(in.events))
	l.counts.duplicates += in.duplicates
	l.counts.malformed += in.malformed
	l.mu.Unlock()
	l.tail.add(in.events, in.places)
}

// isFull reports whether a chunk must be written before it takes more; the
// caller holds mu.
func (l *Lake) isFull(c *chunk) bool {
	return c.view.Rows() >= l.opts.FlushRows || c.bytes >= l.opts.FlushBytes
}

// room waits until the memory tier takes another message.
func (l *Lake) room(ctx context.Context) error {
	for {
		l.mu.RLock()
		full, changed := l.isFull(l.active), l.changed
		l.mu.RUnlock()
		if !full {
			return nil
		}
		select {
		case l.full <- struct{}{}:
		default:
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// Mark returns the newest sequence of a lane that the lake has.
func (l *Lake) Mark(lane Lane) int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.marks[lane]
}

// Marks returns the newest sequences of all lanes of an agent.
func (l *Lake) Marks(agent string) map[Lane]int64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	out := map[Lane]int64{}
	for lane, mark := range l.marks {
		if lane.Agent == agent {
			out[lane] = mark
		}
	}
	return out
}
