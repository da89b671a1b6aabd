package fleet

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// rule returns a Sigma rule with an id that ends in n.
func ruleText(n int, image string) string {
	return fmt.Sprintf("title: Rule %d\nid: 22222222-2222-2222-2222-%012d\nlogsource: {category: process_creation, product: linux}\ndetection:\n  selection:\n    Image|endswith: /%s\n  condition: selection\nlevel: low\n", n, n, image)
}

func (h *house) change(c api.RuleChange) (api.RuleChanged, error) {
	return h.ChangeRules(h.t.Context(), c, "anna")
}

// received returns the rule files of the newest rules document, and checks its
// signature.
func (h *house) received(docs <-chan *wirepb.Signed) map[string]string {
	h.t.Helper()
	s := byKind(drain(docs), wire.DocumentRules)
	if s == nil {
		return nil
	}
	if err := h.verify(s, "a", nil); err != nil {
		h.t.Error(err)
	}
	r, err := wire.DecodeRules(s.Content)
	if err != nil {
		h.t.Fatal(err)
	}
	out := map[string]string{}
	for _, f := range r.Files {
		out[f.Path] = f.Text
	}
	return out
}

// TestWM10_RulesAreChangedAsAWhole: rules are added, changed and removed while
// hosts are connected, which get them at once; a bad rule rejects the change
// and nothing of it is in force.
func TestWM10_RulesAreChangedAsAWhole(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	docs := h.connect("a", nil)
	drain(docs)
	one := api.RuleFile{Path: "linux/one.yml", Text: ruleText(1, "one")}
	done, err := h.change(api.RuleChange{Set: []api.RuleFile{one, {Path: "two.yml", Text: ruleText(2, "two")}}, Comment: "first"})
	if err != nil {
		t.Fatal(err)
	}
	if got := h.received(docs); len(got) != 3 || got["stored/linux/one.yml"] != one.Text {
		t.Errorf("hosts got %v", got)
	}
	h.want("added", strings.Join(done.Added, " "), "linux/one.yml two.yml")
	var refused *api.RefusedError
	_, err = h.change(api.RuleChange{Set: []api.RuleFile{{Path: "three.yml", Text: ruleText(3, "three")}, {Path: "bad.yml", Text: strings.Replace(ruleText(4, "x"), "condition: selection", "condition: nothing", 1)}}, Remove: []string{"two.yml"}})
	if !errors.As(err, &refused) || len(refused.Problems) != 1 || refused.Problems[0].Path != "stored/bad.yml" || refused.Problems[0].Line == 0 || refused.Problems[0].Field == "" {
		t.Fatalf("a bad rule: %v", err)
	}
	if got := h.received(docs); got != nil {
		t.Errorf("hosts got a refused change: %v", got)
	}
	l, err := h.Rules(t.Context())
	if err != nil || len(l.Rules) != 3 || l.Version != done.Version {
		t.Errorf("%d rules, version %d, %v", len(l.Rules), l.Version, err)
	}
	if _, err := h.change(api.RuleChange{Set: []api.RuleFile{{Path: "copy.yml", Text: one.Text}}}); !errors.As(err, &refused) {
		t.Errorf("an id that is there: %v", err)
	}
	for _, p := range []string{"../x.yml", "/x.yml", "a/../x.yml", `a\b.yml`, ""} {
		var field *api.FieldError
		if _, err := h.change(api.RuleChange{Set: []api.RuleFile{{Path: p, Text: one.Text}}}); !errors.As(err, &field) || field.Field != "body.set[0].path" {
			t.Errorf("path %q: %v", p, err)
		}
	}
	if _, err := h.change(api.RuleChange{Remove: []string{"two.yml"}, Version: done.Version - 1}); !errors.Is(err, state.ErrConflict) {
		t.Errorf("a change of an old version: %v", err)
	}
	if p, err := h.change(api.RuleChange{Remove: []string{"two.yml"}, Preview: true}); err != nil || p.Version != done.Version || p.Rules != 2 || h.received(docs) != nil {
		t.Errorf("a preview: %+v, %v", p, err)
	}
	if _, err := h.change(api.RuleChange{Remove: []string{"two.yml"}}); err != nil {
		t.Fatal(err)
	}
	if got := h.received(docs); len(got) != 2 || got["stored/two.yml"] != "" {
		t.Errorf("after the removal hosts got %v", got)
	}
}

