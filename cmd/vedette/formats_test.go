package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vedette runs a command line.
func vedette(t *testing.T, args ...string) (code int, out, side string) {
	t.Helper()
	root := newRoot()
	var o, s bytes.Buffer
	root.SetOut(&o)
	root.SetErr(&s)
	code = execute(context.Background(), root, args)
	return code, o.String(), s.String()
}

// folder makes a folder with a rule of each format, and events.
func folder(t *testing.T) (rules, events string) {
	t.Helper()
	rules = t.TempDir()
	for name, text := range map[string]string{
		"lsass.gen": `{"Name":"LsassAccess","Tags":["Windows"],"Meta":{"ATTACK":[{"ID":"T1003.001","Tactic":"credential-access"}],"Events":{"Microsoft-Windows-Sysmon/Operational":[10]},"Criticality":8,"Schema":"2.0.0"},"Matches":["$a: TargetImage ~= '(?i:{{lsass}})'","$b: GrantedAccess &= '0x10'"],"Condition":"$a and $b",
 "vedette":{"match":[{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"10","TargetImage":"C:\\lsass.exe","GrantedAccess":"0x1410"}],"no_match":[{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"10","TargetImage":"C:\\lsass.exe","GrantedAccess":"0x1400"}]}}
{"Name":"Off","Meta":{"Disable":true,"Schema":"2.0.0"},"Matches":[],"Condition":""}
{"Name":"Keep","Meta":{"Events":{"System":[104]},"Filter":true,"Schema":"2.0.0"},"Matches":[],"Condition":""}
{"Name":"Listed","Meta":{"Events":{"Microsoft-Windows-Sysmon/Operational":[22]},"Criticality":9,"Schema":"2.0.0"},"Matches":["$d: extract('(?P<d>.+)$', QueryName) in bad"],"Condition":"$d"}`,
		"bad.txt":       "evil.example\n",
		"texts.toml":    "lsass = '\\\\lsass\\.exe$'\n",
		"aiedr.json":    `{"id":7,"name":"Curl","type":"process","severity":"medium","conditions":["name = 'curl'"]}`,
		"rules.ini":     "[Rules]\n30\tNO\tnc\t-l\n[Triggers]\n0x1\n",
		"settings.json": `{"nothing": "of rules"}`,
	} {
		if err := os.WriteFile(filepath.Join(rules, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	events = filepath.Join(t.TempDir(), "events.jsonl")
	lines := []string{
		`{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"10","Computer":"pc","TargetImage":"C:\\lsass.exe","GrantedAccess":"0x1410"}`,
		`{"Channel":"System","EventID":"104","Computer":"pc"}`,
		`{"event":{"action":"process_start"},"host":{"name":"srv"},"process":{"name":"curl","executable":"/usr/bin/curl","command_line":"curl x"}}`,
		`{"event":{"action":"process_start"},"host":{"name":"srv"},"process":{"name":"nc","executable":"/usr/bin/nc","command_line":"nc -l 1"}}`,
		`{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"22","Computer":"pc","QueryName":"EVIL.example"}`,
	}
	if err := os.WriteFile(events, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return rules, events
}

// TestGE2_CommandsOverAllFormats runs the commands that the command line of Gene
// has modes for, over a folder with rules of all formats.
func TestGE2_CommandsOverAllFormats(t *testing.T) {
	rules, events := folder(t)
	for _, c := range []struct {
		args    string
		code    int
		out     []string
		without string
	}{
		{"rules list --json " + rules, 0, []string{
			`"id":"LsassAccess","title":"LsassAccess"`, `"format":"gene","status":"loaded"`, `"format":"condition"`, `"format":"gotrust"`,
			`"id":"Off","title":"Off"`, `"status":"disabled"`, `{"loaded":5,"refused":0,"silent":0`,
		}, "refused\",\"reason"},
		{"rules lint " + rules, 0, []string{"settings.json: not a rule file of a known format; docs/formats.md", "5 rules load, 0 mistakes"}, "mistake "},
		{"rules test " + rules, 0, []string{"lsass.gen: 2 events", "0 failed"}, "FAILED"},
		{"rules explain --rules " + rules + ` LsassAccess {"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"10","GrantedAccess":"0x10"}`, 0, []string{"does not match", "[absent]", "mask '0x10'"}, ""},
		{"rules list --name lsass* --rules " + rules, 0, []string{"LsassAccess", "1 loaded"}, "Listed"},
		{"rules list --tag T1003* --rules " + rules, 0, []string{"LsassAccess", "1 loaded"}, "Curl"},
		{"rules list --tag windows,none --json --rules " + rules, 0, []string{`"id":"LsassAccess"`, `{"loaded":1,"refused":0,"silent":0`}, "Listed"},
		{"rules list --tags --rules " + rules, 0, []string{"     1  Windows\n", "     1  T1003.001\n"}, ""},
		{"rules list --regexes --json --rules " + rules, 0, []string{`{"rule":"LsassAccess","field":"`, `"regex":"`}, ""},
		{"detect --name lsass* --rules " + rules + " --json " + events, 0, []string{`"rule":{"id":"LsassAccess"`}, `"id":"Listed"`},
		{"detect --name no* --rules " + rules + " --json " + events, 0, nil, "LsassAccess"},
		{"rules test --name lsass* " + rules, 0, []string{"lsass.gen: 2 events", "1 rules, 2 events"}, "FAILED"},
		{"detect --rules " + rules + " --json --stats " + events, 0, []string{
			`"line":0`, `"rule":{"id":"LsassAccess","title":"LsassAccess","level":"high","severity":4,"criticality":8`, `"rule":{"id":"7"`, `"score":30`, `"id":"Listed"`,
		}, "Keep"},
		{"detect --rules " + rules + " --format ranking " + events, 0, []string{`{"identifier":"pc","alert-count":2`, `{"identifier":"srv","alert-count":2`}, "Keep"},
		{"detect --rules " + filepath.Join(rules, "lsass.gen") + " --json " + events, 0, []string{`"id":"Listed"`}, `"id":"7"`},
		{"rules convert --to sigma " + filepath.Join(rules, "aiedr.json"), 0, []string{"title: Curl (linux)", "---", "Image|re|i:"}, ""},
		{"rules convert --from gene --to gene --json " + filepath.Join(rules, "lsass.gen"), 0, []string{`"rule":"Listed"`, `{"converted":4,"left_out":0,"losses":0}`}, ""},
	} {
		code, out, side := vedette(t, strings.Fields(c.args)...)
		if code != c.code {
			t.Errorf("%s: code %d\n%s", c.args, code, side)
		}
		for _, want := range c.out {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %s in\n%s%s", c.args, want, out, side)
			}
		}
		if c.without != "" && strings.Contains(out, c.without) {
			t.Errorf("%s: %s in\n%s", c.args, c.without, out)
		}
	}
	_, _, side := vedette(t, "detect", "--rules", rules, "--json", "--stats", events)
	if !strings.Contains(side, `"findings":4`) || !strings.Contains(side, `"filtered":1`) {
		t.Errorf("statistics: %s", side)
	}
}

// TestRulesConvertMistakes checks codes and messages.
func TestRulesConvertMistakes(t *testing.T) {
	rules, _ := folder(t)
	gen := filepath.Join(rules, "lsass.gen")
	for _, c := range []struct {
		args string
		code int
		side string
	}{
		{"rules convert " + gen, 2, "--to is missing"},
		{"rules convert --to yara " + gen, 2, "rules are not converted from gene to yara; possible are gene to gene"},
		{"rules convert --from sigma --to gene " + gen, 2, "rules are not converted from sigma; --from is gene, aiedr or gotrust"},
		{"rules convert --to sigma " + filepath.Join(rules, "settings.json"), 2, "is no file of Gene, aiedr or goTrust rules"},
		{"rules convert --to sigma " + gen, 1, "LsassAccess: Sigma cannot say $b: the operator mask"},
		{"rules convert --to sigma /none.gen", 2, "none.gen"},
	} {
		code, _, side := vedette(t, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(side, c.side) {
			t.Errorf("%s: code %d, %s", c.args, code, side)
		}
	}
	out := filepath.Join(t.TempDir(), "out.yml")
	if code, _, side := vedette(t, "rules", "convert", "--to", "sigma", "--output", out, filepath.Join(rules, "rules.ini")); code != 0 || !strings.Contains(side, "2 converted") {
		t.Errorf("code %d, %s", code, side)
	}
	if code, text, side := vedette(t, "rules", "lint", out); code != 0 || !strings.Contains(text, "2 rules load, 0 mistakes") {
		t.Errorf("code %d, %s%s", code, text, side)
	}
}
