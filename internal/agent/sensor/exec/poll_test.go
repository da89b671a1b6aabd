package exec

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs/procfstest"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// told collects events as short lines.
type told struct{ events []*event.Event }

func (c *told) emit(e *event.Event) { c.events = append(c.events, e) }

func (c *told) lines() string {
	var out []string
	for _, e := range c.events {
		if e.Process == nil {
			out = append(out, e.Kind.String())
			continue
		}
		line := fmt.Sprintf("%s %d %s", e.Kind, e.Process.PID, e.Process.CommandLine)
		if e.Process.ExitCode.OK {
			line += fmt.Sprintf("exit %d", e.Process.ExitCode.N)
		}
		out = append(out, strings.TrimSpace(line))
	}
	c.events = nil
	return strings.Join(out, ", ")
}

func trackerOf(t *testing.T, p *procfstest.Proc, scope string) *tracker {
	t.Helper()
	tr, err := newTracker(PollOptions{Proc: p.Dir, Scope: scope}, "proc")
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func scan(t *testing.T, tr *tracker, c *told) string {
	t.Helper()
	if err := tr.scan(c.emit); err != nil {
		t.Fatal(err)
	}
	return c.lines()
}

func TestPollTellsDifferences(t *testing.T) {
	p := procfstest.New(t)
	p.Put(procfstest.Process{PID: 1, Start: 1, Comm: "init", Args: []string{"/sbin/init"}, Stack: 1000})
	tr, c := trackerOf(t, p, ""), &told{}
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"nothing new", func() {}, ""},
		{"two start, told in the order of their start", func() {
			p.Put(procfstest.Process{PID: 30, Parent: 1, Start: 90, Comm: "a", Args: []string{"a", "1"}, Stack: 2000})
			p.Put(procfstest.Process{PID: 20, Parent: 1, Start: 95, Comm: "b", Args: []string{"b"}, Stack: 3000})
		}, "process_start 30 a 1, process_start 20 b"},
		{"still there", func() {}, ""},
		{"executes another program", func() {
			p.Put(procfstest.Process{PID: 20, Parent: 1, Start: 95, Comm: "b", Args: []string{"b", "again"}, Stack: 4000})
		}, "process_start 20 b again"},
		{"ends", func() { p.Remove(30) }, "process_end 30"},
		{"the pid is another process", func() {
			p.Put(procfstest.Process{PID: 20, Parent: 1, Start: 200, Comm: "c", Args: []string{"c"}, Stack: 4000})
		}, "process_start 20 c, process_end 20"},
	}
	for _, s := range steps {
		s.do()
		if got := scan(t, tr, c); got != s.want {
			t.Errorf("%s: %q, want %q", s.name, got, s.want)
		}
	}
}

func TestPollNumbersAndIDs(t *testing.T) {
	p := procfstest.New(t)
	p.Put(procfstest.Process{PID: 1, Start: 1, Comm: "init"})
	tr, c := trackerOf(t, p, ""), &told{}
	for i := int64(10); i < 15; i++ {
		p.Put(procfstest.Process{PID: i, Parent: 1, Start: 100, Comm: "x", Args: []string{"x"}})
	}
	if err := tr.scan(c.emit); err != nil {
		t.Fatal(err)
	}
	for i, e := range c.events {
		if e.SensorSequence != int64(i+1) || e.Provider != "exec" || e.Rung != "proc" {
			t.Errorf("event %d: number %d of %s on %s", i, e.SensorSequence, e.Provider, e.Rung)
		}
		if want := event.EntityID("11111111-2222-3333-4444-555555555555", e.Process.PID, 100*uint64(event.EntityTick)); e.Process.EntityID != want {
			t.Errorf("entity id %s, want %s", e.Process.EntityID, want)
		}
		if e.Process.Parent == nil || e.Process.Parent.EntityID == "" || e.User.ID != "0" {
			t.Errorf("incomplete: %+v", e.Process)
		}
	}
}

