// Package enrich completes events: who the process is, where it comes from,
// which user and container it belongs to, and the digests of executables.
//
// The table of processes is keyed by entity id, so a reused pid is another
// process. It is seeded from /proc and then fed by process_start, process_fork
// and process_end in time order; what those events told is never asked of
// /proc again. Only a process that no event told of (it is older than the
// agent, or its start was lost) is looked up there, by its id, within a budget.
// The table is bounded by number and by bytes: exited processes go first, then
// those that had no event for the longest time; both are counted. The parent
// and the ancestors of a process are those that created it, also after it was
// handed to init, and they stay known when their own entries are gone.
//
// Files are read by workers, once for each content: MD5, SHA-1, SHA-256, TLSH,
// entropy and the first bytes come from one pass, and are kept by inode,
// device, ctime and size. A process_start whose executable is not known waits
// for it, at most Options.HashWait and all events together at most a fifth of
// the time; a file_write of a small file waits 5 ms at most, and all together a
// twentieth of the time. Then the event goes on with the status "pending", and a
// file_hash event follows with the same process and file and what was found, so
// that a rule on process.hash or file.hash that is not bound to one kind finds
// it, as it finds every later event of the process.
//
// Programs are read whenever they are executed, written or made executable, and
// libraries when they are loaded. Other files are read when they are written,
// up to 16 MiB each, and all together at about 2 MiB a second: they cannot hold
// up a program (a queue and a worker are theirs alone), and what is left out
// has the status "rate limit" and is counted. What was last read at a path is
// told when that file is removed or renamed, with the status "as last read".
//
// Enrich is called from one goroutine; the other methods from any. Sections that it puts into events are shared by many
// events and must not be changed.
package enrich

