package gene_test

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/gene"
	"github.com/vedette-edr/vedette/internal/record"
)

// data returns the directory of the shared rules, events and expected hits.
func data(t testing.TB) string {
	dir := os.Getenv("VEDETTE_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "oracle", "gene")); err != nil {
		t.Skipf("SKIPPED: no rules, events and expected hits in %s; set VEDETTE_DATA", dir)
	}
	return dir
}

func sharedRules(t *testing.T) *detect.Set {
	files, err := detect.ReadDir(os.DirFS(data(t)), "gene")
	if err != nil {
		t.Fatal(err)
	}
	set, problems := detect.Load(detect.Options{Formats: []detect.Format{gene.Format()}}, files)
	for _, p := range problems {
		if p.Refused || !p.Disabled && !strings.Contains(p.What, "is not carried out") {
			t.Error(p)
		}
	}
	if n := len(set.Rules()); n != 12 { // and one is disabled
		t.Fatalf("%d rules load, not 12", n)
	}
	return set
}

// TestExpectedHits compares findings on all recorded events with those of the
// original engine.
func TestExpectedHits(t *testing.T) {
	set, dir := sharedRules(t), data(t)
	names, _ := filepath.Glob(filepath.Join(dir, "events", "*.jsonl.gz"))
	total := 0
	for _, path := range names {
		name := strings.TrimSuffix(filepath.Base(path), ".jsonl.gz")
		t.Run(name, func(t *testing.T) {
			want := hits(filepath.Join(dir, "oracle", "gene", name+".tsv"))
			total += len(want)
			got := map[string]bool{}
			if name == "security_datasets" && (testing.Short() || raced) {
				t.Skip("SKIPPED: package offline compares it, without the race detector (test/test.sh)")
			}
			lines(t, path, func(i int, line []byte) {
				r, err := record.ParseJSON(line)
				if err != nil {
					t.Fatalf("line %d: %v", i, err)
				}
				for _, m := range set.Match(r, nil) {
					if !m.Rule.Filter {
						got[fmt.Sprintf("%d\t%s", i, m.Rule.ID)] = true
					}
				}
			})
			for h := range want {
				if !got[h] {
					t.Error("missing", h)
				}
			}
			for h := range got {
				if !want[h] {
					t.Error("extra", h)
				}
			}
		})
	}
	if total != 594 {
		t.Errorf("the files have %d expected hits, not 594", total)
	}
}

func hits(path string) map[string]bool {
	out := map[string]bool{}
	text, err := os.ReadFile(path)
	if err != nil { // of Linux events there are none
		return out
	}
	for l := range strings.Lines(string(text)) {
		out[strings.TrimSpace(l)] = true
	}
	return out
}

func lines(t *testing.T, path string, each func(i int, line []byte)) {
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
