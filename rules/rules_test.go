package rules_test

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/rules"
)

func load(t testing.TB) *detect.Set {
	t.Helper()
	files, err := detect.ReadDir(rules.Files, ".")
	if err != nil {
		t.Fatal(err)
	}
	set, problems := detect.Load(detect.Options{Formats: all.Formats(), Whole: true}, files)
	for _, p := range problems {
		t.Error(p)
	}
	if set == nil {
		t.FailNow()
	}
	return set
}

// TestRulesMatchTheirEvents runs the events of each rule through the whole set
// and through the rule alone.
func TestRulesMatchTheirEvents(t *testing.T) {
	set := load(t)
	for _, r := range set.Rules() {
		var match, noMatch int
		for _, wrong := range set.Test(r) {
			t.Error(wrong)
		}
		for _, c := range r.Cases {
			if c.Match {
				match++
			} else {
				noMatch++
			}
			if r.Correlation != nil {
				continue // its cases are sequences, which Test runs
			}
			got := false
			for _, m := range set.Match(c.Rec, nil) {
				if m.Rule == r {
					got = true
					if len(m.Fields) == 0 && r.Raises() {
						t.Errorf("%s:%d: matches without saying which fields", r.Path, c.Line)
					}
				}
			}
			if got != c.Match || r.Matches(c.Rec) != c.Match {
				t.Errorf("%s:%d: the set says %v, the rule alone %v, want %v", r.Path, c.Line, got, r.Matches(c.Rec), c.Match)
			}
		}
		if match == 0 || noMatch == 0 {
			t.Errorf("%s: %d events that must match and %d that must not; both are due", r.Path, match, noMatch)
		}
	}
}

// TestRulesAreComplete checks what a person needs of every shipped rule, that
// there are enough, and that none acts by itself.
func TestRulesAreComplete(t *testing.T) {
	set := load(t)
	tactics := map[string]int{}
	id := regexp.MustCompile(`^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`)
	for _, r := range set.Rules() {
		if !id.MatchString(r.ID) || r.Description == "" || len(r.Techniques) == 0 || len(r.Tactics) == 0 || len(r.FalsePositives) == 0 {
			t.Errorf("%s: id, description, techniques, tactics or false positives are missing", r.Path)
		}
		if len(r.Actions) > 0 {
			t.Errorf("%s: a shipped rule has no actions, got %v", r.Path, r.Actions)
		}
		first := strings.ReplaceAll(r.Tactics[0], "-", "_")
		if name := path.Base(r.Path); !strings.HasPrefix(name, first+"_") && !anyTactic(name, r.Tactics) {
			t.Errorf("%s: the name begins with none of its tactics %v", r.Path, r.Tactics)
		}
		for _, tactic := range r.Tactics {
			tactics[tactic]++
		}
	}
	if n := len(set.Rules()); n < 40 || len(tactics) < 9 {
		t.Errorf("%d rules over %d tactics, want 40 over 9: %v", n, len(tactics), tactics)
	}
	t.Logf("%d rules, %v", len(set.Rules()), tactics)
}

func anyTactic(name string, tactics []string) bool {
	for _, t := range tactics {
		if strings.HasPrefix(name, strings.ReplaceAll(t, "-", "_")+"_") {
			return true
		}
	}
	return false
}
