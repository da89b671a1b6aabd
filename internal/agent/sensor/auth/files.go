package auth

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/auth/records"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// files is the rung of the files of logons: it looks at them when an event
// tells of a change, and twice a second by itself.
type files struct {
	off     bool // the configuration does not want the rung
	tracker *records.Tracker
	proc    *procfs.FS // nil when proc cannot be read
	own     int64      // mount namespace of the agent
	now     func() time.Time
	take    func(*sighting)
	tamper  func(*event.Event)

	known func(user string) bool
	asked map[int64]bool // processes of sshd that told of a user they do not know

	stale    map[string]time.Time // files that changed and whose event has not come
	followed func() bool          // whether events of files come
}

const (
	pollFiles = 500 * time.Millisecond
	// patience is how long a change that was found waits for the event that
	// tells who made it.
	patience = 300 * time.Millisecond
)

// watchedName reports whether the last component of a path is that of a file of
// logons or of a rotated one.
func watchedName(name string) bool {
	switch name {
	case "wtmp", "btmp", "utmp", "lastlog", "faillog":
		return true
	}
	return false
}

// file returns the watched file that a path means.
func (f *files) file(path string) (records.File, bool) {
	if rest, ok := strings.CutPrefix(path, "/var/run/"); ok {
		path = "/run/" + rest
	}
	for _, w := range f.tracker.Files() {
		if w.Path == path {
			return w, true
		}
	}
	return records.File{}, false
}

// any reports whether one of the files is there.
func (f *files) any() bool {
	return slices.ContainsFunc(f.tracker.Files(), func(w records.File) bool {
		_, err := os.Stat(w.Path)
		return err == nil
	})
}

// follow looks at the file that an event tells of.
func (f *files) follow(e *event.Event) {
	for _, path := range []string{e.File.Path, e.File.OriginalPath, e.File.TargetPath} {
		w, ok := f.file(path)
		if !ok {
			continue
		}
		place := records.Place{}
		if p := e.Process; p != nil && p.Namespaces != nil && p.Namespaces.Mount != 0 && p.Namespaces.Mount != f.own {
			place.Namespace = p.Namespaces.Mount
			place.Root = filepath.Join(f.root(), strconv.FormatInt(p.PID, 10), "root")
		} else {
			delete(f.stale, w.Path)
		}
		f.check(w, place, e)
	}
}

func (f *files) root() string {
	if f.proc == nil {
		return "/proc"
	}
	return f.proc.Root()
}

// poll looks for changes that no event told of, and reports whether it waits for
// the event of one.
func (f *files) poll() (waits bool) {
	if f.off {
		return false
	}
	now := f.now()
	for _, w := range f.tracker.Files() {
		if !f.tracker.Changed(w) {
			delete(f.stale, w.Path)
			continue
		}
		since, known := f.stale[w.Path]
		if !known {
			since = now
			f.stale[w.Path] = now
		}
		if !f.followed() || now.Sub(since) >= patience {
			delete(f.stale, w.Path)
			f.check(w, records.Place{}, nil)
		}
	}
	return len(f.stale) > 0
}

// check tells what is new in a file; e is the event of the change, nil for none.
func (f *files) check(w records.File, place records.Place, e *event.Event) {
	if f.off {
		return
	}
	var at event.Time
	if e != nil {
		at = e.Time
	}
	for _, found := range f.tracker.Check(w, place, at) {
		if found.Tamper != "" {
			f.tamper(f.tampered(found, e))
		} else if s := f.sighting(found, e); s != nil {
			f.take(s)
		}
	}
}

