// Package auditd reads the log of the Linux audit system: raw and enriched
// records as auditd, audisp and the kernel write them, also behind a syslog
// prefix. Each line is a record of the channel Linux-Auditd with the names
// that audit gives, hexadecimal texts decoded. Lines of one event that tell an
// execution, a new file or a connection give one more, derived, record with
// the names that rules for these use.
package auditd

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	"github.com/vedette-edr/vedette/internal/record"
)

// Channel is the channel of the records.
const Channel = "Linux-Auditd"

// Format returns the format for record.Open.
func Format() record.Format {
	return record.Format{Name: "auditd", Accepts: accepts, Open: func(r io.Reader) (record.Blocks, error) {
		return &blocks{text: record.NewCutter(r)}, nil
	}}
}

// accepts reports whether one of the first lines is an audit record.
func accepts(head []byte) bool {
	for range 8 {
		line, rest, more := bytes.Cut(head, []byte{'\n'})
		if text := bytes.TrimSpace(line); len(text) > 0 && text[0] != '#' {
			_, err := Parse(string(line))
			return err == nil
		}
		if !more {
			return false
		}
		head = rest
	}
	return false
}

// blocks cuts a log between events.
type blocks struct {
	text *record.Cutter
	next record.Block
	rest []byte // lines of an event that may go on
	err  error
}

// maxHeld is how many bytes of an event wait for the rest of it.
const maxHeld = 1 << 20

// Next fills b with lines. The last event stays back while it may go on, so
// that its lines are together.
func (l *blocks) Next(b *record.Block) error {
	if l.err != nil {
		return l.err
	}
	held := len(l.rest)
	lines := bytes.Count(l.rest, []byte{'\n'})
	if l.err = l.text.Next(&l.next); l.err != nil {
		if held == 0 {
			return l.err
		}
		b.Reset()
		b.First, b.Data = l.first(lines), append(b.Data, l.rest...)
		l.rest = nil
		return nil
	}
	b.Reset()
	b.First, b.Offset, b.Faults = l.next.First-lines, l.next.Offset-int64(held), append(b.Faults, l.next.Faults...)
	b.Data = append(append(b.Data, l.rest...), l.next.Data...)
	l.rest = append(l.rest[:0], b.Data[whole(b.Data):]...)
	if len(l.rest) > maxHeld {
		l.rest = l.rest[:0]
	}
	b.Data = b.Data[:len(b.Data)-len(l.rest)]
	return nil
}

// first is the number of the first line that is held.
func (l *blocks) first(lines int) int { return l.text.Line() - lines }

// whole returns where the last event of data begins when it may go on, else
// the end of data. Lines of two events that ran at once may stand mixed: the
// last lines are searched for the first one of the event.
func whole(data []byte) int {
	const near = 64
	end := len(data)
	from := len(data)
	id := []byte(nil)
	for range near {
		at := bytes.LastIndexByte(data[:max(end-1, 0)], '\n') + 1
		line := data[at:end]
		own := idOf(line)
		switch {
		case id == nil && (own == nil || !goesOn(line)):
			return len(data)
		case id == nil:
			id, from = own, at
		case bytes.Equal(own, id):
			from = at
		}
		if end = at; end == 0 {
			break
		}
	}
	return from
}

// idOf returns time and serial number of a line as they stand there.
func idOf(line []byte) []byte {
	_, rest, ok := bytes.Cut(line, []byte("audit("))
	id, _, closed := bytes.Cut(rest, []byte{')'})
	if !ok || !closed {
		return nil
	}
	return id
}

// goesOn reports whether other lines of the event of a line may follow.
func goesOn(line []byte) bool {
	for _, kind := range [...]string{"type=SYSCALL ", "type=EXECVE ", "type=CWD ", "type=PATH ", "type=SOCKADDR ", "type=13"} {
		if bytes.Contains(line, []byte(kind)) {
			return true
		}
	}
	return false
}

// Decode reads the lines of b.
func (l *blocks) Decode(b *record.Block, out *record.Batch) {
	out.Faults = append(out.Faults, b.Faults...)
	d, ok := out.Scratch.(*events)
	if !ok {
		d = newEvents()
		out.Scratch = d
	}
	b.EachLine(func(n int, line []byte) {
		if line[0] == '#' {
			return
		}
		rec, err := Parse(out.Text(line))
		if err != nil {
			out.Fault("line "+strconv.Itoa(n), err)
			return
		}
		rec.fill(out.Add(), n)
		d.take(&rec, n, out)
	})
	d.end(out)
}

// errNone says that a line is no audit record.
var errNone = errors.New("not an audit record: no type= and audit(time:number)")
