package enrich

import (
	"container/list"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Statuses of digests that are missing; "unreadable: " is followed by the name
// of the error.
const (
	statusPending    = "pending"
	statusTooLarge   = "too large"
	statusGone       = "gone"
	statusChanged    = "changed"
	statusOverloaded = "overloaded"
	statusIrregular  = "not a regular file"
	statusTimeout    = "timeout"
	statusOff        = "cpu limit"
	statusDisabled   = "off"
	statusUnreadable = "unreadable: "
	statusLimited    = "rate limit"         // of what is read of written files
	statusNoTLSH     = "too large for tlsh" // the others are there
	statusOwn        = "the agent's own"    // a file that the agent writes and nobody runs
	statusLast       = "as last read"       // of a file that is gone
)

// leastWait is the shortest wait that is worth it.
const leastWait = time.Millisecond

// HashStats counts what became of files.
type HashStats struct {
	Cached     int           `json:"cached"` // digests held
	Hits       int64         `json:"hits"`
	Misses     int64         `json:"misses"`
	Waited     time.Duration `json:"waited"`  // by all events together
	Pending    int64         `json:"pending"` // events that went on without
	Overloaded int64         `json:"overloaded"`
	Limited    int64         `json:"limited"` // written files that were not read
	Files      int64         `json:"files"`   // read
	Bytes      int64         `json:"bytes"`   // read
	Stuck      int           `json:"stuck"`   // workers that wait for a file system
}

// hasher computes digests in workers and keeps the newest used ones.
type hasher struct {
	opts    Options
	reader  digester
	off     atomic.Bool
	all     atomic.Bool // read files that are no programs too
	lean    atomic.Bool // but not now
	maxSize atomic.Int64
	queue   chan *job
	low     chan *job // files that are no programs
	stop    chan struct{}
	workers sync.WaitGroup
	waits   budget // of the goroutine that enriches: seconds

	mu    sync.Mutex
	cache map[fileKey]*list.Element // guarded by mu: of *digest
	order list.List                 // guarded by mu: most recently used in front
	jobs  map[fileKey]*job          // guarded by mu: asked and not done
	stuck int                       // guarded by mu: workers that a file system holds
	stats HashStats                 // guarded by mu
}

func newHasher(o Options, proc string) *hasher {
	h := &hasher{
		opts:   o,
		reader: digester{proc: proc, root: o.Root},
		queue:  make(chan *job, o.HashQueue),
		low:    make(chan *job, o.HashQueue),
		stop:   make(chan struct{}),
		waits:  budget{most: max(0.2, o.HashWait.Seconds()), perSecond: 0.2},
		cache:  make(map[fileKey]*list.Element),
		jobs:   make(map[fileKey]*job),
	}
	h.maxSize.Store(o.HashMaxSize)
	h.all.Store(!o.HashPrograms)
	for i := range o.HashWorkers {
		h.hire(i == 0)
	}
	return h
}

func (h *hasher) counts() HashStats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.stats
	s.Cached, s.Stuck = len(h.cache), h.stuck
	return s
}

// execution returns the digests of the executable of a process_start, after a
// short wait when they are not known yet. The job is not nil when they are
// still to come.
func (h *hasher) execution(e *event.Event) (*event.Hash, *job) {
	f := e.File
	if f == nil {
		return nil, nil
	}
	got, j := h.ask(f, origin{pid: e.Process.PID, parent: parentPID(e.Process), path: f.Path, running: true}, h.queue)
	if j != nil {
		got = h.wait(j, e.Time, &h.waits, h.opts.HashWait)
	}
	if got == nil {
		got = h.follow(j, e)
	}
	if got != nil {
		got.tell(f)
		return got.hash, nil
	}
	return &event.Hash{Status: statusPending}, j
}

// file returns what is known of the file of an event, when waits is not nil
// after a short wait within it.
func (h *hasher) file(e *event.Event, waits *budget) *facts {
	f, from, queue := e.File, origin{path: e.File.Path}, h.queue
	if e.Process != nil {
		from.pid, from.parent = e.Process.PID, parentPID(e.Process)
	}
	if (e.Kind == event.FileWrite || e.Kind == event.FileRename) && !executable(f) {
		from.limit, queue = maxWritten, h.low
	}
	if c := e.Call; e.Kind == event.LibraryLoad && c != nil && c.Size > 0 {
		page := int64(os.Getpagesize())
		from.mapped = fmt.Sprintf("%x-%x", c.Address, c.Address+(c.Size+page-1)&^(page-1))
	}
	got, j := h.ask(f, from, queue)
	if j != nil && waits != nil && f.Size.N <= smallFile {
		got = h.wait(j, e.Time, waits, h.opts.WriteWait)
	}
	if got == nil {
		got = h.follow(j, e)
	}
	if got == nil {
		got = status(statusPending)
	}
	return got
}

