package correlate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

const second = event.Time(time.Second)

func atLeast(n float64) Limit { return Limit{{GreaterEqual, n}} }

// feed gives events of one group at the given seconds and returns the ones that
// told a match.
func feed(t *testing.T, e *Engine, at ...int) []int {
	t.Helper()
	var out []int
	for _, s := range at {
		e.stats.Items++ // a number of its own for each event
		if ms := e.Observe(Item{Feed: Feed{Group: "g"}, At: event.Time(s) * second, Ref: Ref{Number: e.stats.Items}}, nil); len(ms) > 0 {
			out = append(out, s)
		}
	}
	return out
}

func count(n float64, span time.Duration) Rule {
	return Rule{Key: "r", Kind: EventCount, Slots: 1, Span: span, Limit: atLeast(n)}
}

func TestAGroupIsToldOnceInItsSpan(t *testing.T) {
	e := New([]Rule{count(3, 10*time.Second)}, Options{})
	if got, want := feed(t, e, 0, 5, 10, 11, 12, 20, 21, 22, 40), []int{10, 21}; !slices.Equal(got, want) {
		t.Errorf("told at %v, want %v", got, want)
	}
	if s := e.Stats(); s.Matches != 2 || s.Repeated != 4 || s.Groups != 1 {
		t.Errorf("counts %+v", s)
	}
}

// TestLateEventsCount: an event that is out of order counts in every window
// that it belongs to; one that is older than the bound does not and is counted.
func TestLateEventsCount(t *testing.T) {
	e := New([]Rule{count(3, 10*time.Second)}, Options{})
	if got := feed(t, e, 100, 108, 103); !slices.Equal(got, []int{103}) {
		t.Errorf("told at %v, want with the late event", got)
	}
	if s := e.Stats(); s.OutOfOrder != 1 || s.Late != 0 {
		t.Errorf("counts %+v", s)
	}
	// The window that ends before the newest event: 100, 104, 105, not 115.
	e = New([]Rule{count(3, 10*time.Second)}, Options{})
	if got := feed(t, e, 100, 105, 115, 106, 103); !slices.Equal(got, []int{106}) {
		t.Errorf("told at %v, want at 106: 105, 106, 115", got)
	}
	e = New([]Rule{count(3, 10*time.Second)}, Options{})
	if got := feed(t, e, 100, 101, 112, 103); !slices.Equal(got, []int{103}) {
		t.Errorf("told at %v, want at 103: 100, 101, 103", got)
	}
	e = New([]Rule{count(2, 10*time.Second)}, Options{Lateness: 3 * time.Second})
	if got := feed(t, e, 100, 96, 97); !slices.Equal(got, []int{97}) {
		t.Errorf("told at %v, want at 97: 96 is too late", got)
	}
	if s := e.Stats(); s.Late != 1 || s.OutOfOrder != 1 {
		t.Errorf("counts %+v", s)
	}
	e = New([]Rule{count(2, 10*time.Second)}, Options{Lateness: Never})
	if got := feed(t, e, 100, 99, 100); !slices.Equal(got, []int{100}) || e.Stats().Late != 1 {
		t.Errorf("told at %v, %+v", got, e.Stats())
	}
}

// TestAClockThatWasSetBack: a group whose events stay late begins anew with the
// third of them; single late events between others do not make it so.
func TestAClockThatWasSetBack(t *testing.T) {
	e := New([]Rule{count(3, 10*time.Second)}, Options{})
	if got := feed(t, e, 5000, 5001, 100, 101, 102, 103, 104); !slices.Equal(got, []int{104}) {
		t.Errorf("told at %v, want at 104: 102, 103, 104", got)
	}
	if s := e.Stats(); s.Late != 2 || s.Restarted != 1 || s.Groups != 1 {
		t.Errorf("counts %+v", s)
	}
	e = New([]Rule{count(3, 10*time.Second)}, Options{})
	if got := feed(t, e, 5000, 100, 101, 5001, 102, 103, 5002); !slices.Equal(got, []int{5002}) || e.Stats().Restarted != 0 {
		t.Errorf("told at %v, %+v", got, e.Stats())
	}
}

