package lint_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/detect/lint"
)

const cases = "vedette:\n  match:\n    - {event: {action: process_start}, process: {name: evil}}\n  no_match:\n    - {event: {action: process_start}, process: {name: good}}\n"

func check(t *testing.T, detection, rest string) []string {
	t.Helper()
	text := "title: t\nid: a\nlevel: low\ntags: [attack.execution, attack.t1059]\nlogsource: {product: linux, category: process_creation}\ndetection:\n" + detection + rest
	set, problems := detect.Load(detect.Options{Formats: all.Formats()}, []detect.File{{Path: "r.yml", Text: text}})
	if len(set.Rules()) != 1 {
		t.Fatal(problems)
	}
	var out []string
	for _, p := range lint.Check(set) {
		if p.Refused || p.Line == 0 || p.Rule != "a" {
			t.Errorf("a remark refuses, or has no line or rule: %+v", p)
		}
		out = append(out, p.Error())
	}
	return out
}

func TestAGoodRuleGivesNoRemark(t *testing.T) {
	if got := check(t, "  s: {process.name: evil}\n  condition: s\n", cases); len(got) > 0 {
		t.Error(got)
	}
}

func TestRemarks(t *testing.T) {
	for name, c := range map[string]struct{ detection, rest, want string }{
		"no match":      {"  s: {process.name: evil}\n  condition: s\n", "", "no event that it must match"},
		"no no_match":   {"  s: {process.name: evil}\n  condition: s\n", "", "no event that it must not match"},
		"wrong case":    {"  s: {process.name: other}\n  condition: s\n", cases, "r.yml:11: vedette: an event that must match does not"},
		"dead number":   {"  s: {process.pid: evil}\n  condition: s\n", "", "can never be true; process.pid is a number"},
		"dead kind":     {"  s: {event.action: process_begin}\n  condition: s\n", "", `there is no kind "process_begin"`},
		"contradiction": {"  a: {process.name: x}\n  b: {process.name: [y, z]}\n  condition: a and b\n", "", "can never be true together"},
		"always":        {"  s: {process.name: x}\n  condition: not s\n", "", "true of an event that has none of its fields"},
		"costly":        {"  s: {process.name|re: '^[ev]+$'}\n  condition: s\n", "", "evaluated on every event of its kind"},
	} {
		t.Run(name, func(t *testing.T) {
			got := check(t, c.detection, c.rest)
			if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, c.want) }) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestOldTactics(t *testing.T) {
	text := "title: t\nid: a\nlevel: low\ntags: [attack.defense-evasion, attack.dancing]\nlogsource: {product: linux, category: process_creation}\ndetection:\n  s: {process.name: evil}\n  condition: s\n" + cases
	set, _ := detect.Load(detect.Options{Formats: all.Formats()}, []detect.File{{Path: "r.yml", Text: text}})
	var got []string
	for _, p := range lint.Check(set) {
		got = append(got, p.Error())
	}
	want := []string{"ATT&CK v19 has divided defense-evasion; write attack.stealth or attack.defense-impairment", "dancing is not a tactic"}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, w) }) {
			t.Errorf("got %q, want %q", got, w)
		}
	}
}
