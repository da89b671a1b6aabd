package condition_test

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/condition"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

func load(text string) (*detect.Set, []detect.Problem) {
	return detect.Load(detect.Options{Formats: []detect.Format{condition.Format()}, Records: true}, []detect.File{{Path: "r.json", Text: text}})
}

// rule writes a rule with conditions, and more keys.
func rule(kind, more string, conditions ...string) string {
	var quoted []string
	for _, c := range conditions {
		quoted = append(quoted, fmt.Sprintf("%q", c))
	}
	return fmt.Sprintf(`{"id": 7, "name": "x", "type": %q, "severity": "low",%s "conditions": [%s]}`, kind, more, strings.Join(quoted, ", "))
}

func parse(t *testing.T, line string) *record.Record {
	t.Helper()
	r, err := record.ParseJSON([]byte(line))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAE17_DefaultRules imports the default rules and runs their events.
func TestAE17_DefaultRules(t *testing.T) {
	text, err := os.ReadFile("testdata/default.json")
	if err != nil {
		t.Fatal(err)
	}
	set, problems := load(string(text))
	if len(problems) > 0 {
		t.Error(problems)
	}
	one, encoded := set.Rule("1"), set.Rule("101")
	if one == nil || encoded == nil || one.Level != "high" || one.Severity != 4 || len(one.Actions) != 1 || one.Actions[0] != "kill" || len(encoded.Actions) != 0 {
		t.Fatalf("the rules are %+v and %+v", one, encoded)
	}
	for _, r := range set.Rules() {
		if len(r.Cases) != 4 {
			t.Errorf("%s has %d events", r.Name, len(r.Cases))
		}
		for _, wrong := range set.Test(r) {
			t.Error(wrong)
		}
	}
}

// TestAE5_AttackRules checks that rules of the type attack look at command
// lines and paths of executions and carry their techniques.
func TestAE5_AttackRules(t *testing.T) {
	set, problems := load("[" + rule("attack", `"techniques": ["T1204.002"], "tactics": ["execution"],`, "path startswith '/tmp/'", "command contains 'schtasks'") + "]")
	if len(problems) > 0 {
		t.Error(problems)
	}
	e := &event.Event{Kind: event.ProcessStart, Process: &event.Process{Executable: "/tmp/x", CommandLine: "x"}}
	if ms := set.Match(e, nil); len(ms) != 0 {
		t.Error("different fields are not joined with and")
	}
	e.Process.CommandLine = "/tmp/x SCHTASKS /create"
	ms := set.Match(e, nil)
	if len(ms) != 1 || ms[0].Rule.Techniques[0] != "T1204.002" || ms[0].Rule.Tactics[0] != "execution" {
		t.Errorf("the match is %+v", ms)
	}
}

// TestAE7_OperatorsAndTypes is a table of the operators, of the six types and
// of how conditions are joined.
func TestAE7_OperatorsAndTypes(t *testing.T) {
	start := &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: "evil.sh", Executable: "/opt/evil.sh", PID: 42, CommandLine: "evil --now"}, User: &event.User{Name: "www-data"}}
	out := &event.Event{Kind: event.NetConnect, Net: &event.Net{SourceIP: netip.MustParseAddr("192.168.1.2"), SourcePort: 50000, DestinationIP: netip.MustParseAddr("10.1.2.3"), DestinationPort: 4444, Transport: "tcp"}}
	in := &event.Event{Kind: event.NetAccept, Net: &event.Net{SourceIP: netip.MustParseAddr("10.1.2.3"), SourcePort: 4444, DestinationIP: netip.MustParseAddr("192.168.1.2"), DestinationPort: 22, Transport: "tcp"}}
	file := &event.Event{Kind: event.FileDelete, File: &event.File{Path: "/etc/cron.d/x", Name: "x"}}
	reg := parse(t, `{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"13","EventType":"SetValue","TargetObject":"HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Evil","Details":"c:\\evil.exe"}`)
	logon := parse(t, `{"Channel":"Security","EventID":"4625","TargetUserName":"root","Computer":"pc"}`)
	sysmon := parse(t, `{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"1","Image":"C:\\opt\\Evil.SH","CommandLine":"evil --now","User":"www-data","ProcessId":"42"}`)
	sysnet := parse(t, `{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"3","Initiated":"true","DestinationIp":"10.1.2.3","DestinationPort":"4444","SourceIp":"192.168.1.2"}`)
	sysacc := parse(t, `{"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":"3","Initiated":"false","SourceIp":"10.1.2.3","DestinationIp":"192.168.1.2"}`)
	p, n, f := "process", "network", "file"
	for _, c := range []struct {
		kind, more string
		conditions []string
		rec        expr.Record
		want       bool
	}{
		{p, "", []string{"name = 'EVIL.sh'"}, start, true},
		{p, "", []string{"name = 'evil'"}, start, false},
		{p, "", []string{"name != 'evil'"}, start, true},
		{p, "", []string{"pid > 41"}, start, true},
		{p, "", []string{"pid < '42'"}, start, false},
		{p, "", []string{"pid >= 42"}, start, true},
		{p, "", []string{"pid <= 41"}, start, false},
		{p, "", []string{"command contains 'NOW'"}, start, true},
		{p, "", []string{"path startswith '/opt/'"}, start, true},
		{p, "", []string{"path endswith '.sh'"}, start, true},
		{p, "", []string{"command matches '--[mn]ow$'"}, start, true},
		{p, "", []string{"user in ('root', 'www-data')"}, start, true},
		{p, "", []string{"user not in ('root', 'www-data')"}, start, false},
		{p, "", []string{"process.name = 'evil.sh'"}, start, true},
		{p, "", []string{"name = 'a'", "name = 'evil.sh'", "user = 'www-data'"}, start, true},
		{p, "", []string{"name = 'a'", "name = 'evil.sh'", "user = 'root'"}, start, false},
		{p, ` "match": "any",`, []string{"name = 'a'", "user = 'www-data'"}, start, true},
		{p, ` "match": "all",`, []string{"name startswith 'evil'", "name endswith '.exe'"}, start, false},
		{p, "", []string{"name = 'a' or (user = 'www-data' and not pid = 1)"}, start, true},
		{p, ` "enabled": false,`, []string{"name = 'evil.sh'"}, start, false},
		{p, "", []string{"name = 'evil.sh'", "user = 'www-data'"}, sysmon, true},
		{p, "", []string{"name startswith 'evil'"}, sysmon, true},
		{p, "", []string{"name contains 'opt'"}, sysmon, false},
		{p, "", []string{"name endswith '.sh'"}, sysmon, true},
		{p, "", []string{"name in ('x', 'evil.sh')"}, sysmon, true},
		{p, "", []string{"name exists"}, sysmon, true},
		{p, "", []string{"path = 'c:\\opt\\evil.sh'"}, sysmon, true},
		{n, "", []string{"remote_addr = '10.1.2.3'", "remote_port = 4444"}, out, true},
		{n, "", []string{"remote_addr = '10.1.2.3'", "remote_port = 4444"}, in, true},
		{n, "", []string{"local_port = 22"}, in, true},
		{n, "", []string{"local_port = 22"}, out, false},
		{n, "", []string{"remote_ip cidr '10.0.0.0/8'", "protocol = 'TCP'"}, out, true},
		{n, "", []string{"remote_ip = '10.1.2.3'"}, sysnet, true},
		{n, "", []string{"remote_ip = '10.1.2.3'"}, sysacc, true},
		{n, "", []string{"local_ip = '10.1.2.3'"}, sysnet, false},
		{f, "", []string{"path startswith '/etc/'", "action = 'delete'"}, file, true},
		{f, "", []string{"path startswith '/etc/'", "action in ('create', 'modify')"}, file, false},
		{"registry", "", []string{`path contains '\CurrentVersion\Run\'`, "name = 'evil'", "value endswith '.exe'"}, reg, true},
		{"event_log", "", []string{"event_id in (4624, 4625)", "TargetUserName = 'root'", "channel = 'Security'"}, logon, true},
		{"event_log", "", []string{"event_id = 4624"}, logon, false},
	} {
		name := fmt.Sprint(c.kind, c.more, c.conditions)
		set, problems := load(rule(c.kind, c.more, c.conditions...))
		for _, p := range problems {
			if !p.Disabled || strings.Contains(c.more, "enabled") != p.Disabled {
				t.Errorf("%s: %v", name, p)
			}
		}
		if got := len(set.Match(c.rec, nil)) > 0; got != c.want {
			t.Errorf("%s is %v", name, got)
		}
	}
}

