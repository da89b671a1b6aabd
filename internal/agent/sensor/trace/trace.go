// Package trace lists the system calls of one process for a short time, for a
// person who asks: with their arguments, their results, and the first bytes of
// what is written, read or named. It is no sensor: what it sees goes to who
// asked and nowhere else, as it may hold secrets.
//
// Its program stands at the end of every system call of the host only while a
// trace runs; for other processes it compares one number. The process is not
// stopped and is not traced by ptrace.
//
// Not seen: calls that do not return, and those of 32-bit code, which are
// counted. The arguments of an execve that succeeded are gone when it ends.
// Buffers are read when the call has ended: another thread may have changed
// them. Bytes of a call that failed are not shown.
//
// A Tracer may be used from any goroutine; it traces one process at a time.
package trace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
)

// ErrRefused says that a process is not traced; the text says why.
var ErrRefused = errors.New("no trace")

// The bounds of a trace.
const (
	Most     = 10 * time.Minute
	rate     = 10_000 // calls a second
	waitRoom = 16_384 // calls that wait for who asked: those of a second may come at once
)

// Options are what a Tracer needs.
type Options struct {
	Kernel *kernel.Kernel // nil when it could not be opened
	Reason error          // why Kernel is nil
	Proc   string         // where proc is mounted
	Scope  string         // cgroup outside of which nothing is traced; "" is the whole host
	Rate   uint32         // calls a second that are told; 0 is 10,000
}

// Tracer lists the system calls of processes.
type Tracer struct {
	o    Options
	busy sync.Mutex // held while a process is traced
}

// New returns a tracer.
func New(o Options) *Tracer {
	if o.Rate == 0 {
		o.Rate = rate
	}
	return &Tracer{o: o}
}

// Request says what is traced.
type Request struct {
	PID   int64
	For   time.Duration
	Calls []string // names; none is all
}

// End says how a trace ended and what it did not list.
type End struct {
	Why     string `json:"why"`
	Listed  uint64 `json:"listed"`
	Limited uint64 `json:"limited"` // more than may be told in a second
	Full    uint64 `json:"full"`    // no room in the kernel's ring
	Slow    uint64 `json:"slow"`    // who asked did not take them
	Other   uint64 `json:"other"`   // of 32-bit code
}

// Run lists the calls of a process until the time is over, the process ends or
// ctx is done. begun is called when the program is attached, each for each
// call, by the goroutine of the caller; an error of theirs ends the trace.
func (t *Tracer) Run(ctx context.Context, q Request, begun func() error, each func(Call) error) (End, error) {
	if t.o.Kernel == nil {
		return End{}, fmt.Errorf("%w: %w", ErrRefused, kernel.NotOpen(t.o.Reason))
	}
	process, err := t.check(q)
	if err != nil {
		return End{}, err
	}
	defer process.Close()
	if !t.busy.TryLock() {
		return End{}, fmt.Errorf("%w: another process is traced now; ask again when that has ended", ErrRefused)
	}
	defer t.busy.Unlock()
	a, err := t.attach(q)
	if err != nil {
		return End{}, err
	}
	if err := begun(); err != nil {
		return End{}, errors.Join(err, a.close())
	}
	return a.run(ctx, q.For, process, each)
}

// check refuses what may not be traced and returns a descriptor of the process.
func (t *Tracer) check(q Request) (*os.File, error) {
	if q.For <= 0 || q.For > Most {
		return nil, fmt.Errorf("%w: a trace lasts up to %s, not %s", ErrRefused, Most, q.For)
	}
	if q.PID == int64(os.Getpid()) {
		return nil, fmt.Errorf("%w: process %d is the agent itself", ErrRefused, q.PID)
	}
	if q.PID <= 0 || q.PID > 1<<30 {
		return nil, fmt.Errorf("%w: %d is no number of a process", ErrRefused, q.PID)
	}
	fd, err := unix.PidfdOpen(int(q.PID), unix.PIDFD_NONBLOCK)
	if err != nil {
		if leader, ok := t.leader(q.PID); ok && leader != q.PID {
			return nil, fmt.Errorf("%w: %d is a thread of process %d: trace that", ErrRefused, q.PID, leader)
		}
		return nil, fmt.Errorf("%w: process %d: %w", ErrRefused, q.PID, err)
	}
	process := os.NewFile(uintptr(fd), "process")
	_, scope, err := procfs.OpenScope(t.o.Proc, t.o.Scope)
	if err != nil {
		return nil, errors.Join(err, process.Close())
	}
	if !scope.Has(q.PID) {
		return nil, errors.Join(fmt.Errorf("%w: process %d is outside the agent's scope %s", ErrRefused, q.PID, t.o.Scope), process.Close())
	}
	return process, nil
}

