package exec

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	connectorBuffer = 8 << 20    // of the socket, bytes
	firstPIDNS      = 0xEFFFFFFC // inode of the first pid namespace, PROC_PID_INIT_INO
)

// connect is the rung connector: the kernel tells forks, executions and ends
// over netlink, by pid alone; /proc says the rest. It works in the first pid and
// network namespace only: the error says what is missing.
func (o PollOptions) connect(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	root := o.Proc
	if root == "" {
		root = "/proc"
	}
	var st unix.Stat_t
	if err := unix.Stat(root+"/self/ns/pid", &st); err != nil {
		return fmt.Errorf("look at the pid namespace: %w", err)
	}
	if st.Ino != firstPIDNS {
		return fmt.Errorf("%w: the proc connector tells pids of the first pid namespace; the agent is in another", sensor.ErrNotSupported)
	}
	sock, err := listenConnector()
	if err != nil {
		return err
	}
	defer sock.Close()
	t, err := newTracker(o, "connector")
	if err != nil {
		return err
	}
	took()
	return t.listen(ctx, sock, emit)
}

func listenConnector() (*os.File, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_CONNECTOR)
	if err != nil {
		return nil, fmt.Errorf("open proc connector: %w", err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, connectorBuffer) // a small buffer works too, and overruns are told
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: connectorProc}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("bind proc connector: %w", err)
	}
	if err := unix.Sendto(fd, listenMessage(uint32(os.Getpid()), true), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		unix.Close(fd)
		if errors.Is(err, unix.ECONNREFUSED) {
			return nil, fmt.Errorf("listen to proc connector: %w (it is in the first network namespace only)", err)
		}
		return nil, fmt.Errorf("listen to proc connector: %w", err)
	}
	return os.NewFile(uintptr(fd), "proc connector"), nil
}

// listen tells events until ctx is done, when it returns nil.
func (t *tracker) listen(ctx context.Context, sock *os.File, emit sensor.Emit) error {
	stop := context.AfterFunc(ctx, func() { _ = sock.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	buf := make([]byte, 64<<10)
	for {
		n, err := sock.Read(buf)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, unix.ENOBUFS):
			if err := t.overrun(emit); err != nil {
				return err
			}
			continue
		case err != nil:
			return fmt.Errorf("read proc connector: %w", err)
		}
		offset := monotonicOffset()
		if err := parseConnector(buf[:n], func(m connectorEvent) { t.take(m, offset, emit) }); err != nil {
			return err
		}
	}
}

// overrun says that events were lost, how many is not known, and finds out by
// a scan what became of the processes.
func (t *tracker) overrun(emit sensor.Emit) error {
	from, now := t.last, event.At(t.clock())
	t.tell(&event.Event{Time: now, Kind: event.AgentLoss, Status: &event.Status{
		LossStage: "sensor", LossSensor: "exec", LossState: "lost", LossReason: "buffer of the proc connector overran",
		From: from, To: now,
	}}, emit)
	return t.scan(emit)
}

func monotonicOffset() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return 0
	}
	return time.Now().UnixNano() - ts.Nano()
}

// take tells one message. Threads that are not the first of their process are
// left out, an execution by one excepted: it becomes the first.
func (t *tracker) take(m connectorEvent, offset int64, emit sensor.Emit) {
	pid, at := int64(m.process), event.Time(int64(m.time)+offset)
	switch {
	case m.what == procFork && m.thread == m.process:
		t.forked(pid, int64(m.parent), at, emit)
	case m.what == procExec:
		t.executed(pid, at, emit)
	case m.what == procExit && m.thread == m.process:
		if old := t.known[pid]; old != nil {
			e := t.endOf(pid, old, at)
			e.Process.ExitCode = event.Some(exitCode(m.code))
			delete(t.known, pid)
			t.tell(e, emit)
		}
	}
	t.last = max(t.last, at)
}

// forked tells a fork within the scope. Of a child that is gone already the
// start time is that of the message, near enough for an id that nobody else
// will make.
func (t *tracker) forked(pid, parent int64, at event.Time, emit sensor.Emit) {
	up := t.known[parent]
	s, err := t.fs.Stat(pid)
	switch {
	case err == nil && !t.scope.Has(pid):
		return
	case err != nil && up == nil:
		return
	case err != nil:
		s = procfs.Stat{PID: pid, Start: uint64(max(at-t.fs.Wall(0), 0))}
	}
	n := &seen{id: event.EntityID(t.fs.Boot(), pid, s.Start), start: s.Start, image: s.Image, comm: s.Comm, turn: t.turn}
	n.parent = &event.Parent{PID: parent}
	if up != nil {
		n.parent.EntityID, n.parent.Name = up.id, up.comm
	} else if id, err := t.fs.EntityID(parent); err == nil {
		n.parent.EntityID = id
	}
	t.known[pid] = n
	t.tell(&event.Event{Time: at, Kind: event.ProcessFork, Process: &event.Process{
		EntityID: n.id, PID: pid, Start: t.fs.Wall(s.Start), Parent: n.parent,
	}}, emit)
}

// executed tells an execution within the scope: all that /proc says of it, or
// only who it is when it is gone.
func (t *tracker) executed(pid int64, at event.Time, emit sensor.Emit) {
	old := t.known[pid]
	s, err := t.fs.Stat(pid)
	if err == nil && !t.scope.Has(pid) {
		delete(t.known, pid)
		return
	}
	var e *event.Event
	if err == nil {
		e = t.learn(s, old, false)
	}
	if e == nil {
		if old == nil {
			return
		}
		e = &event.Event{Kind: event.ProcessStart, Process: &event.Process{EntityID: old.id, PID: pid, Start: t.fs.Wall(old.start), Parent: old.parent}}
	}
	e.Time = at
	t.tell(e, emit)
}