func TestLateEventsOfAnOrder(t *testing.T) {
	r := Rule{Key: "r", Kind: TemporalOrdered, Slots: 3, Span: 10 * time.Second}
	for name, c := range map[string]struct {
		arrive []int // slot*1000 + second
		want   int   // matches
	}{
		"in order":           {[]int{1, 1002, 2003}, 1},
		"the first is late":  {[]int{1002, 2003, 1}, 1},
		"the second is late": {[]int{1, 2003, 1002}, 1},
		"wrong order":        {[]int{2001, 1002, 3}, 0},
		"late and wrong":     {[]int{1, 2003, 1004}, 0},
		"too far":            {[]int{1, 1002, 2012}, 0},
		"the latest start":   {[]int{1, 9, 1010, 2018}, 1},
		"a run of one rule":  {[]int{1, 1002, 1009, 2011}, 1},
	} {
		e := New([]Rule{r}, Options{})
		n := 0
		for i, a := range c.arrive {
			n += len(e.Observe(Item{Feed: Feed{Slot: a / 1000}, At: event.Time(a%1000) * second, Ref: Ref{Number: int64(i)}}, nil))
		}
		if n != c.want {
			t.Errorf("%s: %d matches, want %d", name, n, c.want)
		}
	}
}

// TestOneEventDoesNotFollowItself: an event that several rules match is one
// event.
func TestOneEventDoesNotFollowItself(t *testing.T) {
	for kind, want := range map[Kind]int{TemporalOrdered: 0, Temporal: 1, EventCount: 0} {
		r := Rule{Key: "r", Kind: kind, Slots: 2, Span: time.Second}
		if kind == EventCount {
			r.Limit = atLeast(2)
		}
		e := New([]Rule{r}, Options{})
		n := 0
		for _, slot := range []int{1, 0} {
			n += len(e.Observe(Item{Feed: Feed{Slot: slot}, At: second, Ref: Ref{Number: 7}}, nil))
		}
		if n != want {
			t.Errorf("%s: %d matches, want %d", kind, n, want)
		}
	}
}

// naive judges the window that ends with event i by the definition alone.
func naive(r Rule, all []Item, i int) bool {
	var in []Item
	for _, it := range all[:i+1] {
		if all[i].At-it.At <= event.Time(r.Span) {
			in = append(in, it)
		}
	}
	seen := map[uint64]bool{}
	sum := 0.0
	for _, it := range in {
		key := it.Value.Hash
		if r.Kind == Temporal {
			key = uint64(it.Slot)
		}
		seen[key] = true
		sum += it.Value.Num
	}
	switch r.Kind {
	case EventCount:
		return r.fulfilled(float64(len(in)))
	case ValueCount, Temporal:
		return r.fulfilled(float64(len(seen)))
	case ValueSum:
		return r.fulfilled(sum)
	case ValueAvg:
		return r.fulfilled(sum / float64(len(in)))
	case TemporalOrdered:
		best := 0
		var chain [8]int
		for _, it := range in {
			l := 1
			for _, b := range chain[:it.Slot] {
				l = max(l, b+1)
			}
			chain[it.Slot] = max(chain[it.Slot], l)
			best = max(best, l)
		}
		if len(r.Limit) == 0 { // it must end with this event
			return all[i].Slot == r.Slots-1 && chain[r.Slots-1] == r.Slots && lastCompletes(r, in)
		}
		return r.fulfilled(float64(best))
	}
	var nums []float64
	same := 0.0
	for _, it := range in {
		nums = append(nums, it.Value.Num)
		if it.Value.Hash == all[i].Value.Hash {
			same++
		}
	}
	if r.shares() {
		return r.fulfilled(100 * same / float64(len(in)))
	}
	slices.Sort(nums)
	return r.fulfilled(percentile(nums, r.Percentile))
}

// lastCompletes reports whether the last event ends a chain of all rules.
func lastCompletes(r Rule, in []Item) bool {
	k := r.Slots - 1
	for i := len(in) - 1; i >= 0 && k >= 0; i-- {
		if in[i].Slot == k {
			k--
		}
	}
	return k < 0
}

