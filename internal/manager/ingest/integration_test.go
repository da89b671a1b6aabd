package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ship"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/ingest"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func TestVertical(t *testing.T) {
	m := newManager(t, options{})
	e := newEndpoint(t, t.TempDir(), ship.Options{Dir: m.enroll(t, ship.Host{Name: "one"})})
	const n = 3000
	for i := range n {
		e.emit(t, kinds()[i%len(kinds())])
	}
	m.wait(t, "events", func() bool { return len(m.events) >= n })
	m.ordered(t)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) != n || len(m.seen) != n || m.events[0].Agent != e.AgentID() {
		t.Fatalf("%d events, %d ids, first of %s", len(m.events), len(m.seen), m.events[0].Agent)
	}
}

// Streams are cut at random places, and the manager at times cannot store.
func TestExactlyOnceOverCuts(t *testing.T) {
	m := newManager(t, options{})
	var calls atomic.Int64
	m.fail = func() error {
		if calls.Add(1)%17 == 0 {
			return errors.New("disk is busy")
		}
		return nil
	}
	e := newEndpoint(t, t.TempDir(), ship.Options{Dir: m.enroll(t, ship.Host{Name: "one"}), BatchBytes: 2000, Dial: cutting(40000)})
	const n = 4000
	for i := range n {
		e.emit(t, kinds()[i%len(kinds())])
		if i%400 == 0 {
			if err := e.spool.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	m.wait(t, "events", func() bool { return len(m.seen) >= n })
	m.ordered(t)
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) != n || m.duplicates != 0 {
		t.Fatalf("%d events for %d, %d published again", len(m.events), n, m.duplicates)
	}
	if len(m.hellos) < 3 {
		t.Fatalf("only %d streams: nothing was cut", len(m.hellos))
	}
}

// One stream for minutes of work: order, latency from spool to log, documents
// down the same stream, and order again after the agent came back.
func TestGT2_PersistentStream(t *testing.T) {
	m := newManager(t, options{})
	dir, spoolDir := m.enroll(t, ship.Host{Name: "one"}), t.TempDir()
	e := newEndpoint(t, spoolDir, ship.Options{Dir: dir})
	var worst time.Duration
	for range 30 {
		began := time.Now()
		n := e.emit(t, event.FindingRaise)
		m.wait(t, "finding", func() bool { return len(m.events) > 0 && m.events[len(m.events)-1].Sequence == n })
		worst = max(worst, time.Since(began))
	}
	t.Logf("finding to durable: worst of 30 is %s", worst)
	if worst > time.Second {
		t.Fatalf("a finding took %s", worst)
	}
	if len(m.hellos) != 1 {
		t.Fatalf("%d streams for one agent", len(m.hellos))
	}
	e.stop()
	e = newEndpoint(t, spoolDir, ship.Options{Dir: dir})
	e.emit(t, event.FindingRaise)
	m.wait(t, "the 31st", func() bool { return len(m.events) == 31 })
	m.ordered(t)
}

// Two agents behind one address, with one host name, are two hosts; identity
// is the certificate.
func TestGT3_TwoAgentsBehindNAT(t *testing.T) {
	m := newManager(t, options{})
	h := ship.Host{Name: "same", MachineID: "same", BootID: "same"}
	a := newEndpoint(t, t.TempDir(), ship.Options{Dir: m.enroll(t, h), Host: h})
	b := newEndpoint(t, t.TempDir(), ship.Options{Dir: m.enroll(t, h), Host: h})
	for range 50 {
		a.emit(t, event.ProcessStart)
		b.emit(t, event.ProcessStart)
		b.emit(t, event.ProcessEnd)
	}
	m.wait(t, "all", func() bool { return len(m.events) >= 150 })
	count := map[string]int{}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.events {
		count[e.Agent]++
	}
	if a.AgentID() == b.AgentID() || count[a.AgentID()] != 50 || count[b.AgentID()] != 100 || len(m.docs) != 2 {
		t.Fatalf("events by agent: %v, %d streams", count, len(m.docs))
	}
}

// A copy of a machine or container with its identity becomes a host of its own, without a
// loop in which both throw each other out.
func TestGT3_CopyOfAMachineIsSplit(t *testing.T) {
	m := newManager(t, options{})
	dir := m.enroll(t, ship.Host{Name: "one"})
	copied := t.TempDir() + "/identity"
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	one := newEndpoint(t, t.TempDir(), ship.Options{Dir: dir, Host: ship.Host{BootID: "one"}})
	m.wait(t, "the original", func() bool { return len(m.hellos) == 1 })
	two := newEndpoint(t, t.TempDir(), ship.Options{Dir: copied, Host: ship.Host{BootID: "one"}})
	m.wait(t, "two hosts", func() bool { return len(m.docs) == 2 })
	one.emit(t, event.ProcessStart)
	two.emit(t, event.ProcessStart)
	m.wait(t, "both", func() bool { return len(m.events) == 2 })
	if one.AgentID() == two.AgentID() {
		t.Fatal("one id for two machines")
	}
	e, err := m.door.Enrolment(t.Context(), two.AgentID())
	if err != nil || e.Twin != one.AgentID() {
		t.Fatalf("the copy is not shown as one: %+v, %v", e, err)
	}
	m.mu.Lock()
	streams := len(m.hellos)
	m.mu.Unlock()
	if streams > 8 {
		t.Fatalf("%d streams until it was settled", streams)
	}
	if id, err := ship.LoadIdentity(copied); err != nil || id.Agent != two.AgentID() {
		t.Fatalf("the new identity is not on disk: %v", err)
	}
}

// Documents reach the agent verified; tampered, replayed and foreign ones do
// not, and the manager hears why.
func TestAE10_TamperedAndReplayedMessages(t *testing.T) {
	m := newManager(t, options{})
	dir := m.enroll(t, ship.Host{Name: "one"})
	var mu sync.Mutex
	var policies []int64
	tasks := 0
	o := ship.Options{Dir: dir, Documents: ship.Documents{
		Policy: func(v int64, _ wire.Policy) error {
			mu.Lock()
			defer mu.Unlock()
			policies = append(policies, v)
			return nil
		},
		Task: func(_ wire.Task, done func(string, string)) {
			mu.Lock()
			tasks++
			mu.Unlock()
			done("done", "")
		},
	}}
	spoolDir := t.TempDir()
	e := newEndpoint(t, spoolDir, o)
	m.wait(t, "stream", func() bool { return len(m.docs) == 1 })
	document := func(kind string, version int64, content string, change func(d *wirepb.Signed)) *wirepb.Signed {
		d := &wirepb.Signed{Kind: kind, Version: version, AgentId: e.AgentID(), Content: []byte(content)}
		if err := m.ca.Sign(d); err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(d)
		}
		return d
	}
	give := func(d *wirepb.Signed) *wirepb.Applied {
		m.mu.Lock()
		n := len(m.applied)
		m.docs[e.AgentID()] <- d
		m.mu.Unlock()
		m.wait(t, "answer", func() bool { return len(m.applied) > n })
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.applied[n]
	}
	good := document(wire.DocumentPolicy, 5, "respond: off\n", nil)
	task := document(wire.DocumentTask, 1, `{"id":"t1","action":"kill"}`, nil)
	for _, c := range []struct {
		what string
		d    *wirepb.Signed
		says string
	}{
		{"good", good, ""},
		{"tampered", document(wire.DocumentPolicy, 6, "respond: off\n", func(d *wirepb.Signed) { d.Content = []byte("respond: on\n") }), "signature"},
		{"older", document(wire.DocumentPolicy, 4, "respond: on\n", nil), "not newer"},
		{"for another", document(wire.DocumentPolicy, 7, "", func(d *wirepb.Signed) { d.AgentId = "cccccccccccc"; _ = m.ca.Sign(d) }), "another agent"},
		{"expired", document(wire.DocumentPolicy, 7, "", func(d *wirepb.Signed) { d.Expires = 1; _ = m.ca.Sign(d) }), "expired"},
		{"not a policy", document(wire.DocumentPolicy, 7, "respond: maybe\n", nil), "maybe"},
		{"task", task, ""},
		{"task again", task, "not newer"},
		{"good, sent twice", good, ""},
	} {
		if a := give(c.d); !strings.Contains(a.GetError(), c.says) || (a.GetError() == "") != (c.says == "") {
			t.Fatalf("%s: %v", c.what, a)
		}
	}
	m.wait(t, "result of the task", func() bool { return len(m.results) == 1 })
	mu.Lock()
	if fmt.Sprint(policies) != "[5]" || tasks != 1 {
		t.Fatalf("policies %v, %d tasks", policies, tasks)
	}
	mu.Unlock()
	// after a restart the policy is in force again before there is a manager,
	// and a task stays done
	m.stop()
	e.stop()
	e = newEndpoint(t, spoolDir, o)
	mu.Lock()
	defer mu.Unlock()
	if fmt.Sprint(policies) != "[5 5]" || tasks != 1 {
		t.Fatalf("after restart: policies %v, %d tasks", policies, tasks)
	}
}

