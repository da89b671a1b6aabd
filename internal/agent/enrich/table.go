package enrich

import (
	"github.com/vedette-edr/vedette/internal/event"
)

// table holds the processes that are known, bounded. Living entries stand in
// the order of their last use, roughly: one that was used since it came to the
// front gets a second chance. Exited entries stand in the order of their end.
type table struct {
	entries map[string]*entry // by entity id
	alive   roll
	exited  roll
	bytes   int

	maxEntries, maxExited, maxBytes int
	linger                          event.Time
	depth                           int

	evictedDead, evictedAlive int64
}

// entry is a process.
type entry struct {
	id        string
	proc      *event.Process // immutable once it is set: events share it
	user      *event.User    // at the last execution; shared
	file      *event.File    // the executable; nil when unknown; shared
	container string
	parent    string // entity id of the creator
	above     *chain // creator and up
	below     *chain // this process and up, for its children; nil until one comes
	asParent  *event.Parent
	job       *job       // digest that is being computed
	ended     event.Time // 0 while alive
	used      bool       // since it stood in front of its list
	asked     bool       // for the digest of the executable
	bytes     int
	activity  event.Activity

	list       *roll
	prev, next *entry
}

// chain is the ancestors of a process, nearest first; immutable.
type chain struct {
	public event.Ancestors // without command lines
	lines  []string
}

func newTable(o Options) *table {
	return &table{
		entries:    make(map[string]*entry),
		maxEntries: o.MaxProcesses, maxExited: o.MaxExited, maxBytes: o.MaxBytes,
		linger: event.Time(o.Linger), depth: o.Depth,
	}
}

// get returns a known process, nil for others.
func (t *table) get(id string) *entry {
	en := t.entries[id]
	if en != nil {
		en.used = true
	}
	return en
}

// put adds an entry for a process, or returns the one it has, alive.
func (t *table) put(id string) *entry {
	if en := t.entries[id]; en != nil {
		if en.ended != 0 {
			en.ended = 0
			en.list.remove(en)
			t.alive.push(en)
		}
		return en
	}
	en := &entry{id: id}
	t.entries[id] = en
	t.alive.push(en)
	return en
}

// set gives an entry its process section, and keeps the table in its bounds.
func (t *table) set(en *entry, p *event.Process, now event.Time) {
	if en.list == nil { // dropped since put, for its ancestors
		t.entries[en.id] = en
		t.alive.push(en)
		en.bytes = 0
	}
	t.bytes -= en.bytes
	en.proc, en.below, en.asParent = p, nil, nil
	en.bytes = size(p)
	t.bytes += en.bytes
	t.evict(en, now)
}

// end moves an entry to the exited ones.
func (t *table) end(en *entry, at event.Time) {
	if en.ended == 0 {
		en.ended = max(at, 1)
		en.list.remove(en)
		t.exited.push(en)
	}
	t.evict(nil, at)
}

// evict drops what is over, never keep.
func (t *table) evict(keep *entry, now event.Time) {
	for {
		old := t.exited.front
		if old == nil || old == keep {
			break
		}
		due := now-old.ended > t.linger
		if !due && !t.over() && t.exited.n <= t.maxExited {
			break
		}
		if !due {
			t.evictedDead++
		}
		t.drop(old)
	}
	for chances := t.alive.n; t.over() && t.alive.n > 1; {
		old := t.alive.front
		if old == keep || old.used && chances > 0 {
			old.used = false
			chances--
			t.alive.remove(old)
			t.alive.push(old)
			continue
		}
		t.evictedAlive++
		t.drop(old)
	}
}

func (t *table) over() bool { return len(t.entries) > t.maxEntries || t.bytes > t.maxBytes }

func (t *table) drop(en *entry) {
	en.list.remove(en)
	t.bytes -= en.bytes
	delete(t.entries, en.id)
}

// size estimates what an entry with the section holds.
func size(p *event.Process) int {
	const fixed = 1200 // entry, section, small sections, map slot
	n := fixed + 2*len(p.Executable) + len(p.CommandLine) + len(p.WorkingDirectory) + len(p.CgroupPath) + 16*len(p.Args)
	if p.Ancestors != nil {
		n += 8 * len(p.Ancestors.EntityIDs) // shared with the siblings
	}
	return n
}

// roll is a list of entries, oldest in front.
type roll struct {
	front, back *entry
	n           int
}

func (l *roll) push(en *entry) {
	en.list, en.prev, en.next = l, l.back, nil
	if l.back != nil {
		l.back.next = en
	} else {
		l.front = en
	}
	l.back = en
	l.n++
}

func (l *roll) remove(en *entry) {
	if en.prev != nil {
		en.prev.next = en.next
	} else {
		l.front = en.next
	}
	if en.next != nil {
		en.next.prev = en.prev
	} else {
		l.back = en.prev
	}
	en.list, en.prev, en.next = nil, nil, nil
	l.n--
}

// count notes what a process did.
func count(a *event.Activity, e *event.Event) {
	n := int64(1)
	if e.Call != nil && e.Call.Count > 1 {
		n = e.Call.Count
	}
	switch e.Kind {
	case event.ProcessStart:
		a.Executions++
	case event.FileCreate:
		a.FilesCreated += n
	case event.FileWrite:
		a.FilesWritten += n
	case event.FileRename:
		a.FilesRenamed += n
	case event.FileDelete:
		a.FilesDeleted += n
	case event.NetConnect:
		a.Connections++
	case event.NetAccept:
		a.Accepts++
	}
}

// Activity returns what a process did since it became known; false when it is
// not known.
func (en *Enricher) Activity(entityID string) (event.Activity, bool) {
	en.mu.Lock()
	defer en.mu.Unlock()
	if p := en.table.entries[entityID]; p != nil {
		return p.activity, true
	}
	return event.Activity{}, false
}
