package ledger

import (
	"slices"

	"github.com/vedette-edr/vedette/internal/event"
)

// An agent_loss event can itself be lost between the spool's memory and the
// disk. The ledger remembers it until it is safe, and tells it again when it
// was lost.

// Keep remembers an event of Flush that has a sequence and is not yet on disk.
func (l *Ledger) Keep(e *event.Event) {
	status := *e.Status
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, &event.Event{Kind: e.Kind, Epoch: e.Epoch, Sequence: e.Sequence, Status: &status})
}

// Safe forgets the events up to a sequence: they are on disk, or Gone was
// called for them.
func (l *Ledger) Safe(upTo int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = slices.DeleteFunc(l.kept, func(e *event.Event) bool { return e.Sequence <= upTo })
}

// Gone restores what is remembered of the sequences from first to last.
func (l *Ledger) Gone(epoch, first, last int64) {
	l.mu.Lock()
	var gone []*event.Event
	l.kept = slices.DeleteFunc(l.kept, func(e *event.Event) bool {
		lost := e.Epoch == epoch && e.Sequence >= first && e.Sequence <= last
		if lost {
			gone = append(gone, e)
		}
		return lost
	})
	l.mu.Unlock()
	for _, e := range gone {
		l.Restore(e)
	}
}
