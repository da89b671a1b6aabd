package enrich

import (
	"container/list"
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
	Files      int64         `json:"files"` // read
	Bytes      int64         `json:"bytes"` // read
	Stuck      int           `json:"stuck"` // workers that wait for a file system
}

// hasher computes digests in workers and keeps the newest used ones.
type hasher struct {
	opts    Options
	reader  digester
	off     atomic.Bool
	maxSize atomic.Int64
	queue   chan *job
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
		stop:   make(chan struct{}),
		waits:  budget{most: max(0.2, o.HashWait.Seconds()), perSecond: 0.2},
		cache:  make(map[fileKey]*list.Element),
		jobs:   make(map[fileKey]*job),
	}
	h.maxSize.Store(o.HashMaxSize)
	for range o.HashWorkers {
		h.hire()
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
	hash, j := h.ask(f, origin{pid: e.Process.PID, parent: parentPID(e.Process), path: f.Path, running: true})
	if j == nil {
		return hash, nil
	}
	if done := h.wait(j, e.Time); done != nil {
		return done, nil
	}
	if done := h.follow(j, e); done != nil {
		return done, nil
	}
	return &event.Hash{Status: statusPending}, j
}

// file returns the digests of the file of a file event, without waiting.
func (h *hasher) file(e *event.Event) *event.Hash {
	var pid, parent int64
	if e.Process != nil {
		pid, parent = e.Process.PID, parentPID(e.Process)
	}
	hash, j := h.ask(e.File, origin{pid: pid, parent: parent, path: e.File.Path})
	if j == nil {
		return hash
	}
	if done := h.follow(j, e); done != nil {
		return done
	}
	return &event.Hash{Status: statusPending}
}

// seeded returns the digests of the executable of a process that is older than
// the agent, or the job that computes them.
func (h *hasher) seeded(p *event.Process, f *event.File) (*event.Hash, *job) {
	if f == nil {
		return nil, nil
	}
	hash, j := h.ask(f, origin{pid: p.PID, parent: parentPID(p), path: f.Path, running: true})
	if j != nil {
		hash = &event.Hash{Status: statusPending}
	}
	return hash, j
}

func parentPID(p *event.Process) int64 {
	if p.Parent == nil {
		return 0
	}
	return p.Parent.PID
}

// ask returns the digests of f, or why there are none, or the job that
// computes them.
func (h *hasher) ask(f *event.File, from origin) (*event.Hash, *job) {
	key := fileKey{f.Inode, f.Device, f.Size.N, f.Changed}
	h.mu.Lock()
	defer h.mu.Unlock()
	if hash := h.cached(key, f.Modified); hash != nil {
		h.stats.Hits++
		return hash, nil
	}
	if status := h.refuse(f); status != "" {
		return &event.Hash{Status: status}, nil
	}
	h.stats.Misses++
	if j := h.jobs[key]; j != nil {
		return nil, j
	}
	from.modified, from.sized = f.Modified, f.Size.OK
	j := &job{key: key, from: from, done: make(chan struct{})}
	select {
	case h.queue <- j:
		h.jobs[key] = j
		return nil, j
	default:
		h.stats.Overloaded++
		return &event.Hash{Status: statusOverloaded}, nil
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
	case f.Size.OK && f.Size.N > h.maxSize.Load():
		return statusTooLarge
	}
	return ""
}

// wait waits for a job, within the budget of all waits together; nil when it
// is not done.
func (h *hasher) wait(j *job, now event.Time) *event.Hash {
	if hash, done := j.result(); done {
		return hash
	}
	allowed := min(h.opts.HashWait.Seconds(), h.waits.rest(now))
	if allowed < leastWait.Seconds() {
		return nil
	}
	start := time.Now()
	t := time.NewTimer(time.Duration(allowed * float64(time.Second)))
	defer t.Stop()
	var hash *event.Hash
	select {
	case <-j.done:
		hash = j.hash
	case <-t.C:
	}
	waited := time.Since(start)
	h.waits.left -= waited.Seconds()
	h.mu.Lock()
	h.stats.Waited += waited
	h.mu.Unlock()
	return hash
}

// follow has a file_hash event sent when the job is done; the digests when it
// is done already.
func (h *hasher) follow(j *job, e *event.Event) *event.Hash {
	h.mu.Lock()
	defer h.mu.Unlock()
	if j.hash != nil {
		return j.hash
	}
	h.stats.Pending++
	if h.opts.Late == nil {
		return nil
	}
	f := *e.File
	late := &event.Event{Kind: event.FileHash, Provider: "enrich", Rung: e.Rung, File: &f, ContainerID: e.ContainerID, User: e.User}
	if p := e.Process; p != nil {
		late.Process = &event.Process{EntityID: p.EntityID, PID: p.PID}
	}
	j.late = append(j.late, late)
	return nil
}
