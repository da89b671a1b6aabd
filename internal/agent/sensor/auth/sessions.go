package auth

import (
	"cmp"
	"slices"

	"github.com/vedette-edr/vedette/internal/event"
)

// session is a session that a user has now.
type session struct {
	logon  event.Logon
	start  event.Time
	entity string // of the process that opened it
	pid    int64
	handle uint64
	logind string
	line   string
}

// sessions are the sessions that are open, the oldest first.
type sessions struct {
	open []*session
}

// maxSessions bounds the sessions that are remembered; the oldest go first.
const maxSessions = 4096

func (t *sessions) add(s *sighting) *session {
	n := &session{start: s.at}
	n.learn(s, s)
	if len(t.open) >= maxSessions {
		t.open = slices.Delete(t.open, 0, maxSessions/4)
	}
	t.open = append(t.open, n)
	return n
}

// learn takes what became known of the logon, also what came too late to be
// told: the end of the session has it.
func (n *session) learn(whole, late *sighting) {
	logon := whole.logon
	fill(&logon, &n.logon)
	fill(&logon, &late.logon)
	n.logon, n.start = logon, whole.at
	n.line = cmp.Or(n.line, late.logon.Line)
	n.logind = cmp.Or(n.logind, cmp.Or(whole.logind, late.logind))
	if whole.handle != 0 {
		n.handle = whole.handle
	}
	if whole.source == fromPAM || n.pid == 0 {
		n.pid = cmp.Or(whole.pid, n.pid)
	}
	if whole.process != nil && (whole.source == fromPAM || n.entity == "") {
		n.entity = whole.process.EntityID
	}
}

// fill completes a logout with what is known of the session.
func (n *session) fill(s *sighting) {
	fill(&s.logon, &n.logon)
	s.logon.Start = n.start
}

func (t *sessions) remove(n *session) {
	if i := slices.Index(t.open, n); i >= 0 {
		t.open = slices.Delete(t.open, i, i+1)
	}
}

// of returns the session that a logout is the end of, the youngest that may be.
func (t *sessions) of(s *sighting) *session {
	for _, same := range []func(n *session) bool{
		func(n *session) bool { return s.logind != "" && n.logind == s.logind },
		func(n *session) bool {
			return s.process != nil && s.process.EntityID != "" && n.entity == s.process.EntityID && (s.handle == 0 || n.handle == 0 || s.handle == n.handle)
		},
		func(n *session) bool { return s.handle != 0 && n.handle == s.handle && n.pid == s.parent },
		func(n *session) bool {
			return s.logind == "" && s.pid != 0 && n.pid == s.pid && !differ(n.line, s.logon.Line)
		},
		func(n *session) bool { return s.logind == "" && s.logon.Line != "" && n.line == s.logon.Line },
	} {
		for _, n := range slices.Backward(t.open) {
			if n.start <= s.at && !differ(n.logon.UserName, s.logon.UserName) && same(n) {
				return n
			}
		}
	}
	return nil
}
