// Package aggregate bounds what one noisy process can cost: of events of one
// kind, of one process, about files of one folder, the first of each second go
// on as they are, and the rest of the second is told in one event with their
// number, the times of the first and the last, and the path of one of them as
// a sample. What must be told one by one never comes here: executions,
// connections, logons, findings.
//
// It stands between the sensors and the queue. Take may be called from many
// goroutines; Flush is called by the clock of the agent. Nothing waits here for
// longer than until the Flush after its second is over.
package aggregate

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxKeys bounds how many combinations of process, kind and folder are counted
// at once; beyond it events go on as they are.
const maxKeys = 4096

// second is how long the events of one combination are counted together.
const second = event.Time(time.Second)

// Aggregator joins like events of noisy processes.
type Aggregator struct {
	emit func(*event.Event)
	told func(Joined)

	mu    sync.Mutex
	limit int             // guarded by mu: events a second that go on; 0 is all
	keys  map[key]*bucket // guarded by mu
}

// Joined says what one event stands for beside itself.
type Joined struct {
	Sensor      string
	Kind        event.Kind
	Count       int64 // acts that have no event of their own
	First, Last event.Time
}

// key is what events have in common that are told together.
type key struct {
	process string
	pid     int64
	kind    event.Kind
	folder  string
	failed  bool
}

// bucket is one second of a key.
type bucket struct {
	begin event.Time
	seen  int          // that went on
	first *event.Event // of those that are held back
	last  event.Time   // of them
	count int64        // of them
}

// New returns an Aggregator that hands events on to emit; told is given what
// was joined, each time an event goes on that stands for others.
func New(emit func(*event.Event), told func(Joined)) *Aggregator {
	return &Aggregator{emit: emit, told: told, keys: map[key]*bucket{}}
}

// SetLimit sets how many events a second of one process, kind and folder go on
// one by one; 0 is all.
func (a *Aggregator) SetLimit(n int) {
	a.mu.Lock()
	a.limit = n
	a.mu.Unlock()
}

// Take hands e on, at once or in the number of another.
func (a *Aggregator) Take(e *event.Event) {
	if !joins(e) {
		a.emit(e)
		return
	}
	if out, pass := a.hold(e); out != nil || pass {
		if out != nil {
			a.send(out)
		}
		if pass {
			a.emit(e)
		}
	}
}

// joins reports whether events like e may be told together.
func joins(e *event.Event) bool {
	switch e.Kind {
	case event.FileCreate, event.FileWrite, event.FileRename, event.FileDelete, event.FileOpen,
		event.FileChmod, event.FileChown, event.FileXattr, event.LibraryLoad:
		return e.File != nil && e.Process != nil && (e.Call == nil || e.Call.Count <= 1)
	}
	return false
}

// hold counts e: pass says that it goes on by itself, out is the end of a
// second before it.
func (a *Aggregator) hold(e *event.Event) (out *bucket, pass bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.limit <= 0 {
		return nil, true
	}
	k := key{e.Process.EntityID, e.Process.PID, e.Kind, folder(e.File.Path), e.Outcome == "failure"}
	b := a.keys[k]
	switch {
	case b == nil && len(a.keys) >= maxKeys:
		return nil, true
	case b == nil:
		b = &bucket{begin: e.Time}
		a.keys[k] = b
	case e.Time-b.begin >= second || e.Time < b.begin:
		if b.count > 0 {
			whole := *b
			out = &whole
		}
		*b = bucket{begin: e.Time}
	}
	if b.seen < a.limit {
		b.seen++
		return out, true
	}
	if b.count == 0 {
		b.first = e
	}
	b.count++
	b.last = max(b.last, e.Time)
	return out, false
}

// folder is the path up to its last slash.
func folder(path string) string { return path[:strings.LastIndexByte(path, '/')+1] }

// Flush tells what was held back in seconds that are over, and forgets who is
// quiet.
func (a *Aggregator) Flush(now event.Time) {
	var out []*bucket
	a.mu.Lock()
	for k, b := range a.keys {
		if now-b.begin < second && now >= b.begin {
			continue
		}
		if b.count > 0 {
			out = append(out, b)
		}
		delete(a.keys, k)
	}
	a.mu.Unlock()
	for _, b := range out {
		a.send(b)
	}
}

// Close tells all that is held back; what comes later is handed on as it is.
func (a *Aggregator) Close() {
	a.mu.Lock()
	a.limit = 0
	keys := a.keys
	a.keys = map[key]*bucket{}
	a.mu.Unlock()
	for _, b := range keys {
		if b.count > 0 {
			a.send(b)
		}
	}
}

// send hands on the event that stands for those of a bucket.
func (a *Aggregator) send(b *bucket) {
	e := b.first
	if b.count > 1 {
		call := event.Call{}
		if e.Call != nil {
			call = *e.Call
		}
		call.Count, call.First, call.Last = b.count, e.Time, b.last
		e.Call = &call
		e.Reason = fmt.Sprintf("%d like it of this process in this folder within a second; the path is one of them", b.count)
		a.told(Joined{Sensor: e.Provider, Kind: e.Kind, Count: b.count - 1, First: e.Time, Last: b.last})
	}
	a.emit(e)
}
