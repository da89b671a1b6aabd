package offline_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/offline"
	"github.com/vedette-edr/vedette/internal/record"
	formats "github.com/vedette-edr/vedette/internal/record/all"
)

// data returns the directory of the shared rules, events and expected hits.
func data(t testing.TB) string {
	t.Helper()
	dir := dataDir()
	if _, err := os.Stat(filepath.Join(dir, "oracle")); err != nil {
		t.Skipf("SKIPPED: no rules, events and expected hits in %s; set VEDETTE_DATA", dir)
	}
	return dir
}

func dataDir() string {
	return cmp.Or(os.Getenv("VEDETTE_DATA"), filepath.Join("..", "..", "..", "..", "shared", "data"))
}

// load reads the rules of folders of the shared data.
func load(t testing.TB, folders ...string) *detect.Set {
	t.Helper()
	files, err := detect.ReadDir(os.DirFS(data(t)), folders...)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, files)
	return s
}

// publicRules loads the public rules, once: that takes seconds with the race
// detector.
var publicRules = sync.OnceValues(func() (*detect.Set, error) {
	files, err := detect.ReadDir(os.DirFS(dataDir()), "sigma/rules", "sigma/rules-emerging-threats", "sigma/rules-threat-hunting", "sigma/rules-placeholder", "sigma/rules-compliance")
	if err != nil {
		return nil, err
	}
	s, _ := detect.Load(detect.Options{Formats: all.Formats(), Records: true}, files)
	return s, nil
})

func public(t testing.TB) *detect.Set {
	t.Helper()
	data(t)
	s, err := publicRules()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// found runs a set over inputs and returns what key makes of each finding.
func found(t testing.TB, s *detect.Set, key func(*offline.Finding) string, paths ...string) (map[string]bool, offline.Stats) {
	t.Helper()
	inputs, err := offline.Inputs(paths, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	stats, err := offline.Run(t.Context(), offline.Options{
		Set: s, Formats: formats.Formats(), Inputs: inputs,
		Finding: func(f *offline.Finding) error { out[key(f)] = true; return nil },
		Fault:   func(f offline.Fault) { t.Error(f) },
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(out, "")
	return out, stats
}

// expected reads a file of expected hits; without one there are none.
func expected(t testing.TB, parts ...string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{data(t), "oracle"}, parts...)...))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for l := range strings.Lines(string(text)) {
		out[strings.Trim(l, "\n")] = true
	}
	return out
}

func compare(t *testing.T, got, want, optional map[string]bool) {
	t.Helper()
	shown := 0
	report := func(what string, hits map[string]bool, other map[string]bool) {
		for _, h := range slices.Sorted(maps.Keys(hits)) {
			if !other[h] && !optional[h] {
				if shown++; shown <= 20 {
					t.Errorf("%s: %q", what, h)
				}
			}
		}
	}
	report("missing", want, got)
	report("extra", got, want)
	t.Logf("%d hits, %d expected, %d wrong", len(got), len(want), shown)
}

func events(t testing.TB) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(data(t), "events", "*.jsonl.gz"))
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(filepath.Base(n), ".jsonl.gz")
	}
	if testing.Short() || raced {
		t.Log("LEFT OUT: security_datasets, compared without -short and the race detector, see test/test.sh")
		names = slices.DeleteFunc(names, func(n string) bool { return n == "security_datasets" })
	}
	return names
}

func lineAndRule(f *offline.Finding) string {
	if f.Window != nil {
		return ""
	}
	return fmt.Sprintf("%d\t%s", f.Line, f.Rule.ID)
}

func TestExpectedHitsOfSigma(t *testing.T) {
	s := public(t)
	for _, name := range events(t) {
		t.Run(name, func(t *testing.T) {
			got, stats := found(t, s, lineAndRule, filepath.Join(data(t), "events", name+".jsonl.gz"))
			compare(t, got, expected(t, "sigma", name+".tsv"), expected(t, "sigma", name+".optional.tsv"))
			t.Logf("%d events, %.0f for each second of match CPU time", stats.Events, float64(stats.Events)/stats.Match.Seconds())
		})
	}
}

