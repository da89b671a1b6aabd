// Package watched is the engine of the sensors of configuration: a sensor says
// which files it is about and how they are read into items (a user, a line of a
// crontab, a directive), and is told which items differ when a file was changed,
// and by whom.
//
// A Watcher follows the events of files (sensor.Follower): a cheap test by path
// on the pipeline's goroutine, everything else on its own. Those events say who
// changed a file, but come in batches: so inotify on the folders tells at once
// when to read, and what two readings differ in waits for the event that
// explains it. A file that is written over and over is read each 50 ms at most;
// a difference names the process of the last event, the number of the events,
// and says in event.reason when more than one process wrote in between. What was
// there only between two readings is not seen; that a file was replaced several
// times and is as before is told.
//
// Besides, all files are looked at (stat only) at the start and every 30 s. What
// was changed while the agent was off, through a path that no event named (a
// bind mount, a link of a folder) or by means that make no events (a memory
// mapping that was written after its close) is told then, without a process,
// and event.reason says so. What is known is kept in a file of the agent's state
// folder, without passwords or their digests: what a parser marks as secret is
// compared by a keyed digest.
//
// A file of another mount namespace is read through the root of the process
// that changed it, and what is known of it is kept for each namespace. For the
// first change seen in a namespace the host's file is taken as the content
// before when the two differ in at most three items.
//
// A folder on a file system that does not answer, as a home on a network file
// system without its server, holds up nothing else: it is left out until it
// answers, and named as what is not seen (sensor.Patience). What was known of it
// stays; files of it that are seen for the first time then were there before.
//
// Bounds: 1 MiB of a file is read (Subject.MaxSize), a file whose reading takes
// long at most a twentieth of the time, 4,096 files, 10,000 items of a file and
// 65,536 in all, 8 MiB of them, 64 namespaces. What is beyond is told as far as
// it was read, with the reason.
package watched

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// Subject is a set of files that are read alike.
type Subject struct {
	Name string // unique in a Watcher; its snapshot is kept under it
	// Paths are absolute. A component may be a pattern of path.Match; "*" does
	// not stand for names that begin with a dot. "**" stands for up to four
	// folders, and none. Symbolic links on the way are followed.
	Paths []string
	// Skip says of a path that matches that it is none of them; may be nil.
	Skip func(path string) bool
	// Links has symbolic links told as such (File.Link); else they are followed.
	Links bool
	// Attributes adds an item with the key "" that has the mode, owner and group
	// of the file.
	Attributes bool
	// MaxSize is how many bytes of a file are read; 0 is 1 MiB, -1 is none: Parse
	// is given size and time only.
	MaxSize int64
	// Backup is what is added to the path of a file for the copy that tools keep
	// of the content before their last change; "" is none. It tells of a content
	// that was gone before it could be read.
	Backup string
	// Parse makes items of a file. It is called on the goroutine of Run.
	Parse func(File) []Item
	// Join is how long differences of several files of the subject are gathered
	// for one call of Tell, in the order of the changes; 0 is not at all.
	Join time.Duration
	// MaxTold is how many items of one difference are told one by one; 0 is 256.
	MaxTold int

	Object string // change.object of its events
	// Create, Modify and Delete are the kinds of events for an item.
	Create, Modify, Delete event.Kind
	// Tell makes the events; nil is Each(nil). It is called on the goroutine of Run.
	Tell func([]*Difference) []*event.Event
}

// File is what a Subject's Parse is given.
type File struct {
	Path    string
	Content []byte // at most Subject.MaxSize bytes, cut at the end of a line
	Link    string // target, of a symbolic link when the subject wants Links
	Cut     bool   // the file is longer

	Size     int64
	Modified event.Time
}

// Item is one thing that a file says: a user, a task, a directive.
type Item struct {
	Key    string // unique in the file; the engine numbers those that are not
	Fields []Field
	Note   string // told as event.reason, for example why it could not be read
}

// Field is one value of an item.
type Field struct {
	Name  string // unique in the item
	Value string // may be told
	// Secret is compared and neither told nor kept; when only it differs, the
	// value after is told as "changed".
	Secret string
}

