package auth

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

const began = event.Time(1780000000e9)

// table is a merger whose clock the test sets.
type table struct {
	*merger
	clock time.Time
	told  []*event.Event
}

func newTable() *table {
	t := &table{clock: began.Std()}
	t.merger = &merger{now: func() time.Time { return t.clock }, emit: func(e *event.Event) { t.told = append(t.told, e) }}
	return t
}

// see adds what a source saw, so long after the begin and late by so much.
func (t *table) see(after, late time.Duration, s sighting) {
	s.at = began + event.Time(after)
	t.clock = began.Std().Add(after + late)
	t.flush()
	s.seen = t.clock
	t.add(&s)
}

func (t *table) after(d time.Duration) {
	t.clock = t.clock.Add(d)
	t.flush()
}

// lines describes what was told.
func (t *table) lines() string {
	var out []string
	for _, e := range t.told {
		out = append(out, fmt.Sprintf("%s %s %s %s", e.Kind, e.Rung, e.Logon.UserName, e.Logon.Method))
	}
	return strings.Join(out, "; ")
}

func opened(source source, user string, pid int64) sighting {
	s := sighting{source: source, kind: event.AuthLogin, pid: pid, logon: event.Logon{UserName: user}}
	if source == fromPAM {
		s.process = &event.Process{EntityID: fmt.Sprint("e", pid), PID: pid}
		s.logon.Service = "sshd"
	}
	return s
}

func failed(source source, user string, pid int64) sighting {
	s := opened(source, user, pid)
	s.kind, s.reason = event.AuthFail, "authentication failure"
	return s
}

func with(s sighting, change func(*sighting)) sighting {
	change(&s)
	return s
}

