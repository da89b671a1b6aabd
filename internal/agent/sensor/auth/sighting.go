package auth

import (
	"cmp"
	"net/netip"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// source is where a logon was seen. The lower the number, the better the source
// knows: its time and its process count.
type source uint8

// The sources.
const (
	fromPAM        source = iota
	fromLogind            // a signal of the session manager
	fromWtmp              // a record of wtmp
	fromUtmp              // of utmp
	fromBtmp              // of btmp
	fromLastlog           // of lastlog
	fromFaillog           // of faillog
	fromBtmpNotice        // a record of btmp about a user that sshd does not know
	fromEnd               // the end of the process that opened the session
	fromService           // a line of the service: sshd, login, su
	fromModule            // a line of the PAM module for passwords
	fromManager           // a line of the session manager
	fromNotice            // a line of sshd about a user that does not exist
)

// Names of the rungs, best first.
const (
	rungPAM     = "pam"
	rungLogind  = "logind"
	rungRecords = "wtmp"
	rungLines   = "log"
)

// rung names the rung of a source.
func (s source) rung() string {
	switch {
	case s == fromPAM || s == fromEnd:
		return rungPAM
	case s == fromLogind:
		return rungLogind
	case s < fromEnd:
		return rungRecords
	}
	return rungLines
}

// notice reports whether a source tells that a user does not exist, before the
// user tries to log on: the first attempt that follows is the same failure.
func (s source) notice() bool { return s == fromNotice || s == fromBtmpNotice }

// hold is how long what a source saw waits for others to complete it. Lines of
// logs wait longer: they may come before what is better.
func (s source) hold() time.Duration {
	if s.rung() == rungLines {
		return 700 * time.Millisecond
	}
	return 300 * time.Millisecond
}

// sighting is a logon, a logout or a failure as one source saw it.
type sighting struct {
	source source
	kind   event.Kind
	at     event.Time // when it happened
	seen   time.Time  // when the source told
	reason string
	logon  event.Logon

	process *event.Process // that let the user in; nil when the source does not know
	user    *event.User    // who it runs as
	pid     int64          // that the source names, in the agent's pid namespace; 0 for none
	parent  int64
	handle  uint64 // of PAM
	logind  string // session id of the session manager
	open    *session
}

// address returns where the user comes from, when that is an address.
func (s *sighting) address() netip.Addr {
	a, err := netip.ParseAddr(s.logon.Address)
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// event makes of what is known the event that is told.
func (s *sighting) event() *event.Event {
	logon := s.logon
	e := &event.Event{
		Time: s.at, Kind: s.kind, Provider: "auth", Rung: s.source.rung(), Reason: s.reason, Logon: &logon,
		Process: s.process, User: s.user,
	}
	switch s.kind {
	case event.AuthLogin:
		e.Outcome = "success"
	case event.AuthFail:
		e.Outcome = "failure"
	}
	if a := s.address(); a.IsValid() {
		e.Net = &event.Net{SourceIP: a, Direction: "ingress", Type: "ipv4"}
		if a.Is6() {
			e.Net.Type = "ipv6"
		}
	}
	return e
}

// complete takes from b what s lacks.
func (s *sighting) complete(b *sighting) {
	if b.source < s.source {
		s.source, s.at = b.source, b.at
		if b.process != nil {
			s.process, s.user = b.process, b.user
		}
		better := b.logon
		fill(&better, &s.logon)
		s.logon = better
		s.reason, b.reason = b.reason, s.reason
	} else {
		fill(&s.logon, &b.logon)
	}
	if s.kind == event.AuthFail { // elsewhere it is why the source is no better
		s.reason = cmp.Or(s.reason, b.reason)
	}
	if s.process == nil {
		s.process, s.user = b.process, b.user
	}
	s.pid, s.parent = cmp.Or(s.pid, b.pid), cmp.Or(s.parent, b.parent)
	s.logind = cmp.Or(s.logind, b.logind)
	if s.handle == 0 {
		s.handle = b.handle
	}
}

// fill takes from b what a lacks. A line of a log knows best how a user proved
// who they are.
func fill(a, b *event.Logon) {
	a.UserName, a.UserID = cmp.Or(a.UserName, b.UserName), cmp.Or(a.UserID, b.UserID)
	a.SessionID, a.Service = cmp.Or(a.SessionID, b.SessionID), cmp.Or(a.Service, b.Service)
	a.Method, a.Type = cmp.Or(a.Method, b.Method), cmp.Or(a.Type, b.Type)
	a.Line, a.Address = cmp.Or(a.Line, b.Line), cmp.Or(a.Address, b.Address)
	if a.Start == 0 {
		a.Start = b.Start
	}
}

// lineOf returns the name of a terminal as utmp has it, empty for what services
// give in its place.
func lineOf(tty string) string {
	tty = strings.TrimPrefix(tty, "/dev/")
	switch tty {
	case "ssh", "ssh:notty", "cron", "notty", "none", "NODEVssh", "?", "unknown", "(unknown)":
		return ""
	}
	return tty
}

// typeOf says what kind of session a service opens.
func typeOf(service, address, line string) string {
	switch service {
	case "su", "su-l", "runuser", "runuser-l", "sudo", "sudo-i", "doas", "pkexec", "polkit-1":
		return "su"
	case "cron", "crond", "atd", "anacron":
		return "cron"
	case "systemd-user":
		return "service"
	}
	switch {
	case address != "" && address != "localhost" && !strings.HasPrefix(address, ":"):
		return "remote"
	case service == "sshd" || service == "rlogin" || service == "telnet":
		return "remote"
	case line != "":
		return "local"
	}
	return "service"
}
