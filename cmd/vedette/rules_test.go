package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runRules runs `vedette rules ARGS` and returns what it wrote and the exit code.
func runRules(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	root := newRoot()
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	code = execute(t.Context(), root, append([]string{"rules"}, args...))
	return out.String(), errs.String(), code
}

const badRule = `title: Bad
id: bad
level: low
logsource: {product: linux, category: process_creation}
detection:
  s: {proces.name: x}
  condition: s
`

func rulesDir(t *testing.T) string {
	dir := t.TempDir()
	good := strings.NewReplacer("Bad", "Good", "bad", "good", "proces.name", "process.name").Replace(badRule) +
		"vedette:\n  match:\n    - {event: {action: process_start}, process: {name: x}}\n  no_match:\n    - {event: {action: process_start}, process: {name: X}}\n"
	for name, text := range map[string]string{"bad.yml": badRule, "good.yml": good} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRulesOfTheProgramPass(t *testing.T) {
	for _, verb := range []string{"lint", "test", "list"} {
		out, errs, code := runRules(t, verb)
		if code != 0 || errs != "" || strings.Contains(out, "remark ") || strings.Contains(out, "FAILED") {
			t.Errorf("rules %s: code %d\n%s%s", verb, code, out, errs)
		}
	}
}

func TestRulesLintNamesFileLineAndField(t *testing.T) {
	dir := rulesDir(t)
	out, _, code := runRules(t, "lint", dir)
	if want := filepath.Join(dir, "bad.yml") + ":6: detection.s.proces.name: our events of process_creation have no field proces.name"; code != 1 || !strings.Contains(out, want) {
		t.Errorf("code %d, want 1 and %q in\n%s", code, want, out)
	}
}

func TestRulesListJSON(t *testing.T) {
	dir := rulesDir(t)
	out, _, code := runRules(t, "list", "--json", "--rules", filepath.Join(dir, "bad.yml")+","+filepath.Join(dir, "good.yml"))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 3 {
		t.Fatalf("code %d, %d lines, want 0 and 3:\n%s", code, len(lines), out)
	}
	var rule listedRule
	if err := json.Unmarshal([]byte(lines[1]), &rule); err != nil || rule.Status != "refused" || rule.Title != "Bad" || rule.Reason == "" {
		t.Errorf("%v: %+v", err, rule)
	}
	for _, line := range lines[:2] {
		for _, key := range []string{`"id":`, `"title":`, `"path":`, `"format":"sigma"`, `"status":`, `"reason":`} {
			if !strings.Contains(line, key) {
				t.Errorf("no %s in %s", key, line)
			}
		}
	}
	if lines[2] != `{"loaded":1,"refused":1,"silent":0}` {
		t.Errorf("the last line is %s", lines[2])
	}
}

// TestRulesListOfThePublicCorpus lists every active rule of SigmaHQ: 3,755
// load, 25 need placeholders that are not configured, none is left out.
func TestRulesListOfThePublicCorpus(t *testing.T) {
	data := os.Getenv("VEDETTE_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	dirs, _ := filepath.Glob(filepath.Join(data, "sigma", "rules*"))
	if len(dirs) != 5 {
		t.Skipf("SKIPPED: no public rules in %s; set VEDETTE_DATA", data)
	}
	// The flag repeats and takes commas.
	out, errs, code := runRules(t, "list", "--json", "--rules", strings.Join(dirs[:2], ","), "--rules", strings.Join(dirs[2:], ","))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 3780+1 || lines[3780] != `{"loaded":3755,"refused":25,"silent":0}` {
		t.Fatalf("code %d, %d lines, the last is %s\n%s", code, len(lines), lines[len(lines)-1], errs)
	}
	seen := map[string]bool{}
	for _, line := range lines[:3780] {
		var r listedRule
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.ID == "" || r.Title == "" || r.Path == "" || r.Format != "sigma" || seen[r.ID] {
			t.Fatalf("%v: %s", err, line)
		}
		seen[r.ID] = true
		placeholder := strings.Contains(r.Reason, "placeholder")
		if r.Status == "loaded" && r.Reason != "" || r.Status == "refused" && !placeholder || r.Status != "loaded" && r.Status != "refused" {
			t.Errorf("%s", line)
		}
	}
}

// TestRulesListSaysWhatIsOutOfUse: deprecated rules are disabled, and rules with
// placeholders need their values.
func TestRulesListSaysWhatIsOutOfUse(t *testing.T) {
	dir := t.TempDir()
	old := strings.NewReplacer("Bad", "Old", "id: bad", "id: old\nstatus: deprecated\nrelated: [{id: new, type: obsolete}]", "proces.name", "process.name").Replace(badRule)
	expand := strings.NewReplacer("Bad", "Expand", "bad", "expand", "proces.name: x", "process.name|expand: '%tool%'").Replace(badRule)
	values := filepath.Join(dir, "values.yaml.txt")
	for name, text := range map[string]string{"old.yml": old, "expand.yml": expand, "values.yaml.txt": "tool: [nc, ncat*]\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for args, want := range map[string]string{
		"":                         `{"loaded":0,"refused":1,"silent":0}`,
		"--deprecated":             `{"loaded":1,"refused":1,"silent":0}`,
		"--placeholders=" + values: `{"loaded":1,"refused":0,"silent":0}`,
	} {
		out, errs, code := runRules(t, append([]string{"list", "--json", "--rules", filepath.Join(dir, "old.yml") + "," + filepath.Join(dir, "expand.yml")}, strings.Fields(args)...)...)
		if lines := strings.Split(strings.TrimSpace(out), "\n"); code != 0 || len(lines) != 3 || lines[2] != want {
			t.Errorf("%s: code %d, want %s:\n%s%s", args, code, want, out, errs)
		}
		if args == "" && (!strings.Contains(out, `"status":"disabled"`) || !strings.Contains(out, "obsolete new") || !strings.Contains(out, "placeholder %tool% has no value")) {
			t.Errorf("the reasons are not there:\n%s", out)
		}
	}
	if err := os.WriteFile(values, []byte("tool:\n  - [a]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := runRules(t, "list", "--placeholders", values); code != 2 || !strings.Contains(errs, "tool: needs values") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestRulesTestFindsAWrongRule(t *testing.T) {
	out, _, code := runRules(t, "test", rulesDir(t))
	if code != 1 || !strings.Contains(out, "good.yml:12: must not match and does") || !strings.Contains(out, "REFUSED") {
		t.Errorf("code %d:\n%s", code, out)
	}
}

func TestRulesExplain(t *testing.T) {
	dir := rulesDir(t)
	file := filepath.Join(dir, "event.json")
	if err := os.WriteFile(file, []byte(`{"event":{"action":"process_start"},"process":{"name":"y"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code := runRules(t, "explain", "--rules", dir, "good", file)
	if code != 0 || !strings.Contains(out, "does not match") || !strings.Contains(out, "process.name = text 'x'   [y]") {
		t.Errorf("code %d:\n%s%s", code, out, errs)
	}
	lines := filepath.Join(dir, "events.jsonl")
	if err := os.WriteFile(lines, []byte(`{"event":{"action":"process_start"},"process":{"name":"z"}}`+"\n"+`{"event":{"action":"process_start"},"process":{"name":"x"}}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, code = runRules(t, "explain", "--rules", dir, "good", lines, "--line", "1")
	if code != 0 || !strings.Contains(out, ") matches") || !strings.Contains(out, "[x]") {
		t.Errorf("code %d:\n%s%s", code, out, errs)
	}
	for _, args := range [][]string{
		{"explain", "--rules", dir, "good", lines, "--line", "7"},
		{"explain", "none", "{}"}, {"explain", "--rules", dir, "good", filepath.Join(dir, "none.json")},
		{"explain", "--rules", dir, "good", `{"proces":1}`}, {"explain", "good"}, {"lint", filepath.Join(dir, "none")}, {"lint", t.TempDir()},
	} {
		if _, errs, code := runRules(t, args...); code != 2 || errs == "" {
			t.Errorf("rules %v: code %d, want 2 and a message; stderr %q", args, code, errs)
		}
	}
}

func TestRulesCoverage(t *testing.T) {
	dir := t.TempDir()
	rule := func(id, level, tags string) {
		text := strings.NewReplacer("Bad", id, "bad", id, "proces.name", "process.name", "level: low", "level: "+level+"\ntags: ["+tags+"]").Replace(badRule)
		if err := os.WriteFile(filepath.Join(dir, id+".yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rule("one", "high", "attack.t1059.004, attack.execution")
	rule("two", "low", "attack.t1059.004, attack.t1105")
	rule("three", "low", "attack.execution")
	out, errs, code := runRules(t, "coverage", dir, "--json")
	if code != 0 || !strings.Contains(out, `{"rules":2,"technique":"T1059.004","titles":["one","two"]}`) || !strings.HasSuffix(out, `{"rules":3,"rules_without_technique":1,"techniques":2}`+"\n") {
		t.Errorf("code %d:\n%s%s", code, out, errs)
	}
	file := filepath.Join(dir, "layer.json")
	if _, errs, code := runRules(t, "coverage", dir, "--level", "high", "--layer", file); code != 0 {
		t.Fatalf("code %d: %s", code, errs)
	}
	text, err := os.ReadFile(file)
	if err != nil || !json.Valid(text) || !bytes.Contains(text, []byte(`"techniqueID": "T1059.004"`)) || bytes.Contains(text, []byte("T1105")) {
		t.Errorf("%v:\n%s", err, text)
	}
	for _, args := range [][]string{{"coverage", dir, "--level", "huge"}, {"coverage", dir, "--layer", filepath.Join(dir, "none", "x")}} {
		if _, errs, code := runRules(t, args...); code != 2 || errs == "" {
			t.Errorf("%v: code %d, %s", args, code, errs)
		}
	}
}

// TestRulesAreNamedAsPathsAre names the same folder and file in the ways that a
// shell completes and a person types.
func TestRulesAreNamedAsPathsAre(t *testing.T) {
	dir := rulesDir(t)
	t.Chdir(dir)
	if err := os.Mkdir("below", 0o700); err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(dir, "good.yml")
	for _, c := range []struct{ name, path string }{
		{dir, good}, {dir + "/", good}, {dir + "//", good}, {dir + "/.", good}, {dir + "/below/..", good}, {good, good},
		{".", "good.yml"}, {"./", "good.yml"}, {"good.yml", "good.yml"}, {"../" + filepath.Base(dir) + "/", "../" + filepath.Base(dir) + "/good.yml"},
	} {
		for _, args := range [][]string{{"list", "--json", "--rules", c.name}, {"list", "--json", c.name}} {
			out, errs, code := runRules(t, args...)
			if code != 0 || !strings.Contains(out, `"path":"`+c.path+`"`) || !strings.Contains(out, `"loaded":1`) {
				t.Errorf("%q: code %d, want %s in\n%s%s", args, code, c.path, out, errs)
			}
		}
	}
	t.Chdir("below")
	for _, name := range []string{"..", "../"} {
		if out, errs, code := runRules(t, "list", "--json", "--rules", name); code != 0 || !strings.Contains(out, `"path":"../good.yml"`) {
			t.Errorf("%s: code %d\n%s%s", name, code, out, errs)
		}
	}
	for name, want := range map[string]string{
		filepath.Join(dir, "no", "such"): "stat " + filepath.Join(dir, "no", "such") + ": no such file or directory",
		dir + ",":                        "a name of --rules is empty",
	} {
		if _, errs, code := runRules(t, "list", "--rules", name); code != 2 || !strings.Contains(errs, want) {
			t.Errorf("%s: code %d, want 2 and %q in %s", name, code, want, errs)
		}
	}
}

// TestRulesDoNothingToTheTerminal: a rule of somebody else with control
// characters in its title and its values is shown without them.
func TestRulesDoNothingToTheTerminal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "odd.yml")
	odd := strings.NewReplacer("title: Bad", `title: "Od\e[31md"`, "id: bad", `id: "od\ad"`, "proces.name: x", `process.name: "x\e[2J"`).Replace(badRule)
	if err := os.WriteFile(file, []byte(odd+"tags: [attack.t1059]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"list", file}, {"lint", file}, {"test", file}, {"coverage", file},
		{"explain", "--rules", file, "od\ad", `{"event":{"action":"process_start"},"process":{"name":"x\u001b[2J"}}`},
	} {
		out, errs, _ := runRules(t, args...)
		if strings.ContainsAny(out+errs, "\x1b\a") || out == "" {
			t.Errorf("%q: %q", args, out+errs)
		}
	}
}
