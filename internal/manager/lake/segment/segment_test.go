package segment

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/laketest"
)

func someEvents(n int) []*event.Event {
	return laketest.New(1, 5, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), 500).Take(n)
}

func texts(es []*event.Event) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = string(e.AppendJSON(nil))
	}
	return out
}

func readAll(t *testing.T, s *Segment) []*event.Event {
	t.Helper()
	var out []*event.Event
	for _, g := range s.Groups() {
		rows := make([]int, g.Rows())
		for i := range rows {
			rows[i] = i
		}
		es, err := g.Events(rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, es...)
	}
	return out
}

// write writes events and brings them in the order of the file.
func write(t testing.TB, dir, name string, es []*event.Event) (Info, error) {
	t.Helper()
	laketest.Sort(es)
	table := NewTable(nil)
	for rest := es; len(rest) > 0; {
		n := min(len(rest), 1+len(rest)/3)
		table.Append(rest[:n])
		rest = rest[n:]
	}
	return writer(t).Write(t.Context(), dir, name, table)
}

func writer(t testing.TB) *Writer {
	t.Helper()
	w, err := NewWriter()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func mustWrite(t *testing.T, dir, name string, es []*event.Event) *Segment {
	t.Helper()
	info, err := write(t, dir, name, es)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(dir, info)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// full has a value in every field.
func full(t *testing.T) *event.Event {
	t.Helper()
	e := &event.Event{}
	for i, f := range event.Fields() {
		v := event.Value{Type: f.Type, Num: int64(i + 1), Flt: 1.5, Str: "text of " + f.Name, List: []string{"a", "", f.Name}}
		switch f.Type {
		case event.Address:
			v, _ = event.ParseValue(f.Type, "2001:db8::1")
		case event.Bool:
			v.Num = 1
		case event.KindName:
			v.Str = "process_start"
		}
		e.Set(f.ID, v)
	}
	return e
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	es := append(someEvents(3000), full(t), &event.Event{}, &event.Event{Agent: "z", Time: 5, Kind: 199})
	s := mustWrite(t, t.TempDir(), "a", es)
	got, want := texts(readAll(t, s)), texts(es)
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("row %d\n got %s\nwant %s", i, got[i], want[i])
		}
	}
	if s.Rows != int64(len(es)) || s.MinTime != 0 || s.MaxTime < es[0].Time || !slices.IsSortedFunc(es, laketest.Compare) {
		t.Fatalf("info %+v", s.Info)
	}
}

func TestFewRowsAreReadLikeAll(t *testing.T) {
	es := append(someEvents(4000), full(t))
	s := mustWrite(t, t.TempDir(), "a", es)
	g := s.Groups()[0]
	rnd := rand.New(rand.NewPCG(8, 9))
	for _, n := range []int{1, 3, 100} {
		var rows []int
		for range n {
			rows = append(rows, rnd.IntN(len(es)))
		}
		for i, e := range es { // the one with every field
			if e.Agent == "text of agent.id" {
				rows = append(rows, i)
			}
		}
		slices.Sort(rows)
		rows = slices.Compact(rows)
		got, err := g.Events(rows, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if string(got[i].AppendJSON(nil)) != string(es[row].AppendJSON(nil)) {
				t.Fatalf("row %d\n got %s\nwant %s", row, got[i].AppendJSON(nil), es[row].AppendJSON(nil))
			}
		}
	}
}

func TestMergeSortsAndDropsWhatStandsTwice(t *testing.T) {
	all := someEvents(9000)
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(3, 4))
	parts := make([][]*event.Event, 4)
	for _, e := range all {
		n := rnd.IntN(4)
		parts[n] = append(parts[n], e)
		if rnd.IntN(10) == 0 { // also in another part
			parts[(n+1)%4] = append(parts[(n+1)%4], e)
		}
	}
	var in []*Segment
	for i, p := range parts {
		in = append(in, mustWrite(t, dir, string(rune('a'+i)), p))
	}
	info, err := writer(t).Merge(t.Context(), dir, "m", in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := Open(dir, info)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	laketest.Sort(all)
	if !slices.Equal(texts(readAll(t, out)), texts(all)) {
		t.Fatal("merged rows differ from the sorted events")
	}
}

func TestTestEqualsMatchingEachRow(t *testing.T) {
	es := append(someEvents(4000), full(t))
	s := mustWrite(t, t.TempDir(), "a", es)
	g := s.Groups()[0]
	for _, f := range event.Fields() {
		if f.Number == 0 {
			continue
		}
		for _, match := range []func(event.Value) bool{
			func(v event.Value) bool { return v.Present() },
			func(v event.Value) bool { return strings.Contains(v.Text(), "a") },
			func(v event.Value) bool { return strings.Contains(v.Text(), "1") },
		} {
			got := NewBits(g.Rows())
			if err := g.Test(f.ID, match, got); err != nil {
				t.Fatal(err)
			}
			for row, e := range es {
				if want := anyMatch(e.Get(f.ID), match); got.Has(row) != want {
					t.Fatalf("%s, row %d, value %q: %v", f.Name, row, e.Get(f.ID).Text(), got.Has(row))
				}
			}
		}
	}
}

func anyMatch(v event.Value, match func(event.Value) bool) bool {
	if v.Type != event.Strings {
		return v.Present() && match(v)
	}
	for _, s := range v.List {
		if match(event.TextOf(s)) {
			return true
		}
	}
	return false
}

