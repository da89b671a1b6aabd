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
		"not of all":    {"  a: {process.name: [x, y]}\n  b: {process.name: [X, y, z]}\n  condition: a and not b\n", "", "can never be true together"},
		"its opposite":  {"  a: {process.name|startswith: ev, process.command_line|contains: x}\n  b: {process.name: evil}\n  condition: b and a and not a\n", "", "can never be true together"},
		"no such end":   {"  a: {process.name: x}\n  b: {process.name|endswith: [y, z]}\n  condition: a and b\n", "", "can never be true together"},
		"dead value":    {"  s: {process.command_line|contains: [curl, 'curl -o']}\n  condition: s\n", "", `the value "curl -o" decides nothing, "curl" is in the list`},
		"twice in list": {"  s: {process.name: [nc, NC]}\n  condition: s\n", "", `the value "NC" decides nothing, "nc" is in the list`},
		"twice":         {"  a: {process.name: nc}\n  b: {process.name: nc}\n  condition: a or b\n", "", "process.name = text 'nc' stands twice"},
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

func TestWhatMayBeTrueGivesNoRemark(t *testing.T) {
	for name, detection := range map[string]string{
		"one value left":   "  a: {process.name: [evil, x]}\n  b: {process.name: x}\n  condition: a and not b\n",
		"the end fits":     "  a: {process.name: evil}\n  b: {process.name|endswith: [il, z]}\n  condition: a and b\n",
		"two of a list":    "  a: {process.args: evil}\n  b: {process.args: x}\n  s: {process.name: evil}\n  condition: s or a and b\n",
		"cased":            "  s: {process.name|cased: [evil, EVIL]}\n  condition: s\n",
		"begins, not ends": "  s: {process.name|startswith: [evil, xevil]}\n  condition: s\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got := check(t, detection, cases); len(got) > 0 {
				t.Error(got)
			}
		})
	}
}

func TestOldNames(t *testing.T) {
	text := "title: t\nid: a\nlevel: low\ntags: [attack.defense-evasion, attack.dancing, attack.t9999, attack.t1059.999, attack.t1562.001, attack.t1043, attack.t1059.004]\nlogsource: {product: linux, category: process_creation}\ndetection:\n  s: {process.name: evil}\n  condition: s\n" + cases
	set, _ := detect.Load(detect.Options{Formats: all.Formats()}, []detect.File{{Path: "r.yml", Text: text}})
	var got []string
	for _, p := range lint.Check(set) {
		got = append(got, p.Error())
	}
	want := []string{"ATT&CK v19 has divided defense-evasion; write attack.stealth or attack.defense-impairment", "dancing is not a tactic",
		"r.yml:1: tags: ATT&CK v19 for enterprises has no technique T9999", "has no technique T1059.999",
		"ATT&CK v19 has T1685 in place of T1562.001; write attack.t1685", "ATT&CK has withdrawn T1043"}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, w) }) {
			t.Errorf("got %q, want %q", got, w)
		}
	}
	if slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "T1059.004") }) {
		t.Errorf("a technique that there is gives a remark: %q", got)
	}
}