// One logon by ssh, as five sources see it.
func TestOneLogonIsOneEvent(t *testing.T) {
	m := newTable()
	m.see(0, 150*time.Millisecond, with(opened(fromPAM, "alice", 100), func(s *sighting) { s.logon.Address = "192.0.2.7" }))
	m.see(0, 160*time.Millisecond, with(opened(fromLogind, "alice", 100), func(s *sighting) { s.logind, s.logon.SessionID = "5", "5" }))
	m.see(10*time.Millisecond, 200*time.Millisecond, with(opened(fromWtmp, "alice", 104), func(s *sighting) { s.logon.Line, s.logon.Address = "pts/3", "192.0.2.7" }))
	m.see(11*time.Millisecond, 200*time.Millisecond, with(opened(fromUtmp, "alice", 104), func(s *sighting) { s.logon.Line, s.logon.Address = "pts/3", "192.0.2.7" }))
	m.see(0, 250*time.Millisecond, with(opened(fromService, "alice", 100), func(s *sighting) { s.logon.Method, s.logon.Address = "publickey", "192.0.2.7" }))
	m.see(0, 300*time.Millisecond, opened(fromModule, "alice", 100))
	m.after(time.Second)
	m.see(0, 5*time.Second, with(opened(fromLastlog, "alice", 0), func(s *sighting) { s.logon.Line = "pts/3" })) // late
	m.after(time.Minute)
	if got := m.lines(); got != "auth_login pam alice publickey" {
		t.Fatal(got)
	}
	want := event.Logon{UserName: "alice", SessionID: "5", Service: "sshd", Method: "publickey", Line: "pts/3", Address: "192.0.2.7"}
	if e := m.told[0]; *e.Logon != want || e.Process.PID != 100 || e.Net.SourceIP.String() != "192.0.2.7" {
		t.Errorf("%+v", e.Logon)
	}
	m.see(2*time.Minute, 0, sighting{source: fromWtmp, kind: event.AuthLogout, pid: 104, logon: event.Logon{Line: "pts/3"}})
	m.see(2*time.Minute, 0, sighting{source: fromLogind, kind: event.AuthLogout, logind: "5", logon: event.Logon{SessionID: "5"}})
	m.see(2*time.Minute, 0, sighting{source: fromPAM, kind: event.AuthLogout, pid: 100, process: &event.Process{EntityID: "e100"}, logon: event.Logon{UserName: "alice"}})
	m.after(time.Minute)
	if got := m.lines(); got != "auth_login pam alice publickey; auth_logout pam alice publickey" {
		t.Fatal(got)
	}
	if e := m.told[1]; e.Logon.Start != began || e.Logon.Address != "192.0.2.7" || e.Logon.Line != "pts/3" {
		t.Errorf("%+v", e.Logon)
	}
	if n := len(m.sessions.open); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

// Ten failures seen by three sources are ten events, with one process or many.
func TestFailuresKeepTheirNumber(t *testing.T) {
	for name, pid := range map[string]func(i int) int64{
		"one process":    func(int) int64 { return 100 },
		"many processes": func(i int) int64 { return int64(100 + i) },
	} {
		t.Run(name, func(t *testing.T) {
			m := newTable()
			for i := range 10 {
				at := time.Duration(i) * 100 * time.Millisecond
				m.see(at, 0, failed(fromPAM, "root", pid(i)))
				m.see(at, 0, failed(fromBtmp, "root", pid(i)))
				m.see(at, 0, with(failed(fromService, "root", pid(i)), func(s *sighting) { s.logon.Method = "password" }))
			}
			m.after(time.Minute)
			if n := len(m.told); n != 10 {
				t.Errorf("%d events: %s", n, m.lines())
			}
		})
	}
}

// A record belongs to the logon of its process, and else to the nearest one, not
// to an older one that left none.
func TestNearestLogon(t *testing.T) {
	for name, pid := range map[string]int64{"by the process": 200, "by the time": 0} {
		m := newTable()
		for i, p := range []int64{100, 200} {
			m.see(time.Duration(i)*time.Second, 0, with(opened(fromPAM, "alice", p), func(s *sighting) { s.logon.Address = "192.0.2.7" }))
		}
		m.see(time.Second+time.Millisecond, 0, with(opened(fromWtmp, "alice", 205), func(s *sighting) {
			s.parent, s.logon.Line, s.logon.Address = pid, "pts/3", "192.0.2.7"
		}))
		m.after(time.Minute)
		if len(m.told) != 2 || m.told[0].Logon.Line != "" || m.told[1].Logon.Line != "pts/3" {
			t.Errorf("%s: %s", name, m.lines())
		}
	}
}

// Two users, two addresses or two terminals are two logons.
func TestDifferentLogons(t *testing.T) {
	for name, b := range map[string]sighting{
		"user":     opened(fromWtmp, "bob", 0),
		"address":  with(opened(fromWtmp, "alice", 0), func(s *sighting) { s.logon.Address = "192.0.2.8" }),
		"terminal": with(opened(fromWtmp, "alice", 0), func(s *sighting) { s.logon.Line = "pts/9" }),
		"process":  opened(fromWtmp, "alice", 999),
		"failure":  failed(fromBtmp, "alice", 100),
	} {
		t.Run(name, func(t *testing.T) {
			m := newTable()
			m.see(0, 0, with(opened(fromPAM, "alice", 100), func(s *sighting) { s.logon.Address, s.logon.Line = "192.0.2.7", "pts/1" }))
			m.see(0, 0, b)
			m.after(time.Minute)
			if len(m.told) != 2 {
				t.Error(m.lines())
			}
		})
	}
}

// A user that sshd says does not exist, and the attempts that follow.
func TestUnknownUserOfSshd(t *testing.T) {
	m := newTable()
	notice := with(failed(fromNotice, "eve", 100), func(s *sighting) { s.reason = "unknown user" })
	m.see(0, 0, notice)
	for i := range 3 {
		m.see(time.Duration(10*i+5)*time.Second, 0, failed(fromService, "eve", 100))
	}
	m.after(time.Minute)
	if got := len(m.told); got != 3 {
		t.Errorf("%d: %s", got, m.lines())
	}
}

// A line of a log alone is told, later, and said to be no more than that.
func TestLineAlone(t *testing.T) {
	m := newTable()
	m.see(0, 0, opened(fromService, "alice", 100))
	m.after(600 * time.Millisecond)
	if len(m.told) != 0 {
		t.Fatal("told before what is better could come")
	}
	m.after(200 * time.Millisecond)
	if got := m.lines(); got != "auth_login log alice " || !strings.Contains(m.told[0].Reason, "line of a log") {
		t.Errorf("%s %q", got, m.told[0].Reason)
	}
}

// sudo within a session ends by itself, and the session stays.
func TestSessionsWithinSessions(t *testing.T) {
	m := newTable()
	m.see(0, 0, opened(fromPAM, "alice", 100))
	m.see(time.Second, 0, with(opened(fromPAM, "root", 200), func(s *sighting) { s.logon.Service, s.logon.Type = "sudo", "su" }))
	m.see(2*time.Second, 0, sighting{source: fromPAM, kind: event.AuthLogout, pid: 200, process: &event.Process{EntityID: "e200"}, logon: event.Logon{UserName: "root"}})
	m.see(3*time.Second, 0, sighting{source: fromEnd, kind: event.AuthLogout, pid: 100, process: &event.Process{EntityID: "e100"}})
	m.after(time.Minute)
	if got := m.lines(); got != "auth_login pam alice ; auth_login pam root ; auth_logout pam root ; auth_logout pam alice " {
		t.Error(got)
	}
	if got := m.told[2].Logon.Start; got != began+1e9 {
		t.Errorf("the session of sudo began at %d", got)
	}
}

// The end of what was no session is not told: a terminal that waits.
func TestNoSession(t *testing.T) {
	m := newTable()
	m.see(0, 0, sighting{source: fromWtmp, kind: event.AuthLogout, pid: 7, logon: event.Logon{Line: "tty1"}})
	m.after(time.Minute)
	if len(m.told) != 0 {
		t.Error(m.lines())
	}
}

// A flood is told in whole, within bounds.
func TestFlood(t *testing.T) {
	m := newTable()
	const n = 3 * maxEntries
	for i := range n {
		m.see(time.Duration(i)*time.Microsecond, 0, failed(fromPAM, "root", int64(i+1)))
		if len(m.entries) > maxEntries {
			t.Fatalf("%d entries", len(m.entries))
		}
	}
	m.after(time.Minute)
	if len(m.told) != n {
		t.Errorf("%d events, want %d", len(m.told), n)
	}
	for i := range 2 * maxSessions {
		m.see(time.Hour+time.Duration(i), 0, opened(fromPAM, fmt.Sprint("u", i), int64(i+1)))
	}
	if got := len(m.sessions.open); got > maxSessions {
		t.Errorf("%d sessions", got)
	}
}

func TestNames(t *testing.T) {
	n := newNames(t.TempDir(), time.Now)
	for name, want := range map[string]string{
		"eve": "eve", "Administrator": "Administrator", "user1": "user1", "admin@example.org": "admin@example.org", "EXAMPLE\\eve": "EXAMPLE\\eve",
		"Tr0ub4dor": hidden, "correct horse": hidden, "pass!word": hidden, "Aa1": "Aa1", "": "", "svc-Backup_01": hidden,
	} {
		if got := n.shown(name); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
	}
}
