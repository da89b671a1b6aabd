package alert

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxQuoted bounds a name in a story, characters.
const maxQuoted = 160

// Story tells in one sentence what the event of a finding was. Names stand in
// back quotes.
func Story(e *event.Event) string {
	var b strings.Builder
	p := e.Process
	if p != nil && p.Name != "" {
		b.WriteString(quote(p.Name))
		if p.Parent != nil && p.Parent.Name != "" {
			b.WriteString(", started by " + quote(p.Parent.Name) + ",")
		}
		b.WriteByte(' ')
	} else {
		b.WriteString("A process ")
	}
	b.WriteString(deed(e))
	if e.User != nil {
		if name := first(e.User.Name, e.User.ID); name != "" {
			b.WriteString(" as " + quote(name))
			if to := first(e.User.EffectiveName, e.User.EffectiveID); to != "" && to != name && e.User.EffectiveID != e.User.ID {
				b.WriteString(" with the rights of " + quote(to))
			}
		}
	}
	if e.Outcome == "failure" {
		b.WriteString(", which failed")
	}
	b.WriteByte('.')
	return b.String()
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func quote(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == '`' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if r := []rune(s); len(r) > maxQuoted {
		s = string(r[:maxQuoted-1]) + "…"
	}
	return "`" + s + "`"
}

// deed returns what the process did, from its verb on.
func deed(e *event.Event) string {
	kind := event.KindNone
	if e.Finding != nil {
		kind, _ = event.ParseKind(e.Finding.EventKind)
	}
	switch {
	case kind == event.ProcessStart && e.Process != nil:
		if e.Process.MemoryBacked {
			return "ran from memory " + quote(first(e.Process.CommandLine, e.Process.Executable))
		}
		return "ran " + quote(first(e.Process.CommandLine, e.Process.Executable))
	case kind == event.ProcessEnd:
		return "ended"
	case kind == event.ProcessFork:
		return "was forked"
	case e.Change != nil:
		return changeDeed(kind, e)
	case e.Call != nil && (e.Call.Name != "" || e.Call.Operation != ""): // else it is how often
		return callDeed(kind, e)
	case e.File != nil && e.File.Path != "":
		return fileDeed(kind, e.File)
	case e.Net != nil:
		return netDeed(kind, e.Net)
	case kind != event.KindNone:
		return "caused " + quote(kind.String())
	}
	return "met the rule"
}

func fileDeed(kind event.Kind, f *event.File) string {
	name := quote(f.Path)
	switch kind {
	case event.FileCreate:
		return "created " + name
	case event.FileWrite:
		return "changed " + name
	case event.FileRename:
		return "renamed " + quote(first(f.OriginalPath, "a file")) + " to " + name
	case event.FileDelete:
		return "removed " + name
	case event.FileOpen:
		return "opened " + name
	case event.FileChmod:
		return strings.TrimSpace(fmt.Sprintf("changed the mode of %s %s", name, change(f.PreviousMode, f.Mode)))
	case event.FileChown:
		return "changed the owner of " + name
	case event.DeviceOpen:
		return "opened the device " + name
	case event.MemoryOpen:
		return "opened the memory " + name
	case event.FileXattr:
		return "changed the attribute " + quote(f.XattrName) + " of " + name
	}
	return "touched " + name
}

func change(from, to string) string {
	if from == "" || to == "" {
		return ""
	}
	return "from " + from + " to " + to
}

func netDeed(kind event.Kind, n *event.Net) string {
	switch kind {
	case event.NetListen:
		return "listens on " + quote(address(n.SourceIP, "", n.SourcePort))
	case event.NetAccept:
		return "accepted a connection from " + quote(address(n.SourceIP, "", n.SourcePort))
	}
	return "connected to " + quote(address(n.DestinationIP, n.DestinationDomain, n.DestinationPort))
}

func address(ip netip.Addr, domain string, port int64) string {
	s := domain
	if ip.IsValid() {
		s = ip.String()
		if ip.Is6() {
			s = "[" + s + "]"
		}
		if domain != "" {
			s = domain + " (" + s + ")"
		}
	}
	if port > 0 {
		s += fmt.Sprintf(":%d", port)
	}
	return s
}
