package aggregate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/aggregate"
	"github.com/vedette-edr/vedette/internal/event"
)

const begin = event.Time(1_790_000_000_000_000_000)

// rig keeps what goes on and what is told of it.
type rig struct {
	*aggregate.Aggregator
	out    []*event.Event
	joined []aggregate.Joined
}

func newRig(limit int) *rig {
	r := &rig{}
	r.Aggregator = aggregate.New(func(e *event.Event) { r.out = append(r.out, e) }, func(j aggregate.Joined) { r.joined = append(r.joined, j) })
	r.SetLimit(limit)
	return r
}

func write(process, path string, at time.Duration) *event.Event {
	return &event.Event{
		Time: begin + event.Time(at), Kind: event.FileWrite, Provider: "file", Process: &event.Process{EntityID: process, PID: 7},
		File: &event.File{Path: path},
	}
}

// stand sums for how many acts the events stand.
func stand(events []*event.Event) (n int64) {
	for _, e := range events {
		n++
		if e.Call != nil && e.Call.Count > 1 {
			n += e.Call.Count - 1
		}
	}
	return n
}

func TestStormOfOneProcessIsToldTogether(t *testing.T) {
	r := newRig(10)
	const acts = 5000 // over two and a half seconds
	for n := range acts {
		r.Take(write("a", fmt.Sprintf("/tmp/x/f%d", n), time.Duration(n)*500*time.Microsecond))
	}
	r.Flush(begin + event.Time(time.Hour))
	if len(r.out) != 3*10+3 || stand(r.out) != acts {
		t.Fatalf("%d events that stand for %d, want 33 for %d", len(r.out), stand(r.out), acts)
	}
	var joined int64
	for _, j := range r.joined {
		joined += j.Count
		if j.Sensor != "file" || j.Kind != event.FileWrite || j.Last < j.First {
			t.Errorf("told %+v", j)
		}
	}
	if joined != acts-int64(len(r.out)) {
		t.Errorf("%d acts told as joined, want %d", joined, acts-len(r.out))
	}
	sample := r.out[10].Call
	if sample.Count != 1990 || sample.First != begin+event.Time(5*time.Millisecond) || sample.Last != begin+event.Time(1999*500*time.Microsecond) {
		t.Errorf("the first sum is %+v", sample)
	}
	if !strings.Contains(r.out[10].Reason, "1990") || r.out[10].File.Path != "/tmp/x/f10" {
		t.Errorf("event %q %q", r.out[10].Reason, r.out[10].File.Path)
	}
}

// What a noisy process does elsewhere, other processes, and other kinds are not
// part of its noise.
func TestOthersGoOnAsTheyAre(t *testing.T) {
	r := newRig(3)
	for n := range 100 {
		r.Take(write("a", fmt.Sprintf("/tmp/x/f%d", n), 0))
	}
	before := len(r.out)
	deleted, failed := write("a", "/tmp/x/f1", 0), write("a", "/tmp/x/f1", 0)
	deleted.Kind, failed.Outcome = event.FileDelete, "failure"
	others := []*event.Event{
		write("a", "/etc/cron.d/job", 0), write("b", "/tmp/x/f1", 0), deleted, failed,
		{Time: begin, Kind: event.ProcessStart, Process: &event.Process{EntityID: "a"}, File: &event.File{Path: "/tmp/x/run"}},
	}
	for _, e := range others {
		r.Take(e)
	}
	if got := r.out[before:]; len(got) != len(others) {
		t.Fatalf("%d of %d went on", len(got), len(others))
	}
}

func TestExecutionsAndConnectionsAreNeverJoined(t *testing.T) {
	for _, k := range []event.Kind{
		event.ProcessStart, event.ProcessEnd, event.ProcessFork, event.NetConnect, event.NetAccept, event.AuthLogin, event.AuthFail,
		event.FindingRaise, event.AgentLoss,
	} {
		r := newRig(1)
		for range 100 {
			r.Take(&event.Event{Time: begin, Kind: k, Process: &event.Process{EntityID: "a"}, File: &event.File{Path: "/tmp/f"}})
		}
		if len(r.out) != 100 || len(r.joined) != 0 {
			t.Errorf("%s: %d of 100 went on", k, len(r.out))
		}
	}
}

func TestNoLimitAndEnd(t *testing.T) {
	r := newRig(0)
	for range 50 {
		r.Take(write("a", "/tmp/f", 0))
	}
	if len(r.out) != 50 {
		t.Fatalf("%d of 50 without a limit", len(r.out))
	}
	r = newRig(1)
	for range 50 {
		r.Take(write("a", "/tmp/f", 0))
	}
	r.Close()
	if stand(r.out) != 50 || len(r.out) != 2 {
		t.Fatalf("%d events for %d acts at the end", len(r.out), stand(r.out))
	}
	r.Take(write("a", "/tmp/f", 0))
	if len(r.out) != 3 {
		t.Error("an event after the end was held back")
	}
}

// A single one that was held back is an event like any other.
func TestOneAlone(t *testing.T) {
	r := newRig(2)
	for range 3 {
		r.Take(write("a", "/tmp/f", 0))
	}
	r.Flush(begin + second)
	if len(r.out) != 3 || r.out[2].Call != nil || r.out[2].Reason != "" || len(r.joined) != 0 {
		t.Errorf("%d events, the last with %+v", len(r.out), r.out[2].Call)
	}
}

const second = event.Time(time.Second)

// The table is bounded: beyond it events go on as they are.
func TestManyFolders(t *testing.T) {
	r := newRig(1)
	for n := range 5000 {
		for range 2 {
			r.Take(write("a", fmt.Sprintf("/tmp/%d/f", n), 0))
		}
	}
	r.Flush(begin + second)
	if n := stand(r.out); n != 10_000 {
		t.Errorf("the events stand for %d acts, want 10000", n)
	}
}

func BenchmarkTake(b *testing.B) {
	a := aggregate.New(func(*event.Event) {}, func(aggregate.Joined) {})
	a.SetLimit(100)
	e := write("a-process", "/home/someone/project/main.go", 0)
	b.ReportAllocs()
	for b.Loop() {
		a.Take(e)
	}
}
