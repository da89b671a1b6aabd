package enrich

import (
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Bounds on what is read of files that are written and are no programs. A byte
// costs about 12 ns, and a file as much as some thousand bytes.
const (
	maxWritten   = 16 << 20 // larger ones get a status
	writtenBurst = 32 << 20 // bytes that may be read at once
	writtenRate  = 2 << 20  // bytes a second: about 3 % of a core
	perWritten   = 16 << 10 // bytes that each file counts for besides its own
	// againAfter bounds how often one file is read: it rests for as long as the
	// rate needs for four times its size. A log is closed after every line. Up to
	// restDebt that rest may be owed: who makes a small file writes it twice.
	againAfter = 4
	restDebt   = event.Time(200 * time.Millisecond)
	maxResting = 2048
	maxUnread  = 256
)

// Bounds on how long events of files wait for what is found out about a small
// one, so that it stands in the event itself.
const (
	smallFile    = 128 << 10
	writtenWaits = 0.05 // of the time, all together
)

// writes bounds the work on files that are written. It belongs to the
// goroutine that enriches.
type writes struct {
	bytes budget
	waits budget                // seconds
	rests map[fileID]event.Time // not to be read again before
	known map[knownPath]*facts  // what was last read at a path
	older map[knownPath]*facts  // the generation before
	// unread are files that were written and could not be read yet, by their
	// path: one that is renamed meanwhile is read at its new path.
	unread map[knownPath]event.File
}

type fileID struct{ inode, device int64 }

// knownPath is a path as the processes of a mount namespace see it.
type knownPath struct {
	mount int64
	path  string
}

func newWrites(wait time.Duration) writes {
	return writes{
		bytes: budget{most: writtenBurst, perSecond: writtenRate},
		waits: budget{most: max(0.1, wait.Seconds()), perSecond: writtenWaits},
		rests: map[fileID]event.Time{},
		known: map[knownPath]*facts{}, unread: map[knownPath]event.File{},
	}
}

// allow reports whether a written file may be read now, and counts it.
func (w *writes) allow(f *event.File, now event.Time) bool {
	id, cost := fileID{f.Inode, f.Device}, float64(min(f.Size.N, maxWritten)+perWritten)
	until, rests := w.rests[id]
	if !rests || until < now || until-now > event.Time(time.Minute) { // the clock may have gone back
		until = now
	}
	if until-now > restDebt || !w.bytes.take(now, cost) {
		return false
	}
	if len(w.rests) >= maxResting {
		clear(w.rests)
	}
	w.rests[id] = until + event.Time(againAfter*cost/writtenRate*float64(time.Second))
	return true
}

// remember keeps what was read at a path.
func (w *writes) remember(at knownPath, f *facts) {
	if len(w.known) >= maxResting {
		w.known, w.older = map[knownPath]*facts{}, w.known
	}
	w.known[at] = f
}

func (w *writes) forget(at knownPath) {
	delete(w.known, at)
	delete(w.older, at)
	delete(w.unread, at)
}

// miss keeps which file at a path was not read.
func (w *writes) miss(at knownPath, f *event.File) {
	if len(w.unread) >= maxUnread {
		clear(w.unread)
	}
	w.unread[at] = *f
}

// last returns what was last read at a path, marked as such; nil is nothing.
func (w *writes) last(at knownPath) *facts {
	f := w.known[at]
	if f == nil {
		f = w.older[at]
	}
	if f == nil || f.hash.SHA256 == "" {
		return nil
	}
	marked, hash := *f, *f.hash
	hash.Status = statusLast
	marked.hash = &hash
	return &marked
}

// content asks for the digests and the other facts of the file of an event, and
// keeps what is known of its path.
func (en *Enricher) content(e *event.Event) {
	f, w := e.File, &en.writes
	if f == nil {
		return
	}
	at := placeOf(e, f.Path)
	switch e.Kind {
	case event.ProcessStart, event.FileHash:
		if f.Hash != nil && f.Hash.SHA256 != "" {
			w.remember(at, &facts{f.Hash, f.Entropy, f.Header})
		}
	case event.FileCreate:
		w.forget(at)
	case event.FileWrite, event.FileChmod:
		en.changedFile(e, at)
	case event.FileDelete:
		if known := w.last(at); known != nil {
			known.tell(f)
		}
		w.forget(at)
	case event.FileRename:
		en.renamed(e, at)
	case event.LibraryLoad:
		if f.Hash == nil {
			en.hasher.file(e, nil).tell(f)
		}
	}
}

// changedFile reads a file that was written, or became a program.
func (en *Enricher) changedFile(e *event.Event, at knownPath) {
	f, w := e.File, &en.writes
	program := executable(f)
	if f.Hash != nil || !program && (e.Kind != event.FileWrite || !en.hasher.all.Load() || !regular(f)) {
		return
	}
	got := en.read(e, program)
	got.tell(f)
	if w.forget(at); f.Hash.SHA256 != "" {
		w.remember(at, got)
	} else if f.Inode != 0 && f.Size.OK {
		w.miss(at, f)
	}
}

// read returns what the file of an event holds, or why that is not known.
func (en *Enricher) read(e *event.Event, program bool) *facts {
	f, w := e.File, &en.writes
	got := en.hasher.known(f)
	switch {
	case got != nil:
	case !program && en.self != "" && e.Process != nil && e.Process.EntityID == en.self:
		got = en.own
	case !program && en.hasher.lean.Load():
		got = en.lean
	case !program && !w.allow(f, e.Time):
		en.hasher.limit()
		got = en.limited
	default:
		got = en.hasher.file(e, &w.waits)
	}
	return got
}

// renamed tells of the content that moves from one path to another.
func (en *Enricher) renamed(e *event.Event, at knownPath) {
	f, w := e.File, &en.writes
	from := placeOf(e, f.OriginalPath)
	known := w.last(from)
	unread, missed := w.unread[from]
	w.forget(from)
	w.forget(at)
	switch {
	case f.Hash != nil:
	case executable(f):
		known = en.hasher.file(e, nil)
	case known == nil && missed:
		known = en.moved(e, unread)
	}
	if known == nil {
		return
	}
	if f.Hash == nil {
		known.tell(f)
	}
	if known.hash.SHA256 != "" {
		w.remember(at, known)
	}
}

// moved reads a file at the path that it was renamed to. The event of a rename
// has names alone; what was written tells which file it must be, but for its
// ctime, which the rename has changed.
func (en *Enricher) moved(e *event.Event, f event.File) *facts {
	c := *e
	f.Path, f.OriginalPath, f.Hash, f.Changed = e.File.Path, e.File.OriginalPath, nil, 0
	f.Name, f.Directory, f.Extension = e.File.Name, e.File.Directory, e.File.Extension
	c.File = &f
	return en.read(&c, executable(&f))
}

func placeOf(e *event.Event, path string) knownPath {
	at := knownPath{path: path}
	if p := e.Process; p != nil && p.Namespaces != nil {
		at.mount = p.Namespaces.Mount
	}
	return at
}

// regular reports whether an event's file is one whose content can be read.
func regular(f *event.File) bool {
	return f.Type == "file" && f.Inode != 0 && f.Size.OK && !(f.Links.OK && f.Links.N == 0)
}

// executable reports whether somebody may execute a regular file.
func executable(f *event.File) bool {
	if f.Type != "" && f.Type != "file" || len(f.Mode) < 3 || f.Inode == 0 {
		return false
	}
	for _, c := range f.Mode[len(f.Mode)-3:] {
		if (c-'0')&1 != 0 {
			return true
		}
	}
	return false
}
