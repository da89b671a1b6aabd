package index

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

func parse(t testing.TB, text string) *expr.Expr {
	x, err := expr.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return x
}

// words are short and overlap, so that random conditions match now and then.
var words = []string{"a", "b", "ab", "ba", "aba", "abab", "bash", "/bin/bash", "Bash", "cmd -c", "c", "10", "010", "10.0", "", "ä", "Ä", "K", "k", "x*y", "a?b", "\xff"}

func word(r *rand.Rand) string {
	w := words[r.IntN(len(words))]
	if r.IntN(3) == 0 {
		w += words[r.IntN(len(words))]
	}
	return w
}

var textFields = []string{"process.name", "process.command_line", "process.args", "event.action", "log.data.x", "log.data.y"}

func randomPredicate(r *rand.Rand) expr.Node {
	p := expr.Predicate{Op: expr.Op(r.IntN(int(expr.Mask) + 1)), Number: r.IntN(4) == 0, Cased: r.IntN(5) == 0, Text: r.IntN(2) == 0}
	name := textFields[r.IntN(len(textFields))]
	switch r.IntN(8) {
	case 0:
		name = "process.pid"
	case 1:
		name = "destination.ip"
	case 2:
		name = "any"
	case 3:
		name = []string{"file.size", "process.memory_backed", "@timestamp"}[r.IntN(3)]
	}
	f, err := expr.FieldNamed(name, 0)
	if err != nil {
		panic(err)
	}
	p.Field = f
	if r.IntN(10) == 0 {
		p.Field = f.In(expr.Hour)
	}
	if r.IntN(12) == 0 && p.Op <= expr.EndsWith && f.Scope != expr.Any {
		ref, _ := expr.FieldNamed(textFields[r.IntN(len(textFields))], 0)
		p.Ref = &ref
	} else if p.Op != expr.Exists {
		for range 1 + r.IntN(9) {
			p.Values = append(p.Values, randomValue(r, p.Op))
		}
	}
	made, err2 := expr.NewPredicate(p)
	if err2 != nil {
		return expr.Or{}
	}
	return made
}

func randomValue(r *rand.Rand, op expr.Op) string {
	switch op {
	case expr.CIDR:
		return []string{"10.0.0.0/8", "10.1.2.3", "::/0", "2001:db8::/32"}[r.IntN(4)]
	case expr.Mask:
		return []string{"1", "0x3", "10"}[r.IntN(3)]
	case expr.Matches:
		return []string{"a+b", "^ba", "(?i)BASH$", "x|ab", "[ab]{2}", "", "k", "cmd( -c)?", "(bash|aba)c*"}[r.IntN(9)]
	case expr.Like:
		return []string{"*a*", "a?", "?", "*b", "ab*ab", "*", `x\*y`, "b*a?"}[r.IntN(8)]
	}
	if r.IntN(6) == 0 {
		return []string{"10.1.2.3", "process_start", "true", "2023-11-14", "4711", "::ffff:10.1.2.3", "22", "022"}[r.IntN(8)]
	}
	return word(r)
}

func randomNode(r *rand.Rand, depth int) expr.Node {
	if depth == 0 || r.IntN(3) == 0 {
		return randomPredicate(r)
	}
	switch r.IntN(5) {
	case 0:
		return expr.Not{Term: randomNode(r, depth-1)}
	case 1, 2:
		var o expr.Or
		for range 1 + r.IntN(3) {
			o = append(o, randomNode(r, depth-1))
		}
		return o
	}
	var a expr.And
	for range 1 + r.IntN(3) {
		a = append(a, randomNode(r, depth-1))
	}
	return a
}