// TestEveryKindIsWhatItsDefinitionSays compares all kinds with the plain
// definition on random events in order.
func TestEveryKindIsWhatItsDefinitionSays(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	span := 10 * time.Second
	rules := []Rule{
		{Kind: EventCount, Slots: 1, Limit: atLeast(4)},
		{Kind: EventCount, Slots: 1, Limit: Limit{{Greater, 2}, {LessEqual, 4}}},
		{Kind: EventCount, Slots: 1, Limit: Limit{{Equal, 3}}},
		{Kind: EventCount, Slots: 1, Limit: Limit{{NotEqual, 1}}},
		{Kind: ValueCount, Slots: 1, Limit: atLeast(3)},
		{Kind: ValueCount, Slots: 1, Limit: Limit{{Less, 2}}},
		{Kind: Temporal, Slots: 3},
		{Kind: Temporal, Slots: 3, Limit: atLeast(2)},
		{Kind: TemporalOrdered, Slots: 3},
		{Kind: TemporalOrdered, Slots: 3, Limit: atLeast(2)},
		{Kind: ValueSum, Slots: 1, Limit: Limit{{Greater, 10}}},
		{Kind: ValueAvg, Slots: 1, Limit: Limit{{GreaterEqual, 3}}},
		{Kind: ValuePercentile, Slots: 1, Percentile: 50, Limit: Limit{{Greater, 2}}},
		{Kind: ValuePercentile, Slots: 1, Percentile: 90, Limit: Limit{{Greater, 4}}},
		{Kind: ValuePercentile, Slots: 1, Percentile: Share, Limit: Limit{{LessEqual, 20}}},
	}
	for i := range rules {
		rules[i].Span, rules[i].Key = span, fmt.Sprint(i)
		if err := rules[i].Check(); err != nil {
			t.Fatal(err)
		}
	}
	for round := range 60 {
		for ri, r := range rules {
			e := New([]Rule{r}, Options{})
			var all []Item
			at := event.Time(0)
			for i := range 120 {
				at += event.Time(rnd.IntN(4000)) * event.Time(time.Millisecond)
				n := rnd.IntN(6)
				it := Item{
					Feed: Feed{Group: "g", Slot: rnd.IntN(r.Slots), Value: Value{Hash: uint64(n), Num: float64(n), OK: true}},
					At:   at, Ref: Ref{Number: int64(i)},
				}
				all = append(all, it)
				before := e.stats.Matches + e.stats.Repeated
				e.Observe(it, nil)
				if got, want := e.stats.Matches+e.stats.Repeated > before, naive(r, all, i); got != want {
					t.Fatalf("round %d, rule %d (%s %v), event %d: got %v, want %v", round, ri, r.Kind, r.Limit, i, got, want)
				}
			}
		}
	}
}

// TestShuffledEventsAreCountedAllTheSame: events that come out of order, none
// later than the time span, fulfil a count exactly when they do in order.
func TestShuffledEventsAreCountedAllTheSame(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	r := count(4, 10*time.Second)
	for round := range 300 {
		var items []Item
		at := event.Time(1000) * second
		for i := range 30 {
			at += event.Time(rnd.IntN(9000)) * event.Time(time.Millisecond)
			items = append(items, Item{Feed: Feed{Group: "g"}, At: at, Ref: Ref{Number: int64(i)}})
		}
		fires := func(items []Item) bool {
			e := New([]Rule{r}, Options{})
			for _, it := range items {
				e.Observe(it, nil)
			}
			if e.Stats().Late > 0 {
				t.Fatal("an event is late")
			}
			return e.Stats().Matches > 0
		}
		want := fires(items)
		shuffled := slices.Clone(items)
		for i := range shuffled[1:] { // neighbours change places: never further than the span
			if rnd.IntN(2) == 0 && shuffled[i+1].At-shuffled[i].At < event.Time(r.Span) {
				shuffled[i], shuffled[i+1] = shuffled[i+1], shuffled[i]
			}
		}
		if !slices.IsSortedFunc(shuffled, func(a, b Item) int { return int(a.At - b.At) }) && tooLate(shuffled, r.Span) {
			continue
		}
		if got := fires(shuffled); got != want {
			t.Fatalf("round %d: shuffled %v, in order %v", round, got, want)
		}
	}
}

func tooLate(items []Item, span time.Duration) bool {
	newest := event.Time(0)
	for _, it := range items {
		if newest-it.At > event.Time(span) {
			return true
		}
		newest = max(newest, it.At)
	}
	return false
}