// TestMistakes checks that a mistake is told with its line and field, and what
// to do about it.
func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		rule("process", "", "nam = 'x'"):                                                      "r.json:1: conditions: nam = 'x': at character 1: unknown field 'nam'; the names are name, path",
		rule("process", "", "name ~ 'x'"):                                                     "unexpected '~'",
		rule("process", "", "name matches '('"):                                               "missing closing )",
		rule("process", "", " "):                                                              "a condition is a text that is not empty",
		rule("process", ` "match": "one",`, "name = 'x'"):                                     "r.json:1: match: \"one\" does not say",
		rule("process", ` "actions": ["explode"],`, "name = 'x'"):                             "there is no action \"explode\"; the actions are alert",
		rule("procss", "", "name = 'x'"):                                                      "there is no type \"procss\"; write one of process, network",
		rule("registry", "", "pth = 'x'"):                                                     "unknown field 'pth'",
		strings.Replace(rule("file", "", "path = 'x'"), "low", "severe", 1):                   "there is no severity \"severe\"; write one of informational",
		strings.Replace(rule("file", "", "path = 'x'"), "7", "\"seven\"", 1):                  "r.json:1: id: the rule has no id that is a whole number",
		"{\"id\": 1,\n\"conditions\": [\n\"path = 'HKLM\\SOFTWARE'\"]}":                       "r.json:3: not valid JSON: invalid escape",
		`{"id": 1, "type": "file", "conditions": {}}`:                                         "the rule has no list of conditions",
		`{"id": 1, "type": "file", "conditions": ["path = 'x'"], "vedette": {"match": [{}]}}`: "the event has no kind",
	} {
		_, problems := load(text)
		if len(problems) == 0 || !problems[len(problems)-1].Refused || !strings.Contains(problems[len(problems)-1].Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, problems, want)
		}
	}
}

