package sigma_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/offline"
	"github.com/vedette-edr/vedette/internal/record"
	formats "github.com/vedette-edr/vedette/internal/record/all"
)

// regression is what a directory of the official tests says.
type regression struct {
	Rules []struct {
		ID string `yaml:"id"`
	} `yaml:"rule_metadata"`
	Tests []struct {
		Type  string `yaml:"type"`
		Path  string `yaml:"path"`
		Count int    `yaml:"match_count"`
	} `yaml:"regression_tests_info"`
}

// TestOfficialRegressions runs the event log of every directory of the official
// tests through all rules: the rule that it is for must match, as often as the
// expected hits say. The count that a directory states may be less: it was
// counted by another engine.
func TestOfficialRegressions(t *testing.T) {
	dir := filepath.Join(data(t), "sigma")
	set, _ := public()
	want := regressionCounts(t)
	tested := 0
	err := filepath.WalkDir(filepath.Join(dir, "regression_data"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() != "info.yml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var r regression
		if err := yaml.Unmarshal(text, &r); err != nil || len(r.Rules) != 1 {
			t.Errorf("%s: %v, %d rules", path, err, len(r.Rules))
			return nil
		}
		for _, test := range r.Tests {
			tested++
			n := matchesOf(t, set, r.Rules[0].ID, filepath.Join(dir, test.Path))
			if n < max(1, test.Count) || n != want[r.Rules[0].ID+" "+test.Path] {
				t.Errorf("%s: %d matches of %s, want %d", strings.TrimPrefix(path, dir), n, r.Rules[0].ID, want[r.Rules[0].ID+" "+test.Path])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if tested < 139 {
		t.Errorf("only %d tests", tested)
	}
	t.Logf("%d official tests", tested)
}

// regressionCounts counts the expected hits by rule and event log.
func regressionCounts(t *testing.T) map[string]int {
	logs := map[string]string{} // by line
	lines(t, filepath.Join(data(t), "events", "sigma_regression.jsonl.gz"), func(i int, line []byte) {
		r, err := record.ParseJSON(line)
		if err != nil {
			t.Fatal(err)
		}
		logs[strconv.Itoa(i)] = r.Data("_src").Text()
	})
	out := map[string]int{}
	for hit := range hits(t, filepath.Join(data(t), "oracle", "sigma", "sigma_regression.tsv")) {
		line, rule, _ := strings.Cut(hit, "\t")
		out[rule+" "+logs[line]]++
	}
	return out
}

func matchesOf(t *testing.T, set *detect.Set, rule, path string) int {
	if set.Rule(rule) == nil {
		t.Errorf("%s: the rule %s is not loaded", path, rule)
	}
	inputs, err := offline.Inputs([]string{path}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var places []offline.Place
	_, err = offline.Run(t.Context(), offline.Options{
		Set: set, Formats: formats.Formats(), Inputs: inputs, Jobs: 1,
		Finding: func(f *offline.Finding) error {
			if f.Rule.ID == rule && !slices.Contains(places, f.Place) {
				places = append(places, f.Place)
			}
			return nil
		},
		Fault: func(f offline.Fault) { t.Errorf("%s", f.Error()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return len(places)
}
