package auditlog

import (
	"errors"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

// Actors finds out which process a pid of a log was. A log is read after what
// it tells of: a process that has the pid now is the one of the record only
// when it is older than the record. It belongs to one goroutine.
type Actors struct {
	fs    *procfs.FS
	scope procfs.Scope
	known map[int64]*actor // by pid
}

// actor is a process that a record told of.
type actor struct {
	id     string // empty: no record told of it, and it is not there
	start  event.Time
	parent int64
	asked  event.Time // time of the record for which /proc was asked last
	gone   bool       // /proc does not have it any more
	within bool       // it is in the scope
}

const (
	maxActors = 8192
	// again is how long what /proc said of a pid holds: no pid is given to
	// another process so soon.
	again = event.Time(500_000_000)
	// slack is how much a process may seem younger than a record of it: start
	// times are cut to a tick, and clocks are read one after the other.
	slack = event.Time(5 * event.EntityTick)
)

// NewActors returns Actors that look into the /proc at proc, for processes of
// the scope of a cgroup's directory, "" for the host.
func NewActors(proc, scope string) (*Actors, error) {
	fs, s, err := procfs.OpenScope(proc, scope)
	if err != nil {
		return nil, err
	}
	return &Actors{fs: fs, scope: s, known: map[int64]*actor{}}, nil
}

// Living returns the process that has a pid, when it is the one that a record
// of the time at told of; nil when that one is gone or outside of the scope.
func (a *Actors) Living(pid int64, at event.Time) *event.Process {
	if k := a.look(pid, at); k != nil && !k.gone && k.within {
		return &event.Process{PID: pid, EntityID: k.id, Start: k.start}
	}
	return nil
}

// Of returns the process with a pid and its parent's pid, 0 when the record
// does not say it. One that is gone keeps the id that it had, or gets one made
// from the time of the record; false when it is outside of the scope.
func (a *Actors) Of(pid, parent int64, at event.Time) (*event.Process, bool) {
	k := a.look(pid, at)
	if k != nil && k.gone && (k.id == "" || parent != 0 && k.parent != 0 && k.parent != parent) {
		k = nil // the number was given to another one since
	}
	if k == nil {
		start := uint64(max(at-a.fs.Wall(0), 0))
		k = &actor{id: event.EntityID(a.fs.Boot(), pid, start), asked: at, gone: true, within: a.scope.Whole()}
		if up := a.known[parent]; up != nil && up.within {
			k.within = true
		} else if parent != 0 && !k.within {
			up := a.look(parent, at)
			k.within = up != nil && up.within
		}
		a.keep(pid, k)
	}
	if parent != 0 {
		k.parent = parent
	}
	p := &event.Process{PID: pid, EntityID: k.id, Start: k.start}
	if parent != 0 {
		p.Parent = &event.Parent{PID: parent}
		if up := a.look(parent, at); up != nil && up.id != "" {
			p.Parent.EntityID = up.id
		}
	}
	return p, k.within
}

// Forget is told that a process ended.
func (a *Actors) Forget(pid int64) { delete(a.known, pid) }

// Alive reports whether /proc has the process that was asked for last.
func (a *Actors) Alive(pid int64) bool { k := a.known[pid]; return k != nil && !k.gone }

// look returns what is known of a pid at a time; nil when nothing is.
func (a *Actors) look(pid int64, at event.Time) *actor {
	k := a.known[pid]
	if k != nil && at-k.asked < again && k.asked-at < again {
		return k
	}
	s, err := a.fs.Stat(pid)
	start := a.fs.Wall(s.Start)
	switch {
	case err != nil && !errors.Is(err, procfs.ErrGone):
		return k
	case err != nil, start > at+slack:
		if k == nil {
			k = &actor{}
			a.keep(pid, k)
		}
		k.gone, k.asked = true, at
		return k
	}
	id := event.EntityID(a.fs.Boot(), pid, s.Start)
	if k == nil || k.id != id {
		k = &actor{id: id, start: start, parent: s.Parent, within: a.scope.Has(pid)}
		a.keep(pid, k)
	}
	k.asked, k.gone = at, false
	return k
}

func (a *Actors) keep(pid int64, k *actor) {
	if len(a.known) >= maxActors {
		for old, x := range a.known { // those that are gone, else any
			if x.gone || len(a.known) >= maxActors+maxActors/8 {
				delete(a.known, old)
			}
		}
	}
	a.known[pid] = k
}