func TestPollScope(t *testing.T) {
	p := procfstest.New(t)
	p.Members("box", 10)
	tr, c := trackerOf(t, p, p.Cgroups()+"/box"), &told{}
	p.Put(procfstest.Process{PID: 10, Start: 5, Comm: "in", Args: []string{"in"}, Cgroup: "/box"})
	p.Put(procfstest.Process{PID: 11, Start: 6, Comm: "out", Args: []string{"out"}, Cgroup: "/boxes"})
	p.Put(procfstest.Process{PID: 12, Start: 7, Comm: "deep", Args: []string{"deep"}, Cgroup: "/box/child"})
	p.Members("box/child", 12)
	p.Members("boxes", 11)
	if got, want := scan(t, tr, c), "process_start 10 in, process_start 12 deep"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := newTracker(PollOptions{Proc: p.Dir, Scope: t.TempDir()}, "proc"); err == nil {
		t.Error("a scope outside of the hierarchy is taken")
	}
}

// The rung sees a real process come and go.
func TestPollRealProcess(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	events, done := make(chan *event.Event, 1<<16), make(chan error, 1)
	ready := make(chan struct{})
	o := PollOptions{Interval: sensor.NewPace(5 * time.Millisecond)}
	go func() {
		done <- o.poll(ctx, func(e *event.Event) { events <- e }, func(...string) { close(ready) })
	}()
	<-ready
	child := osexec.Command("sleep", "77")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	pid := int64(child.Process.Pid)
	wait := func(what string, match func(*event.Event) bool) {
		t.Helper()
		late := time.After(20 * time.Second)
		for {
			select {
			case e := <-events:
				if e.Process.PID == pid && match(e) {
					return
				}
			case <-late:
				t.Fatal("not seen: ", what)
			}
		}
	}
	wait("start", func(e *event.Event) bool {
		return e.Kind == event.ProcessStart && e.Process.CommandLine == "sleep 77" && e.Process.Parent.PID == int64(os.Getpid()) && e.File.Inode != 0
	})
	_ = child.Process.Kill()
	_ = child.Wait()
	wait("end", func(e *event.Event) bool { return e.Kind == event.ProcessEnd })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// message makes a datagram of the proc connector.
func message(what uint32, data ...uint32) []byte {
	le := binary.NativeEndian
	b := make([]byte, netlinkHead+connectorHead+procHead, 128)
	le.PutUint32(b[16:], connectorProc)
	le.PutUint32(b[20:], connectorProc)
	le.PutUint32(b[36:], what)
	le.PutUint64(b[44:], 1_000_000_000)
	for _, d := range data {
		b = le.AppendUint32(b, d)
	}
	le.PutUint32(b, uint32(len(b)))
	return b
}

// pair returns the two ends of a socket that keeps datagrams apart.
func pair(t *testing.T) (kernel, agent *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	kernel, agent = os.NewFile(uintptr(fds[0]), "kernel"), os.NewFile(uintptr(fds[1]), "agent")
	t.Cleanup(func() { kernel.Close(); agent.Close() })
	return kernel, agent
}

// The connector's messages are told with what /proc says; of a process that is
// gone already only who it was.
func TestConnector(t *testing.T) {
	p := procfstest.New(t)
	p.Put(procfstest.Process{PID: 1, Start: 1, Comm: "init", Args: []string{"/sbin/init"}})
	p.Put(procfstest.Process{PID: 10, Parent: 1, Start: 100, Comm: "child", Args: []string{"child", "x"}})
	kernel, agent := pair(t)
	tr, c := trackerOf(t, p, ""), &told{}
	tr.known = map[int64]*seen{1: tr.known[1]}
	ctx, cancel := context.WithCancel(context.Background())
	for _, m := range [][]byte{
		message(procNone, 0),
		message(procFork, 1, 1, 10, 10),
		message(procFork, 10, 10, 11, 10), // a thread
		message(procExec, 10, 10),
		message(procFork, 1, 1, 20, 20), // gone before it was looked at
		message(procExec, 20, 20),
		message(procExit, 20, 20, 9),
		message(procExit, 11, 10, 0), // a thread
		message(procExit, 10, 10, 3<<8),
		message(procExit, 99, 99, 0), // nobody knows it
	} {
		if _, err := kernel.Write(m); err != nil {
			t.Fatal(err)
		}
	}
	emit := func(e *event.Event) {
		c.emit(e)
		if len(c.events) == 6 {
			cancel()
		}
	}
	if err := tr.listen(ctx, agent, emit); err != nil {
		t.Fatal(err)
	}
	for i, e := range c.events {
		if e.SensorSequence != int64(i+1) || e.Process.EntityID == "" || e.Process.Parent.EntityID != tr.known[1].id {
			t.Errorf("event %d: %+v", i, e.Process)
		}
	}
	if a, b := c.events[2].Process.EntityID, c.events[4].Process.EntityID; a != b {
		t.Errorf("one short process has two ids, %s and %s", a, b)
	}
	want := "process_fork 10, process_start 10 child x, process_fork 20, process_start 20, process_end 20 exit 137, process_end 10 exit 3"
	if got := c.lines(); got != want {
		t.Errorf("told %q\nwant %q", got, want)
	}
	kernel, agent = pair(t)
	if _, err := kernel.Write([]byte("nonsense of sixteen bytes or more")); err != nil {
		t.Fatal(err)
	}
	if err := tr.listen(context.Background(), agent, emit); !errors.Is(err, errConnector) {
		t.Errorf("malformed message: %v", err)
	}
}

// Where the connector cannot be had the rung says so and the next one is
// taken; where it can, it tells of a real process.
func TestConnectorReal(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	events, done := make(chan *event.Event, 1<<16), make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		done <- PollOptions{}.connect(ctx, func(e *event.Event) {
			select {
			case events <- e:
			default:
			}
		}, func(...string) { close(ready) })
	}()
	defer cancel()
	select {
	case err := <-done:
		if err == nil || !strings.Contains(err.Error(), "first") && !errors.Is(err, unix.EPERM) {
			t.Fatalf("refused without a reason: %v", err)
		}
		t.Skip("SKIPPED: ", err)
	case <-ready:
	}
	child := osexec.Command("sh", "-c", "exit 7")
	if err := child.Run(); err == nil {
		t.Fatal("the child did not fail")
	}
	seen := map[event.Kind]bool{}
	late := time.After(20 * time.Second)
	for !seen[event.ProcessEnd] {
		select {
		case e := <-events:
			if e.Process != nil && e.Process.PID == int64(child.Process.Pid) {
				seen[e.Kind] = true
				if e.Kind == event.ProcessEnd && e.Process.ExitCode != event.Some(7) {
					t.Errorf("exit code %+v", e.Process.ExitCode)
				}
			}
		case <-late:
			t.Fatalf("seen only %v", seen)
		}
	}
	if !seen[event.ProcessFork] || !seen[event.ProcessStart] {
		t.Errorf("seen only %v", seen)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzConnector(f *testing.F) {
	f.Add(message(procFork, 1, 1, 10, 10))
	f.Add(message(procExit, 1, 1, 9))
	f.Add(append(message(procExec, 1, 1), message(procNone, 0)...))
	f.Add([]byte{16, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		if err := parseConnector(b, func(connectorEvent) { n++ }); err == nil && n > len(b)/(netlinkHead+connectorHead+procHead) {
			t.Errorf("%d events in %d bytes", n, len(b))
		}
	})
}

// One scan of this host in which nothing happened, and its cost per process.
func BenchmarkScan(b *testing.B) {
	tr, err := newTracker(PollOptions{}, "proc")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := tr.scan(func(*event.Event) {}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(tr.known)), "ns/process")
}