// The agent talks to its own manager only, and to that one only with its
// certificate.
func TestWA27_MutualAuthentication(t *testing.T) {
	m, other := newManager(t, options{}), newManager(t, options{})
	dir := m.enroll(t, ship.Host{Name: "one"})
	// the address leads to another manager: nothing is sent to it
	diverted := func(ctx context.Context, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", other.address)
	}
	e := newEndpoint(t, t.TempDir(), ship.Options{Dir: dir, Dial: diverted})
	e.emit(t, event.ProcessStart)
	for !strings.Contains(e.State(), "another manager") {
		if t.Context().Err() != nil {
			t.Fatal(e.State())
		}
		runtime.Gosched()
	}
	if !strings.Contains(e.State(), "enrol this host again") {
		t.Fatalf("state %q", e.State())
	}
	if n := len(other.events) + len(other.hellos); n != 0 {
		t.Fatalf("%d messages reached the other manager", n)
	}
	e.stop()
	// a token of one manager is no use at another, and is not shown to it
	_, err := ship.Enroll(t.Context(), ship.EnrollOptions{Token: m.token(t), Dir: t.TempDir(), Dial: diverted})
	if !errors.Is(err, wire.ErrWrongManager) {
		t.Fatalf("got %v", err)
	}
	if n := other.server.Stats().RefusedCalls; n != 0 {
		t.Fatal("the token was sent to the other manager")
	}
}

