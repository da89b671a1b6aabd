package sigma_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/record"
)

// TestExpectedCorrelations compares the groups that correlations fire for on
// the recorded events, in order of time, with those of the shared data.
func TestExpectedCorrelations(t *testing.T) {
	dir := data(t)
	text, err := os.ReadFile(filepath.Join(dir, "sigma-correlation", "correlations.yml"))
	if err != nil {
		t.Fatal(err)
	}
	set, problems := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, []detect.File{{Path: "correlations.yml", Text: string(text)}})
	for _, p := range problems {
		if p.Refused {
			t.Error(p)
		}
	}
	names, _ := filepath.Glob(filepath.Join(dir, "oracle", "correlation", "*.tsv"))
	if len(names) == 0 {
		t.Fatal("no expected groups")
	}
	for _, path := range names {
		name := strings.TrimSuffix(filepath.Base(path), ".tsv")
		t.Run(name, func(t *testing.T) {
			leaveOut(t, name)
			want := hits(t, path)
			got := map[string]bool{}
			c := set.Correlator(correlate.Options{})
			var sorter correlate.Sorter
			observe := func(it correlate.Item) {
				for _, m := range c.Observe(it, nil) {
					group, err := json.Marshal(m.Window.Group)
					if err != nil {
						t.Fatal(err)
					}
					got[m.Rule.ID+"\t"+strings.ReplaceAll(string(group), `","`, `", "`)] = true
				}
			}
			var ms []detect.Match
			lines(t, filepath.Join(dir, "events", name+".jsonl.gz"), func(i int, line []byte) {
				r, err := record.ParseJSON(line)
				if err != nil {
					t.Fatalf("line %d: %v", i, err)
				}
				ms = set.Match(r, ms[:0])
				sorter.Add(c.Items(r, r.Time, correlate.Ref{Number: int64(i)}, ms, nil), observe)
			})
			sorter.Drain(observe)
			compare(t, got, want, nil)
			t.Logf("%+v", c.Stats())
		})
	}
}
