package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/klauspost/compress/zstd"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/event/eventtest"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

const agent = "aaaaaaaaaaaaaaaa"

func full(n int64) *event.Event {
	e := eventtest.Full(n)
	e.Agent, e.Epoch, e.Sequence = agent, 7, n
	e.Finding.EventID = fmt.Sprintf("%s-7-%d", agent, n-1)
	e.Finding.EventIDs = []string{e.Finding.EventID, fmt.Sprintf("%s-7-%d", agent, n)}
	return e
}

func encoder(t testing.TB) *Encoder {
	t.Helper()
	n, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func decoder(t testing.TB) *Decoder {
	t.Helper()
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// raw encodes e without its tag, as Unpack returns it.
func raw(t testing.TB, e *event.Event) []byte {
	t.Helper()
	b, err := encoder(t).Append(nil, e)
	if err != nil {
		t.Fatal(err)
	}
	_, n := binary.Uvarint(b[1:])
	return b[1+n:]
}

func packed(t testing.TB, events ...*event.Event) *wirepb.Batch {
	t.Helper()
	p, err := NewPacker()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range events {
		ok := false
		if i%2 == 0 {
			b, err := encoder(t).Append(nil, e)
			if err != nil {
				t.Fatal(err)
			}
			ok = p.Add(e.Sequence, b)
		} else {
			ok = p.AddRaw(e.Sequence, raw(t, e))
		}
		if !ok {
			t.Fatal("packer is full")
		}
	}
	return p.Batch(7, 4)
}

func TestRoundTrip(t *testing.T) {
	var want []*event.Event
	for n := range int64(50) {
		want = append(want, full(n+1))
	}
	want = append(want, &event.Event{Agent: agent, Epoch: 7, Sequence: 60, Time: 1, Kind: event.AgentStart})
	b := packed(t, want...)
	if b.First != 1 || b.Last != 60 || b.Count != 51 {
		t.Fatalf("frame %v", b)
	}
	var got []*event.Event
	if err := decoder(t).Decode(agent, b, func(e *event.Event) error { got = append(got, e); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, e := range want {
		e.Ingested = 0 // the manager's
	}
	if d := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Fatal(d)
	}
}

func TestFill(t *testing.T) {
	n := encoder(t)
	var content []byte
	for i := range int64(3) {
		var err error
		if content, err = n.Append(content, full(i+1)); err != nil {
			t.Fatal(err)
		}
	}
	b := &wirepb.Batch{Epoch: 7, First: 1, Last: 3, Count: 3}
	n.Fill(b, content)
	if got, err := decoder(t).Unpack(b); err != nil || len(got) != 3 {
		t.Fatalf("%d events, %v", len(got), err)
	}
}

// An agent that gets another id takes along what it spooled under the old one.
func TestEventsFollowTheAgent(t *testing.T) {
	b := packed(t, full(2))
	const other = "bbbbbbbbbbbbbbbb"
	err := decoder(t).Decode(other, b, func(e *event.Event) error {
		if e.ID() != other+"-7-2" || e.Finding.EventID != other+"-7-1" {
			t.Errorf("id %s, finding of %s", e.ID(), e.Finding.EventID)
		}
		if !slices.Equal(e.Finding.EventIDs, []string{other + "-7-1", other + "-7-2"}) {
			t.Errorf("finding of %v", e.Finding.EventIDs)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEventTooLarge(t *testing.T) {
	e := full(1)
	e.Process.CommandLine = strings.Repeat("x", MaxEvent)
	n := encoder(t)
	if b, err := n.Append([]byte("before"), e); !errors.Is(err, ErrTooLarge) || string(b) != "before" {
		t.Fatalf("got %v", err)
	}
	if b, err := n.Append(nil, full(1)); err != nil || len(b) == 0 {
		t.Fatalf("after a large event: %d bytes, %v", len(b), err)
	}
}

func TestPackerIsBounded(t *testing.T) {
	p, err := NewPacker()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 200<<10)
	n := int64(0)
	for p.AddRaw(n+1, b) {
		n++
	}
	if n == 0 || p.Size() > MaxContent || p.Len() != int(n) {
		t.Fatalf("%d events, %d bytes", n, p.Size())
	}
	p.Reset()
	for n = 0; p.Add(n+1, nil); n++ {
	}
	if n != MaxEvents {
		t.Fatalf("%d events", n)
	}
}

func compress(t testing.TB, b []byte, single bool) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil, zstd.WithSingleSegment(single))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	return z.EncodeAll(b, nil)
}

func TestUnpackRefuses(t *testing.T) {
	ok := packed(t, full(1), full(2))
	bomb := compress(t, make([]byte, 200<<20), false)
	for name, c := range map[string]struct {
		change func(b *wirepb.Batch)
		says   string
	}{
		"no epoch":        {func(b *wirepb.Batch) { b.Epoch = 0 }, "epoch"},
		"unknown lane":    {func(b *wirepb.Batch) { b.Lane = 99 }, "lane 99"},
		"no events":       {func(b *wirepb.Batch) { b.Count = 0 }, "count"},
		"too many events": {func(b *wirepb.Batch) { b.Count, b.Last = MaxEvents+1, 1<<40 }, "count"},
		"backwards":       {func(b *wirepb.Batch) { b.First = 3 }, "sequences 3 to 2"},
		"too few places":  {func(b *wirepb.Batch) { b.Count = 5 }, "cannot have"},
		"more declared":   {func(b *wirepb.Batch) { b.Count, b.Last = 3, 9 }, "declares 3 events and has 2"},
		"less declared":   {func(b *wirepb.Batch) { b.Count, b.Last = 1, 2 }, "has more"},
		"size":            {func(b *wirepb.Batch) { b.Size-- }, "declares"},
		"huge size":       {func(b *wirepb.Batch) { b.Size = MaxContent + 1 }, "size"},
		"not zstd":        {func(b *wirepb.Batch) { b.Content = []byte("hello, this is no zstd") }, "zstd"},
		"empty":           {func(b *wirepb.Batch) { b.Content = nil }, "zstd"},
		"cut":             {func(b *wirepb.Batch) { b.Content = b.Content[:len(b.Content)-9] }, "decompress"},
		"bomb":            {func(b *wirepb.Batch) { b.Content = bomb }, "declares"},
		"two frames": {func(b *wirepb.Batch) {
			b.Content = append(append([]byte(nil), b.Content...), bomb...)
		}, "decompress"},
		"not events": {func(b *wirepb.Batch) {
			b.Content, b.Size = compress(t, []byte{0x12, 1, 1}, true), 3
		}, "tag"},
		"past the end": {func(b *wirepb.Batch) {
			b.Content, b.Size = compress(t, []byte{0x0a, 200, 1}, true), 3
		}, "past the end"},
	} {
		t.Run(name, func(t *testing.T) {
			b := &wirepb.Batch{Epoch: ok.Epoch, Lane: ok.Lane, First: ok.First, Last: ok.Last, Count: ok.Count, Size: ok.Size, Content: ok.Content}
			c.change(b)
			_, err := decoder(t).Unpack(b)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Fatalf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestEventRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(e *event.Event)
		raw    []byte
		want   string
	}{
		"no sequence":              {change: func(e *event.Event) { e.Sequence = 0 }, want: "sequence"},
		"no time":                  {change: func(e *event.Event) { e.Time = 0 }, want: "timestamp"},
		"no kind":                  {change: func(e *event.Event) { e.Kind = 0 }, want: "kind"},
		"foreign in a correlation": {change: func(e *event.Event) { e.Finding.EventIDs = []string{"-7-1", "cccccccccccccccc-7-1"} }, want: "another agent"},
		"foreign finding":          {change: func(e *event.Event) { e.Finding.EventID = "cccccccccccccccc-7-1" }, want: "another agent"},
		"lists":                    {change: func(e *event.Event) { e.Log.Values = nil }, want: "names"},
		"foreign":                  {raw: append([]byte{4<<3 | 2, 16}, "cccccccccccccccc"...), want: "another agent"},
		"rubbish":                  {raw: []byte{0xff, 0xff, 0xff}, want: "parse"},
	} {
		t.Run(name, func(t *testing.T) {
			b := c.raw
			if b == nil {
				e := full(3)
				c.change(e)
				b = raw(t, e)
			}
			r := NewReader(agent, 7, 2)
			_, err := r.Event(b)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if e, err := r.Event(raw(t, full(3))); err != nil || e.Sequence != 3 {
				t.Fatalf("after a bad event: %v", err)
			}
		})
	}
}

func FuzzUnpack(f *testing.F) {
	b := packed(f, full(1), full(2))
	f.Add(b.Content, b.Size, b.Count)
	f.Add([]byte("hello"), uint32(5), uint32(1))
	f.Add(compress(f, make([]byte, 1<<20), false), uint32(1<<20), uint32(9))
	d := decoder(f)
	f.Fuzz(func(t *testing.T, content []byte, size, count uint32) {
		b := &wirepb.Batch{Epoch: 7, Lane: 4, First: 1, Last: 1 << 40, Count: count, Size: size, Content: content}
		events, err := d.Unpack(b)
		if err != nil {
			return
		}
		total := 0
		s := NewReader(agent, 7, len(events))
		for _, r := range events {
			total += len(r)
			e, err := s.Event(r)
			if err == nil && e.Agent != agent {
				t.Fatalf("event of agent %q", e.Agent)
			}
		}
		if len(events) != int(count) || total > int(size) {
			t.Fatalf("%d events of %d bytes from %d declared", len(events), total, size)
		}
	})
}

func FuzzEvent(f *testing.F) {
	f.Add(raw(f, full(1)))
	f.Add([]byte{})
	f.Add(binary.AppendUvarint([]byte{6 << 3}, 9))
	n := encoder(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		s := NewReader(agent, 7, 2)
		e, err := s.Event(b)
		if err != nil {
			return
		}
		if e.Agent != agent || e.Epoch != 7 || e.Sequence <= 0 || e.Time <= 0 {
			t.Fatalf("accepted %+v", e)
		}
		again, err := n.Append(nil, e)
		if err != nil && !errors.Is(err, ErrTooLarge) {
			t.Fatal(err)
		}
		if err == nil {
			_, w := binary.Uvarint(again[1:])
			o, err := s.Event(again[1+w:])
			if err != nil {
				t.Fatalf("encoded again: %v", err)
			}
			if have, want := string(o.AppendJSON(nil)), string(e.AppendJSON(nil)); have != want {
				t.Fatalf("encoded again\n got %s\nwant %s", have, want)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	n, e := encoder(b), full(1)
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buf, err = n.Append(buf[:0], e); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkDecode(b *testing.B) {
	r := raw(b, full(1))
	var s *Reader
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%200 == 0 {
			s = NewReader(agent, 7, 200)
		}
		if _, err := s.Event(r); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSmallBatchSurvives(t *testing.T) {
	enc, err := NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	content, err := enc.Append(nil, &event.Event{Kind: event.AgentStop, Time: 5, Sequence: 1})
	if err != nil {
		t.Fatal(err)
	}
	b := &wirepb.Batch{Epoch: 1, Lane: uint32(event.ClassVital), First: 1, Last: 1, Count: 1}
	enc.Fill(b, content)
	d, err := NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if raw, err := d.Unpack(b); err != nil || len(raw) != 1 {
		t.Fatalf("a batch of %d bytes: %d events, %v", len(content), len(raw), err)
	}
}

// BenchmarkRecorded decodes what `make bench` recorded, which BENCH_RECORDING
// names.
func BenchmarkRecorded(b *testing.B) {
	content, err := os.ReadFile(os.Getenv("BENCH_RECORDING"))
	if err != nil {
		b.Skip("BENCH_RECORDING names no recording")
	}
	d := decoder(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if err := d.Events(agent, 7, content, func(*event.Event) error { n++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/event")
}
