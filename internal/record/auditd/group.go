package auditd

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Event is what the lines of one event of the audit system tell together.
type Event struct {
	Time      event.Time
	Node      string
	Serial    string
	First     int      // number of its first line
	Syscall   *Line    // nil when it is about none
	Args      []string // of an execution
	Title     string   // command line, as the kernel cut it
	Directory string   // in which the process worked; empty when the log has it not
	Address   string   // of a socket, in hexadecimal
	Paths     []*Line

	last  time.Time // when its newest line came
	bytes int
}

// Bounds of what is held.
const (
	maxOpen      = 256       // events at once
	maxEventSize = 256 << 10 // bytes of the texts of an event
)

// Groups puts the lines of events together, which may stand mixed. It belongs
// to one goroutine.
type Groups struct {
	open  map[string]*Event
	order []string
	now   time.Time
}

// NewGroups returns Groups without events.
func NewGroups() *Groups { return &Groups{open: map[string]*Event{}} }

// Now sets the time at which the lines come that are taken next; see Expire.
func (g *Groups) Now(now time.Time) { g.now = now }

// Take takes a line, n is its number. An event is given to closed with its
// last line, or when too many are open.
func (g *Groups) Take(l *Line, n int, closed func(*Event)) {
	switch l.Type {
	case "SYSCALL", "EXECVE", "CWD", "PATH", "SOCKADDR", "PROCTITLE", "EOE":
	default:
		return
	}
	id := l.Node + "\x00" + l.Serial
	e := g.open[id]
	if e == nil {
		if l.Type == "EOE" || l.Type == "PROCTITLE" {
			return
		}
		if len(g.order) >= maxOpen {
			g.close(g.order[0], closed)
		}
		e = &Event{First: n, Time: l.Time, Node: l.Node, Serial: l.Serial}
		g.open[id] = e
		g.order = append(g.order, id)
	}
	e.last = g.now
	e.take(l)
	if l.Type == "EOE" || l.Type == "PROCTITLE" {
		g.close(id, closed)
	}
}

// Expire closes the events whose newest line came before a time: the rest of
// them does not come any more, or is not logged.
func (g *Groups) Expire(before time.Time, closed func(*Event)) {
	for i := 0; i < len(g.order); {
		if id := g.order[i]; g.open[id].last.Before(before) {
			g.close(id, closed)
			continue
		}
		i++
	}
}

// Flush closes all events.
func (g *Groups) Flush(closed func(*Event)) {
	for len(g.order) > 0 {
		g.close(g.order[0], closed)
	}
}

// Waiting returns how many events are open.
func (g *Groups) Waiting() int { return len(g.order) }

func (g *Groups) close(id string, closed func(*Event)) {
	e := g.open[id]
	delete(g.open, id)
	g.order = slices.DeleteFunc(g.order, func(o string) bool { return o == id })
	closed(e)
}

func (e *Event) take(l *Line) {
	for _, v := range l.Values {
		e.bytes += len(v)
	}
	if e.bytes > maxEventSize && l.Type != "SYSCALL" {
		return
	}
	switch l.Type {
	case "SYSCALL":
		e.Syscall = l
	case "EXECVE":
		e.arguments(l)
	case "CWD":
		e.Directory = l.Get("cwd")
	case "SOCKADDR":
		e.Address = l.Get("saddr")
	case "PROCTITLE":
		e.Title = l.Get("proctitle")
	case "PATH":
		e.Paths = append(e.Paths, l)
	}
}

// arguments adds those of an EXECVE line. Long ones stand in parts, a1[0] and
// a1[1], also over several lines.
func (e *Event) arguments(l *Line) {
	for i, name := range l.Names {
		number, ok := strings.CutPrefix(name, "a")
		number, part, parted := strings.Cut(number, "[")
		if n, err := strconv.Atoi(number); !ok || err != nil || n > maxFields {
			continue
		}
		if parted && part != "0]" && len(e.Args) > 0 {
			e.Args[len(e.Args)-1] += l.Values[i]
			continue
		}
		e.Args = append(e.Args, l.Values[i])
	}
}

// Call returns the name of the system call, empty when there is none or it is
// not known.
func (e *Event) Call() string {
	if e.Syscall == nil {
		return ""
	}
	return e.Syscall.Get("SYSCALL")
}

// Peer returns the internet address of the event's socket; false when it is of
// another family.
func (e *Event) Peer() (netip.AddrPort, bool) {
	b, err := hex.DecodeString(e.Address)
	if err != nil || len(b) < 8 {
		return netip.AddrPort{}, false
	}
	port := binary.BigEndian.Uint16(b[2:])
	switch family := binary.LittleEndian.Uint16(b); {
	case family == 2:
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte(b[4:8])), port), true
	case family == 10 && len(b) >= 24:
		return netip.AddrPortFrom(netip.AddrFrom16([16]byte(b[8:24])).Unmap(), port), true
	}
	return netip.AddrPort{}, false
}
