package detect_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// corpora lists the folders of our own rules and events with the hits that
// were written by hand: modifiers and conditions, files of several documents.
var corpora = []string{"base", "modifiers", "documents"}

func readCorpus(t *testing.T, name string) (*detect.Set, []expr.Record) {
	t.Helper()
	dir := filepath.Join("testdata", name)
	text, err := os.ReadFile(filepath.Join(dir, "rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	o := detect.Options{Formats: all.Formats(), Records: true}
	values, err := os.ReadFile(filepath.Join(dir, "placeholders.json"))
	if err == nil {
		err = json.Unmarshal(values, &o.Placeholders)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	set, problems := detect.Load(o, []detect.File{{Path: "rules.yml", Text: string(text)}})
	for _, p := range problems {
		if p.Refused || !p.Disabled && !strings.Contains(p.What, "does not use the selection") && !strings.Contains(p.What, "has no id") {
			t.Error(p)
		}
	}
	lines, err := os.ReadFile(filepath.Join(dir, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var recs []expr.Record
	for line := range bytes.Lines(lines) {
		if bytes.Contains(line, []byte(`"Channel"`)) {
			r, err := record.ParseJSON(line)
			if err != nil {
				t.Fatal(err)
			}
			recs = append(recs, r)
			continue
		}
		e := &event.Event{}
		if err := json.Unmarshal(line, e); err != nil {
			t.Fatal(err)
		}
		recs = append(recs, e)
	}
	return set, recs
}

// expected reads the hits that were written by hand.
func expected(t *testing.T, name string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name, "expected.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for l := range strings.Lines(string(text)) {
		want[strings.TrimSpace(l)] = true
	}
	return want
}

func missing(t *testing.T, got, want map[string]bool) {
	t.Helper()
	for key := range got {
		if !want[key] {
			t.Errorf("extra %s", key)
		}
	}
	for key := range want {
		if !got[key] {
			t.Errorf("missing %s", key)
		}
	}
}

// TestCorpus compares the hits on our own corpora with the ones written by hand.
func TestCorpus(t *testing.T) {
	for _, name := range corpora {
		t.Run(name, func(t *testing.T) {
			set, recs := readCorpus(t, name)
			got := map[string]bool{}
			for i, rec := range recs {
				for _, m := range set.Match(rec, nil) {
					key := fmt.Sprintf("%d\t%s", i, m.Rule.ID)
					got[key] = true
					if !m.Rule.Matches(rec) || !m.Rule.Explain(rec).Match {
						t.Errorf("%s: the rule alone or its explanation says otherwise", key)
					}
				}
			}
			missing(t, got, expected(t, name))
		})
	}
}

// TestCorpusRulesAreAllThere: each rule of a corpus has a hit, but those that
// are there to have none.
func TestCorpusRulesAreAllThere(t *testing.T) {
	none := map[string]bool{
		"modifiers re-not-m": true, "modifiers re-not-s": true, "documents filter-by-id-and-name": true, "documents filter-not": true,
		"documents filter-any": true, "base registry-delete": true, "base regex-is-cased": true,
	}
	for _, name := range corpora {
		set, _ := readCorpus(t, name)
		hit := map[string]bool{}
		for key := range expected(t, name) {
			_, id, _ := strings.Cut(key, "\t")
			hit[id] = true
		}
		for _, r := range set.Rules() {
			if hit[r.ID] == none[name+" "+r.ID] {
				t.Errorf("%s: expected hits of %s: %v", name, r.ID, hit[r.ID])
			}
		}
	}
}

// TestCorpusOfCorrelations gives the events in order of time to the
// correlations: which event makes which group known, once in a time span.
func TestCorpusOfCorrelations(t *testing.T) {
	set, recs := readCorpus(t, "correlations")
	c := set.Correlator(correlate.Options{})
	got := map[string]bool{}
	last := 0
	observe := func(it correlate.Item) {
		for _, m := range c.Observe(it, nil) {
			group, err := json.Marshal(m.Window.Group)
			if err != nil {
				t.Fatal(err)
			}
			last = int(it.Ref.Number)
			got[fmt.Sprintf("%d\t%s\t%s", last, m.Rule.ID, group)] = true
			if e := m.Window.Events; e[len(e)-1] != it.Ref || m.Window.To != it.At || m.Window.From > m.Window.To {
				t.Errorf("%s: window %+v does not end with the event", m.Rule.ID, m.Window)
			}
		}
	}
	var sorter correlate.Sorter
	for i, rec := range recs {
		ms := set.Match(rec, nil)
		for _, m := range ms {
			if m.Rule.Raises() {
				t.Errorf("line %d: %s is there for correlations and raises a finding", i, m.Rule.ID)
			}
		}
		sorter.Add(c.Items(rec, rec.(*record.Record).Time, correlate.Ref{Number: int64(i)}, ms, nil), observe)
	}
	sorter.Drain(observe)
	missing(t, got, expected(t, "correlations"))
	if s := c.Stats(); s.Timeless != 1 || s.Late != 0 || s.Evicted != 0 {
		t.Errorf("counts %+v, want one record without a time", s)
	}
}