import (
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options set up an Enricher. Zero fields take the default.
type Options struct {
	Proc  string           // where proc is mounted; default /proc
	Root  string           // root of the host's files; default /
	Clock func() time.Time // default time.Now

	MaxProcesses int           // entries in the table, exited ones included; default 16384
	MaxExited    int           // exited entries kept; default 2048
	MaxBytes     int           // of the table; default 24 MiB
	Linger       time.Duration // how long an exited process is kept; default 10 s
	Depth        int           // ancestors told; default 16

	HashWorkers int           // default 2; negative: nothing is hashed
	HashQueue   int           // files that may wait; default 512
	HashCache   int           // digests kept; default 4096
	HashMaxSize int64         // bytes; default 64 MiB
	HashWait    time.Duration // longest wait of a process_start; default 20 ms; negative: none
	HashLimit   time.Duration // longest reading of a file; default 10 s
	WriteWait   time.Duration // longest wait of a file_write of a small file; default 5 ms; negative: none
	// Self is the entity id of the agent's own process, whose files are read only
	// when they can be executed: it writes what it sees all the time. "" is none.
	Self string
	// HashPrograms says that written files are read only when they can be executed.
	HashPrograms bool

	// Late is given a file_hash event when digests become known for an event
	// that did not wait: it puts the event into the queue of the sensors. It is
	// called from workers. Nil: nobody is told.
	Late func(*event.Event)
}

func (o *Options) defaults() {
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.MaxProcesses = orDefault(o.MaxProcesses, 16384)
	o.MaxExited = orDefault(o.MaxExited, 2048)
	o.MaxBytes = orDefault(o.MaxBytes, 24<<20)
	o.Linger = orDefault(o.Linger, 10*time.Second)
	o.Depth = orDefault(o.Depth, 16)
	o.HashWorkers = orDefault(o.HashWorkers, 2)
	o.HashQueue = orDefault(o.HashQueue, 512)
	o.HashCache = orDefault(o.HashCache, 4096)
	o.HashMaxSize = orDefault(o.HashMaxSize, 64<<20)
	o.HashWait = orDefault(o.HashWait, 20*time.Millisecond)
	o.HashLimit = orDefault(o.HashLimit, 10*time.Second)
	o.WriteWait = orDefault(o.WriteWait, 5*time.Millisecond)
}

func orDefault[T int | int64 | time.Duration](v, d T) T {
	if v == 0 {
		return d
	}
	return v
}

// Enricher completes events.
type Enricher struct {
	opts   Options
	proc   *procfs.FS
	hasher *hasher
	names  *domains // of the goroutine of Enrich

	mu      sync.Mutex // taken before the hasher's
	table   *table     // guarded by mu
	users   *users     // guarded by mu
	cgroups *cgroups   // guarded by mu
	asks    budget     // guarded by mu: look-ups in /proc
	stats   Stats      // guarded by mu

	writes  writes // of the goroutine that enriches
	limited *facts // of a written file that is not read
	lean    *facts // for the CPU limit
	own     *facts // of a file of the agent's
	self    string // entity id of the agent's process
}

// Stats counts what an Enricher did.
type Stats struct {
	Processes    int   `json:"processes"`     // entries now
	Exited       int   `json:"exited"`        // of them exited
	Bytes        int   `json:"bytes"`         // estimate of the table
	Unknown      int64 `json:"unknown"`       // processes that no event had told of
	FromProc     int64 `json:"from_proc"`     // of them found in /proc
	EvictedDead  int64 `json:"evicted_dead"`  // exited entries dropped before Linger was over
	EvictedAlive int64 `json:"evicted_alive"` // living entries dropped for want of room

	Hash HashStats `json:"hash"`
}

// New returns an Enricher with an empty table; Seed fills it.
func New(o Options) (*Enricher, error) {
	o.defaults()
	proc, err := procfs.Open(o.Proc)
	if err != nil {
		return nil, err
	}
	return &Enricher{
		opts: o, proc: proc,
		users:   newUsers(o.Root),
		names:   newDomains(maxDomains),
		cgroups: newCgroups(proc.Cgroups()),
		hasher:  newHasher(o, proc.Root()),
		table:   newTable(o),
		asks:    budget{most: 64, perSecond: 64},
		writes:  newWrites(o.WriteWait),
		limited: status(statusLimited),
		lean:    status(statusOff),
		own:     status(statusOwn),
		self:    o.Self,
	}, nil
}

// Close stops the workers and waits for them.
func (en *Enricher) Close() { en.hasher.close() }

// SetHashing switches the reading of programs, and of other files that are
// written, on or off; what is known is still given.
func (en *Enricher) SetHashing(programs, files bool) {
	en.hasher.off.Store(!programs)
	en.hasher.lean.Store(!files)
}

// SetMaxSize bounds the size of files that are hashed, bytes.
func (en *Enricher) SetMaxSize(n int64) { en.hasher.setMaxSize(n) }

// SetHashFiles says whether all files that are written are read, or only those
// that can be executed.
func (en *Enricher) SetHashFiles(all bool) { en.hasher.all.Store(all) }

// Stats returns the counts.
func (en *Enricher) Stats() Stats {
	en.mu.Lock()
	defer en.mu.Unlock()
	s := en.stats
	s.Processes, s.Exited, s.Bytes = len(en.table.entries), en.table.exited.n, en.table.bytes
	s.EvictedDead, s.EvictedAlive = en.table.evictedDead, en.table.evictedAlive
	s.Hash = en.hasher.counts()
	return s
}

// Enrich completes e. Events come in time order, from one goroutine.
func (en *Enricher) Enrich(e *event.Event) {
	fileNames(e.File)
	var hash *event.Hash
	var pending *job
	if p := e.Process; p != nil {
		if p.EntityID == "" && p.PID > 0 { // a rung that knows no more
			p.EntityID, _ = en.proc.EntityID(p.PID)
		}
		if e.Kind == event.ProcessStart {
			commandLine(p)
			hash, pending = en.hasher.execution(e) // may wait: not under mu
		}
	}
	en.complete(e, hash, pending)
	en.content(e)
	en.names.see(e)
}

// complete does what needs the table.
func (en *Enricher) complete(e *event.Event, hash *event.Hash, pending *job) {
	en.mu.Lock()
	defer en.mu.Unlock()
	switch {
	case e.Process == nil:
	case e.Kind == event.ProcessStart:
		en.start(e, hash, pending)
	case e.Kind == event.ProcessFork:
		en.fork(e)
	case e.Kind == event.ProcessEnd:
		en.end(e)
	default:
		en.attach(e)
	}
	en.target(e)
	en.users.complete(e)
}
