// Package spool is the durable queue between the agent's pipeline and the
// shipper. Records are opaque and numbered by the caller; they wait in one
// lane per value class, each an ordered set of segment files, until the
// manager has them and Release lets them go.
//
// Append returns at once. A goroutine of the spool gathers what was appended,
// writes it and syncs it (group commit); only then can Read return it, so that
// nothing is shipped that a power cut could take back. The bytes on disk are
// bounded: when they grow over the bound the oldest segments of the least
// valuable lane go first. Whatever is lost, by the bound, by a full disk or by
// a damaged file, is told to Options.Lost with its place and count.
//
// An epoch is one unbroken run of numbers. A spool that was closed keeps its
// epoch; a new spool and one that was not closed begin a new one, because
// numbers may have been given to records that never reached the disk. So does
// one that was closed in another boot of the host: the disk may have been put
// back to an older state, after which numbers would be given twice.
//
// Append, Release and Stats may be called from any goroutine, Read from one
// goroutine per lane. Open starts one goroutine, Close ends it.
package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// MaxPayload is the largest payload that Append takes, bytes.
const MaxPayload = 1 << 20

// Lanes is the number of lanes; a higher lane is worth more.
const Lanes = 8

// Errors that callers test for.
var (
	ErrClosed = errors.New("spool is closed")
	ErrInUse  = errors.New("spool is in use by another agent")
)

// Record is one entry of the queue.
type Record struct {
	Lane     uint32
	Epoch    int64 // set by Read; Append uses the epoch of the spool
	Sequence int64 // must grow within a lane
	Time     int64 // when it happened, nanoseconds since 1970; tells what a loss covers
	Payload  []byte
}

// Mark is a place in a lane.
type Mark struct {
	Lane     uint32
	Epoch    int64
	Sequence int64
}

// Loss tells of records that were taken and will never be shipped.
type Loss struct {
	Lane        uint32
	Epoch       int64
	First, Last int64 // sequences; numbers between them may belong to other lanes
	Count       int64
	From, To    int64 // times of the first and the last, nanoseconds since 1970; 0 unknown
	Reason      string
}

// Reasons of a Loss.
const (
	ReasonBound   = "spool is at its size limit"
	ReasonDisk    = "spool cannot be written"
	ReasonDamaged = "spool segment is damaged"
)

