package fanotify

import (
	"encoding/binary"
	"path"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// What event.reason says.
const (
	reasonFolder  = "the folder is gone, and its path was not known"
	reasonChanged = "mode, owner, an attribute or times changed; the kernel does not say which, and what they were before is not known"
	reasonNew     = "the file was changed before it was first looked at; what was changed is not known"
	reasonOpened  = "opened for reading or for writing"
	// reasonNamespace is said where the kernel gives no pid.
	reasonNamespace = "the process is in a pid namespace that the agent does not see into"
)

// teller makes events of messages. It belongs to one goroutine.
type teller struct {
	places *places
	states *memory[handle, state]
	moves  map[int64]*move // by pid: old names that wait for the new one
	emit   func(e *event.Event, by *actor)
	now    event.Time // of the batch
}

// move is the first half of a rename, where the kernel tells it in two messages.
type move struct {
	m    message
	by   *actor
	from subject
	at   event.Time
}

func newTeller(p *places, emit func(*event.Event, *actor)) *teller {
	return &teller{places: p, states: newMemory[handle, state](maxStates), moves: map[int64]*move{}, emit: emit}
}

// tell makes the events of a message of a group with names. What one process did
// to one file comes joined, and is told in the order in which it must have been.
func (t *teller) tell(m *message, by *actor) {
	if m.mask&unix.FAN_RENAME != 0 {
		t.renamed(m, by)
		return
	}
	s := t.subject(m)
	defer s.close()
	if s.path == "" {
		return // it has no name any more, or never had one
	}
	if m.mask&unix.FAN_MOVED_TO != 0 {
		t.movedTo(m, &s, by)
	}
	if m.mask&unix.FAN_CREATE != 0 {
		t.created(m, &s, by)
	} else if m.mask&unix.FAN_ATTRIB != 0 {
		t.changed(m, &s, by)
	}
	if m.mask&unix.FAN_CLOSE_WRITE != 0 {
		t.written(m, &s, by)
	}
	if m.mask&unix.FAN_MOVED_FROM != 0 {
		t.moves[m.pid] = &move{m: *m, by: by, from: subject{path: s.path, whole: s.whole, fd: -1, fs: s.fs}, at: t.now}
	}
	if m.mask&unix.FAN_DELETE != 0 {
		s.close() // a file that has another name is not what is told of
		t.emit(t.event(event.FileDelete, m, &s, ""), by)
		t.states.forget(m.target)
	}
}

// finish ends a batch: what waited too long for its other half left what is seen.
func (t *teller) finish() {
	for pid, v := range t.moves {
		if t.now-v.at < halfRename && t.now >= v.at {
			continue
		}
		delete(t.moves, pid)
		t.emit(t.event(event.FileDelete, &v.m, &v.from, ""), v.by)
	}
}

func (t *teller) created(m *message, s *subject, by *actor) {
	if m.mask&unix.FAN_ONDIR != 0 && m.target.id != "" && s.whole {
		t.places.folders.put(m.target, s.path)
	}
	e := t.event(event.FileCreate, m, s, "")
	if s.is(unix.S_IFLNK) {
		e.File.TargetPath = readLink(s.fd)
	}
	t.emit(e, by)
	if s.fd < 0 {
		return
	}
	now := stateOf(&s.st, t.places.capabilities(s.fd, &s.st))
	if s.st.Size == 0 {
		now.close(&s.st, t.now)
	}
	t.remember(m.target, now)
	if m.mask&unix.FAN_ATTRIB != 0 && s.is(unix.S_IFREG) && now.runs() {
		t.emit(t.event(event.FileChmod, m, s, reasonNew), by)
	}
}

// remember keeps the state of a file, and when it was closed last.
func (t *teller) remember(h handle, now state) {
	if h.id == "" {
		return
	}
	if before, ok := t.states.get(h); ok {
		now.closed, now.settled, now.empty = before.closed, before.settled, before.empty
	}
	t.states.put(h, now)
}

// changed tells what of a file's metadata changed. A message without a name is
// about the number of its names, which is no change of the file.
func (t *teller) changed(m *message, s *subject, by *actor) {
	if s.fd < 0 || m.at.dir.id == "" {
		return
	}
	now := stateOf(&s.st, t.places.capabilities(s.fd, &s.st))
	before, known := t.states.get(m.target)
	t.remember(m.target, now)
	if !known || m.target.id == "" {
		t.emit(t.event(event.FileChmod, m, s, reasonChanged), by)
		return
	}
	kinds := before.changes(now)
	if len(kinds) == 0 && before.at == now.at && s.is(unix.S_IFREG) && now.runs() {
		t.emit(t.event(event.FileChmod, m, s, reasonNew), by) // it was changed already when it was first looked at
	}
	for _, kind := range kinds {
		e := t.event(kind, m, s, "")
		switch kind {
		case event.FileChmod:
			e.File.PreviousMode = mode(before.mode)
		case event.FileChown:
			e.File.PreviousUID, e.File.PreviousGID = number(before.uid), number(before.gid)
		default:
			e.File.XattrName = capabilityName
		}
		t.emit(e, by)
	}
}

// written tells of a file that was closed after being open for writing, unless
// it is known not to have changed since it was closed the last time.
func (t *teller) written(m *message, s *subject, by *actor) {
	if s.fd >= 0 && !s.is(unix.S_IFREG) {
		return // pipes and devices are no files
	}
	if s.fd >= 0 && m.target.id != "" {
		k, known := t.states.get(m.target)
		if !known {
			k = stateOf(&s.st, t.places.capabilities(s.fd, &s.st))
		}
		wrote := k.wrote(&s.st)
		k.close(&s.st, t.now)
		t.states.put(m.target, k)
		if !wrote {
			return
		}
	}
	t.emit(t.event(event.FileWrite, m, s, ""), by)
}

// wrote is written for a file without a handle, by its inode.
func (t *teller) wrote(st *unix.Stat_t) bool {
	var id [16]byte
	binary.NativeEndian.PutUint64(id[:], st.Dev)
	binary.NativeEndian.PutUint64(id[8:], st.Ino)
	h := handle{id: string(id[:])}
	k, _ := t.states.get(h)
	wrote := k.wrote(st)
	k.close(st, t.now)
	t.states.put(h, k)
	return wrote
}

func (t *teller) renamed(m *message, by *actor) {
	old, whole := t.places.path(m.at)
	to := *m
	to.at = m.new
	s := t.subject(&to)
	defer s.close()
	s.whole = s.whole && whole
	e := t.event(event.FileRename, m, &s, "")
	e.File.OriginalPath = old
	t.emit(e, by)
}

// movedTo joins the halves of a rename, where they come one after the other.
func (t *teller) movedTo(m *message, s *subject, by *actor) {
	v := t.moves[m.pid]
	if v == nil {
		t.emit(t.event(event.FileCreate, m, s, ""), by)
		return
	}
	delete(t.moves, m.pid)
	both := *s
	both.whole = s.whole && v.from.whole
	e := t.event(event.FileRename, m, &both, "")
	e.File.OriginalPath = v.from.path
	t.emit(e, by)
}

// opened tells of a watched file or a device that was opened.
func (t *teller) opened(w mark, m *message, by *actor) {
	s := t.subject(m)
	defer s.close()
	s.path, s.whole = w.path, true
	if w.folder {
		if m.at.name == "" || m.at.name == "." {
			return
		}
		s.path = path.Join(w.path, m.at.name)
	}
	if s.fd >= 0 && w.kind == event.FileOpen && !s.is(unix.S_IFREG) {
		return
	}
	t.emit(t.event(w.kind, m, &s, reasonOpened), by)
}
