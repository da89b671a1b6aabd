// Package queue holds events between the sensors and the pipeline. It is
// bounded by number and by bytes; when it is full the least valuable class
// goes first, the oldest event of it, and the loss is counted by sensor and
// kind. Events of the vital class are never dropped: they may exceed the
// bounds, which Stats shows, and beyond Options.Hard times the bounds Push
// waits, so that the kernel's ring, which counts what it drops, takes over.
//
// Push may be called from many goroutines, Next from one.
package queue

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// ErrClosed is what Next returns after Close when nothing is left.
var ErrClosed = errors.New("queue is closed")

// Options bound a queue. Zero fields take the default.
type Options struct {
	MaxEvents int           // default 65536
	MaxBytes  int           // default 24 MiB
	Hard      int           // vital events may reach this many times the bounds; default 2
	Linger    time.Duration // how long a batch may gather; default 1 ms
	Batch     int           // events that end the gathering; default 512
	// Urgent reports whether an event ends the gathering at once; nil is never.
	Urgent func(*event.Event) bool
	// Shed is told of each dropped event, with no lock held; nil is nobody.
	Shed func(e *event.Event, reason string)
}

// The reasons that Shed is given.
const (
	ReasonFull     = "queue full"
	ReasonCPULimit = "cpu limit"
	ReasonClosed   = "agent is stopping"
)

// Stats says how a queue is.
type Stats struct {
	Events    int   `json:"events"`
	Bytes     int   `json:"bytes"`
	MaxEvents int   `json:"max_events"`
	MaxBytes  int   `json:"max_bytes"`
	HighBytes int   `json:"high_bytes"` // most bytes held since the start
	Excess    int   `json:"excess"`     // most bytes held above max_bytes: vital events
	Pushed    int64 `json:"pushed"`
	Shed      int64 `json:"shed"`
	Waited    int64 `json:"waited"` // pushes that waited for room
}

// Queue is a bounded queue of events.
type Queue struct {
	opts Options
	wake chan struct{} // capacity 1: a batch is ready

	mu     sync.Mutex
	room   *sync.Cond          // guarded by mu: signalled when events leave
	lanes  [event.Classes]ring // guarded by mu
	order  uint64              // guarded by mu: number of the last arrival
	events int                 // guarded by mu
	bytes  int                 // guarded by mu
	floor  event.Class         // guarded by mu: lower classes are shed on arrival
	closed bool                // guarded by mu
	armed  bool                // guarded by mu: timer runs or wake is signalled
	timer  *time.Timer         // guarded by mu
	stats  Stats               // guarded by mu: high, excess, pushed, shed, waited
}

// New returns an empty queue.
func New(o Options) *Queue {
	o.MaxEvents = orDefault(o.MaxEvents, 1<<16)
	o.MaxBytes = orDefault(o.MaxBytes, 24<<20)
	o.Hard = max(orDefault(o.Hard, 2), 1)
	o.Batch = orDefault(o.Batch, 512)
	if o.Linger == 0 {
		o.Linger = time.Millisecond
	}
	if o.Urgent == nil {
		o.Urgent = func(*event.Event) bool { return false }
	}
	if o.Shed == nil {
		o.Shed = func(*event.Event, string) {}
	}
	q := &Queue{opts: o, wake: make(chan struct{}, 1)}
	q.room = sync.NewCond(&q.mu)
	q.timer = time.AfterFunc(time.Hour, q.signal)
	q.timer.Stop()
	return q
}

func orDefault(n, d int) int {
	if n <= 0 {
		return d
	}
	return n
}

// Push takes over e. It drops e or a less valuable event when there is no
// room, and everything after Close.
func (q *Queue) Push(e *event.Event) {
	class, size, urgent := e.Kind.Class(), Size(e), q.opts.Urgent(e)
	q.mu.Lock()
	if class == event.ClassVital && !q.fits(q.opts.Hard, size) && !q.closed {
		q.stats.Waited++
		for !q.shedBelow(class) && !q.fits(q.opts.Hard, size) && !q.closed {
			q.wakeNow()
			q.room.Wait()
		}
	}
	if q.closed {
		q.drop(e, ReasonClosed)
		return
	}
	if class < q.floor {
		q.drop(e, ReasonCPULimit)
		return
	}
	victims := q.makeRoom(class, size)
	if class != event.ClassVital && !q.fits(1, size) {
		q.stats.Shed += int64(len(victims))
		q.drop(e, ReasonFull)
	} else {
		q.add(class, size, e)
		q.arm(urgent)
		q.stats.Shed += int64(len(victims))
		q.mu.Unlock()
	}
	for _, v := range victims {
		q.opts.Shed(v, ReasonFull)
	}
}

