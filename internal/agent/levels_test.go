package agent

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/wire"
)

// TestWA9_ActionsByLevel checks that the actions of a level come with the sum of
// what all rules find in an event, on the finding of the weightiest rule.
func TestWA9_ActionsByLevel(t *testing.T) {
	var rules strings.Builder
	for name, criticality := range map[string]int{"Four": 4, "AlsoFour": 4, "Five": 5, "Eight": 8, "Ten": 10} {
		fmt.Fprintf(&rules, `{"Name":%q,"Meta":{"Events":{"Security":[]},"Criticality":%d,"Schema":"2.0.0"},"Matches":["$a: Rules ~= '\\b%s\\b'"],"Condition":"$a"}`, name, criticality, name)
	}
	d := newDetector()
	if err := d.document(1, geneDocument(rules.String(), "")); err != nil {
		t.Fatal(err)
	}
	policy := wire.DefaultPolicy()
	policy.Levels = map[string][]string{"medium": {"suspend"}, "high": {"suspend"}, "critical": {"suspend", "kill"}}
	if err := policy.Check("policy"); err != nil {
		t.Fatal(err)
	}
	d.setPolicy(policy)
	for _, c := range []struct {
		rules, on string
		want      []string
	}{
		{"Four", "", nil},
		{"Five", "Five", []string{"suspend"}},
		{"Eight", "Eight", []string{"suspend"}},
		{"Ten", "Ten", []string{"suspend", "kill"}},
		{"Four AlsoFour", "", []string{"suspend"}}, // together 8, which is high; on either of them
		{"Five Eight", "Eight", []string{"suspend", "kill"}},
		{"Four Eight", "Eight", []string{"suspend", "kill"}},
	} {
		var all []string
		for _, f := range d.findings(logRecord("Security", "1", "Rules", c.rules), nil) {
			all = append(all, f.Finding.Actions...)
			if c.on != "" && (f.Finding.RuleID == c.on) != (len(f.Finding.Actions) > 0) {
				t.Errorf("%s: %s asks for %v", c.rules, f.Finding.RuleID, f.Finding.Actions)
			}
		}
		if !slices.Equal(all, c.want) {
			t.Errorf("%s: %v, want %v", c.rules, all, c.want)
		}
	}
	policy.Levels = map[string][]string{"sever": {"kill"}}
	if err := policy.Check("policy"); err == nil || !strings.Contains(err.Error(), `there is no level "sever"`) {
		t.Errorf("an unknown level gives %v", err)
	}
}
