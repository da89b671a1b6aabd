package selftest

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Seen is an event that went through the pipeline while a tap was open.
type Seen struct {
	At    int64        `json:"at"` // when it had been kept, nanoseconds since 1970
	Event *event.Event `json:"event"`
}

// tapRoom is how many events a tap holds that were not read yet, and
// tapProcesses how many processes it knows.
const (
	tapRoom      = 4096
	tapProcesses = 4096
)

// Tap lets one reader see the events of a process and of those below it, and
// those that are rare and may belong to no process. See is called by the
// pipeline, and only while an exam runs.
type Tap struct {
	pid    int64
	known  map[string]bool // entity ids; used by the pipeline alone
	found  bool            // the process itself is among them; used by the pipeline alone
	events chan Seen
	missed atomic.Int64
}

// NewTap returns a tap for the process with the given pid.
func NewTap(pid int64) *Tap {
	return &Tap{pid: pid, known: map[string]bool{}, events: make(chan Seen, tapRoom)}
}

// See is given every event, complete and kept, and reports whether the process
// of the exam or one below it made it. It never waits.
func (t *Tap) See(e *event.Event) bool {
	ours := t.ours(e.Process)
	if ours || !common(e.Kind) {
		select {
		case t.events <- Seen{At: time.Now().UnixNano(), Event: e}:
		default:
			t.missed.Add(1)
		}
	}
	return ours
}

// ours reports whether p is the process of the exam or one below it.
func (t *Tap) ours(p *event.Process) bool {
	if p == nil {
		return false
	}
	ours := t.is(p.PID, p.EntityID) || p.Parent != nil && t.is(p.Parent.PID, p.Parent.EntityID) ||
		p.Ancestors != nil && slices.ContainsFunc(p.Ancestors.EntityIDs, func(id string) bool { return t.known[id] })
	if ours && p.EntityID != "" && len(t.known) < tapProcesses {
		t.known[p.EntityID] = true
	}
	return ours
}

// is reports whether a process is that of the exam or known to be below it. The
// first with the pid is: it lives when the tap is opened; another that gets the
// pid later is not.
func (t *Tap) is(pid int64, entity string) bool {
	if t.known[entity] {
		return true
	}
	if pid != t.pid || t.found && entity != "" {
		return false
	}
	if entity != "" {
		t.found, t.known[entity] = true, true
	}
	return true
}

// common reports whether events of a kind may come in masses.
func common(k event.Kind) bool {
	switch k {
	case event.AuthLogin, event.AuthLogout, event.AuthFail, event.ModuleLoad, event.KernelLogClear, event.ServiceControl,
		event.ServiceCreate, event.ServiceModify, event.ServiceDelete, event.TaskCreate, event.TaskModify, event.TaskDelete,
		event.AccountCreate, event.AccountModify, event.AccountDelete, event.PackageInstall, event.PackageRemove,
		event.SettingChange, event.ScriptRun, event.DNSAnswer, event.FileHash:
		return false
	}
	return true
}

// Missed returns how many events found no room.
func (t *Tap) Missed() int64 { return t.missed.Load() }
