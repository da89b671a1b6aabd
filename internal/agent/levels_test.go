package agent

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
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
	if err := policy.Check(); err != nil {
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
	if err := policy.Check(); err == nil || !strings.Contains(err.Error(), `there is no level "sever"`) {
		t.Errorf("an unknown level gives %v", err)
	}
}

// TestGT6_FilesOfRulesAreWatched checks that the files that rules name are
// watched besides those of the policy, and no longer when the rules go.
func TestGT6_FilesOfRulesAreWatched(t *testing.T) {
	d := newDetector()
	var watched []string
	d.watch = func(paths []string) error {
		watched = paths
		return nil
	}
	policy := wire.DefaultPolicy()
	policy.Watch = []string{"/etc/shadow", "/root/"}
	d.setPolicy(policy)
	rules := wire.Rules{Files: []wire.RuleFile{{Path: "own/rules.ini", Text: "[Rules]\n1\tNO\t/srv/secret\t*\n1\tNO\t/etc/shadow\t*\n1\tNO\tcurl\t*\n[Triggers]\n0x1\n"}}}
	if err := d.document(1, rules); err != nil {
		t.Fatal(err)
	}
	if want := []string{"/etc/shadow", "/root/", "/srv/secret"}; !slices.Equal(watched, want) {
		t.Errorf("watched are %v, want %v", watched, want)
	}
	rules.Files[0].Text = strings.Replace(rules.Files[0].Text, "0x1", "0x2", 1) // writing is an event anyway
	if err := d.document(2, rules); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(watched, policy.Watch) {
		t.Errorf("watched are %v, want %v", watched, policy.Watch)
	}
}

// TestWhatRulesDidNotSeeIsCounted: an event that uses up the work that one may
// cost, and a value beyond the limit, stand in the status.
func TestWhatRulesDidNotSeeIsCounted(t *testing.T) {
	var rules []wire.RuleFile
	for i := range 600 {
		rules = append(rules, wire.RuleFile{Path: fmt.Sprintf("own/%d.yml", i), Text: fmt.Sprintf(
			"title: r%d\nid: r%d\nlevel: low\nlogsource: {product: linux, category: process_creation}\ndetection:\n  s: {CommandLine|re: '[a-z]{%d}[0-9]\\W'}\n  condition: s\n", i, i, i+1)})
	}
	d := newDetector()
	if err := d.document(1, wire.Rules{Files: rules}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{1, 40_000} {
		e := &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: "x", CommandLine: strings.Repeat("ab", n)}}
		d.findings(e, nil)
		if s := d.Status(); (s.Spent == 1) != (n > 1) || (s.Cut == 1) != (n > 1) {
			t.Errorf("after %d letters: cut %d, spent %d", 2*n, s.Cut, s.Spent)
		}
	}
}