func TestBloomFilterAndBounds(t *testing.T) {
	es := someEvents(2000)
	s := mustWrite(t, t.TempDir(), "a", es)
	g := s.Groups()[0]
	for _, e := range es {
		if yes, err := g.MayContain(event.FieldProcessHashSha256, e.Process.Hash.SHA256); err != nil || !yes {
			t.Fatalf("a hash of the file: %v %v", yes, err)
		}
	}
	wrong := 0
	for i := range 500 {
		if yes, err := g.MayContain(event.FieldDestinationIp, "absent"+string(rune(i))); err != nil {
			t.Fatal(err)
		} else if yes {
			wrong++
		}
	}
	if wrong > 25 {
		t.Fatalf("%d of 500 absent values may be there", wrong)
	}
	low, high, ok := g.Bounds(event.FieldTimestamp)
	if !ok || event.Time(low) != s.MinTime || event.Time(high) != s.MaxTime {
		t.Fatalf("bounds %d %d %v, want %d %d", low, high, ok, s.MinTime, s.MaxTime)
	}
}

// TestDamage flips bytes all over a file: either the content read is
// what was written, or the error is ErrDamaged.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	es := someEvents(300)
	info, err := write(t, dir, "a", es)
	if err != nil {
		t.Fatal(err)
	}
	want := texts(es)
	path := filepath.Join(dir, info.File())
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for at := 0; at < len(whole); at += 331 {
		bad := slices.Clone(whole)
		bad[at] ^= 0x5a
		if err := os.WriteFile(path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		err := readEvery(dir, info, want)
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Fatalf("byte %d: %v", at, err)
		}
		if err != nil {
			found++
		}
	}
	if found < len(whole)/331*3/4 {
		t.Fatalf("damage found at %d places of %d", found, len(whole)/331)
	}
	for _, size := range []int{0, 4, len(whole) / 2, len(whole) - 1} {
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := readEvery(dir, info, want); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut at %d: %v", size, err)
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := readEvery(dir, info, want); !errors.Is(err, ErrDamaged) {
		t.Fatalf("missing: %v", err)
	}
}

func readEvery(dir string, info Info, want []string) (err error) {
	s, err := Open(dir, info)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	at := 0
	for _, g := range s.Groups() {
		rows := make([]int, g.Rows())
		for i := range rows {
			rows[i] = i
		}
		es, err := g.Events(rows, nil)
		if err != nil {
			return err
		}
		for _, text := range texts(es) {
			if text != want[at] {
				return errors.New("reads something else without an error: " + text)
			}
			at++
		}
	}
	return nil
}

func TestWriteFailsWithoutTraces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	if _, err := write(t, dir, "a", someEvents(10)); err == nil || !strings.Contains(err.Error(), dir) {
		t.Fatalf("missing directory: %v", err)
	}
	if _, err := write(t, t.TempDir(), "a", nil); err == nil {
		t.Fatal("a segment without rows")
	}
}

// work returns events for benchmarks: of the file that BENCH_RECORDING names,
// as `make bench` keeps it, or made ones.
func work(b *testing.B, n int) []*event.Event {
	b.Helper()
	path := os.Getenv("BENCH_RECORDING")
	if path == "" {
		return laketest.New(1, 20, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), 2000).Take(n)
	}
	es, err := laketest.Recorded(path)
	if err != nil {
		b.Fatal(err)
	}
	return es[:min(n, len(es))]
}

func report(b *testing.B, before time.Duration, events int, bytes int64) {
	b.ReportMetric(float64((laketest.CPU()-before).Nanoseconds())/1000/float64(b.N*events), "cpu-us/event")
	if bytes > 0 {
		b.ReportMetric(float64(bytes)/float64(events), "B/event")
	}
}

func BenchmarkAppend(b *testing.B) {
	es := work(b, 50000)
	b.ReportAllocs()
	var t *Table
	cpu := laketest.CPU()
	for b.Loop() {
		t = NewTable(t)
		for at := 0; at < len(es); at += 500 {
			t.Append(es[at:min(at+500, len(es))])
		}
	}
	report(b, cpu, len(es), t.Bytes())
}

func BenchmarkWrite(b *testing.B) {
	es := work(b, 50000)
	dir, w, t := b.TempDir(), writer(b), NewTable(nil)
	t.Append(es)
	b.ReportAllocs()
	var bytes int64
	cpu := laketest.CPU()
	for b.Loop() {
		info, err := w.Write(b.Context(), dir, "a", t)
		if err != nil {
			b.Fatal(err)
		}
		bytes = info.Bytes
	}
	report(b, cpu, len(es), bytes)
}

func BenchmarkMerge(b *testing.B) {
	es := work(b, 100000)
	dir, w := b.TempDir(), writer(b)
	var in []*Segment
	for i := range 8 {
		info, err := write(b, dir, string(rune('a'+i)), es[len(es)*i/8:len(es)*(i+1)/8])
		if err != nil {
			b.Fatal(err)
		}
		s, err := Open(dir, info)
		if err != nil {
			b.Fatal(err)
		}
		in = append(in, s)
	}
	b.ReportAllocs()
	var info Info
	cpu := laketest.CPU()
	for b.Loop() {
		var err error
		if info, err = w.Merge(b.Context(), dir, "m", in); err != nil {
			b.Fatal(err)
		}
	}
	report(b, cpu, len(es), info.Bytes)
}