// Get returns the value of a field, "" when there is none.
func (i *Item) Get(name string) string {
	if i == nil {
		return ""
	}
	for _, f := range i.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// Options set up a Watcher.
type Options struct {
	Name     string // of the sensor: event.provider, and of the snapshot
	Subjects []Subject
	State    string       // folder of the snapshot; "" is nowhere
	Proc     string       // where proc is mounted; "" is /proc
	Root     string       // root of the host's files; "" is /
	Every    *sensor.Pace // between two looks at all files; nil is 30 s
	Now      func() event.Time
	Log      *slog.Logger // nil discards
}

// Limits.
const (
	maxSize       = 1 << 20 // bytes of a file that are read where a Subject does not say
	maxFiles      = 4096
	maxItems      = 10000 // of a file
	maxAllItems   = 65536
	maxKept       = 8 << 20 // bytes of the items of all files, about
	maxNamespaces = 64
	maxValue      = 4096 // bytes of a value that is told
	maxTold       = 256  // items of one difference that are told one by one where a Subject does not say
	maxBacklog    = 4096
	spacing       = 50 * time.Millisecond // between readings of a file that changes on and on
	dear          = 10 * time.Millisecond // a reading that takes longer
	share         = 20                    // of the time is what such readings of a file may take: a 20th
	settle        = time.Second           // between a change and the writing of the snapshot
)

// Watcher is the engine of one sensor. It is made for being embedded: it
// implements what sensor.Follower asks for besides Spec and Run.
type Watcher struct {
	o       Options
	index   *index
	aliases atomic.Pointer[aliases]
	backlog *sensor.Backlog
	worker  *worker // of the goroutine of Run
}

// New returns a Watcher.
func New(o Options) *Watcher {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Every == nil {
		o.Every = sensor.NewPace(30 * time.Second)
	}
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w := &Watcher{o: o, index: newIndex(o.Subjects), backlog: sensor.NewBacklog(maxBacklog)}
	w.aliases.Store(&aliases{})
	w.worker = newWorker(w)
	return w
}

// Kinds returns the kinds of events that the subjects make.
func (w *Watcher) Kinds() []event.Kind {
	var out []event.Kind
	seen := map[event.Kind]bool{}
	for _, s := range w.o.Subjects {
		for _, k := range []event.Kind{s.Create, s.Modify, s.Delete} {
			if k != event.KindNone && !seen[k] {
				seen[k] = true
				out = append(out, k)
			}
		}
	}
	return out
}

// Follows implements sensor.Follower.
func (w *Watcher) Follows() []event.Kind {
	return []event.Kind{
		event.FileCreate, event.FileWrite, event.FileRename, event.FileDelete,
		event.FileChmod, event.FileChown, event.FileXattr, event.MountCreate, event.MountRemove,
	}
}

// Follow implements sensor.Follower.
func (w *Watcher) Follow(e *event.Event) {
	if w.concerns(e) {
		w.backlog.Put(e)
	}
}

// concerns is the cheap test of an event.
func (w *Watcher) concerns(e *event.Event) bool {
	if e.Call != nil && (e.Kind == event.MountCreate || e.Kind == event.MountRemove) {
		return w.index.touches(e.Call.MountDirectory)
	}
	f := e.File
	if f == nil {
		return false
	}
	names := e.Kind == event.FileRename || e.Kind == event.FileDelete || e.Kind == event.FileCreate && f.Type != "file"
	if w.index.maybe(f.Path, names) || f.OriginalPath != "" && w.index.maybe(f.OriginalPath, true) {
		return true
	}
	return w.aliases.Load().has(f)
}

// Missed implements sensor.Follower.
func (w *Watcher) Missed() int64 { return w.backlog.Missed() }

// Run works until ctx is done, when it returns nil. took is called when the
// files are known, from when on changes are told.
func (w *Watcher) Run(ctx context.Context, emit sensor.Emit, took func(unseen ...string)) error {
	return w.worker.run(ctx, emit, took)
}
