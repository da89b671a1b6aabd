package watched

import (
	"path"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

const (
	// slack is how much the clocks of an event and of a reading may differ.
	slack = event.Time(200 * time.Microsecond)
	// late is how long after its effect a system call may end.
	late = event.Time(time.Second)
	// hold is how long a difference that has its event waits for more of them.
	hold = 20 * time.Millisecond
)

// awaited is a difference that was read at once and waits for the event that
// tells who made it.
type awaited struct {
	d     *Difference
	p     *pending
	read  event.Time // begin of the reading: what was before is in it
	until time.Time
	ready bool
	maybe *event.Event // names a file that may be this one under another name
}

// await keeps a difference until its event comes; one that has it until those
// before it are told.
func (w *worker) await(d *Difference, p *pending) {
	a := &awaited{d: d, p: p, read: d.read, until: time.Now().Add(patience)}
	if p.by != nil {
		a.ready, a.until = true, time.Now().Add(hold)
	}
	w.awaiting = append(w.awaiting, a)
}

// awaits says whether a difference of a file waits to be told.
func (w *worker) awaits(at place2key) bool {
	return slices.ContainsFunc(w.awaiting, func(a *awaited) bool { return a.p.at == at })
}

// claim gives an event to the difference that it explains: the first of the
// file that was read after it, or that has no event yet. The latter because a
// system call is told when it ends, which may be after the reading of what it
// did.
func (w *worker) claim(at place2key, e *event.Event, reason string) bool {
	for _, a := range w.awaiting {
		if a.p.at != at || e.Time > a.read+slack && (a.ready || !changesContent(e.Kind) || e.Time > a.read+late) {
			continue
		}
		a.explain(e, reason)
		for _, b := range w.awaiting { // of the same reading
			if b.p == a.p {
				b.ready, b.until = true, a.until
			}
		}
		if n := w.place(at.place).files[at.key]; n != nil {
			n.base = n.Stamp
		}
		return true
	}
	return false
}

// changesContent says whether an event may be that of another content.
func changesContent(k event.Kind) bool {
	return k == event.FileWrite || k == event.FileRename || k == event.FileCreate || k == event.FileDelete
}

func (a *awaited) explain(e *event.Event, reason string) {
	a.p.event(e)
	a.p.reason = And(a.p.reason, reason)
	if !a.ready {
		a.ready, a.until = true, time.Now().Add(hold)
	}
}

// guess notes an event whose file has the name of one that changed at its time:
// the same file in another mount, unless a better event comes.
func (w *worker) guess(e *event.Event) {
	for _, a := range w.awaiting {
		if a.p.at.place == 0 && !a.ready && path.Base(a.d.Path) == path.Base(e.File.Path) && e.Time <= a.read+slack && e.Time >= a.read-event.Time(spacing) {
			a.maybe = e
		}
	}
}

// release tells what has its event and what waited too long, in the order of
// the readings of each file.
func (w *worker) release(now time.Time, all bool) {
	due := map[place2key]int{} // the last one that is
	for i, a := range w.awaiting {
		if all || !now.Before(a.until) {
			due[a.p.at] = i
		}
	}
	if len(due) == 0 {
		return
	}
	kept := w.awaiting[:0]
	for i, a := range w.awaiting {
		if last, ok := due[a.p.at]; !ok || i > last {
			kept = append(kept, a)
			continue
		}
		w.give(a)
	}
	clear(w.awaiting[len(kept):])
	w.awaiting = kept
}

// give tells a difference with what is known of who made it.
func (w *worker) give(a *awaited) {
	if !a.ready && a.maybe != nil {
		a.explain(a.maybe, "changed through "+a.maybe.File.Path)
	}
	w.who(a.d, a.p)
	w.join(a.d, a.p.at)
}

// hinted reads a file that was changed just now. One that is new may be still
// empty: it is read when it is closed, or else soon.
func (w *worker) hinted(at place2key, made bool) {
	now := time.Now()
	due := now.Add(filling)
	if !made {
		due = w.soon(at, now)
	}
	if p := w.pending[at]; p != nil {
		p.due = minTime(p.due, due)
		if p.by == nil {
			p.reason = "" // found by looking before, changed just now
		}
		return
	}
	w.pending[at] = &pending{at: at, due: due}
}

// soon returns when a file may be read: now, unless it was read within the
// spacing and the credit is used up, or its reading takes long.
func (w *worker) soon(at place2key, now time.Time) time.Time {
	last, ok := w.read[at]
	if ok && (last.pause > spacing || !w.credit.take(now)) {
		return last.at.Add(last.pause)
	}
	return now
}

// pause returns how long a file is left in peace after a reading.
func pause(cost time.Duration) time.Duration {
	if cost > dear {
		return share * cost
	}
	return spacing
}

// reading is when a file was read, and how long it is left in peace then.
type reading struct {
	at    time.Time
	pause time.Duration
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
