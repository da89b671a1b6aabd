package auth

import (
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// merger makes one event of what several sources see of one logon. What is seen
// first waits for a moment, in which others complete it, and is then told; what
// comes later is the same logon when it is alike, and is dropped: each source
// once, so that ten failures seen by three sources are ten events.
type merger struct {
	now      func() time.Time
	emit     sensor.Emit
	entries  []*entry // in the order in which they were first seen
	sessions sessions
	next     time.Time // when the first that waits is due; zero when nothing waits
	swept    time.Time // when flush last looked at all
	early    int64     // entries that were told before their time for want of room
}

// entry is one logon, waiting or told.
type entry struct {
	sighting
	sources uint32 // bits of those that saw it
	due     time.Time
	told    bool
}

const (
	maxEntries = 4096
	// near is how far apart the times of two sources for one logon may be.
	near = event.Time(5 * time.Second)
	// moment is how long what came late waits for others.
	moment = 100 * time.Millisecond
	// sweep is how often what is old is forgotten.
	sweep = time.Second
	// memory is how long what was told is remembered.
	memory = 30 * time.Second
	// grace is how long sshd lets a user try.
	grace = 120 * time.Second
)

// add takes what a source saw.
func (m *merger) add(s *sighting) {
	if s.kind == event.AuthLogout {
		s.open = m.sessions.of(s)
		if s.open != nil {
			s.open.fill(s)
		} else if s.logon.UserName == "" {
			return // the end of what was no session of a user
		}
	}
	if e := m.find(s); e != nil {
		e.sources |= 1 << s.source
		if !e.told {
			e.complete(s)
		}
		if e.open != nil && e.kind == event.AuthLogin {
			e.open.learn(&e.sighting, s)
		}
		return
	}
	if s.kind == event.AuthLogin {
		s.open = m.sessions.add(s)
	}
	if len(m.entries) >= maxEntries {
		m.makeRoom()
	}
	e := &entry{sighting: *s, sources: 1 << s.source, due: s.due()}
	m.entries = append(m.entries, e)
	if m.next.IsZero() || e.due.Before(m.next) {
		m.next = e.due
	}
}

// due returns when s is told. PAM is the best and waits from when it happened,
// but for a moment at least; others wait from when they saw it, for PAM comes
// with the ring, which is read each 200 ms. When sshd asked PAM for no password,
// only its line says by which key or ticket the user came: that is waited for.
func (s *sighting) due() time.Time {
	hold := s.source.hold()
	if s.source == fromPAM && s.kind == event.AuthLogin && s.logon.Service == "sshd" && s.logon.Method == "" {
		hold = fromService.hold()
	}
	latest := s.seen.Add(hold)
	if s.source != fromPAM {
		return latest
	}
	due := s.at.Std().Add(hold)
	if soonest := s.seen.Add(moment); due.Before(soonest) {
		return soonest
	}
	if due.After(latest) {
		return latest
	}
	return due
}

// makeRoom forgets the oldest quarter; what waits among it is told now.
func (m *merger) makeRoom() {
	n := maxEntries / 4
	for _, e := range m.entries[:n] {
		if !e.told {
			m.early++
			m.tell(e)
		}
	}
	m.entries = slices.Delete(m.entries, 0, n)
}

// find returns the logon that s is too and that its source did not tell of yet:
// one of the same process before others, then the nearest in time.
func (m *merger) find(s *sighting) *entry {
	var best *entry
	for _, e := range m.entries {
		if e.kind != s.kind || e.sources&(1<<s.source) != 0 || !e.alike(s) {
			continue
		}
		if best == nil || e.nearer(best, s) {
			best = e
		}
	}
	return best
}

// nearer reports whether s is rather a than b.
func (a *entry) nearer(b *entry, s *sighting) bool {
	if p, q := a.samePID(s), b.samePID(s); p != q {
		return p
	}
	return apart(a.at, s.at) < apart(b.at, s.at)
}

func (a *entry) samePID(b *sighting) bool {
	return a.pid != 0 && (a.pid == b.pid || a.pid == b.parent) || a.parent != 0 && a.parent == b.pid
}

func apart(a, b event.Time) event.Time { return max(a, b) - min(a, b) }

// alike reports whether a and b may be one logon.
func (a *entry) alike(b *sighting) bool {
	if a.open != nil && a.open == b.open {
		return true
	}
	samePID, apart := a.samePID(b), apart(a.at, b.at)
	if apart > near && !(samePID && a.source.notice() && apart < event.Time(grace)) {
		return false
	}
	x, y := &a.logon, &b.logon
	if differ(x.UserName, y.UserName) {
		return false
	}
	if p, q := a.address(), b.address(); p.IsValid() && q.IsValid() && p != q {
		return false
	}
	switch {
	case samePID:
		return true
	case differ(x.Line, y.Line):
		return false
	case x.Line != "" && x.Line == y.Line:
		return true
	case x.Address != "" && x.Address == y.Address:
		return x.UserName == y.UserName
	case a.pid == 0 || b.pid == 0:
		return x.UserName != "" && x.UserName == y.UserName
	}
	return false
}

func differ(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }

// flush tells what is due, forgets what is old, and returns when to come again;
// the zero time when nothing waits.
func (m *merger) flush() time.Time {
	now := m.now()
	if (m.next.IsZero() || now.Before(m.next)) && now.Before(m.swept.Add(sweep)) {
		return m.next
	}
	m.swept = now
	var next time.Time
	kept := m.entries[:0]
	for _, e := range m.entries {
		if !e.told && !now.Before(e.due) {
			m.tell(e)
		}
		if !e.told && (next.IsZero() || e.due.Before(next)) {
			next = e.due
		}
		if !e.told || now.Before(e.due.Add(memory)) || e.source.notice() && now.Before(e.due.Add(grace)) {
			kept = append(kept, e)
		}
	}
	clear(m.entries[len(kept):])
	m.entries, m.next = kept, next
	return next
}

// finish tells all that waits.
func (m *merger) finish() {
	for _, e := range m.entries {
		if !e.told {
			m.tell(e)
		}
	}
}

func (m *merger) tell(e *entry) {
	e.told = true
	if e.kind == event.AuthLogout && e.open != nil {
		e.open.fill(&e.sighting)
		m.sessions.remove(e.open)
	}
	if e.source.rung() == rungLines && e.reason == "" {
		e.reason = "told by a line of a log only, which other programs can write too"
	}
	m.emit(e.event())
}