func TestExpectedHitsOfGene(t *testing.T) {
	s := load(t, "gene")
	if len(s.Rules()) == 0 {
		t.Fatal("no Gene rules are loaded")
	}
	for _, name := range events(t) {
		if len(expected(t, "gene", name+".tsv")) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got, _ := found(t, s, lineAndRule, filepath.Join(data(t), "events", name+".jsonl.gz"))
			compare(t, got, expected(t, "gene", name+".tsv"), nil)
		})
	}
}

func TestExpectedCorrelations(t *testing.T) {
	s := load(t, "sigma-correlation")
	for _, name := range events(t) {
		if _, err := os.Stat(filepath.Join(data(t), "oracle", "correlation", name+".tsv")); err != nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			got, _ := found(t, s, func(f *offline.Finding) string {
				if f.Window == nil {
					return ""
				}
				group, err := json.Marshal(f.Window.Group)
				if err != nil {
					t.Fatal(err)
				}
				return f.Rule.ID + "\t" + plainJSON(t, string(group))
			}, filepath.Join(data(t), "events", name+".jsonl.gz"))
			want := map[string]bool{}
			for line := range expected(t, "correlation", name+".tsv") {
				parts := strings.Split(line, "\t")
				want[parts[0]+"\t"+plainJSON(t, parts[1])] = true
			}
			compare(t, got, want, nil)
		})
	}
}

// plainJSON writes a list of texts in one way, whatever its blanks and escapes.
func plainJSON(t *testing.T, text string) string {
	t.Helper()
	var list []string
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, "|")
}

// TestExpectedHitsOfEventLogs runs the rules over the EVTX files that the flat
// lines were made of: the hits must be those of the lines.
func TestExpectedHitsOfEventLogs(t *testing.T) {
	s := public(t)
	dir := data(t)
	for name, root := range map[string]string{"evtx_to_mitre": filepath.Join(dir, "evtx", "EVTX-to-MITRE-Attack"), "sigma_regression": filepath.Join(dir, "sigma")} {
		t.Run(name, func(t *testing.T) {
			lines, paths := places(t, name, root)
			got, stats := found(t, s, func(f *offline.Finding) string { return f.Input + "#" + f.Record + "\t" + f.Rule.ID }, paths...)
			want, optional := translate(t, lines, expected(t, "sigma", name+".tsv")), translate(t, lines, expected(t, "sigma", name+".optional.tsv"))
			compare(t, got, want, optional)
			if int(stats.Events) != len(lines) {
				t.Errorf("%d records in %d files, %d lines", stats.Events, len(paths), len(lines))
			}
		})
	}
}

// places returns for each line the file and the number of its record, and all
// files.
func places(t *testing.T, name, root string) (lines []string, paths []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(data(t), "events", name+".jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(z)
	sc.Buffer(nil, record.MaxLine)
	for sc.Scan() {
		r, err := record.ParseJSON(sc.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, r.Data("_src").Text())
		lines = append(lines, path+"#"+r.Log.RecordID)
		if !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	return lines, paths
}

func translate(t *testing.T, lines []string, hits map[string]bool) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	for h := range hits {
		var n int
		var id string
		if _, err := fmt.Sscanf(h, "%d\t%s", &n, &id); err != nil {
			t.Fatal(err)
		}
		out[lines[n]+"\t"+id] = true
	}
	return out
}

// TestRegressionFilesDetect runs each official regression file alone: its rule
// must be among the findings.
func TestRegressionFilesDetect(t *testing.T) {
	s := public(t)
	root := filepath.Join(data(t), "sigma", "regression_data")
	files := 0
	err := filepath.WalkDir(root, func(path string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".evtx" {
			return err
		}
		files++
		for _, input := range []string{path, strings.TrimSuffix(path, ".evtx") + ".json"} {
			id := strings.TrimSuffix(filepath.Base(path), ".evtx")
			got, _ := found(t, s, func(f *offline.Finding) string { return f.Rule.ID }, input)
			if !got[id] {
				t.Errorf("%s: the rule %s does not match", input, id)
			}
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Fatal(files, err)
	}
	t.Logf("%d files, each as EVTX and as JSON", files)
}
