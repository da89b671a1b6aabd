package index

import (
	"slices"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// FuzzMatch compares the index with the plain evaluation on texts and
// conditions that nobody thought of.
func FuzzMatch(f *testing.F) {
	f.Add("bash -c id", "bash", "process.command_line contains 'id' and process.name = 'bash'")
	f.Add("ÄÖÜ", "k", "process.command_line like '*ö?' or process.name matches '[k]'")
	f.Add("aaaa", "", "process.command_line endswith 'aa' and not process.name in ('a','b','c','d','e','f','g')")
	f.Fuzz(func(t *testing.T, line, name, condition string) {
		x, err := expr.Parse(condition)
		if err != nil || len(condition) > 2000 {
			return
		}
		vs := []Variant{
			{Rule: 0, Kinds: []event.Kind{event.ProcessStart}, Where: x},
			{Rule: 1, Kinds: []event.Kind{event.ProcessStart}, Where: &expr.Expr{Root: expr.Not{Term: x.Root}}},
		}
		e := &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: name, CommandLine: line, Args: []string{line, name}}}
		got := rulesOf(Build(vs), e)
		if want := plain(vs, e); !slices.Equal(got, want) {
			t.Fatalf("%s on %q, %q: got %v, want %v", x, line, name, got, want)
		}
	})
}
