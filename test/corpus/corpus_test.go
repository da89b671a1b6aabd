package corpus_test

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/rules"
	"github.com/vedette-edr/vedette/test/corpus"
)

const dir = "linux"

// TestCorpus replays the recorded techniques against the shipped rules: each
// finding that is expected comes, and no other.
func TestCorpus(t *testing.T) {
	files, err := detect.ReadDir(rules.Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	set, problems := detect.Load(detect.Options{Formats: all.Formats(), Whole: true}, files)
	for _, p := range problems {
		t.Fatal(p)
	}
	correlator := set.Correlator(correlate.Options{})
	got, names := map[string]bool{}, map[string]string{}
	var n int64
	err = corpus.ReadEvents(dir, func(l corpus.Line) error {
		n++
		ms := set.Match(l.Event, nil)
		ms = correlator.Match(l.Event, l.Event.Time, correlate.Ref{Number: n}, ms, ms)
		for _, m := range ms {
			if m.Rule.Raises() {
				got[fmt.Sprintf("%s\t%d\t%s", l.Technique, l.Step, m.Rule.ID)] = true
				names[m.Rule.ID] = m.Rule.Name
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := expected(t)
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if !got[key] {
			t.Errorf("not found: %s", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if !want[key] {
			t.Errorf("not expected: %s\t%s", key, names[key[strings.LastIndexByte(key, '\t')+1:]])
		}
	}
	t.Logf("%d events, %d findings", n, len(got))
}

// TestCorpusIsWhole: each step of each technique was recorded, with the process
// that did it, and there are enough of them.
func TestCorpusIsWhole(t *testing.T) {
	list, err := corpus.ReadTechniques(dir)
	if err != nil {
		t.Fatal(err)
	}
	starts := map[string]int{}
	kinds := map[event.Kind]int{}
	if err := corpus.ReadEvents(dir, func(l corpus.Line) error {
		kinds[l.Event.Kind]++
		if l.Event.Kind == event.ProcessStart {
			starts[fmt.Sprintf("%s %d", l.Technique, l.Step)]++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for _, x := range list.Techniques {
		if ids[x.ID] {
			t.Errorf("%s stands there twice", x.ID)
		}
		ids[x.ID] = true
		for i := range x.Steps {
			if starts[fmt.Sprintf("%s %d", x.ID, i+1)] == 0 {
				t.Errorf("%s step %d: nothing was recorded", x.ID, i+1)
			}
		}
	}
	if len(ids) < 120 {
		t.Errorf("%d techniques, want 120", len(ids))
	}
	if len(kinds) < 15 {
		t.Errorf("only %d kinds of events: %v", len(kinds), kinds)
	}
	t.Logf("%d techniques, %d kinds of events: %v", len(ids), len(kinds), kinds)
}

func expected(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, corpus.ExpectedFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out := map[string]bool{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if line, _, _ := strings.Cut(sc.Text(), "#"); strings.TrimSpace(line) != "" {
			out[strings.TrimRight(line, "\t ")] = true
		}
	}
	return out
}