// TestRemarks checks what is said about rules that are right.
func TestRemarks(t *testing.T) {
	for text, want := range map[string]string{
		rule("process", "", "pid > 10", "pid < 20"):                     "joined with or, and pid < 20 is true of most",
		rule("process", "", "name != 'a'", "name != 'b'"):               "joined with or",
		rule("process", ` "actions": ["block_connection"],`, "pid = 1"): "the action block_connection is not carried out",
		rule("process", ` "colour": "red",`, "pid = 1"):                 "unknown key colour",
	} {
		set, problems := load(text)
		if len(set.Rules()) != 1 || len(problems) != 1 || problems[0].Refused || !strings.Contains(problems[0].Error(), want) {
			t.Errorf("%s\n got %v\nwant %s", text, problems, want)
		}
	}
}

// FuzzParse checks that any text gives rules or problems, and rules that can be
// evaluated.
func FuzzParse(f *testing.F) {
	text, err := os.ReadFile("testdata/default.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(text))
	f.Add(rule("network", ` "match": "all",`, "remote_ip cidr '10.0.0.0/8'", "remote_port > 1"))
	f.Add(rule("file", "", "name in ('a', 'b') or not action = 'create'"))
	f.Add(`[{"id":1,"conditions":["`)
	e := &event.Event{Kind: event.ProcessStart, Process: &event.Process{Name: "a", Executable: "/a/b"}}
	f.Fuzz(func(t *testing.T, text string) {
		rules, problems := condition.Parse(detect.File{Path: "r.json", Text: text}, detect.Options{Records: true})
		if len(rules) == 0 && len(problems) == 0 {
			t.Fatal("neither a rule nor a problem")
		}
		for _, r := range rules {
			if r.ID == "" || r.Name == "" || r.Level == "" || len(r.Variants) == 0 {
				t.Fatalf("half a rule: %+v", r)
			}
			r.Matches(e)
		}
	})
}
