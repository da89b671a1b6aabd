package sigma_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
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
	"github.com/vedette-edr/vedette/internal/record"
)

// data returns the directory of the shared rules, events and expected hits.
func data(t testing.TB) string {
	dir := dataDir()
	if _, err := os.Stat(filepath.Join(dir, "oracle", "sigma")); err != nil {
		t.Skipf("SKIPPED: no rules, events and expected hits in %s; set VEDETTE_DATA", dir)
	}
	return dir
}

func dataDir() string {
	return cmp.Or(os.Getenv("VEDETTE_DATA"), filepath.Join("..", "..", "..", "..", "shared", "data"))
}

// active are the folders of rules that count.
var active = []string{"rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder", "rules-compliance"}

func publicRules(t testing.TB) []detect.File {
	files, err := detect.ReadDir(os.DirFS(filepath.Join(data(t), "sigma")), active...)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// public is the public rules, loaded once: that takes seconds with the race
// detector.
var public = sync.OnceValues(func() (*detect.Set, []detect.Problem) {
	files, err := detect.ReadDir(os.DirFS(filepath.Join(dataDir(), "sigma")), active...)
	if err != nil {
		return nil, []detect.Problem{{What: err.Error(), Refused: true}}
	}
	return detect.Load(detect.Options{Formats: all.Formats(), Records: true}, files)
})

func lines(t testing.TB, path string, each func(i int, line []byte)) {
	f, err := os.Open(path)
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
	for i := 0; sc.Scan(); i++ {
		each(i, sc.Bytes())
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
}

// hits reads a file of expected hits: line, tab, rule id.
func hits(t testing.TB, path string) map[string]bool {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	out := map[string]bool{}
	for l := range strings.Lines(string(text)) {
		out[strings.TrimSpace(l)] = true
	}
	return out
}

// TestPublicRulesLoadOrAreRefused checks the count of DETECTION.md: 3,780
// rules, of which 25 have placeholders without values.
func TestPublicRulesLoadOrAreRefused(t *testing.T) {
	data(t)
	set, problems := public()
	refused := map[string]int{}
	for _, p := range problems {
		if p.Refused {
			reason := "other: " + p.Error()
			if strings.Contains(p.What, "placeholder") {
				reason = "placeholder"
			}
			refused[reason]++
		}
	}
	if n := len(set.Rules()); n != 3755 || len(refused) != 1 || refused["placeholder"] != 25 {
		t.Errorf("loaded %d, refused %v; want 3755 and 25 placeholders", n, refused)
	}
	t.Logf("%+v", set.Stats())
}

// TestExpectedHits compares the hits on the recorded events with those of the
// official parser.
func TestExpectedHits(t *testing.T) {
	dir := data(t)
	set, _ := public()
	names, _ := filepath.Glob(filepath.Join(dir, "events", "*.jsonl.gz"))
	for _, path := range names {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl.gz")
		t.Run(name, func(t *testing.T) {
			leaveOut(t, name)
			want := hits(t, filepath.Join(dir, "oracle", "sigma", name+".tsv"))
			optional := hits(t, filepath.Join(dir, "oracle", "sigma", name+".optional.tsv"))
			got := map[string]bool{}
			var ms []detect.Match
			lines(t, path, func(i int, line []byte) {
				r, err := record.ParseJSON(line)
				if err != nil {
					t.Fatalf("line %d: %v", i, err)
				}
				ms = set.Match(r, ms[:0])
				for _, m := range ms {
					got[fmt.Sprintf("%d\t%s", i, m.Rule.ID)] = true
				}
			})
			compare(t, got, want, optional)
		})
	}
}

// leaveOut skips the recording with 400,000 events when tests are to be short or
// look for races: the tests of package offline compare it too, for which
// test/test.sh has a run without the race detector.
func leaveOut(t *testing.T, name string) {
	t.Helper()
	if name == "security_datasets" && (testing.Short() || raced) {
		t.Skip("SKIPPED: package offline compares it, without the race detector (test/test.sh)")
	}
}

func compare(t *testing.T, got, want, optional map[string]bool) {
	wrong := map[string]int{}
	for h := range want {
		if !got[h] && !optional[h] {
			wrong["missing"]++
			report(t, wrong, "missing "+h)
		}
	}
	for h := range got {
		if !want[h] && !optional[h] {
			wrong["extra"]++
			report(t, wrong, "extra "+h)
		}
	}
	if len(wrong) > 0 {
		t.Log(wrong)
		t.Errorf("of %d expected hits: %v", len(want), slices.Sorted(maps.Keys(wrong)))
	}
	t.Logf("%d hits, %d expected", len(got), len(want))
}

func report(t *testing.T, wrong map[string]int, line string) {
	if wrong["missing"]+wrong["extra"] <= 20 {
		t.Error(line)
	}
}