func randomEvent(r *rand.Rand) *event.Event {
	e := &event.Event{Kind: []event.Kind{event.ProcessStart, event.NetConnect, event.LogRecord}[r.IntN(3)]}
	if r.IntN(5) > 0 {
		e.Process = &event.Process{Name: word(r), CommandLine: word(r) + word(r), PID: int64(r.IntN(3) * 10), MemoryBacked: r.IntN(2) == 0}
		for range r.IntN(3) {
			e.Process.Args = append(e.Process.Args, word(r))
		}
	}
	if r.IntN(2) == 0 {
		e.Net = &event.Net{DestinationIP: netip.MustParseAddr([]string{"10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1%eth0", "8.8.8.8"}[r.IntN(4)])}
	}
	if r.IntN(2) == 0 {
		e.File = &event.File{Size: event.Some(int64(r.IntN(2) * 10))}
	}
	if r.IntN(2) == 0 {
		e.Time = 1_700_000_000_000_000_000
	}
	if e.Kind == event.LogRecord || r.IntN(3) == 0 {
		e.Log = &event.Log{Channel: []string{"Linux-Auditd", "Security", "Application"}[r.IntN(3)], Code: []string{"1", "2"}[r.IntN(2)]}
		for range r.IntN(4) {
			e.Log.Names = append(e.Log.Names, []string{"x", "y"}[r.IntN(2)])
			e.Log.Values = append(e.Log.Values, word(r))
		}
	}
	return e
}

func randomVariant(r *rand.Rand, rule int) Variant {
	v := Variant{Rule: rule, Where: &expr.Expr{Root: randomNode(r, 3)}}
	if r.IntN(2) == 0 {
		v.Kinds = []event.Kind{event.ProcessStart, event.NetConnect}[:1+r.IntN(2)]
	}
	switch r.IntN(5) {
	case 0:
		v.Sources = []Source{{Channel: "LINUX-auditd"}}
	case 1:
		v.Sources = []Source{{Channel: "Security", Code: "1"}, {Channel: "Security", Code: "2"}}
	case 2:
		v.Sources = []Source{{Family: "windows"}}
	case 3:
		v.Sources = []Source{{Channel: "Application"}, {Family: "linux"}}
	}
	return v
}

// plain is what Match must do, written as plainly as possible.
func plain(vs []Variant, e *event.Event) []int {
	var out []int
	for _, v := range vs {
		if here(v, e) && v.Where.Match(e) && !slices.Contains(out, v.Rule) {
			out = append(out, v.Rule)
		}
	}
	slices.Sort(out)
	return out
}

func rulesOf(x *Index, e *event.Event) []int {
	var found Found
	x.Find(e, &found)
	var out []int
	for _, h := range found.Hits {
		out = append(out, h.Rule)
	}
	slices.Sort(out)
	return out
}

func here(v Variant, e *event.Event) bool {
	if slices.Contains(v.Kinds, e.Kind) {
		return true
	}
	if e.Kind != event.LogRecord || e.Log == nil {
		return false
	}
	return slices.ContainsFunc(v.Sources, func(s Source) bool {
		if s.Channel == "" {
			return s.Family == FamilyOf(e.Log.Channel)
		}
		return strings.EqualFold(s.Channel, e.Log.Channel) && (s.Code == "" || s.Code == e.Log.Code)
	})
}

// TestSameAsPlain compares the index with the plain evaluation on random
// conditions and events.
func TestSameAsPlain(t *testing.T) {
	hits, seeds := 0, uint64(300)
	if raceEnabled {
		seeds = 60
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 7))
		var vs []Variant
		for i := range 40 {
			vs = append(vs, randomVariant(r, i/2))
		}
		x := Build(vs)
		for range 60 {
			e := randomEvent(r)
			got := rulesOf(x, e)
			want := plain(vs, e)
			hits += len(want)
			if !slices.Equal(got, want) {
				report(t, seed, vs, e, got, want)
			}
		}
	}
	if hits < 1000 {
		t.Errorf("only %d hits: the random rules test nothing", hits)
	}
}

func report(t *testing.T, seed uint64, vs []Variant, e *event.Event, got, want []int) {
	for _, v := range vs {
		if slices.Contains(got, v.Rule) != slices.Contains(want, v.Rule) {
			t.Logf("rule %d: %v on %v", v.Rule, v.Where, v.Kinds)
		}
	}
	t.Fatalf("seed %d: got %v, want %v on %s %+v", seed, got, want, e.AppendJSON(nil), e.Log)
}

