package detect_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

func readCorpus(t *testing.T) (*detect.Set, []expr.Record) {
	t.Helper()
	text, err := os.ReadFile("testdata/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	set, problems := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, []detect.File{{Path: "rules.yml", Text: string(text)}})
	for _, p := range problems {
		if p.Refused || !strings.Contains(p.What, "does not use the selection") {
			t.Error(p)
		}
	}
	lines, err := os.ReadFile("testdata/events.jsonl")
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

// TestCorpus compares the hits on our own corpus with the ones written by hand.
func TestCorpus(t *testing.T) {
	set, recs := readCorpus(t)
	text, err := os.ReadFile("testdata/expected.tsv")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for l := range strings.Lines(string(text)) {
		want[strings.TrimSpace(l)] = true
	}
	got := map[string]bool{}
	for i, rec := range recs {
		for _, m := range set.Match(rec, nil) {
			key := fmt.Sprintf("%d\t%s", i, m.Rule.ID)
			got[key] = true
			if !want[key] {
				t.Errorf("extra %s", key)
			}
			if !m.Rule.Matches(rec) || !m.Rule.Explain(rec).Match {
				t.Errorf("%s: the rule alone or its explanation says otherwise", key)
			}
		}
	}
	for key := range want {
		if !got[key] {
			t.Errorf("missing %s", key)
		}
	}
}
