package query

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/laketest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// TestEqualsANaiveScan compares searches, counts and histograms with a loop
// over the events, for all conditions and random combinations of them.
func TestEqualsANaiveScan(t *testing.T) {
	r := mixed(t)
	rnd := rand.New(rand.NewPCG(5, 6))
	all := conditions()
	texts := slices.Clone(all)
	for range 60 {
		a, b, c := all[1+rnd.IntN(len(all)-1)], all[1+rnd.IntN(len(all)-1)], all[1+rnd.IntN(len(all)-1)]
		texts = append(texts, fmt.Sprintf("(%s) %s not (%s and (%s))", a, []string{"and", "or"}[rnd.IntN(2)], b, c))
	}
	hits, written := 0, map[*event.Event]string{}
	for _, text := range texts {
		from := start.Add(time.Duration(rnd.IntN(40)) * time.Second)
		to := from.Add(time.Duration(rnd.IntN(90)) * time.Second)
		want := naive(parse(t, text), r.sent, from, to)
		hits += len(want)
		in := eventQuery(text, from, to)
		in.Limit = 10000
		got, err := r.query.Search(t.Context(), in)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if !slices.Equal(ids(got.Events), ids(want)) || got.Total != int64(len(want)) || !got.TotalExact || got.Next != "" {
			t.Fatalf("%s: %d events, total %d; the naive scan has %d", text, len(got.Events), got.Total, len(want))
		}
		for i := range want {
			if written[want[i]] == "" {
				written[want[i]] = string(want[i].AppendJSON(nil))
			}
			if string(got.Events[i].AppendJSON(nil)) != written[want[i]] {
				t.Fatalf("%s: event %d differs\n got %s\nwant %s", text, i, got.Events[i].AppendJSON(nil), want[i].AppendJSON(nil))
			}
		}
		checkHistogram(t, r, text, from, to, want)
		checkCount(t, r, text, from, to, want, rnd)
	}
	if hits < 20000 {
		t.Fatalf("only %d hits: the conditions test nothing", hits)
	}
}

func checkHistogram(t *testing.T, r *rig, text string, from, to time.Time, want []*event.Event) {
	t.Helper()
	h, err := r.query.Histogram(t.Context(), api.HistogramQuery{EventSelect: selectOf(text, from, to), Buckets: 7})
	if err != nil || h.Total != int64(len(want)) || len(h.Buckets) != 7 {
		t.Fatalf("%s: histogram of %d in %d buckets, want %d in 7: %v", text, h.Total, len(h.Buckets), len(want), err)
	}
	for i, b := range h.Buckets {
		n := int64(0)
		for _, e := range want {
			at := e.Time.Std()
			if !at.Before(b.At) && (i == 6 || at.Before(h.Buckets[i+1].At)) {
				n++
			}
		}
		if n != b.Count {
			t.Fatalf("%s: bucket %d has %d, want %d", text, i, b.Count, n)
		}
	}
}

func checkCount(t *testing.T, r *rig, text string, from, to time.Time, want []*event.Event, rnd *rand.Rand) {
	t.Helper()
	sets := [][]string{nil, {"process.name"}, {"event.action", "user.name"}, {"process.args"}, {"process.pid", "event.category"}, {"destination.ip"}, {"event.id"}, {"process.ancestors.name", "event.type", "file.size"}}
	by := sets[rnd.IntN(len(sets))]
	got, err := r.query.Count(t.Context(), api.CountQuery{EventSelect: selectOf(text, from, to), By: by, Limit: 10000})
	if err != nil || got.Total != int64(len(want)) {
		t.Fatalf("%s by %v: %d, want %d: %v", text, by, got.Total, len(want), err)
	}
	counts := map[string]int64{}
	for _, e := range want {
		if len(by) > 0 {
			naiveCombine(counts, e, by, nil)
		}
	}
	rows := map[string]int64{}
	for i, row := range got.Rows {
		rows[strings.Join(row.Values, "|")] = row.Count
		if i > 0 && cmp.Compare(row.Count, got.Rows[i-1].Count) > 0 {
			t.Fatalf("%s by %v: rows are not in the order of counts", text, by)
		}
	}
	if fmt.Sprint(rows) != fmt.Sprint(counts) {
		t.Fatalf("%s by %v:\n got %v\nwant %v", text, by, rows, counts)
	}
}

