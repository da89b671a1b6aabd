package respond

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// errGone says that the target is no longer there.
var errGone = errors.New("the process has ended")

// Process is a handle of one process; it never means another one.
type Process interface {
	Signal(sig unix.Signal) error
	// Ended waits until the process has ended, at most for the given time.
	Ended(ctx context.Context, wait time.Duration) bool
	Close() error
}

// Host says which processes may be touched, and opens them.
type Host struct {
	Proc  string // root of procfs; default /proc
	Scope string // folder of the cgroup outside of which nothing is touched; empty is the whole host
	Boot  string // boot id, for entity ids
	Self  int64  // pid of the agent
	// Open returns a handle of the process that has the pid; nil is a pidfd.
	Open func(pid int64) (Process, error)
}

// NewHost returns the host that the agent runs on.
func NewHost(proc, scope string) (*Host, error) {
	boot, err := os.ReadFile(filepath.Join(proc, "sys/kernel/random/boot_id"))
	if err != nil {
		return nil, fmt.Errorf("read boot id: %w", err)
	}
	return &Host{Proc: proc, Scope: scope, Boot: strings.TrimSpace(string(boot)), Self: int64(os.Getpid()), Open: openPidfd}, nil
}

// open returns a handle of the target after checking that it is the process
// that was meant and that it may be touched. /proc is read while the handle is
// open: when the process is still there after that, all that was read is its.
func (h *Host) open(t Target) (Process, error) {
	if t.PID <= 1 {
		return nil, fmt.Errorf("pid %d is never touched", t.PID)
	}
	if t.PID == h.Self {
		return nil, errors.New("the agent itself is never touched")
	}
	p, err := h.Open(t.PID)
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return nil, errGone
	}
	if err != nil {
		return nil, fmt.Errorf("open pid %d: %w", t.PID, err)
	}
	err = h.check(t)
	if err == nil && p.Ended(context.Background(), 0) {
		err = errGone
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (h *Host) check(t Target) error {
	s, err := h.stat(t.PID)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) {
		return errGone
	}
	if err != nil {
		return err
	}
	if err := h.same(t, s); err != nil {
		return err
	}
	if s.kernel {
		return errors.New("it is a thread of the kernel")
	}
	ancestor, err := h.ancestor(t.PID)
	if err != nil {
		return err
	}
	if ancestor {
		return errors.New("the agent runs below this process")
	}
	return h.inScope(t.PID)
}

// same reports an error unless the process that has the pid is the one that
// was seen.
func (h *Host) same(t Target, s stat) error {
	if t.EntityID != "" {
		if event.EntityID(h.Boot, t.PID, s.start) != t.EntityID {
			return errGone // the pid was given to another process
		}
		return nil
	}
	if t.Start == 0 {
		return errors.New("neither entity id nor start time of the target is known")
	}
	booted, err := bootTime()
	if err != nil {
		return err
	}
	if d := time.Duration(int64(t.Start) - booted - int64(s.start)).Abs(); d > 5*event.EntityTick {
		return errGone
	}
	return nil
}

// bootTime returns when the host started, by its present clock.
func bootTime() (int64, error) {
	var now, up unix.Timespec
	if err := errors.Join(unix.ClockGettime(unix.CLOCK_REALTIME, &now), unix.ClockGettime(unix.CLOCK_BOOTTIME, &up)); err != nil {
		return 0, fmt.Errorf("read clock: %w", err)
	}
	return now.Nano() - up.Nano(), nil
}

type stat struct {
	parent int64
	start  uint64 // nanoseconds since boot, in ticks of 10 ms
	kernel bool
}

// stat reads /proc/PID/stat. The name in parentheses may hold anything.
func (h *Host) stat(pid int64) (stat, error) {
	text, err := os.ReadFile(filepath.Join(h.Proc, strconv.FormatInt(pid, 10), "stat"))
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(text))
}

func parseStat(text string) (stat, error) {
	_, rest, ok := cutLast(text, ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 20 {
		return stat{}, fmt.Errorf("stat of the process has %d fields: 20 are due", len(f))
	}
	parent, err := strconv.ParseInt(f[1], 10, 64)
	flags, err2 := strconv.ParseUint(f[6], 10, 64)
	ticks, err3 := strconv.ParseUint(f[19], 10, 64)
	if err := errors.Join(err, err2, err3); err != nil {
		return stat{}, fmt.Errorf("stat of the process: %w", err)
	}
	const kernelThread = 0x00200000 // PF_KTHREAD
	return stat{parent: parent, start: ticks * uint64(event.EntityTick), kernel: flags&kernelThread != 0}, nil
}

func cutLast(s, sep string) (string, string, bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// ancestor reports whether the agent runs below pid.
func (h *Host) ancestor(pid int64) (bool, error) {
	for p, depth := h.Self, 0; p > 1 && depth < 4096; depth++ {
		s, err := h.stat(p)
		if err != nil {
			return false, fmt.Errorf("read the agent's own ancestry: %w", err)
		}
		if s.parent == pid {
			return true, nil
		}
		p = s.parent
	}
	return false, nil
}

type pidfd struct{ fd int }

func openPidfd(pid int64) (Process, error) {
	fd, err := unix.PidfdOpen(int(pid), 0)
	if err != nil {
		return nil, err
	}
	return pidfd{fd}, nil
}

func (p pidfd) Signal(sig unix.Signal) error { return unix.PidfdSendSignal(p.fd, sig, nil, 0) }

func (p pidfd) Close() error { return unix.Close(p.fd) }

func (p pidfd) Ended(ctx context.Context, wait time.Duration) bool {
	deadline := time.Now().Add(wait)
	for {
		left := min(time.Until(deadline), 100*time.Millisecond)
		fds := []unix.PollFd{{Fd: int32(p.fd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, max(int(left.Milliseconds()), 0))
		switch {
		case n > 0:
			return true
		case err != nil && !errors.Is(err, unix.EINTR), ctx.Err() != nil, !time.Now().Before(deadline):
			return false
		}
	}
}