// drop counts e, releases the lock and tells of it.
func (q *Queue) drop(e *event.Event, reason string) {
	q.stats.Shed++
	q.mu.Unlock()
	q.opts.Shed(e, reason)
}

// fits reports whether size more bytes stay within times the bounds.
func (q *Queue) fits(times, size int) bool {
	return q.events+1 <= q.opts.MaxEvents*times && q.bytes+size <= q.opts.MaxBytes*times
}

// shedBelow reports whether there is something less valuable to drop.
func (q *Queue) shedBelow(class event.Class) bool {
	for c := range class {
		if q.lanes[c].n > 0 {
			return true
		}
	}
	return false
}

// makeRoom drops events of lower classes, and then older ones of the same
// class unless it is vital, until size more bytes fit.
func (q *Queue) makeRoom(class event.Class, size int) []*event.Event {
	var victims []*event.Event
	for c := event.Class(0); c <= class && c < event.ClassVital; c++ {
		for !q.fits(1, size) && q.lanes[c].n > 0 {
			victims = append(victims, q.take(c).e)
		}
	}
	return victims
}

func (q *Queue) add(class event.Class, size int, e *event.Event) {
	q.order++
	q.lanes[class].push(item{e: e, order: q.order, size: size})
	q.events++
	q.bytes += size
	q.stats.Pushed++
	q.stats.HighBytes = max(q.stats.HighBytes, q.bytes)
	q.stats.Excess = max(q.stats.Excess, q.bytes-q.opts.MaxBytes)
}

func (q *Queue) take(c event.Class) item {
	it := q.lanes[c].pop()
	q.events--
	q.bytes -= it.size
	return it
}

// arm makes sure that Next wakes up: at once when the batch is full or urgent,
// else after the time that a batch may gather.
func (q *Queue) arm(urgent bool) {
	switch {
	case urgent || q.events >= q.opts.Batch:
		q.wakeNow()
	case !q.armed:
		q.armed = true
		q.timer.Reset(q.opts.Linger)
	}
}

// Flush ends the gathering of the batch: who pushes has nothing more for now.
func (q *Queue) Flush() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.events > 0 {
		q.wakeNow()
	}
}

func (q *Queue) wakeNow() {
	q.armed = true
	q.signal()
}

func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Next waits for a batch and appends up to Options.Batch events to dst in the
// order of their arrival. It returns ErrClosed after Close when nothing is
// left, and the error of ctx when that is done first.
func (q *Queue) Next(ctx context.Context, dst []*event.Event) ([]*event.Event, error) {
	for {
		q.mu.Lock()
		closed := q.closed
		if q.events > 0 && (q.armedOnly() || closed) {
			dst = q.drain(dst)
			q.mu.Unlock()
			return dst, nil
		}
		q.mu.Unlock()
		if closed {
			return dst, ErrClosed
		}
		select {
		case <-q.wake:
			q.mu.Lock()
			dst = q.drain(dst)
			q.mu.Unlock()
			if len(dst) > 0 {
				return dst, nil
			}
		case <-ctx.Done():
			return dst, ctx.Err()
		}
	}
}

// armedOnly reports whether a full batch is there, so that no wait is due.
func (q *Queue) armedOnly() bool { return q.events >= q.opts.Batch }

func (q *Queue) drain(dst []*event.Event) []*event.Event {
	for range q.opts.Batch {
		c, ok := q.oldest()
		if !ok {
			break
		}
		dst = append(dst, q.take(c).e)
	}
	q.armed = false
	q.timer.Stop()
	if q.events > 0 {
		q.wakeNow()
	}
	q.room.Broadcast()
	return dst
}

// oldest returns the class whose first event arrived first.
func (q *Queue) oldest() (event.Class, bool) {
	best, found := event.Class(0), false
	for c := range q.lanes {
		r := &q.lanes[c]
		if r.n > 0 && (!found || r.first().order < q.lanes[best].first().order) {
			best, found = event.Class(c), true
		}
	}
	return best, found
}

// SetFloor makes Push shed the classes below floor; 0 sheds none.
func (q *Queue) SetFloor(floor event.Class) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.floor = min(floor, event.ClassOther)
}

// Close refuses further events; Next still hands out what is there.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.timer.Stop()
	q.mu.Unlock()
	q.room.Broadcast()
	q.signal()
}

// Stats returns how the queue is.
func (q *Queue) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	s := q.stats
	s.Events, s.Bytes = q.events, q.bytes
	s.MaxEvents, s.MaxBytes = q.opts.MaxEvents, q.opts.MaxBytes
	return s
}