func TestRuleHistoryAndRollback(t *testing.T) {
	h := newHouse(t)
	first, err := h.change(api.RuleChange{Set: []api.RuleFile{{Path: "one.yml", Text: ruleText(1, "one")}}, Comment: "first"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.change(api.RuleChange{Replace: true, Set: []api.RuleFile{{Path: "two.yml", Text: ruleText(2, "two")}}}); err != nil {
		t.Fatal(err)
	}
	h.restart() // what is stored outlives it
	back, err := h.RollBackRules(t.Context(), first.Version, "", "bert")
	if err != nil || back.Version <= first.Version+1 || !slices.Equal(back.Added, []string{"one.yml"}) || !slices.Equal(back.Removed, []string{"two.yml"}) {
		t.Fatalf("%+v, %v", back, err)
	}
	vs, err := h.RuleVersions(t.Context())
	if err != nil || len(vs.Versions) != 4 {
		t.Fatalf("%+v, %v", vs, err)
	}
	newest := vs.Versions[0]
	if newest.By != "bert" || newest.Comment != fmt.Sprintf("back to version %d", first.Version) || newest.Files != 1 || newest.Rules != 2 || vs.Versions[2].Comment != "first" {
		t.Errorf("%+v", vs.Versions)
	}
	v, err := h.RuleVersion(t.Context(), 0)
	if err != nil || v.Version != back.Version || len(v.Stored) != 1 || v.Stored[0].Path != "one.yml" {
		t.Errorf("%+v, %v", v, err)
	}
	if _, err := h.RollBackRules(t.Context(), 99, "", "x"); !errors.Is(err, state.ErrNotFound) {
		t.Errorf("an unknown version: %v", err)
	}
}

func TestLintAsOneTypes(t *testing.T) {
	h := newHouse(t)
	l, err := h.LintRule(t.Context(), api.RuleText{Path: "x.yml", Text: ruleText(7, "seven")})
	if err != nil || len(l.Rules) != 1 || slices.ContainsFunc(l.Problems, func(p api.RuleProblem) bool { return !p.Remark }) || len(l.Problems) == 0 {
		t.Errorf("a good rule without tests: %+v, %v", l, err)
	}
	l, err = h.LintRule(t.Context(), api.RuleText{Path: "x.yml", Text: "title: x\ndetection:\n  a: [\n"})
	if err != nil || len(l.Rules) != 0 || len(l.Problems) == 0 || l.Problems[0].Remark {
		t.Errorf("half a rule: %+v, %v", l, err)
	}
	l, err = h.LintRule(t.Context(), api.RuleText{Path: "x.yml", Text: shippedRule})
	if err != nil || !slices.ContainsFunc(l.Problems, func(p api.RuleProblem) bool { return p.Field == "id" && strings.Contains(p.Message, "curl.yml") }) {
		t.Errorf("the id of a shipped rule: %+v, %v", l, err)
	}
	if vs, err := h.RuleVersions(t.Context()); err != nil || len(vs.Versions) != 1 {
		t.Errorf("lint kept something: %+v, %v", vs, err)
	}
}

// TestRuleFacts: the list says what a rule costs, how often it was true, and
// where it is switched off.
func TestRuleFacts(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	if _, err := h.SetPolicy(t.Context(), DefaultGroup, api.PolicyChange{Text: "rules:\n  11111111-1111-1111-1111-111111111111: {disabled: true}\n"}, "anna"); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		e := h.at(i, event.ProcessStart, 1, int64(i+1), nil)
		e.Process = &event.Process{Executable: "/usr/bin/" + []string{"curl", "bash"}[i%2]}
		h.observe(e)
	}
	h.measure()
	l, err := h.Rules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r := l.Rules[0]
	if r.Cost == nil || r.Cost.Events != 10 || r.Cost.Matched != 5 || r.Cost.Nanoseconds <= 0 || !slices.Equal(r.DisabledIn, []string{DefaultGroup}) {
		t.Errorf("%+v, cost %+v", r, r.Cost)
	}
}
