package wire

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/eventpb"
)

// decoded returns events as their agent meant them, decoded one after the other.
func decoded(t *testing.T, raws [][]byte) []*event.Event {
	t.Helper()
	r := NewReader(agent, 7, len(raws))
	var out []*event.Event
	for i, b := range raws {
		e, err := r.Event(b)
		if err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
		out = append(out, e)
	}
	return out
}

func sameEvents(t *testing.T, want, got []*event.Event) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Fatal(d)
	}
}

// fieldsOf takes an encoded event apart.
func fieldsOf(t *testing.T, b []byte) [][]byte {
	t.Helper()
	var out [][]byte
	for len(b) > 0 {
		key, rest, ok := cutVarint(b)
		if !ok {
			t.Fatal("no key")
		}
		rest, err := pass(key|1<<40, rest) // a number that no field has, of the same wire type
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b[:len(b)-len(rest)])
		b = rest
	}
	return out
}

func simple(n int64, change func(*event.Event)) *event.Event {
	e := full(n)
	e.Process, e.User, e.Ingested = full(1).Process, full(1).User, 0
	if change != nil {
		change(e)
	}
	return e
}

func TestEqualSectionsAreShared(t *testing.T) {
	want := []*event.Event{
		simple(1, nil), simple(2, nil), simple(3, nil),
		simple(4, func(e *event.Event) { e.Process.Activity.Accepts++ }),
		simple(5, func(e *event.Event) { e.Process.Activity.Accepts++ }),
		simple(6, func(e *event.Event) { e.Process.Activity.Accepts++; e.User.Name = "other" }),
		simple(7, func(e *event.Event) { e.Process = nil }),
		simple(8, func(e *event.Event) { e.Process, e.User = nil, nil }),
		simple(9, func(e *event.Event) { e.User = nil }),
		simple(10, func(e *event.Event) { e.Process = &event.Process{EntityID: e.Process.EntityID} }),
		simple(11, nil),
		{Agent: agent, Epoch: 7, Sequence: 12, Time: 1, Kind: event.AgentStart},
		{Agent: agent, Epoch: 7, Sequence: 13, Time: 1, Kind: event.ProcessEnd, Process: &event.Process{PID: 5}},
		{Agent: agent, Epoch: 7, Sequence: 14, Time: 1, Kind: event.ProcessEnd, Process: &event.Process{PID: 5}},
	}
	var raws [][]byte
	for _, e := range want {
		raws = append(raws, raw(t, e))
	}
	got := decoded(t, raws)
	sameEvents(t, want, got)
	shared := func(a, b int) bool { return got[a-1].Process == got[b-1].Process }
	if !shared(1, 2) || !shared(2, 3) || shared(3, 4) || !shared(4, 5) || !shared(5, 6) || shared(9, 10) || shared(10, 11) || !shared(13, 14) {
		t.Fatal("what is shared is not what is equal")
	}
	if got[0].User != got[3].User || got[4].User == got[5].User {
		t.Fatal("what is shared of users is not what is equal")
	}
}

// Fields in another order, which protobuf allows, change nothing.
func TestMixedSections(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var want []*event.Event
	var raws [][]byte
	for n := range int64(60) {
		e := simple(n+1, nil)
		for _, l := range []*[]string{&e.Process.Args, &e.Process.Ancestors.EntityIDs, &e.Process.Ancestors.Names, &e.Process.Ancestors.Executables, &e.Process.Ancestors.CommandLines,
			&e.Process.Environment} {
			*l = []string{"same", "same"} // the order of elements is that of the fields
		}
		e.Finding, e.Log, e.DNS, e.TLS, e.Change = nil, nil, nil, nil, nil
		b := raw(t, e)
		if n%3 != 0 {
			fields := fieldsOf(t, b)
			if n%3 == 1 {
				rnd.Shuffle(len(fields), func(i, k int) { fields[i], fields[k] = fields[k], fields[i] })
			} else { // one field of the process at the end
				i := rnd.IntN(len(fields))
				fields = append(slices.Delete(slices.Clone(fields), i, i+1), fields[i])
			}
			b = slices.Concat(fields...)
		}
		want, raws = append(want, e), append(raws, b)
	}
	sameEvents(t, want, decoded(t, raws))
}

// What we write and read is the message of the proto file.
func TestGeneratedMessageSaysTheSame(t *testing.T) {
	var m eventpb.Event
	if err := m.UnmarshalVT(raw(t, full(3))); err != nil {
		t.Fatal(err)
	}
	b, err := m.MarshalVT()
	if err != nil {
		t.Fatal(err)
	}
	want := full(3)
	want.Ingested = 0
	sameEvents(t, []*event.Event{want}, decoded(t, [][]byte{b}))
}
