package gene_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/gene"
	"github.com/vedette-edr/vedette/internal/detect/tree"
	"github.com/vedette-edr/vedette/internal/record"
)

// TestGE8_PublishedRules loads the published rules and replays the events that
// come with them: every event of a file must match the rule that the file is
// named after. VEDETTE_GENE_RULES names a copy of 0xrawsec/gene-rules.
func TestGE8_PublishedRules(t *testing.T) {
	dir := os.Getenv("VEDETTE_GENE_RULES")
	if dir == "" {
		t.Skip("SKIPPED: VEDETTE_GENE_RULES names no copy of the published Gene rules")
	}
	files, err := detect.ReadDir(os.DirFS(dir), "rules")
	if err != nil {
		t.Fatal(err)
	}
	disabled := 0
	for i := range files {
		disabled += strings.Count(files[i].Text, `"Disable": true`)
		files[i].Text = strings.ReplaceAll(files[i].Text, `"Disable": true`, `"Disable": false`)
	}
	set, problems := detect.Load(detect.Options{Formats: []detect.Format{gene.Format()}}, files)
	refused := 0
	for _, p := range problems {
		if !p.Refused {
			continue
		}
		refused++
		if !strings.Contains(p.What, "no container") && !strings.Contains(p.What, "without and or or") {
			t.Error(p)
		}
	}
	t.Logf("%d rules load, %d of them disabled, %d are refused", len(set.Rules()), disabled, refused)
	if n := len(set.Rules()) + refused; n != 148 {
		t.Errorf("%d rules, not 148", n)
	}
	replayed := 0
	names, _ := filepath.Glob(filepath.Join(dir, "tests", "*.json"))
	for _, path := range names {
		rule := set.Rule(strings.TrimSuffix(filepath.Base(path), ".json"))
		if rule == nil {
			t.Log("no rule for", filepath.Base(path))
			continue
		}
		replayed++
		replay(t, rule, path)
	}
	t.Logf("%d files replayed", replayed)
	if replayed < 80 {
		t.Errorf("only %d files replayed", replayed)
	}
}

func replay(t *testing.T, rule *detect.Rule, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	events, mistakes := tree.JSON(string(text))
	if len(mistakes) > 0 || len(events) == 0 {
		t.Fatalf("%s: %d events, %v", path, len(events), mistakes)
	}
	for i := range events {
		object, err := json.Marshal(events[i].Plain())
		if err != nil {
			t.Fatal(err)
		}
		rec, err := record.ParseJSON(object)
		if err != nil {
			t.Fatal(err)
		}
		if !rule.Matches(rec) {
			t.Errorf("%s: event %d does not match", filepath.Base(path), i)
		}
	}
}
