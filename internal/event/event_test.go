package event_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/event/eventtest"
)

func compareAddr() cmp.Option { return cmpopts.EquateComparable(netip.Addr{}) }

func TestSetGetEveryField(t *testing.T) {
	for _, f := range event.Fields() {
		if f.Number == 0 {
			continue
		}
		want := eventtest.Value(f, 7)
		var e event.Event
		if e.Get(f.ID).Present() {
			t.Errorf("%s: present in an empty event", f.Name)
		}
		e.Set(f.ID, want)
		if got := e.Get(f.ID); got.Text() != want.Text() || !got.Present() {
			t.Errorf("%s: got %q, want %q", f.Name, got.Text(), want.Text())
		}
		for _, other := range event.Fields() {
			if other.Number != 0 && other.ID != f.ID && e.Get(other.ID).Present() {
				t.Errorf("%s: setting it also set %s", f.Name, other.Name)
			}
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	want := eventtest.Full(3)
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(data) {
		t.Fatalf("not JSON: %s", data)
	}
	var got event.Event
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if d := cmp.Diff(want, &got, compareAddr()); d != "" {
		t.Error(d)
	}
	var nested map[string]any
	if err := json.Unmarshal(data, &nested); err != nil {
		t.Fatal(err)
	}
	parent := nested["process"].(map[string]any)["parent"].(map[string]any)
	if parent["name"] == nil {
		t.Error("process.parent.name is not nested")
	}
	for k := range nested {
		if strings.Contains(k, ".") {
			t.Errorf("dotted key %q", k)
		}
	}
}

func TestZeroThatIsAValue(t *testing.T) {
	e := event.Event{Kind: event.ProcessEnd, Process: &event.Process{PID: 4, ExitCode: event.Some(0)}}
	data := string(e.AppendJSON(nil))
	if !strings.Contains(data, `"exit_code":0`) {
		t.Errorf("exit code 0 is missing: %s", data)
	}
	var back event.Event
	if err := json.Unmarshal([]byte(data), &back); err != nil {
		t.Fatal(err)
	}
	if !back.Process.ExitCode.OK || back.Process.ExitCode.N != 0 {
		t.Errorf("got %+v", back.Process.ExitCode)
	}
}

func TestUnmarshalErrorsNameTheField(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"process":{"pid":"x"}}`, "process.pid"},
		{`{"process":{"nonsense":1}}`, "process.nonsense"},
		{`{"source":{"ip":"1.2.3"}}`, "source.ip"},
		{`{"process":{"args":[1]}}`, "process.args"},
		{`{"process":3}`, "process"},
		{`[`, "decode event"},
	} {
		var e event.Event
		err := e.UnmarshalJSON([]byte(c.in))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.in, err, c.want)
		}
	}
}

func TestKinds(t *testing.T) {
	for _, k := range event.Kinds() {
		back, ok := event.ParseKind(k.String())
		if !ok || back != k {
			t.Errorf("%v: parsed back as %v", k, back)
		}
		if k.Doc() == "" || k.Category() == "" || len(k.Types()) == 0 || k.Class() >= event.Classes {
			t.Errorf("%v: incomplete", k)
		}
		if !strings.Contains(k.String(), "_") {
			t.Errorf("%v is not noun_verb", k)
		}
	}
	if event.Kind(9999).String() != "kind_9999" {
		t.Error("an unknown kind must show its number")
	}
}

func TestFieldNames(t *testing.T) {
	for _, f := range event.Fields() {
		if f.Doc == "" || !strings.HasSuffix(f.Doc, ".") {
			t.Errorf("%s: the doc is not a sentence", f.Name)
		}
		if strings.ToLower(f.Name) != f.Name || strings.ContainsAny(f.Name, " -") {
			t.Errorf("%s: not snake case", f.Name)
		}
		for _, g := range event.Fields() {
			if strings.HasPrefix(g.Name, f.Name+".") {
				t.Errorf("%s is a value and an object (%s)", f.Name, g.Name)
			}
		}
	}
}

func TestEntityID(t *testing.T) {
	ids := []string{
		event.EntityID("boot-a", 1, 10), event.EntityID("boot-a", 1, uint64(event.EntityTick)),
		event.EntityID("boot-a", 11, 0), event.EntityID("boot-b", 1, 10),
	}
	for i, id := range ids {
		if len(id) != 20 || slices.Index(ids, id) != i {
			t.Errorf("ids %v: not unique, or not of 20 digits", ids)
		}
	}
	if event.EntityID("boot-a", 1, 10) != ids[0] {
		t.Error("not stable")
	}
	if event.EntityID("boot-a", 1, 0) != event.EntityID("boot-a", 1, uint64(event.EntityTick)-1) {
		t.Error("the kernel's start time and that of /proc, cut to a tick, give two ids")
	}
}

func FuzzUnmarshalJSON(f *testing.F) {
	f.Add([]byte(`{"process":{"pid":1,"args":["a","b"]},"@timestamp":"2026-01-02T03:04:05Z"}`))
	f.Add(eventtest.Full(1).AppendJSON(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		var e event.Event
		if e.UnmarshalJSON(data) != nil {
			return
		}
		out := e.AppendJSON(nil)
		var back event.Event
		if err := back.UnmarshalJSON(out); err != nil {
			t.Fatalf("cannot read back %s: %v", out, err)
		}
		if again := back.AppendJSON(nil); string(again) != string(out) {
			t.Fatalf("unstable:\n%s\n%s", out, again)
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	e := eventtest.Full(1)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendJSON(buf[:0])
	}
}

func TestEntitiesOfOneTick(t *testing.T) {
	const start = uint64(5 * event.EntityTick)
	if event.EntityID("boot", 7, start) != event.EntityID("boot", 7, start+1) || event.EntityID("boot", 7, start) == event.EntityID("boot", 7, start+uint64(event.EntityTick)) {
		t.Error("an id is not of a pid and a tick")
	}
	if event.TwinID("boot", 7, start+1) == event.TwinID("boot", 7, start+2) || event.TwinID("boot", 7, start+1) == event.EntityID("boot", 7, start+1) {
		t.Error("twins have one id")
	}
}
