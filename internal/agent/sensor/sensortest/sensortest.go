// Package sensortest is the suite that every sensor passes on every rung: it
// opens the kernel's side with the sandbox as its scope, runs trigger programs,
// and looks for the events that must come, without assuming their order. It is
// used by tests only.
//
// Programs of the kernel are loaded only in the sandbox (make sandbox) and with
// a scope: elsewhere the tests skip and say why.
package sensortest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// patience is how long a test waits for an event that must come; a guest is
// emulated.
func patience() time.Duration {
	if os.Getenv("VEDETTE_GUEST") != "" {
		return 2 * time.Minute
	}
	return 20 * time.Second
}

// Scope returns the cgroup directory that bounds what tests see, and skips the
// test outside the sandbox.
func Scope(t testing.TB) *os.File {
	t.Helper()
	dir := os.Getenv("VEDETTE_SCOPE")
	if os.Getenv("VEDETTE_SANDBOX") != "1" || dir == "" {
		t.Skip("SKIPPED: loads BPF programs, which is done only in the sandbox: make sandbox CMD='go test ...'")
	}
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// Kernel opens the kernel's side with the scope of the sandbox. It skips the
// test only through kernel.ErrNotSupported.
func Kernel(t testing.TB, o kernel.Options) *kernel.Kernel {
	t.Helper()
	if o.Scope == nil {
		o.Scope = Scope(t)
	}
	if o.Private == nil {
		o.Private = []string{os.TempDir()} // of the sandbox
	}
	k, err := kernel.Open(o)
	if errors.Is(err, kernel.ErrNotSupported) {
		t.Skip("SKIPPED: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error("close the kernel's side:", err)
		}
	})
	return k
}

// KernelFor is Kernel for a rung. It skips a test of the rung "fentry" where no
// programs can be attached to functions of the kernel, or not to those of the
// calls.
func KernelFor(t testing.TB, rung string, o kernel.Options, calls ...string) *kernel.Kernel {
	t.Helper()
	k := Kernel(t, o)
	if rung != "fentry" {
		return k
	}
	if err := k.SeesCalls(calls...); errors.Is(err, kernel.ErrNotSupported) {
		t.Skip("SKIPPED: ", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return k
}

// Rungs runs a test on each rung. The short form, which runs in a guest where
// each takes many seconds, has those of EachRung alone: the others run in the
// sandbox.
func Rungs(t *testing.T, rungs []string, test func(t *testing.T, rung string)) {
	if testing.Short() {
		t.Skip("SKIPPED: the short form runs it in the sandbox only")
	}
	EachRung(t, rungs, test)
}

// EachRung is Rungs for tests that the short form needs on each rung too.
func EachRung(t *testing.T, rungs []string, test func(t *testing.T, rung string)) {
	for _, rung := range rungs {
		t.Run(rung, func(t *testing.T) { test(t, rung) })
	}
}

// Recorder collects the events of running sensors.
type Recorder struct {
	mu     sync.Mutex
	events []*event.Event // guarded by mu
	more   chan struct{}  // guarded by mu: closed when an event comes
}

// Emit is a sensor.Emit.
func (r *Recorder) Emit(e *event.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
	if r.more != nil {
		close(r.more)
		r.more = nil
	}
}

// All returns the events until now that match, in the order they came.
func (r *Recorder) All(match func(*event.Event) bool) []*event.Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*event.Event
	for _, e := range r.events {
		if match(e) {
			out = append(out, e)
		}
	}
	return out
}

// Wait returns the first n events that match, and fails the test when they do
// not come.
func (r *Recorder) Wait(t testing.TB, what string, n int, match func(*event.Event) bool) []*event.Event {
	t.Helper()
	timeout := time.After(patience())
	for {
		r.mu.Lock()
		var out []*event.Event
		for _, e := range r.events {
			if match(e) {
				out = append(out, e)
			}
		}
		if len(out) >= n {
			r.mu.Unlock()
			return out[:n]
		}
		if r.more == nil {
			r.more = make(chan struct{})
		}
		more := r.more
		r.mu.Unlock()
		select {
		case <-more:
		case <-timeout:
			t.Fatalf("%s: %d events came, want %d\n%s", what, len(out), n, r.summary())
		}
	}
}

func (r *Recorder) summary() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for _, e := range r.events[max(0, len(r.events)-60):] {
		lines = append(lines, Line(e))
	}
	return strings.Join(lines, "\n")
}

// Line describes an event in one line.
func Line(e *event.Event) string {
	b := fmt.Sprintf("#%d %s", e.SensorSequence, e.Kind)
	if p := e.Process; p != nil {
		b += fmt.Sprintf(" pid=%d %s", p.PID, p.Executable)
		if p.CommandLine != "" {
			b += fmt.Sprintf(" [%.80s]", p.CommandLine)
		}
		if p.ExitCode.OK {
			b += fmt.Sprintf(" code=%d", p.ExitCode.N)
		}
	}
	if f := e.File; f != nil {
		b += fmt.Sprintf(" file=%s from=%s", f.Path, f.OriginalPath)
	}
	if n := e.Net; n != nil {
		b += fmt.Sprintf(" %s %s:%d -> %s:%d %s", n.Transport, n.SourceIP, n.SourcePort, n.DestinationIP, n.DestinationPort, n.Direction)
	}
	if c := e.Call; c != nil {
		b += fmt.Sprintf(" %s %s %s", c.Name, c.Operation, c.Flags)
	}
	if g := e.Target; g != nil {
		b += fmt.Sprintf(" on %d", g.PID)
	}
	if e.Outcome != "" {
		b += " " + e.Outcome + " " + e.ErrorCode
	}
	if s := e.Status; s != nil {
		b += fmt.Sprintf(" rung=%s reason=%s", s.Rung, s.RungReason)
	}
	return b
}

// Run starts sensors and waits until each took a rung; it stops them when the
// test ends. Events go to the recorder. A sensor that has no rung skips the
// test when the host lacks what it needs, else it fails it.
func Run(t testing.TB, sensors ...sensor.Sensor) *Recorder {
	t.Helper()
	return RunWith(t, func(*event.Event) {}, sensors...)
}

// RunWith is Run with a function that sees each event too.
func RunWith(t testing.TB, also sensor.Emit, sensors ...sensor.Sensor) *Recorder {
	t.Helper()
	r := &Recorder{}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	unsupported := make([]error, len(sensors)) // read after wg.Wait
	for i, s := range sensors {
		wg.Go(func() {
			err := s.Run(ctx, func(e *event.Event) { r.Emit(e); also(e) })
			if errors.Is(err, sensor.ErrNotSupported) {
				unsupported[i] = err
			} else if err != nil {
				t.Errorf("%s: %v", s.Spec().Name, err)
			}
		})
	}
	stop := func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	for i, s := range sensors {
		name := s.Spec().Name
		took := r.Wait(t, "sensor "+name+" takes a rung", 1, func(e *event.Event) bool {
			return e.Kind == event.AgentSensor && e.Status.Sensor == name
		})[0]
		if took.Status.Rung != "" {
			continue
		}
		if stop(); unsupported[i] != nil {
			t.Skip("SKIPPED: ", unsupported[i])
		}
	}
	return r
}

// Kinds returns a match of kinds.
func Kinds(kinds ...event.Kind) func(*event.Event) bool {
	return func(e *event.Event) bool { return slices.Contains(kinds, e.Kind) }
}
