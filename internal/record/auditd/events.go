package auditd

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// Channels of the derived records.
const (
	channelProcess = "Linux-Process"
	channelFile    = "Linux-File"
	channelNetwork = "Linux-Network"
)

// maxOpen bounds how many events are open at once in a block.
const maxOpen = 256

// events puts the lines of events together.
type events struct {
	open  map[string]*told
	order []string
}

// told is what the lines of one event tell.
type told struct {
	line    int
	time    event.Time
	node    string
	serial  string
	syscall *Line
	args    []string
	title   string
	cwd     string
	address string
	created []string
}

func newEvents() *events { return &events{open: map[string]*told{}} }

// take takes a line; the last line of an event gives what is derived from it.
func (e *events) take(l *Line, n int, out *record.Batch) {
	switch l.Type {
	case "SYSCALL", "EXECVE", "CWD", "PATH", "SOCKADDR", "PROCTITLE", "EOE":
	default:
		return
	}
	id := l.Node + "\x00" + l.Serial
	t := e.open[id]
	if t == nil {
		if l.Type == "EOE" || l.Type == "PROCTITLE" {
			return
		}
		if len(e.order) >= maxOpen {
			e.close(e.order[0], out)
		}
		t = &told{line: n, time: l.Time, node: l.Node, serial: l.Serial}
		e.open[id] = t
		e.order = append(e.order, id)
	}
	t.take(l)
	if l.Type == "EOE" || l.Type == "PROCTITLE" {
		e.close(id, out)
	}
}

func (t *told) take(l *Line) {
	switch l.Type {
	case "SYSCALL":
		t.syscall = l
	case "EXECVE":
		t.args = append(t.args, arguments(l)...)
	case "CWD":
		t.cwd = l.Get("cwd")
	case "SOCKADDR":
		t.address = l.Get("saddr")
	case "PROCTITLE":
		t.title = l.Get("proctitle")
	case "PATH":
		if kind := l.Get("nametype") + l.Get("objtype"); kind == "CREATE" {
			t.created = append(t.created, l.Get("name"))
		}
	}
}

// end gives what the events tell that are still open.
func (e *events) end(out *record.Batch) {
	for len(e.order) > 0 {
		e.close(e.order[0], out)
	}
}

func (e *events) close(id string, out *record.Batch) {
	t := e.open[id]
	delete(e.open, id)
	e.order = slices.DeleteFunc(e.order, func(o string) bool { return o == id })
	if t.syscall == nil || t.syscall.Get("success") == "no" && syscallOf(t) != "connect" {
		return
	}
	switch name := syscallOf(t); {
	case name == "execve" || name == "execveat":
		t.process(out)
	case name == "connect":
		t.connection(out)
	default:
		t.files(out)
	}
}

func syscallOf(t *told) string { return t.syscall.Get("SYSCALL") }

// arguments joins the arguments of an EXECVE line; long ones stand in parts,
// a1[0] and a1[1].
func arguments(l *Line) []string {
	var out []string
	for i, name := range l.Names {
		number, ok := strings.CutPrefix(name, "a")
		number, part, parted := strings.Cut(number, "[")
		if n, err := strconv.Atoi(number); !ok || err != nil || n > maxFields {
			continue
		}
		if parted && part != "0]" && len(out) > 0 {
			out[len(out)-1] += l.Values[i]
			continue
		}
		out = append(out, l.Values[i])
	}
	return out
}

// derive adds a record with what all of them have.
func (t *told) derive(out *record.Batch, channel, code string) func(name, value string) {
	r := out.Add()
	r.Line, r.Time, r.Host, r.Derived = t.line, t.time, t.node, true
	r.Log.Source, r.Log.Channel, r.Log.Code, r.Log.RecordID = "auditd", channel, code, t.serial
	put := func(name, value string) {
		if value != "" && value != "(null)" {
			r.Log.Names, r.Log.Values = append(r.Log.Names, name), append(r.Log.Values, valid(value))
		}
	}
	put("Image", t.syscall.Get("exe"))
	put("ProcessId", t.syscall.Get("pid"))
	put("User", user(t.syscall))
	put("LogonId", t.syscall.Get("auid"))
	return put
}

// user is the name of the real user where the log has it, else the number.
func user(l *Line) string {
	if name := l.Get("UID"); name != "" {
		return name
	}
	if uid := l.Get("uid"); uid != "0" {
		return uid
	}
	return "root"
}

func (t *told) process(out *record.Batch) {
	line := strings.Join(t.args, " ")
	if line == "" {
		line = t.title
	}
	if line == "" && t.syscall.Get("exe") == "" {
		return
	}
	put := t.derive(out, channelProcess, "1")
	put("CommandLine", line)
	put("CurrentDirectory", t.cwd)
	put("ParentProcessId", t.syscall.Get("ppid"))
	put("TerminalSessionId", t.syscall.Get("ses"))
}

func (t *told) files(out *record.Batch) {
	for _, name := range t.created {
		if name == "" || name == "(null)" {
			continue
		}
		if !path.IsAbs(name) && t.cwd != "" {
			name = path.Join(t.cwd, name)
		}
		t.derive(out, channelFile, "11")("TargetFilename", name)
	}
}

func (t *told) connection(out *record.Batch) {
	to, ok := address(t.address)
	if !ok {
		return
	}
	put := t.derive(out, channelNetwork, "3")
	put("DestinationIp", to.Addr().String())
	put("DestinationPort", strconv.Itoa(int(to.Port())))
	put("Initiated", "true")
}

// address reads an internet address as the kernel holds it.
func address(text string) (netip.AddrPort, bool) {
	b, err := hex.DecodeString(text)
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
