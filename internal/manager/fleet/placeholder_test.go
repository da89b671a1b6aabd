package fleet

import (
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/api"
)

// TestPlaceholdersOfAPolicy: a rule whose placeholder has no value in any group
// is shown with the reason and refuses nothing else; a policy with values puts
// it among the rules.
func TestPlaceholdersOfAPolicy(t *testing.T) {
	h := newHouse(t)
	text := strings.Replace(ruleText(1, "one"), "Image|endswith: /one", "User|expand: '%Administrators%'", 1)
	before, err := h.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.change(api.RuleChange{Set: []api.RuleFile{{Path: "one.yml", Text: text}, {Path: "two.yml", Text: ruleText(2, "two")}}}); err != nil {
		t.Fatal(err)
	}
	l, err := h.Rules(t.Context())
	if err != nil || len(l.Rules) != len(before.Rules)+1 || len(l.Problems) != 1 || !strings.Contains(l.Problems[0].Message, "%Administrators% has no value") {
		t.Errorf("%d rules, problems %+v, %v", len(l.Rules), l.Problems, err)
	}
	if _, err := h.SetPolicy(t.Context(), DefaultGroup, api.PolicyChange{Text: "placeholders: {Administrators: [root, adm_*]}\n"}, "anna"); err != nil {
		t.Fatal(err)
	}
	l, err = h.Rules(t.Context())
	if err != nil || len(l.Rules) != len(before.Rules)+2 || len(l.Problems) != 0 {
		t.Errorf("with values: %d rules, problems %+v, %v", len(l.Rules), l.Problems, err)
	}
}
