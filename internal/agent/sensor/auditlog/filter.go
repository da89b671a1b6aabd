package auditlog

import (
	"bytes"

	"github.com/vedette-edr/vedette/internal/record/auditd"
)

// filter says which lines of the log are about some system calls, without
// taking others apart: the first line of an event names the call. It belongs
// to one goroutine.
type filter struct {
	numbers map[string]map[string]string // names by architecture and number
	names   map[string]bool              // in logs that have them in place of numbers
	open    map[string]bool              // numbers of the events that are wanted
	order   []string
}

// maxWanted bounds the events whose lines are awaited.
const maxWanted = 1024

func newFilter(calls []string) *filter {
	f := &filter{numbers: auditd.Numbers(calls...), names: map[string]bool{}, open: map[string]bool{}}
	for _, c := range calls {
		f.names[c] = true
	}
	return f
}

// wants reports whether a line is wanted.
func (f *filter) wants(line []byte) bool {
	kind, rest, ok := bytes.Cut(line, []byte("type="))
	if ok {
		kind, rest, ok = bytes.Cut(rest, []byte{' '})
	}
	if !ok {
		return false
	}
	serial := serialOf(rest)
	switch string(kind) {
	case "SYSCALL", "1300", "UNKNOWN[1300]":
		if serial == nil || !f.call(rest) {
			return false
		}
		f.remember(string(serial))
		return true
	case "EXECVE", "CWD", "PATH", "SOCKADDR", "PROCTITLE", "EOE", "1309", "1307", "1302", "1306", "1327", "1320":
		return f.open[string(serial)]
	}
	return false
}

// serialOf returns the number of the event in audit(time:number).
func serialOf(text []byte) []byte {
	_, rest, ok := bytes.Cut(text, []byte("audit("))
	stamp, _, closed := bytes.Cut(rest, []byte{')'})
	at := bytes.IndexByte(stamp, ':')
	if !ok || !closed || at < 0 {
		return nil
	}
	return stamp[at+1:]
}

// call reports whether a SYSCALL line is of one of the calls.
func (f *filter) call(text []byte) bool {
	number := field(text, " syscall=")
	if f.numbers[string(bytes.ToLower(field(text, " arch=")))][string(number)] != "" {
		return true
	}
	return f.names[string(number)]
}

// field returns the value behind a name.
func field(text []byte, name string) []byte {
	_, rest, ok := bytes.Cut(text, []byte(name))
	if !ok {
		return nil
	}
	if end := bytes.IndexByte(rest, ' '); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

func (f *filter) remember(serial string) {
	if f.open[serial] {
		return
	}
	if len(f.order) >= maxWanted {
		half := len(f.order) / 2
		for _, s := range f.order[:half] {
			delete(f.open, s)
		}
		f.order = append(f.order[:0], f.order[half:]...)
	}
	f.open[serial] = true
	f.order = append(f.order, serial)
}

// forget is told that an event is whole. Its place in the order stays, which
// only bounds how many are remembered.
func (f *filter) forget(serial string) { delete(f.open, serial) }