// known returns what was found out about a content before, nil when nothing was.
func (h *hasher) known(f *event.File) *facts {
	h.mu.Lock()
	defer h.mu.Unlock()
	got := h.cached(keyOf(f), f.Modified)
	if got != nil {
		h.stats.Hits++
	}
	return got
}

// limit counts a file that was not read.
func (h *hasher) limit() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stats.Limited++
}

func (h *hasher) setMaxSize(n int64) {
	if h.maxSize.Swap(n) == n {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.cache) // who was too large may not be now
	h.order.Init()
}

// seeded returns the digests of the executable of a process that is older than
// the agent, or the job that computes them.
func (h *hasher) seeded(p *event.Process, f *event.File) (*event.Hash, *job) {
	if f == nil {
		return nil, nil
	}
	got, j := h.ask(f, origin{pid: p.PID, parent: parentPID(p), path: f.Path, running: true}, h.queue)
	if j != nil {
		return &event.Hash{Status: statusPending}, j
	}
	return got.hash, nil
}

func parentPID(p *event.Process) int64 {
	if p.Parent == nil {
		return 0
	}
	return p.Parent.PID
}

// ask returns what is known of f, or why nothing is, or the job that finds out.
func (h *hasher) ask(f *event.File, from origin, queue chan *job) (*facts, *job) {
	key := keyOf(f)
	h.mu.Lock()
	defer h.mu.Unlock()
	if got := h.cached(key, f.Modified); got != nil {
		h.stats.Hits++
		return got, nil
	}
	if why := h.refuse(f); why != "" {
		return status(why), nil
	}
	h.stats.Misses++
	if j := h.jobs[key]; j != nil {
		return nil, j
	}
	from.modified, from.sized = f.Modified, f.Size.OK
	j := &job{key: key, from: from, done: make(chan struct{})}
	select {
	case queue <- j:
		h.jobs[key] = j
		return nil, j
	default:
		h.stats.Overloaded++
		return status(statusOverloaded), nil
	}
}

// refuse says why a file is not read at all.
func (h *hasher) refuse(f *event.File) string {
	switch {
	case h.opts.HashWorkers < 0:
		return statusDisabled
	case h.off.Load():
		return statusOff
	case f.Type != "" && f.Type != "file":
		return statusIrregular
	}
	return ""
}

// wait waits for a job, at most so long and within a budget of seconds; nil when
// it is not done.
func (h *hasher) wait(j *job, now event.Time, waits *budget, most time.Duration) *facts {
	if got, done := j.result(); done {
		return got
	}
	allowed := min(most.Seconds(), waits.rest(now))
	if allowed < leastWait.Seconds() {
		return nil
	}
	start := time.Now()
	t := time.NewTimer(time.Duration(allowed * float64(time.Second)))
	defer t.Stop()
	var got *facts
	select {
	case <-j.done:
		got = j.facts
	case <-t.C:
	}
	waited := time.Since(start)
	waits.left -= waited.Seconds()
	h.mu.Lock()
	h.stats.Waited += waited
	h.mu.Unlock()
	return got
}

// follow has a file_hash event sent when the job is done; what it found when it
// is done already.
func (h *hasher) follow(j *job, e *event.Event) *facts {
	h.mu.Lock()
	defer h.mu.Unlock()
	if j.facts != nil {
		return j.facts
	}
	h.stats.Pending++
	if h.opts.Late == nil {
		return nil
	}
	f := *e.File
	late := &event.Event{Kind: event.FileHash, Provider: "enrich", Rung: e.Rung, File: &f, ContainerID: e.ContainerID, User: e.User, Reason: e.Kind.String()}
	if p := e.Process; p != nil {
		late.Process = &event.Process{EntityID: p.EntityID, PID: p.PID}
	}
	j.late = append(j.late, late)
	return nil
}