func naiveCombine(counts map[string]int64, e *event.Event, by, have []string) {
	if len(by) == 0 {
		counts[strings.Join(have, "|")]++
		return
	}
	f, _ := event.FieldByName(by[0])
	v := e.Get(f.ID)
	values := []string{v.Text()}
	if v.Type == event.Strings && len(v.List) > 0 {
		values = v.List
	}
	for _, text := range values {
		naiveCombine(counts, e, by[1:], append(slices.Clone(have), text))
	}
}

func TestWM7_BoundsAreIncludedAndZonesAreHeeded(t *testing.T) {
	r := newRig(t, Options{})
	var es []*event.Event
	for i := range 5 {
		es = append(es, &event.Event{Kind: event.AgentHealth, Agent: "a", Epoch: 1, Sequence: int64(i + 1), Time: event.At(start.Add(time.Duration(i) * time.Minute)), Status: &event.Status{DiskUsed: 1}})
	}
	r.put(es)
	for _, where := range []string{"memory", "segment"} {
		for _, c := range []struct {
			from, to string
			want     int
		}{
			{"2026-09-01T00:01:00Z", "2026-09-01T00:03:00Z", 3},
			{"2026-09-01T00:01:00.000000001Z", "2026-09-01T00:02:59.999999999Z", 1},
			{"2026-09-01T02:01:00+02:00", "2026-08-31T20:03:00-04:00", 3},
			{"2026-09-01T00:02:00Z", "2026-09-01T00:02:00Z", 1},
			{"2026-09-01T05:31:00+05:30", "2026-09-01T00:03:00Z", 3},
		} {
			got, err := r.query.Search(t.Context(), api.EventQuery{EventSelect: api.EventSelect{Range: api.Range{From: c.from, To: c.to}}})
			if err != nil || len(got.Events) != c.want {
				t.Errorf("%s, %s to %s: %d events, want %d: %v", where, c.from, c.to, len(got.Events), c.want, err)
			}
		}
		r.flush()
	}
}

func TestWM7_DefaultsAndLimits(t *testing.T) {
	now := start.Add(2 * time.Hour)
	r := newRig(t, Options{Now: func() time.Time { return now }})
	es := laketest.New(3, 1, start, 2).Take(12000) // about 100 minutes
	r.put(es)
	r.flush()
	last := func(d time.Duration) int { return len(naive(parse(t, ""), es, now.Add(-d), now)) }
	for _, c := range []struct {
		name  string
		in    api.EventQuery
		total int
		rows  int
	}{
		{"default is the last hour and 1000 rows", api.EventQuery{}, last(time.Hour), 1000},
		{"limit", api.EventQuery{Page: api.Page{Limit: 7}}, last(time.Hour), 7},
		{"more than the most is the most", api.EventQuery{EventSelect: api.EventSelect{Range: api.Range{Last: "2d"}}, Page: api.Page{Limit: 99999}}, 12000, 10000},
		{"last", api.EventQuery{EventSelect: api.EventSelect{Range: api.Range{Last: "45m"}}}, last(45 * time.Minute), min(1000, last(45*time.Minute))},
		{"pivot has ten minutes around", api.EventQuery{EventSelect: api.EventSelect{Range: api.Range{Pivot: "2026-09-01T01:00:00Z"}}, Page: api.Page{Limit: 10000}},
			len(naive(parse(t, ""), es, start.Add(50*time.Minute), start.Add(70*time.Minute))), len(naive(parse(t, ""), es, start.Add(50*time.Minute), start.Add(70*time.Minute)))},
		{"pivot and delta", api.EventQuery{EventSelect: api.EventSelect{Range: api.Range{Pivot: "2026-09-01T01:00:00Z", Delta: "30s"}}, Page: api.Page{Limit: 10000}},
			len(naive(parse(t, ""), es, start.Add(3570*time.Second), start.Add(3630*time.Second))), len(naive(parse(t, ""), es, start.Add(3570*time.Second), start.Add(3630*time.Second)))},
	} {
		got, err := r.query.Search(t.Context(), c.in)
		if err != nil || got.Total != int64(c.total) || len(got.Events) != c.rows {
			t.Errorf("%s: %d of %d, want %d of %d: %v", c.name, len(got.Events), got.Total, c.rows, c.total, err)
		}
	}
}