// leader returns the process that a thread belongs to.
func (t *Tracer) leader(pid int64) (int64, bool) {
	text, err := os.ReadFile(filepath.Join(t.o.Proc, strconv.FormatInt(pid, 10), "status"))
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "Tgid:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// attached is a running trace.
type attached struct {
	programs *kernel.Programs
	untold   *ebpf.Map
	calls    chan Call // from the reader of the ring, which never waits
	slow     atomic.Uint64
	listed   uint64
}

func (t *Tracer) attach(q Request) (*attached, error) {
	told, err := chosen(q.Calls)
	if err != nil {
		return nil, err
	}
	spec, err := loadProgram()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	for name, value := range map[string]any{"trace_process": uint32(q.PID), "trace_rate": t.o.Rate, "trace_forms": [calls]uint16(told)} {
		if err := spec.Variables[name].Set(value); err != nil {
			return nil, fmt.Errorf("set %s: %w", name, err)
		}
	}
	a := &attached{calls: make(chan Call, waitRoom)}
	a.programs, err = t.o.Kernel.Attach(kernel.Source{ID: kernel.Trace, Spec: spec, Handle: func(r kernel.Record) error {
		c, err := decode(r, t.o.Kernel.Wall)
		if err != nil {
			return err
		}
		select {
		case a.calls <- c:
		default:
			a.slow.Add(1)
		}
		return nil
	}})
	if err != nil {
		return nil, err
	}
	if a.untold, err = a.programs.Map("untold").Clone(); err != nil {
		return nil, errors.Join(fmt.Errorf("keep the counts: %w", err), a.programs.Close())
	}
	return a, nil
}

func (a *attached) close() error { return errors.Join(a.programs.Close(), a.untold.Close()) }

// run hands on calls until one of the reasons to end comes, and then those that
// were told before.
func (a *attached) run(ctx context.Context, d time.Duration, process *os.File, each func(Call) error) (End, error) {
	gone := make(chan struct{})
	go func() { defer close(gone); await(process) }()
	defer func() { _ = process.SetReadDeadline(time.Now()); <-gone }() // else it waits for the process
	over := time.NewTimer(d)
	defer over.Stop()
	end := End{}
	var err error
	for end.Why == "" && err == nil {
		select {
		case c := <-a.calls:
			err = a.give(c, each)
		case <-over.C:
			end.Why = "the time is over"
		case <-gone:
			end.Why = "the process ended"
		case <-ctx.Done():
			end.Why = "stopped"
		}
	}
	err = errors.Join(err, a.programs.Close()) // what was told before is handled
	for len(a.calls) > 0 && err == nil {
		err = a.give(<-a.calls, each)
	}
	return a.finish(end, err)
}

func (a *attached) give(c Call, each func(Call) error) error {
	a.listed++
	return each(c)
}

// finish reads what was not told.
func (a *attached) finish(end End, err error) (End, error) {
	var n struct{ Second, Taken, Limited, Full, Other uint64 }
	if lookErr := a.untold.Lookup(uint32(0), &n); lookErr != nil {
		err = errors.Join(err, fmt.Errorf("read the counts: %w", lookErr))
	}
	end.Listed, end.Limited, end.Full, end.Other, end.Slow = a.listed, n.Limited, n.Full, n.Other, a.slow.Load()
	return end, errors.Join(err, a.untold.Close())
}

// await returns when the process has ended or the deadline of its descriptor
// has come.
func await(process *os.File) {
	raw, err := process.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(fd uintptr) bool { // an error is the deadline
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		return n > 0 || err != nil && !errors.Is(err, unix.EINTR)
	})
}
