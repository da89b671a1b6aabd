package correlate

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// TestGroupsAreBounded: the group that was used longest ago goes first; one
// whose time is over is counted as such.
func TestGroupsAreBounded(t *testing.T) {
	e := New([]Rule{count(2, time.Minute)}, Options{MaxGroups: 2})
	see := func(group string, at int) int {
		e.stats.Items++
		return len(e.Observe(Item{Feed: Feed{Group: group}, At: event.Time(at) * second, Ref: Ref{Number: e.stats.Items}}, nil))
	}
	see("a", 0)
	see("b", 1)
	see("a", 2) // a is told and is the newest now
	see("c", 3) // b goes
	if n := see("b", 4); n != 0 {
		t.Error("b was held")
	}
	if s := e.Stats(); s.Groups != 2 || s.Evicted != 2 || s.Expired != 0 {
		t.Errorf("counts %+v", s)
	}
	see("d", 1000)
	see("e", 1001)
	if s := e.Stats(); s.Groups != 2 || s.Evicted != 2 || s.Expired != 2 {
		t.Errorf("counts %+v", s)
	}
}

// TestBytesAreBounded: 300,000 groups stay within the bound, and what is
// counted is what is held.
func TestBytesAreBounded(t *testing.T) {
	const most = 8 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	e := New([]Rule{count(10, time.Hour)}, Options{MaxBytes: most, MaxGroups: 1 << 30})
	for i := range 300_000 {
		e.Observe(Item{Feed: Feed{Group: fmt.Sprintf("user-%d\x00host-%d", i, i%97)}, At: event.Time(i) * event.Time(time.Millisecond), Ref: Ref{Number: int64(i)}}, nil)
		if e.stats.Bytes > most {
			t.Fatalf("%d bytes at group %d", e.stats.Bytes, i)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := int64(0)
	for _, g := range e.groups {
		held += g.cost()
	}
	if s := e.Stats(); s.Bytes != held || s.Groups != int64(len(e.groups)) || s.Evicted == 0 {
		t.Errorf("counts %+v, %d bytes held", s, held)
	}
	// Go's maps keep their size; a factor of three is far below what no bound gives.
	if used := int64(after.HeapAlloc) - int64(before.HeapAlloc); used > 3*most {
		t.Errorf("%d bytes of heap for a bound of %d", used, most)
	}
	runtime.KeepAlive(e)
}

// TestAGroupIsBounded: however many events a group has, it holds what decides.
func TestAGroupIsBounded(t *testing.T) {
	for _, r := range []Rule{
		count(5, time.Hour),
		{Key: "v", Kind: ValueCount, Slots: 1, Span: time.Hour, Limit: atLeast(5)},
		{Key: "t", Kind: Temporal, Slots: 2, Span: time.Hour},
		{Key: "o", Kind: TemporalOrdered, Slots: 2, Span: time.Hour, Limit: atLeast(2)},
		{Key: "s", Kind: ValueSum, Slots: 1, Span: time.Hour, Limit: atLeast(1e9)},
		{Key: "p", Kind: ValuePercentile, Slots: 1, Span: time.Hour, Percentile: 50, Limit: atLeast(1e9)},
	} {
		e := New([]Rule{r}, Options{MaxBytes: 1 << 40})
		for i := range 30_000 {
			e.Observe(Item{
				Feed: Feed{Slot: i % r.Slots, Value: Value{Hash: uint64(i), Num: 1, OK: true}},
				At:   event.Time(i) * event.Time(time.Millisecond), Ref: Ref{Number: int64(i)},
			}, nil)
		}
		s := e.Stats()
		if s.Bytes > 2<<20 || r.Kind.numeric() != (s.Cut > 0) {
			t.Errorf("%s: %d bytes, %d cut", r.Kind, s.Bytes, s.Cut)
		}
	}
}

// TestAdoptGoesOn: an engine for changed rules goes on with the groups of those
// that stayed.
func TestAdoptGoesOn(t *testing.T) {
	stays, goes := count(3, time.Minute), count(3, time.Minute)
	stays.Key, goes.Key = "stays", "goes"
	old := New([]Rule{goes, stays}, Options{})
	see := func(e *Engine, to, at int) int {
		return len(e.Observe(Item{Feed: Feed{To: to, Group: "g"}, At: event.Time(at) * second, Ref: Ref{Number: int64(at)}}, nil))
	}
	see(old, 0, 1)
	see(old, 0, 2)
	see(old, 1, 3)
	see(old, 1, 4)
	fresh := count(3, time.Minute)
	fresh.Key = "fresh"
	e := New([]Rule{stays, fresh}, Options{})
	e.Adopt(old)
	if see(e, 1, 5) != 0 || see(e, 0, 6) != 1 {
		t.Error("the groups did not go to the rules that have them")
	}
	if s := e.Stats(); s.Items != 6 || s.Groups != 2 {
		t.Errorf("counts %+v", s)
	}
}

func TestSorter(t *testing.T) {
	var got []int64
	take := func(it Item) { got = append(got, it.Ref.Number) }
	item := func(at, number int) Item {
		return Item{At: event.Time(at), Ref: Ref{Number: int64(number)}, Feed: Feed{Group: "g"}}
	}
	s := Sorter{Max: 4}
	s.Add([]Item{item(5, 1), item(3, 2), item(5, 3), item(1, 4)}, take)
	if len(got) != 0 {
		t.Fatalf("%v went on before the bound", got)
	}
	s.Add([]Item{item(4, 5)}, take) // one too many: all but two go on
	if !slices.Equal(got, []int64{4, 2, 5}) {
		t.Errorf("%v went on", got)
	}
	s.Drain(take)
	if !slices.Equal(got, []int64{4, 2, 5, 1, 3}) {
		t.Errorf("order %v", got)
	}
}

func TestCheck(t *testing.T) {
	for name, r := range map[string]Rule{
		"no rules":      {Kind: Temporal, Span: time.Second},
		"too many":      {Kind: Temporal, Span: time.Second, Slots: MaxRules + 1},
		"no span":       {Kind: Temporal, Slots: 1},
		"no condition":  {Kind: EventCount, Slots: 1, Span: time.Second},
		"count too big": {Kind: EventCount, Slots: 1, Span: time.Second, Limit: atLeast(MaxCount + 1)},
		"percentile":    {Kind: ValuePercentile, Slots: 1, Span: time.Second, Limit: atLeast(1), Percentile: 101},
	} {
		if r.Check() == nil {
			t.Errorf("%s: nothing is wrong", name)
		}
	}
}

func BenchmarkObserve100kGroups(b *testing.B) {
	keys := make([]string, 100_000)
	for i := range keys {
		keys[i] = fmt.Sprintf("user-%d\x00host-%d", i, i%97)
	}
	for _, kind := range []Kind{EventCount, ValueCount, Temporal, TemporalOrdered, ValueSum} {
		r := Rule{Key: "r", Kind: kind, Slots: 2, Span: 5 * time.Minute, Limit: atLeast(10)}
		if kind.temporal() {
			r.Limit = nil
		}
		b.Run(kind.String(), func(b *testing.B) {
			e := New([]Rule{r}, Options{})
			var ms []Match
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				ms = e.Observe(Item{
					Feed: Feed{Slot: n & 1, Group: keys[n*7919%len(keys)], Value: Value{Hash: uint64(n * 31), Num: 1, OK: true}},
					At:   event.Time(n) * event.Time(5*time.Microsecond), Ref: Ref{Number: int64(n)},
				}, ms[:0])
				n++
			}
			b.ReportMetric(float64(e.Stats().Bytes)/1e6, "MB")
		})
	}
}
