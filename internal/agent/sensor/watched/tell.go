package watched

import (
	"fmt"

	"github.com/vedette-edr/vedette/internal/event"
)

// Each returns a Subject's Tell that makes one event for each item that
// differs; edit, when not nil, completes it and may return nil for none.
func Each(edit func(*event.Event, *Difference, Change) *event.Event) func([]*Difference) []*event.Event {
	return func(ds []*Difference) []*event.Event {
		var out []*event.Event
		for _, d := range ds {
			for _, c := range d.Changes {
				e := d.Event(c)
				if edit != nil {
					e = edit(e, d, c)
				}
				if e != nil {
					out = append(out, e)
				}
			}
		}
		return out
	}
}

// Kind returns the kind of the event for a change.
func (d *Difference) Kind(c Change) event.Kind {
	switch {
	case c.Before == nil && c.After != nil:
		return d.Subject.Create
	case c.After == nil && c.Before != nil:
		return d.Subject.Delete
	}
	return d.Subject.Modify
}

// Event returns the event of a change: its kind, time, process, file and the
// section Change with the object, the item's key as its name, and the fields.
func (d *Difference) Event(c Change) *event.Event {
	e := d.Bare(d.Kind(c))
	e.Change = &event.Change{Object: d.Subject.Object, Name: c.Key, Fields: c.Fields, Before: c.From, After: c.To}
	if c.Key == "" {
		e.Change.Name = d.Path
	}
	if c.After != nil {
		e.Reason = And(e.Reason, c.After.Note)
	}
	return e
}

// Bare returns an event of the difference without the section Change.
func (d *Difference) Bare(kind event.Kind) *event.Event {
	e := &event.Event{
		Time: d.Time, Kind: kind, Provider: d.provider, Rung: Rung, Outcome: "success", Reason: d.Reason,
	}
	if d.file != nil {
		f := *d.file
		e.File = &f
	}
	if d.By != nil {
		e.Process, e.User, e.ContainerID = d.By.Process, d.By.User, d.By.ContainerID
	}
	if d.Count > 1 {
		e.Call = &event.Call{Count: int64(d.Count), First: d.First, Last: d.Time}
	}
	return e
}

// And joins reasons.
func And(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	return a + "; " + b
}

// told bounds how many items are told one by one.
func told(changes []Change, most int) ([]Change, string) {
	if len(changes) <= most {
		return changes, ""
	}
	return changes[:most], fmt.Sprintf("%d items differ, the first %d are told", len(changes), most)
}
