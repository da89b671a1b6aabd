package auditd

import (
	"path"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/record"
)

// Channels of the derived records.
const (
	channelProcess = "Linux-Process"
	channelFile    = "Linux-File"
	channelNetwork = "Linux-Network"
)

// events derives records from the lines of a block.
type events struct{ groups *Groups }

func newEvents() *events { return &events{groups: NewGroups()} }

// take takes a line; the last line of an event gives what is derived from it.
func (e *events) take(l *Line, n int, out *record.Batch) {
	e.groups.Take(l, n, func(t *Event) { derived(t, out) })
}

// end gives what the events tell that are still open.
func (e *events) end(out *record.Batch) {
	e.groups.Flush(func(t *Event) { derived(t, out) })
}

func derived(e *Event, out *record.Batch) {
	if e.Syscall == nil || e.Syscall.Get("success") == "no" && e.Call() != "connect" {
		return
	}
	t := told{e}
	switch name := e.Call(); {
	case name == "execve" || name == "execveat":
		t.process(out)
	case name == "connect":
		t.connection(out)
	default:
		t.files(out)
	}
}

// told makes records of an event.
type told struct{ *Event }

// derive adds a record with what all of them have.
func (t told) derive(out *record.Batch, channel, code string) func(name, value string) {
	r := out.Add()
	r.Line, r.Time, r.Host, r.Derived = t.First, t.Time, t.Node, true
	r.Log.Source, r.Log.Channel, r.Log.Code, r.Log.RecordID = "auditd", channel, code, t.Serial
	put := func(name, value string) {
		if value != "" && value != "(null)" {
			r.Log.Names, r.Log.Values = append(r.Log.Names, name), append(r.Log.Values, valid(value))
		}
	}
	put("Image", t.Syscall.Get("exe"))
	put("ProcessId", t.Syscall.Get("pid"))
	put("User", user(t.Syscall))
	put("LogonId", t.Syscall.Get("auid"))
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

func (t told) process(out *record.Batch) {
	line := strings.Join(t.Args, " ")
	if line == "" {
		line = t.Title
	}
	if line == "" && t.Syscall.Get("exe") == "" {
		return
	}
	put := t.derive(out, channelProcess, "1")
	put("CommandLine", line)
	put("CurrentDirectory", t.Directory)
	put("ParentProcessId", t.Syscall.Get("ppid"))
	put("TerminalSessionId", t.Syscall.Get("ses"))
}

func (t told) files(out *record.Batch) {
	for _, p := range t.Paths {
		if p.Get("nametype")+p.Get("objtype") != "CREATE" {
			continue
		}
		name := p.Get("name")
		if name == "" || name == "(null)" {
			continue
		}
		if !path.IsAbs(name) && t.Directory != "" {
			name = path.Join(t.Directory, name)
		}
		t.derive(out, channelFile, "11")("TargetFilename", name)
	}
}

func (t told) connection(out *record.Batch) {
	to, ok := t.Peer()
	if !ok {
		return
	}
	put := t.derive(out, channelNetwork, "3")
	put("DestinationIp", to.Addr().String())
	put("DestinationPort", strconv.Itoa(int(to.Port())))
	put("Initiated", "true")
}
