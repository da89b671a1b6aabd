package lakebench

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/lake/laketest"
)

func events(t testing.TB) int {
	n, err := strconv.Atoi(os.Getenv("BENCH_EVENTS"))
	if err != nil {
		return 60000
	}
	return n
}

// BenchmarkStore runs once: go test -bench Store -benchtime 1x; BENCH_EVENTS
// says over how many events.
func BenchmarkStore(b *testing.B) {
	n := events(b)
	for b.Loop() {
		start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
		s, err := Open(b.Context(), b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		gen := laketest.New(1, 20, start, 500)
		show(b)(s.Fill(b.Context(), gen.Take, n))
		queries(b, s, start, "before compaction")
		show(b)(s.Compact(b.Context()))
		queries(b, s, start, "after compaction")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func show(b *testing.B) func([]Figure, error) {
	return func(fs []Figure, err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range fs {
			fmt.Printf("%-28s %10.1f %s\n", f.Metric, f.Value, f.Unit)
		}
	}
}

func queries(b *testing.B, s *Store, start time.Time, when string) {
	for _, q := range []struct{ name, text string }{
		{"newest 100", ""},
		{"one host", "host.name = 'srv-003'"},
		{"rare substring", "process.command_line contains '" + laketest.RareText + "'"},
		{"absent substring", "process.command_line contains 'zzqxyvkk'"},
		{"common token", "process.command_line contains 'gcc'"},
		{"rare address", "destination.ip = '" + laketest.RareIP + "'"},
		{"absent hash", "process.hash.sha256 = 'deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef'"},
		{"regular expression", "process.command_line matches 'release/[0-9]+\\.4$' and user.name = 'alice'"},
		{"ancestor", "process.ancestors.name = 'sshd' and event.action = 'file_open'"},
		{"anything", "any contains 'zzqxyvkk'"},
	} {
		in := api.EventQuery{EventSelect: api.EventSelect{Query: q.text, Range: api.Range{From: start.Format(time.RFC3339), To: start.Add(24 * time.Hour).Format(time.RFC3339)}}, Page: api.Page{Limit: 100}}
		best, rows := time.Hour, int64(0)
		for range 3 {
			at := time.Now()
			a, err := s.Query.Search(b.Context(), in)
			if err != nil {
				b.Fatal(err)
			}
			best, rows = min(best, time.Since(at)), a.Total
		}
		fmt.Printf("%-18s %-20s %8.1f ms, %d hits\n", when, q.name, float64(best.Microseconds())/1000, rows)
	}
	at := time.Now()
	c, err := s.Query.Count(b.Context(), api.CountQuery{EventSelect: api.EventSelect{Range: api.Range{From: start.Format(time.RFC3339), To: start.Add(24 * time.Hour).Format(time.RFC3339)}}, By: []string{"host.name", "event.action"}})
	if err != nil {
		b.Fatal(err)
	}
	fmt.Printf("%-18s %-20s %8.1f ms, %d rows\n", when, "count by two", float64(time.Since(at).Microseconds())/1000, len(c.Rows))
}