// TestWM7_PagesAreStable reads all pages while events arrive, segments are
// written and the clock moves: no event of the first moment is missing or
// stands twice, and the order holds.
func TestWM7_PagesAreStable(t *testing.T) {
	for _, sort := range []string{"-@timestamp", "@timestamp"} {
		t.Run(sort, func(t *testing.T) {
			now := start.Add(20 * time.Minute)
			var passed atomic.Int64 // the lake asks for the time too
			r := newRig(t, Options{Now: func() time.Time { return now.Add(time.Duration(passed.Load())) }})
			gen := laketest.New(9, 3, start, 20)
			r.put(gen.Take(2000))
			r.flush()
			r.put(gen.Take(1500))
			first := naive(parse(t, "event.category = 'process'"), r.sent, now.Add(-time.Hour), now)
			in := api.EventQuery{EventSelect: api.EventSelect{Query: "event.category = 'process'", Range: api.Range{Last: "1h"}}, Page: api.Page{Limit: 157}, Sort: sort}
			var got []*event.Event
			for page := 0; ; page++ {
				a, err := r.query.Search(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, a.Events...)
				if a.Next == "" {
					break
				}
				in.Cursor = a.Next
				passed.Add(int64(7 * time.Minute))
				r.put(gen.Take(50))
				if page%3 != 2 {
					r.flush()
				}
				if page == 5 {
					if n, err := r.lake.Compact(t.Context()); err != nil || n < 2 {
						t.Fatalf("%d segments were merged: %v", n, err)
					}
				}
			}
			seen := map[string]bool{}
			for i, e := range got {
				if seen[e.ID()] {
					t.Fatalf("%s stands twice", e.ID())
				}
				seen[e.ID()] = true
				if i > 0 && (sort == "@timestamp") != (keyOf(got[i-1]).compare(keyOf(e)) < 0) {
					t.Fatalf("event %d is out of order", i)
				}
			}
			for _, e := range first {
				if !seen[e.ID()] {
					t.Fatalf("%s is missing", e.ID())
				}
			}
		})
	}
}

func TestBadRequests(t *testing.T) {
	r := mixed(t)
	good, err := r.query.Search(t.Context(), api.EventQuery{EventSelect: selectOf("", start, start.Add(time.Hour)), Page: api.Page{Limit: 5}})
	if err != nil || good.Next == "" {
		t.Fatalf("%q %v", good.Next, err)
	}
	for _, c := range []struct {
		in    api.EventQuery
		field string
	}{
		{eventQuery("process.name =", start, start), "query.query"},
		{eventQuery("process.nam = 'x'", start, start), "query.query"},
		{api.EventQuery{EventSelect: api.EventSelect{Kind: "process_begin"}}, "query.kind"},
		{api.EventQuery{Fields: []string{"process.nome"}}, "query.fields"},
		{api.EventQuery{Page: api.Page{Cursor: "xx"}}, "query.cursor"},
		{api.EventQuery{EventSelect: api.EventSelect{Query: "user.name = 'x'"}, Page: api.Page{Cursor: good.Next}}, "query.cursor"},
		{api.EventQuery{EventSelect: selectOf("", start, start), Page: api.Page{Cursor: good.Next}, Sort: "@timestamp"}, "query.cursor"},
		{api.EventQuery{EventSelect: api.EventSelect{Range: api.Range{Last: "-1h"}}}, "query.last"},
	} {
		_, err := r.query.Search(t.Context(), c.in)
		var fe *api.FieldError
		if !errors.As(err, &fe) || fe.Field != c.field {
			t.Errorf("%+v: %v, want an error of %s", c.in, err, c.field)
		}
	}
	if _, err := r.query.Count(t.Context(), api.CountQuery{By: []string{"nothing"}}); err == nil {
		t.Error("count by a field that is not there")
	}
	if _, err := r.query.Count(t.Context(), api.CountQuery{By: []string{"process.name", "process.pid", "user.id", "user.name", "file.name"}}); err == nil {
		t.Error("count by five fields")
	}
}