// Heartbeats come each Beat; when they stop the stream is closed, and the
// fleet hears of the end.
func TestGM28_MissedHeartbeats(t *testing.T) {
	m := newManager(t, options{limits: ingest.Limits{Silence: 300 * time.Millisecond}})
	e := newEndpoint(t, t.TempDir(), ship.Options{Dir: m.enroll(t, ship.Host{Name: "one"})})
	id := e.AgentID()
	m.wait(t, "five beats", func() bool { return m.beats[id] >= 5 && m.docs[id] != nil })
	e.stop()
	m.wait(t, "end of the stream", func() bool { return m.docs[id] == nil })
	// an agent that is connected and silent
	_, cert := m.certificate(t, "silent")
	r := m.must(t, cert)
	m.wait(t, "stream", func() bool { return len(m.docs) == 1 })
	if _, err := r.stream.Recv(); err == nil {
		t.Fatal("a silent stream was kept")
	}
	m.wait(t, "end of the silent stream", func() bool { return len(m.docs) == 0 })
}

// Both sides are stopped at random moments, the agent also as if by a power
// cut; nothing that was synced is missing, nothing is there twice, and the
// order holds.
func TestExactlyOnceOverRestarts(t *testing.T) {
	mem := newMemory(t)
	m := newManager(t, options{memory: mem})
	o := options{memory: mem, dir: m.dir, listen: m.address}
	dir, spoolDir := m.enroll(t, ship.Host{Name: "one"}), filepath.Join(t.TempDir(), "spool")
	want := map[string]bool{}
	for round := range 12 {
		e := newEndpoint(t, spoolDir, ship.Options{Dir: dir, BatchBytes: 1500})
		for i := range 200 {
			n := e.emit(t, kinds()[rand.IntN(len(kinds()))])
			want[fmt.Sprintf("%s-%d-%d", e.AgentID(), e.spool.Epoch(), n)] = true
			if i == 100 && round%3 == 1 {
				m.stop()
				mem.stored = round%2 == 0 // does the fleet know what the log has?
				m = newManager(t, o)
			}
		}
		if err := e.spool.Sync(t.Context()); err != nil {
			t.Fatal(err)
		}
		if round%2 == 0 {
			crashed := filepath.Join(t.TempDir(), "spool")
			e.stopShipping() // the copy must not be of a spool that goes on deleting
			if err := os.CopyFS(crashed, os.DirFS(spoolDir)); err != nil {
				t.Fatal(err)
			}
			e.stop()
			spoolDir = crashed
		} else {
			e.stop()
		}
	}
	newEndpoint(t, spoolDir, ship.Options{Dir: dir})
	m.wait(t, "all", func() bool { return len(mem.seen) >= len(want) })
	mem.ordered(t)
	mem.mu.Lock()
	defer mem.mu.Unlock()
	for id := range want {
		if mem.seen[id] == 0 {
			t.Fatalf("%s is missing", id)
		}
	}
	for id, n := range mem.seen {
		if !want[id] {
			t.Fatalf("%s was never spooled", id)
		}
		if n > 1 {
			t.Fatalf("%s was stored %d times", id, n)
		}
	}
}

