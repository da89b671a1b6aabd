package fanotify

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	maxActors = 8192
	// again is how long what /proc said of a pid holds: no pid is given to
	// another process so soon.
	again = event.Time(500 * time.Millisecond)
	// maxRead is how many processes a second are read with all that /proc has of
	// them; of the others there are id, name, program and user.
	maxRead = 200
)

// actors finds out who did something, while the process lives. It belongs to
// one goroutine.
type actors struct {
	fs     *procfs.FS
	scope  procfs.Scope
	pidfds bool             // the kernel gives a descriptor of each process that lives
	known  map[int64]*actor // by pid
	read   int              // in this second
	second event.Time
	untold int64 // messages of processes that cannot be told to be in the scope
}

// actor is a process.
type actor struct {
	process *event.Process
	user    *event.User
	within  bool
	asked   event.Time
}

func newActors(proc, scope string) (*actors, error) {
	fs, s, err := procfs.OpenScope(proc, scope)
	if err != nil {
		return nil, err
	}
	return &actors{fs: fs, scope: s, known: map[int64]*actor{}}, nil
}

// of returns who a message is about; false when that is outside of the scope,
// or cannot be told to be within. The process of one that is gone has only its
// pid, which the table of processes may know.
func (a *actors) of(m *message, at event.Time) (*actor, bool) {
	if k := a.known[m.pid]; k != nil && at-k.asked < again && at >= k.asked {
		return k, k.within
	}
	if m.pid > 0 && (m.pidfd >= 0 || !a.pidfds) { // else the kernel said that it is gone
		if k := a.look(m, at); k != nil {
			a.keep(m.pid, k)
			return k, k.within
		}
	}
	if !a.scope.Whole() {
		a.untold++
		return nil, false
	}
	k := &actor{within: true}
	if m.pid > 0 {
		k.process = &event.Process{PID: m.pid}
	}
	return k, true
}

// look reads a process from /proc; nil when it is gone.
func (a *actors) look(m *message, at event.Time) *actor {
	s, err := a.fs.Stat(m.pid)
	if err != nil {
		return nil
	}
	k := &actor{asked: at, within: a.scope.Has(m.pid)}
	if k.within {
		k.process, k.user = a.facts(s, at)
	}
	// The process that the kernel means is there still, so what was read is of it.
	if m.pidfd >= 0 && errors.Is(unix.PidfdSendSignal(m.pidfd, 0, nil, 0), unix.ESRCH) {
		return nil
	}
	return k
}

// facts reads what the event tells of a process.
func (a *actors) facts(s procfs.Stat, at event.Time) (*event.Process, *event.User) {
	if at-a.second >= event.Time(time.Second) || at < a.second {
		a.second, a.read = at, 0
	}
	if a.read++; a.read <= maxRead {
		if e, err := a.fs.ReadAs(s); err == nil {
			return e.Process, e.User
		}
	}
	p := &event.Process{
		PID: s.PID, EntityID: event.EntityID(a.fs.Boot(), s.PID, s.Start), Start: a.fs.Wall(s.Start), Name: s.Comm,
		Parent: &event.Parent{PID: s.Parent},
	}
	p.Executable, _ = os.Readlink(a.fs.Path(s.PID, "exe"))
	text, err := os.ReadFile(a.fs.Path(s.PID, "status"))
	if err != nil {
		return p, nil
	}
	status, err := procfs.ParseStatus(text)
	if err != nil {
		return p, nil
	}
	return p, &event.User{ID: status.UID, GroupID: status.GID, EffectiveID: status.EUID, EffectiveGroupID: status.EGID}
}

func (a *actors) keep(pid int64, k *actor) {
	if len(a.known) >= maxActors {
		for old, x := range a.known { // those that do not hold any more, else all
			if k.asked-x.asked >= again {
				delete(a.known, old)
			}
		}
		if len(a.known) >= maxActors {
			clear(a.known)
		}
	}
	a.known[pid] = k
}