func TestHostKindAndFields(t *testing.T) {
	r := mixed(t)
	in := eventQuery("", start, start.Add(time.Hour))
	in.Host, in.Kind, in.Fields = "SRV-001", "process_start, file_write", []string{"process.name", "event.category"}
	got, err := r.query.Search(t.Context(), in)
	if err != nil || len(got.Events) == 0 {
		t.Fatalf("%d events, %v", len(got.Events), err)
	}
	for _, e := range got.Events {
		if e.Kind != event.ProcessStart && e.Kind != event.FileWrite || e.HostName != "" || e.User != nil || e.Process.Name == "" || e.ID() == "" {
			t.Fatalf("%s", e.AppendJSON(nil))
		}
	}
	byName := got.Total
	in.Host = got.Events[0].Agent
	if got, err = r.query.Search(t.Context(), in); err != nil || got.Total != byName {
		t.Fatalf("by id %d, by name %d: %v", got.Total, byName, err)
	}
}

func TestValues(t *testing.T) {
	r := mixed(t)
	got, err := r.query.Values(t.Context(), "process.name", api.ValuesQuery{EventSelect: selectOf("", start, start.Add(time.Hour)), Prefix: "D", Limit: 10})
	if err != nil || len(got.Values) < 2 {
		t.Fatalf("%v %v", got, err)
	}
	for _, v := range got.Values {
		if !strings.HasPrefix(v.Values[0], "d") || v.Count == 0 {
			t.Fatalf("%v", v)
		}
	}
}

func TestEventByID(t *testing.T) {
	r := mixed(t)
	for _, e := range []*event.Event{r.sent[0], r.sent[2000], r.sent[4000], r.sent[len(r.sent)-1]} {
		got, err := r.query.Event(t.Context(), e.ID())
		if err != nil || string(got.AppendJSON(nil)) != string(e.AppendJSON(nil)) {
			t.Fatalf("%s: %v", e.ID(), err)
		}
	}
	for _, id := range []string{"", "x", "x-1", "x-1-y", r.sent[0].Agent + "-1-99999999", "nobody-1-1"} {
		if _, err := r.query.Event(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Fatalf("%q: %v", id, err)
		}
	}
}

func TestCancelAndTurns(t *testing.T) {
	r := newRig(t, Options{Concurrent: 1, Patience: time.Millisecond})
	r.put(laketest.New(1, 1, start, 100).Take(100))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.query.Search(ctx, api.EventQuery{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("canceled: %v", err)
	}
	_, done, err := r.query.turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.query.Search(t.Context(), api.EventQuery{}); !errors.Is(err, ErrBusy) {
		t.Fatalf("busy: %v", err)
	}
	done()
	if _, err := r.query.Search(t.Context(), api.EventQuery{}); err != nil {
		t.Fatal(err)
	}
	slow := New(r.lake, nil, Options{Timeout: time.Nanosecond})
	if _, err := slow.Search(t.Context(), api.EventQuery{}); !errors.Is(err, ErrTimeout) {
		t.Fatalf("timeout: %v", err)
	}
}

func TestDamagedSegmentIsToldAndTheRestAnswers(t *testing.T) {
	r := mixed(t)
	files, err := filepath.Glob(filepath.Join(r.dir, "segments", "*.parquet"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v %v", files, err)
	}
	data, err := os.ReadFile(files[1])
	if err != nil {
		t.Fatal(err)
	}
	for i := 2000; i < 6000; i++ {
		data[i] ^= 0xff
	}
	if err := os.WriteFile(files[1], data, 0o600); err != nil {
		t.Fatal(err)
	}
	in := eventQuery("", start, start.Add(time.Hour))
	in.Limit = 10000
	got, err := r.query.Search(t.Context(), in)
	if err != nil || len(got.Events) != len(r.sent)-1500 {
		t.Fatalf("%d of %d events: %v", len(got.Events), len(r.sent), err)
	}
	c := got.Completeness
	if c.State != "degraded" || len(c.Gaps) != 1 || c.Gaps[0].Lost != 1500 || c.Gaps[0].Stage != "lake" || !strings.Contains(c.Gaps[0].Reason, "damaged") || c.Lost != 1500 {
		t.Fatalf("%+v", c)
	}
	if aside, err := filepath.Glob(filepath.Join(r.dir, "segments", "aside", "*.parquet")); err != nil || len(aside) != 1 {
		t.Fatalf("%v %v", aside, err)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(cursor{last: key{5, "agent", 1, 2}, from: 1, to: 9, mark: 77}.String())
	f.Add("")
	f.Add("AQAA")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseCursor(s)
		if err != nil {
			return
		}
		again, err := parseCursor(c.String())
		if err != nil || again != c {
			t.Fatalf("%+v became %+v: %v", c, again, err)
		}
	})
}