// BenchmarkStream is the CPU of an event of both sides, from the spool's
// Append to a log that does nothing.
func BenchmarkStream(b *testing.B) {
	m := newManager(b, options{log: func(m *memory) ingest.Log { return &counting{memory: m} }, limits: ingest.Limits{BytesPerSecond: 1 << 30, BatchesPerSecond: 1e6}})
	e := newEndpoint(b, b.TempDir(), ship.Options{Dir: m.enroll(b, ship.Host{Name: "one"})})
	cpu := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	ev := &event.Event{Time: 1, Kind: event.ProcessStart, HostName: "host", Provider: "exec", Process: &event.Process{
		EntityID: "0123456789abcdef", PID: 4242, Name: "bash", Executable: "/usr/bin/bash", CommandLine: "bash -c 'echo hello; sleep 1'",
		Args: []string{"bash", "-c", "echo hello; sleep 1"}, WorkingDirectory: "/home/someone/work", Start: 1, CgroupPath: "/system.slice/ssh.service",
		Hash:   &event.Hash{SHA256: strings.Repeat("ab", 32), SHA1: strings.Repeat("cd", 20), MD5: strings.Repeat("ef", 16)},
		Parent: &event.Parent{EntityID: "fedcba9876543210", PID: 4000, Name: "sshd", Executable: "/usr/sbin/sshd", CommandLine: "sshd: someone"},
	}}
	began := cpu()
	n := int64(0)
	for b.Loop() {
		ev.Sequence = e.next
		raw, err := e.n.Append(nil, ev)
		if err != nil {
			b.Fatal(err)
		}
		if err := e.spool.Append(spool.Record{Lane: 4, Sequence: e.next, Time: 1, Payload: raw}); err != nil {
			b.Fatal(err)
		}
		e.next++
		if n++; n%5000 == 0 {
			m.wait(b, "events", func() bool { return m.duplicates >= int(n) })
		}
	}
	m.wait(b, "events", func() bool { return m.duplicates >= int(n) })
	b.ReportMetric(float64(cpu()-began)/float64(n), "cpu-ns/event")
}

// counting is a log that counts and forgets.
type counting struct{ *memory }

func (c *counting) Publish(_ context.Context, e log.Entry) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.duplicates += int(e.Batch.GetCount())
	c.touch()
	return nil
}