// Options configure a spool. Zero fields take the default.
type Options struct {
	MaxBytes     int64         // on disk; default 1 GiB
	SegmentBytes int64         // size at which a lane begins a new file; default 8 MiB or a sixteenth of MaxBytes
	MaxPending   int64         // bytes in memory that wait for the disk; default 16 MiB
	Linger       time.Duration // how long a commit gathers; default 400 ms: each costs a wait for the disk and a batch to the manager
	Patience     time.Duration // how long Append waits for a disk that is behind; default 5 s
	Retry        time.Duration // pause after the disk refused a write; default 1 s
	Boot         string        // id of the host's boot: a spool that was closed in another boot begins a new epoch; "" is not compared
	Now          func() time.Time
	Lost         func(Loss) // called without a lock held, also by Open; nil is nobody
	Logger       *slog.Logger

	disk disk // nil is the real one
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 1 << 30
	}
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = min(8<<20, max(o.MaxBytes/16, 64<<10))
	}
	if o.MaxPending <= 0 {
		o.MaxPending = 16 << 20
	}
	if o.Linger <= 0 {
		o.Linger = 400 * time.Millisecond
	}
	if o.Patience <= 0 {
		o.Patience = 5 * time.Second
	}
	if o.Retry <= 0 {
		o.Retry = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lost == nil {
		o.Lost = func(Loss) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.disk == nil {
		o.disk = realDisk{}
	}
	return o
}

// Spool is an open queue.
type Spool struct {
	dir   string
	opts  Options
	disk  disk
	epoch int64 // immutable after Open
	lock  *os.File
	ready chan struct{} // capacity 1: something became readable
	wake  chan struct{} // capacity 1: something waits for a commit
	now   chan struct{} // capacity 1: commit without lingering
	stop  chan struct{} // closed by Close
	done  chan struct{} // closed when run has ended

	mu       sync.Mutex
	lanes    [Lanes]lane     // guarded by mu, except what lane says
	released map[place]int64 // guarded by mu: highest sequence that was let go
	last     int64           // guarded by mu: highest sequence appended
	bytes    int64           // guarded by mu: on disk
	pending  int64           // guarded by mu: in memory
	maxBytes int64           // guarded by mu
	telling  int             // guarded by mu: calls of Append that have losses still to tell
	changed  chan struct{}   // guarded by mu: closed and replaced after each commit
	hangs    bool            // guarded by mu: a commit takes longer than Append has patience
	failure  error           // guarded by mu: why the last commit did not succeed
	lost     int64           // guarded by mu: records told to Lost
	orders   uint64          // guarded by mu: segments so far
	holes    []Mark          // guarded by mu: losses between segments that were told
	closed   bool            // guarded by mu
}

// place names the records of one lane that were numbered in one epoch.
type place struct {
	lane  uint32
	epoch int64
}

// Epoch returns the run that records appended now belong to.
func (s *Spool) Epoch() int64 { return s.epoch }

// LastSequence returns the highest sequence that was appended in this epoch,
// 0 when there is none; the caller goes on with the number after it.
func (s *Spool) LastSequence() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// Append queues a copy of r. While more waits for the disk than MaxPending it
// waits for it too, at most Options.Patience; a disk that refuses or hangs makes
// it shed the least valuable records instead. It fails only for a record that
// can never be stored and after Close.
func (s *Spool) Append(r Record) error {
	if r.Lane >= Lanes {
		return fmt.Errorf("append to spool: lane %d: there are %d", r.Lane, Lanes)
	}
	if len(r.Payload) > MaxPayload {
		return fmt.Errorf("append to spool: sequence %d: payload of %d bytes: more than %d", r.Sequence, len(r.Payload), MaxPayload)
	}
	s.mu.Lock()
	if s.pending > s.opts.MaxPending {
		s.room()
	}
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	l := &s.lanes[r.Lane]
	if r.Sequence <= l.last {
		s.mu.Unlock()
		return fmt.Errorf("append to spool: lane %d: sequence %d does not follow %d", r.Lane, r.Sequence, l.last)
	}
	l.last = r.Sequence
	s.last = max(s.last, r.Sequence)
	n := l.append(r, int(min(s.opts.SegmentBytes, chunkBytes)))
	s.pending += int64(n)
	hurry := s.pending > s.opts.MaxPending/4 // do not gather until it does not fit
	var losses []Loss
	if s.pending > s.opts.MaxPending && (s.failure != nil || s.hangs) {
		losses = s.shed()
	}
	if len(losses) > 0 {
		s.telling++
	}
	s.mu.Unlock()
	if len(losses) > 0 {
		s.tell(losses)
		s.mu.Lock()
		s.telling--
		s.mu.Unlock()
	}
	if hurry {
		signal(s.now)
	}
	signal(s.wake)
	return nil
}

// room waits until what is pending fits, the disk refuses, or the patience is
// over. s.mu is held, and released while it waits.
func (s *Spool) room() {
	timer := time.NewTimer(s.opts.Patience)
	defer timer.Stop()
	for s.pending > s.opts.MaxPending && s.failure == nil && !s.hangs && !s.closed {
		changed := s.changed
		s.mu.Unlock()
		signal(s.now)
		select {
		case <-changed:
			s.mu.Lock()
		case <-timer.C:
			s.mu.Lock()
			s.hangs = true
		}
	}
}

// Kick asks for a commit without waiting for more records to share it.
func (s *Spool) Kick() { signal(s.now) }

// Sync commits all that was appended before and waits until it is readable or
// was told to be lost. It returns an error when the disk refuses it for now.
func (s *Spool) Sync(ctx context.Context) error { return s.settled(ctx, s.Kick) }

// Settled waits as Sync does, but for the commit that is due.
func (s *Spool) Settled(ctx context.Context) error { return s.settled(ctx, func() {}) }

func (s *Spool) settled(ctx context.Context, ask func()) error {
	s.mu.Lock()
	var want [Lanes]int64
	for i := range s.lanes {
		want[i] = s.lanes[i].last
	}
	for !s.reported(want) {
		changed := s.changed
		s.mu.Unlock()
		ask()
		select {
		case <-changed:
		case <-s.done:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
		s.mu.Lock()
		if s.failure != nil {
			break
		}
	}
	defer s.mu.Unlock()
	if !s.reported(want) {
		return s.failure
	}
	return nil
}

// reported says whether all up to the given sequences is on disk or was told
// to be lost. s.mu is held.
func (s *Spool) reported(want [Lanes]int64) bool {
	for i := range s.lanes {
		if s.lanes[i].reported < want[i] {
			return false
		}
	}
	return true
}

// Ready is signalled when records became readable; it has room for one signal.
func (s *Spool) Ready() <-chan struct{} { return s.ready }

// SetMaxBytes changes the bound of the bytes on disk.
func (s *Spool) SetMaxBytes(n int64) {
	s.mu.Lock()
	s.maxBytes = max(n, 1<<20)
	s.mu.Unlock()
	s.Kick()
}

// Stats says how a spool is.
type Stats struct {
	Epoch    int64  `json:"epoch"`
	Bytes    int64  `json:"bytes"` // on disk
	MaxBytes int64  `json:"max_bytes"`
	Pending  int64  `json:"pending_bytes"` // in memory, not yet on disk
	Records  int64  `json:"records"`       // on disk, not yet released
	Lost     int64  `json:"lost"`          // records told to be lost since the start
	Failure  string `json:"failure,omitempty"`
}

// Stats returns how the spool is.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Stats{Epoch: s.epoch, Bytes: s.bytes, MaxBytes: s.maxBytes, Pending: s.pending, Lost: s.lost}
	for i := range s.lanes {
		for _, g := range s.lanes[i].segments {
			st.Records += g.waiting(s.released[g.place])
		}
	}
	if s.failure != nil {
		st.Failure = s.failure.Error()
	}
	return st
}

// Newest returns the newest synced record of each lane and epoch that the
// spool holds.
func (s *Spool) Newest() []Mark {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest := map[place]int64{}
	var order []place
	for i := range s.lanes {
		for _, g := range s.lanes[i].segments {
			if _, ok := newest[g.place]; !ok {
				order = append(order, g.place)
			}
			newest[g.place] = max(newest[g.place], g.last)
		}
	}
	out := make([]Mark, 0, len(order))
	for _, p := range order {
		out = append(out, Mark{Lane: p.lane, Epoch: p.epoch, Sequence: newest[p]})
	}
	return out
}

// tell hands losses to the owner; no lock may be held.
func (s *Spool) tell(losses []Loss) {
	for _, l := range losses {
		s.opts.Logger.Warn("events lost from spool", "lane", l.Lane, "epoch", l.Epoch,
			"first", l.First, "last", l.Last, "count", l.Count, "reason", l.Reason)
		s.opts.Lost(l)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