// tampered returns the event of a tampering.
func (f *files) tampered(n records.Found, by *event.Event) *event.Event {
	e := &event.Event{
		Time: event.At(f.now()), Kind: event.LogTamper, Provider: "auth", Rung: rungRecords, Reason: n.Tamper,
		File: &event.File{Path: n.File.Path, Size: event.Some(n.Size), Offset: event.Some(n.Offset)},
	}
	if n.Record.Type != utmp.Empty {
		e.Logon = &event.Logon{UserName: n.Record.User, Line: n.Record.Line, Address: n.Record.Host, Start: n.Record.Time}
	}
	if by != nil {
		e.Time, e.Process, e.User, e.ContainerID = by.Time, by.Process, by.User, by.ContainerID
	} else {
		e.Reason += "; who did it was not seen"
	}
	return e
}

// sighting returns what a new record tells; nil when it is no logon.
func (f *files) sighting(n records.Found, by *event.Event) *sighting {
	r := n.Record
	s := &sighting{at: r.Time, seen: f.now(), pid: r.PID, logon: event.Logon{UserName: r.User, Line: lineOf(r.Line), Address: r.Host}}
	if r.Address.IsValid() && s.logon.Address == "" {
		s.logon.Address = r.Address.String()
	}
	switch {
	case r.Type == utmp.UserProcess && n.File.Role != records.Failures:
		s.kind = event.AuthLogin
	case r.Type == utmp.DeadProcess && n.File.Role != records.Failures:
		s.kind = event.AuthLogout
	case n.File.Role == records.Failures || n.File.Role == records.FailCounts:
		s.kind, s.reason = event.AuthFail, "authentication failure"
		if unknown(r.User) {
			s.logon.UserName, s.reason = "", "unknown user"
		}
	default:
		return nil
	}
	s.source = map[records.Role]source{
		records.Logons: fromWtmp, records.Present: fromUtmp, records.Failures: fromBtmp,
		records.LastLogons: fromLastlog, records.FailCounts: fromFaillog,
	}[n.File.Role]
	if now := event.At(f.now()); s.at == 0 || s.at > now {
		s.at = now // a record of the future
	}
	f.attribute(s, by)
	if s.source == fromBtmp && s.logon.Service == "sshd" && f.firstOf(s) {
		s.source = fromBtmpNotice
	}
	s.logon.Type = typeOf(s.logon.Service, s.logon.Address, s.logon.Line)
	return s
}

// maxAsked bounds the processes of sshd that are remembered.
const maxAsked = 1024

// firstOf reports whether a record of btmp is the one that sshd writes when it
// is asked for a user that does not exist, before any attempt.
func (f *files) firstOf(s *sighting) bool {
	if s.pid == 0 || f.asked[s.pid] || f.known(s.logon.UserName) {
		return false
	}
	if len(f.asked) >= maxAsked {
		clear(f.asked)
	}
	f.asked[s.pid] = true
	return true
}

// unknown reports whether a program wrote that it does not tell the name.
func unknown(user string) bool {
	return user == "" || user == "UNKNOWN" || user == "(unknown)" || user == "unknown"
}

// attribute says which process let the user in: the one that wrote the record,
// else the one that the record names, while it lives.
func (f *files) attribute(s *sighting, by *event.Event) {
	if by != nil && by.Process != nil {
		s.process, s.user = by.Process, by.User
		s.parent = by.Process.PID // it may have written for a child
		s.logon.Service = serviceOf(by.Process.Name)
		return
	}
	if s.pid <= 0 || f.proc == nil || s.kind == event.AuthLogout {
		return
	}
	seen, err := f.proc.Read(s.pid)
	if err != nil || seen.Process.Start > s.at+event.Time(time.Second) {
		return // another process has the number now
	}
	s.process, s.user = seen.Process, seen.User
	s.logon.Service = serviceOf(seen.Process.Name)
}

// serviceOf names the service of a program that lets users in; others have
// none.
func serviceOf(program string) string {
	switch {
	case program == "sshd" || strings.HasPrefix(program, "sshd-"):
		return "sshd"
	case program == "login" || program == "su" || program == "sudo" || program == "xdm" || program == "gdm-session-worker" || program == "lightdm":
		return program
	}
	return ""
}