func TestMatchIsSafeForConcurrentUse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var vs []Variant
	for i := range 60 {
		vs = append(vs, randomVariant(r, i))
	}
	x := Build(vs)
	var es []*event.Event
	var want [][]int
	for range 50 {
		e := randomEvent(r)
		es, want = append(es, e), append(want, plain(vs, e))
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i, e := range es {
				got := rulesOf(x, e)
				if !slices.Equal(got, want[i]) {
					t.Errorf("event %d: got %v, want %v", i, got, want[i])
				}
			}
		})
	}
	wg.Wait()
}

func TestStampsStartAnew(t *testing.T) {
	x := Build([]Variant{{Rule: 0, Kinds: []event.Kind{event.ProcessStart}, Where: parse(t, "process.name = 'evil' and process.pid = 1")}})
	hit := &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: "evil", PID: 1}}
	miss := &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: "zsh", PID: 1}}
	s := newScratch(x)
	s.gen = maxGen - 3
	for i := range 10 {
		s.start(hit)
		x.candidates(s, x.kinds[event.ProcessStart])
		if len(s.sink.out) != 1 || !s.eval(x.variants[0].code, 0) {
			t.Fatalf("round %d: the hit is not seen", i)
		}
		s.start(miss)
		x.candidates(s, x.kinds[event.ProcessStart])
		if len(s.sink.out) != 0 || s.eval(x.variants[0].code, 0) {
			t.Fatalf("round %d: the miss is a hit", i)
		}
	}
}

func TestNoAllocationOnAMiss(t *testing.T) {
	var vs []Variant
	for i := range 500 {
		vs = append(vs, Variant{Rule: i, Kinds: []event.Kind{event.ProcessStart},
			Where: parse(t, fmt.Sprintf("process.command_line contains 'evil%d' and process.name endswith 'x%d' or process.executable matches '/tmp/[a-z]+/evil%d'", i, i, i))})
	}
	for i, text := range []string{"process.pid = 77 and process.name exists", "destination.ip = '10.0.0.1' or destination.ip startswith '11.'", "process.args contains '--evil'",
		"process.name matches '^[a-f]+x?$'", "process.executable = text field process.parent.executable", "hour(@timestamp) = 25"} {
		vs = append(vs, Variant{Rule: 500 + i, Kinds: []event.Kind{event.ProcessStart}, Where: parse(t, text)})
	}
	x := Build(vs)
	e := &event.Event{Kind: event.ProcessStart, Time: 1_700_000_000_000_000_000, Process: &event.Process{PID: 4711, Name: "bash", CommandLine: "bash -c 'Make all'", Args: []string{"bash", "-c", "Make Ä"}, Executable: "/usr/bin/bash",
		Parent: &event.Parent{Executable: "/usr/bin/sshd"}}, Net: &event.Net{DestinationIP: netip.MustParseAddr("10.1.2.3")}}
	var dst []int
	x.Match(e, dst)
	if n := testing.AllocsPerRun(100, func() { dst = x.Match(e, dst[:0]) }); n > 0 && !raceEnabled {
		t.Errorf("%v allocations for an event that nothing matches", n)
	}
}

func TestLongFieldsAreCutAndCounted(t *testing.T) {
	text := strings.Repeat("a", expr.MaxField) + "evil"
	e := &event.Event{Kind: event.ProcessStart, Process: &event.Process{CommandLine: text}}
	x := Build([]Variant{{Rule: 0, Kinds: []event.Kind{event.ProcessStart}, Where: parse(t, "process.command_line contains 'evil'")}})
	if got := x.Match(e, nil); len(got) != 0 {
		t.Errorf("what stands behind %d bytes was seen", expr.MaxField)
	}
	if x.Cut() != 1 {
		t.Errorf("%d values were counted as cut, want 1", x.Cut())
	}
}
