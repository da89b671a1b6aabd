package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/vedette-edr/vedette/internal/schema"
)

func write(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAE14_FlagsOverrideFile: a flag wins over a variable, a variable over the
// file, the file over the default.
func TestAE14_FlagsOverrideFile(t *testing.T) {
	file := write(t, "agent.yaml", "state_dir: /from/file\nqueue:\n  max_events: 1000\npolicy:\n  cpu_limit: 7\n  watch: [/etc/shadow]\n", 0o644)
	l, err := Load(Sources{
		File:  file,
		Env:   []string{"VEDETTE_STATE_DIR=/from/variable", "VEDETTE_QUEUE_MAX_EVENTS=2000", "VEDETTE_POLICY_WATCH=/a, /b/", "VEDETTE_UNRELATED=1"},
		Flags: map[string]string{"state_dir": "/from/flag"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if l.StateDir != "/from/flag" || l.Queue.MaxEvents != 2000 || l.Policy.CPULimit != 7 || l.RulesDir != Default().RulesDir {
		t.Errorf("state_dir %s, max_events %d, cpu_limit %v, rules_dir %s", l.StateDir, l.Queue.MaxEvents, l.Policy.CPULimit, l.RulesDir)
	}
	if strings.Join(l.Policy.Watch, " ") != "/a /b/" {
		t.Errorf("watch %v", l.Policy.Watch)
	}
	for path, want := range map[string]string{
		"state_dir": "flag --state-dir", "queue.max_events": "variable VEDETTE_QUEUE_MAX_EVENTS", "policy.cpu_limit": "file", "rules_dir": "",
	} {
		if l.From[path] != want {
			t.Errorf("%s comes from %q, want %q", path, l.From[path], want)
		}
	}
}

// TestAE14_ErrorsNameTheirPlace: what is wrong is told with file, line and
// field, and nothing of it is used.
func TestAE14_ErrorsNameTheirPlace(t *testing.T) {
	tests := []struct {
		name, text string
		env        []string
		flags      map[string]string
		want       string // %s is the file
	}{
		{"unknown key", "debug: true\nqueu:\n  max_events: 5\n", nil, nil, `%s:2: unknown field "queu"`},
		{"unknown key below another", "queue:\n  max_event: 5\n", nil, nil, `%s:2: unknown field "max_event"`},
		{"wrong type", "queue:\n  max_events: many\n", nil, nil, `%s:2: `},
		{"double key", "debug: true\ndebug: false\n", nil, nil, `%s:2: `},
		{"not YAML", "debug: [\n", nil, nil, `%s:`},
		{"value out of range", "debug: true\nalerts:\n  keep: 0\n", nil, nil, `%s:3: alerts.keep: less than 1`},
		{"value of a list", "alerts:\n  when: never\n", nil, nil, `%s:2: alerts.when: "never" is neither standalone nor always`},
		{"log without a path", "logs:\n  - path: /var/log/x\n  - format: json\n", nil, nil, `%s:3: logs[1].path: name a file`},
		{"log of no format", "logs:\n  - path: /var/log/x\n    format: xml\n", nil, nil, `%s:3: logs[0].format: "xml" is none of`},
		{"log that is relative", "logs:\n  - path: x\n", nil, nil, `%s:2: logs[0].path: "x" is not an absolute path`},
		{"log twice", "logs:\n  - {path: /a}\n  - {path: /a/, format: json}\n", nil, nil, `%s:3: logs[1].path: the log is named twice`},
		{"log with an unknown key", "logs:\n  - {file: /a}\n", nil, nil, `%s:2: unknown field "file"`},
		{"journal with a format", "logs:\n  - {journal: true, format: json}\n", nil, nil, `%s:2: logs[0].format: a journal has none`},
		{"policy", "policy:\n  respond: sometimes\n", nil, nil, `%s:2: policy.respond: "sometimes" is none of`},
		{"policy of a rule with dots in its name", "policy:\n  rules:\n    my.rule:\n      respond: x\n", nil, nil, `%s:4: policy.rules.my.rule.respond: "x" is none of`},
		{"policy of no level", "policy:\n  levels:\n    low: []\n    sever: [kill]\n", nil, nil, `%s:4: policy.levels.sever: there is no level "sever"`},
		{"policy with a relative path", "policy:\n  watch:\n    - /a\n    - b\n", nil, nil, `%s:4: policy.watch[1]: "b" is not an absolute path`},
		{"policy out of range", "policy:\n  scan:\n    live: 100\n", nil, nil, `%s:3: policy.scan.live: 100 is not between`},
		{"policy with no number", "policy:\n  cpu_limit: .nan\n", nil, nil, `%s:2: policy.cpu_limit: NaN is not between`},
		{"relative folder of rules", "rules_dir: x\n", nil, nil, `%s:1: rules_dir: "x" is not an absolute path`},
		{"webhook that is none", "alerts:\n  webhook:\n    url: example.org/secret\n", nil, nil, `%s:3: alerts.webhook.url: is no address`},
		{"webhook without its authorities", "alerts:\n  webhook: {ca_file: /none.pem}\n", nil, nil, `%s:2: alerts.webhook.ca_file: stat /none.pem`},
		{"small ring", "kernel:\n  ring_size: 1\n", nil, nil, `%s:2: kernel.ring_size: 1 is not between`},
		{"odd ring", "kernel:\n  ring_size: 3\n", nil, nil, `%s:2: kernel.ring_size: 3 is not a power of two`},
		{"flag with a list", "", nil, map[string]string{"policy.watch": "/a,b"}, `flag --policy-watch: policy.watch[1]: "b" is not an absolute path`},
		{"flag that is empty", "", nil, map[string]string{"state_dir": ""}, `flag --state-dir: state_dir: is empty`},
		{"variable of wrong type", "", []string{"VEDETTE_DEBUG=perhaps"}, nil, `variable VEDETTE_DEBUG: "perhaps" is not a boolean`},
		{"variable out of range", "", []string{"VEDETTE_QUEUE_MAX_EVENTS=1"}, nil, `variable VEDETTE_QUEUE_MAX_EVENTS: queue.max_events: less than 64`},
		{"flag of wrong type", "", nil, map[string]string{"policy.cpu_limit": "x"}, `flag --policy-cpu-limit: "x" is not a number`},
		{"flag for nothing", "", nil, map[string]string{"nope": "x"}, `nope: there is no such setting`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := write(t, "agent.yaml", tt.text, 0o644)
			_, err := Load(Sources{File: file, Env: tt.env, Flags: tt.flags})
			want := strings.ReplaceAll(tt.want, "%s", file)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("error %v\nwant %s", err, want)
			}
		})
	}
}

func TestMissingFile(t *testing.T) {
	if _, err := Load(Sources{File: filepath.Join(t.TempDir(), "none.yaml")}); err == nil {
		t.Error("a file that was named and is not there is no error")
	}
	big := write(t, "big.yaml", "# "+strings.Repeat("x", maxFile), 0o644)
	if _, err := Load(Sources{File: big}); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("big file: %v", err)
	}
}

// TestGM32_SecretsFileMode: a secrets file that others can read is refused, and
// its content never shows.
func TestGM32_SecretsFileMode(t *testing.T) {
	tests := []struct {
		name string
		text string
		mode os.FileMode
		err  string
	}{
		{"0600", "webhook_token: hunter2\n", 0o600, ""},
		{"0400", "webhook_token: hunter2\n", 0o400, ""},
		{"0644", "webhook_token: hunter2\n", 0o644, "run chmod 600"},
		{"0640", "webhook_token: hunter2\n", 0o640, "run chmod 600"},
		{"unknown key", "webhook_token: hunter2\nhunter3: x\n", 0o600, ":2: not a known key"},
		{"no list", "hunter2\n", 0o600, "not a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			secrets := write(t, "secrets.yaml", tt.text, tt.mode)
			if err := os.Chmod(secrets, tt.mode); err != nil {
				t.Fatal(err)
			}
			l, err := Load(Sources{File: write(t, "agent.yaml", "secrets_file: "+secrets+"\n", 0o644)})
			if tt.err == "" {
				if err != nil || l.Secrets.WebhookToken.Reveal() != "hunter2" {
					t.Fatalf("secrets %+v, %v", l.Secrets, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.Contains(err.Error(), secrets) {
				t.Fatalf("error %v, want %q", err, tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "hunter") {
				t.Errorf("the error shows the secret: %v", err)
			}
			hides(t, l)
		})
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(write(t, "secrets.yaml", "", 0o600), link); err != nil {
		t.Fatal(err)
	}
	if _, err := readSecrets(link); err == nil || !strings.Contains(err.Error(), "not a plain file") {
		t.Errorf("symbolic link: %v", err)
	}
}

// hides checks that no way to print a configuration shows a secret.
func hides(t *testing.T, l Loaded) {
	t.Helper()
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secrets", l.Secrets, "token", l.Secrets.WebhookToken)
	shown, err := l.Show()
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(l.Secrets)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(l.Secrets)
	if err != nil {
		t.Fatal(err)
	}
	all := log.String() + string(shown) + string(asJSON) + string(asYAML) + fmt.Sprintf("%v %+v %#v %s", l.Secrets, l.Secrets, l.Secrets, l.Secrets.WebhookToken)
	if strings.Contains(all, "hunter2") {
		t.Errorf("the secret shows in %s", all)
	}
}

// TestGM15_ShowAndSchema: what is shown is a configuration that loads to the
// same values, and fits the schema's keys.
func TestGM15_ShowAndSchema(t *testing.T) {
	file := write(t, "agent.yaml", "alerts:\n  min_level: high\n  webhook:\n    url: https://user:pass@hooks.example.org/T1/secret\npolicy:\n  respond: observe\n  rules:\n    r1: {respond: \"on\"}\n", 0o644)
	l, err := Load(Sources{File: file, Env: []string{"VEDETTE_DEBUG=true"}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := l.Show()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"min_level: high # file", "debug: true # variable VEDETTE_DEBUG", "https://hooks.example.org/(secret)"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	again, err := Load(Sources{File: write(t, "shown.yaml", string(text), 0o644)})
	if err != nil {
		t.Fatalf("what was shown does not load: %v\n%s", err, text)
	}
	again.Alerts.Webhook.URL = l.Alerts.Webhook.URL
	if a, b := fmt.Sprint(again.Config), fmt.Sprint(l.Config); a != b {
		t.Errorf("shown and loaded differ:\n%s\n%s", a, b)
	}
	checkSchema(t)
}

func checkSchema(t *testing.T) {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s schema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	d := Default()
	for _, leaf := range Leaves(&d) {
		at := s.At(leaf.Path)
		if at == nil {
			t.Fatalf("schema lacks %s", leaf.Path)
		}
		if at.Description == "" {
			t.Errorf("schema has no sentence about %s", leaf.Path)
		}
	}
	if s.Additional != false {
		t.Error("schema takes unknown keys")
	}
	if _, err := SecretsSchema(); err != nil {
		t.Error(err)
	}
}

func TestLogs(t *testing.T) {
	l, err := Load(Sources{File: write(t, "agent.yaml", "logs:\n  - path: /var/log/audit/audit.log\n  - path: /srv/app.json\n    format: json\n    from: start\n  - journal: true\n  - path: /var/log/secure\n", 0o644)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, log := range l.Logs {
		got = append(got, fmt.Sprintf("%s %v %s %s", log.Path, log.Journal, log.LineFormat(), log.From))
	}
	want := "/var/log/audit/audit.log false auditd ; /srv/app.json false json start;  true  ; /var/log/secure false syslog "
	if strings.Join(got, ";") != strings.ReplaceAll(want, "; ", ";") {
		t.Errorf("%q", strings.Join(got, ";"))
	}
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var s schema.Schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	item := s.At("logs").Items
	if item == nil || item.Properties["format"].Description == "" || len(item.Properties["format"].Enum) != 3 || item.Additional != false {
		t.Errorf("schema of a log: %+v", item)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("debug: true\n")
	f.Add("policy:\n  rules: {a: {respond: on}}\n")
	f.Add("queue: [1]\n")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "agent.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Load(Sources{File: path})
		if err == nil && l.Check() != nil {
			t.Errorf("took a configuration that does not pass its check")
		}
	})
}
