package wire

import (
	"bytes"
	"errors"

	"github.com/vedette-edr/vedette/internal/event"
)

// errOrder says that the fields of an event do not stand section by section.
var errOrder = errors.New("parse event: sections are mixed")

// span is a run of field numbers: that of the section that is being read, or
// of what stands before, between or behind such sections.
type span struct{ low, width uint64 }

// header is the span before the first section that events share.
func header() span { return span{0, lowProcess} }

// shared is what the event before said of its process and user.
type shared struct {
	process *event.Process
	user    *event.User
	text    [2][]byte // of process and user, as encoded
	from    []byte    // begins where the open section does
}

// Sections that events share, as indexes.
const (
	ofProcess = iota
	ofUser
)

// begin decodes one event, the first fields of which are in a span.
func (r *Reader) begin(e *event.Event, raw []byte, first span) error {
	r.open = first
	if err := r.read(e, raw); err != nil {
		r.shared = shared{} // of what is half read nothing is kept
		return err
	}
	r.leave(e, nil)
	return nil
}

// cross is called when a field is not in the open span; at begins with it. It
// returns what is left to read: less than at when a whole section is the one of
// the event before.
func (r *Reader) cross(e *event.Event, number uint64, at []byte) ([]byte, error) {
	if number < r.open.low {
		return at, errOrder
	}
	r.leave(e, at)
	switch {
	case number < lowProcess:
		return at, errOrder
	case number <= highProcess:
		r.open = span{lowProcess, highProcess - lowProcess + 1}
		if rest := r.same(ofProcess, at); rest != nil {
			e.Process = r.shared.process
			return rest, nil
		}
	case number < lowUser:
		r.open = span{highProcess + 1, lowUser - highProcess - 1}
	case number <= highUser:
		r.open = span{lowUser, highUser - lowUser + 1}
		if rest := r.same(ofUser, at); rest != nil {
			e.User = r.shared.user
			return rest, nil
		}
	default:
		r.open = span{highUser + 1, 1 << 62}
	}
	r.shared.from = at
	return at, nil
}

// same returns what stands behind a section that is the one of the event
// before; nil when it is another. at begins with the section.
func (r *Reader) same(which int, at []byte) []byte {
	text := r.shared.text[which]
	if len(text) == 0 || !bytes.HasPrefix(at, text) {
		return nil
	}
	rest := at[len(text):]
	if key, _, ok := cutVarint(rest); ok && key>>3-r.open.low < r.open.width {
		return nil // it goes on
	}
	r.shared.from = nil
	if len(rest) > 0 {
		r.open = span{r.open.low + r.open.width, 0} // the next field opens another
	}
	return rest
}

// leave keeps the section that was open; at begins behind it.
func (r *Reader) leave(e *event.Event, at []byte) {
	from := r.shared.from
	if from == nil {
		return
	}
	text := from[:len(from)-len(at)]
	r.shared.from = nil
	switch r.open.low {
	case lowProcess:
		r.shared.process, r.shared.text[ofProcess] = e.Process, text
	case lowUser:
		r.shared.user, r.shared.text[ofUser] = e.User, text
	}
}
