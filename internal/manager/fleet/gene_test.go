package fleet

import (
	"errors"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/api"
)

// TestWM11_GeneRulesWithContainers: a Gene rule and the container that it looks
// up are one set: hosts get both, the values change alone, and the container
// cannot go while the rule is there.
func TestWM11_GeneRulesWithContainers(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	docs := h.connect("a", nil)
	drain(docs)
	rule := api.RuleFile{Path: "ioc/domains.gen", Text: `{"Name":"BadDomain","Meta":{"Events":{"Microsoft-Windows-Sysmon/Operational":[22]},"Criticality":9,"Schema":"2.0.0"},"Matches":["$d: extract('(?P<d>.+)', QueryName) in domains"],"Condition":"$d"}`}
	var refused *api.RefusedError
	_, err := h.change(api.RuleChange{Set: []api.RuleFile{rule}})
	if !errors.As(err, &refused) || !strings.Contains(refused.Problems[0].Message, "there is no container domains") {
		t.Fatalf("without its container: %v", err)
	}
	list := api.RuleFile{Path: "ioc/domains.cont", Text: "evil.example\n"}
	if _, err := h.change(api.RuleChange{Set: []api.RuleFile{rule, list}}); err != nil {
		t.Fatal(err)
	}
	if got := h.received(docs); got["stored/ioc/domains.gen"] != rule.Text || got["stored/ioc/domains.cont"] != list.Text {
		t.Errorf("hosts got %v", got)
	}
	list.Text = "evil.example\nworse.example\n"
	if _, err := h.change(api.RuleChange{Set: []api.RuleFile{list}}); err != nil {
		t.Fatal(err)
	}
	if got := h.received(docs); got["stored/ioc/domains.cont"] != list.Text {
		t.Errorf("hosts got %v", got)
	}
	if _, err := h.change(api.RuleChange{Remove: []string{list.Path}}); !errors.As(err, &refused) {
		t.Errorf("the container goes without the rule: %v", err)
	}
	l, err := h.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range l.Rules {
		found = found || r.ID == "BadDomain" && r.Format == "gene" && r.Level == "high"
	}
	if !found {
		t.Errorf("the rule is not listed as one of Gene: %+v", l.Rules)
	}
}
