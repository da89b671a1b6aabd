package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager"
)

// TestGT1_ServerAndAgentAreSubcommands: one binary is manager and agent.
func TestGT1_ServerAndAgentAreSubcommands(t *testing.T) {
	root := newRoot()
	for _, path := range []string{"manager run", "manager init", "manager backup", "agent run", "agent enroll", "up", "host list", "event search", "alert list", "task kill", "policy set", "token create"} {
		c, rest, err := root.Find(strings.Fields(path))
		if err != nil || len(rest) != 0 || !c.Runnable() || c.Short == "" {
			t.Errorf("%s: %v, %v", path, rest, err)
		}
	}
}

// commandLine runs commands against a manager, with a profile of its own.
type commandLine struct {
	t    *testing.T
	m    *manager.Manager
	data string
}

func newCommandLine(t *testing.T) *commandLine {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("VEDETTE_PROFILE", filepath.Join(dir, "profile.json"))
	for _, name := range []string{"VEDETTE_URL", "VEDETTE_KEY", "VEDETTE_CA", "VEDETTE_MANAGER_CONFIG", "VEDETTE_MANAGER_DATA"} {
		t.Setenv(name, "")
	}
	c := manager.DefaultConfig()
	c.DataDir, c.People.Listen, c.Agents.Listen = filepath.Join(dir, "data"), "127.0.0.1:0", "127.0.0.1:0"
	m, err := manager.Open(t.Context(), c, manager.Options{PasswordMemory: 64})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, m.Close()); err != nil {
			t.Error(err)
		}
	})
	if _, err := localProfile(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	return &commandLine{t, m, c.DataDir}
}

func (l *commandLine) run(stdin string, args ...string) (code int, out, side string) {
	l.t.Helper()
	root := newRoot()
	var o, s bytes.Buffer
	root.SetOut(&o)
	root.SetErr(&s)
	root.SetIn(strings.NewReader(stdin))
	code = execute(l.t.Context(), root, args)
	return code, o.String(), s.String()
}

func TestCommandsAgainstAManager(t *testing.T) {
	l := newCommandLine(t)
	st, err := os.Stat(os.Getenv("VEDETTE_PROFILE"))
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Fatalf("profile: %v, %v", st, err)
	}
	policy := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(policy, []byte("respond: observe\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args  string
		code  int
		words []string // in stdout, or in stderr when the command fails
	}{
		{"host list", 0, []string{"NAME", "TELEMETRY"}},
		{"host show nobody", 1, []string{"host nobody: not found"}},
		{"event search --last 1h --count", 0, []string{"0\n"}},
		{"event count --by event.action --json", 0, []string{`"total":0`, `"completeness"`}},
		{"event search process.nme='x'", 2, []string{"query.query", "process.nme"}},
		{"event search --last soon", 2, []string{"query.last"}},
		{"event show x", 1, []string{"404"}},
		{"alert list", 0, []string{"ID", "STORY"}},
		{"alert close x", 2, []string{"body.reason"}},
		{"policy show", 0, []string{"# group default, version 1", "respond:"}},
		{"policy set default " + policy, 0, []string{"observe"}},
		{"policy set default " + policy + " --version 1", 1, []string{"has version 2 by now"}},
		{"policy set default /none", 2, []string{"no such file"}},
		{"policy history", 0, []string{"observe"}},
		{"policy group web", 0, []string{"web"}},
		{"policy list", 0, []string{"default", "web"}},
		{"policy group web --remove", 0, nil},
		{"policy group default --remove", 1, []string{"stays"}},
		{"token create --group default", 0, []string{"vedette agent enroll --token vedette-enroll-"}},
		{"token list", 0, []string{"0 of 1"}},
		{"user create anna --role analyst", 0, []string{"one-time password"}},
		{"user create anna", 1, []string{"exists"}},
		{"user create Anna", 2, []string{"body.name"}},
		{"user change admin --role viewer", 1, []string{"last admin"}},
		{"user key create script --role viewer --expire 90d", 0, []string{"vedette_"}},
		{"user list --json", 0, []string{`"name":"anna"`}},
		{"user audit", 0, []string{"policy.set", "user.create", "token.create"}},
		{"user audit --check", 0, []string{"whole", "yes"}},
		{"task list", 0, []string{"ACTION"}},
		{"task kill x", 1, []string{"404"}},
		{"task", 0, []string{"kill"}},
		{"task shoot", 2, []string{"unknown command"}},
		{"host list --url http://x", 2, []string{"https://"}},
		{"host list --key wrong", 1, []string{"vedette login"}},
		{"manager user create root2 --data " + l.data, 0, []string{"one-time password"}},
		{"manager backup " + filepath.Join(t.TempDir(), "backup") + " --data " + l.data, 0, []string{"files"}},
		{"manager restore /none --data " + l.data, 1, []string{"no backup"}},
		{"manager run --data " + l.data, 1, []string{"another manager uses"}},
		{"manager init --to -", 0, []string{"listen: 127.0.0.1:8443"}},
		{"manager config --data /srv/v", 0, []string{"data_dir: /srv/v"}},
		{"manager config --json", 0, []string{`"listen":"127.0.0.1:8443"`}},
		{"manager config --schema", 0, []string{`"additionalProperties": false`, `"default": "8h0m0s"`}},
		{"manager run --config " + policy, 2, []string{policy + ":1: ", "respond"}},
		{"manager token --expire soon --data " + l.data, 2, []string{"expire"}},
		{"manager token --uses -1 --data " + l.data, 2, []string{"max_uses"}},
		{"manager user create x --role boss --data " + l.data, 2, []string{"role: boss"}},
		{"manager user create X --data " + l.data, 2, []string{"lower-case letters"}},
	} {
		t.Run(tc.args, func(t *testing.T) {
			code, out, side := l.run("", strings.Fields(tc.args)...)
			text := out
			if tc.code != 0 {
				text = side
			}
			if code != tc.code {
				t.Errorf("exit %d, want %d: %s%s", code, tc.code, out, side)
			}
			for _, w := range tc.words {
				if !strings.Contains(text, w) {
					t.Errorf("%q is not in\n%s", w, text)
				}
			}
			if strings.HasSuffix(tc.args, "--json") {
				for line := range strings.Lines(out) {
					if !json.Valid([]byte(line)) {
						t.Errorf("no JSON: %s", line)
					}
				}
			}
		})
	}
}

// TestWrongValuesAreToldWithTheirPlace: a value that cannot be used ends a
// command with 2, before anything is made, and the message says where it stands.
func TestWrongValuesAreToldWithTheirPlace(t *testing.T) {
	t.Setenv("VEDETTE_SANDBOX_ONLY", "1") // an agent must not start here whatever happens
	t.Setenv("VEDETTE_SCOPE", "")
	for _, name := range []string{"VEDETTE_MANAGER_CONFIG", "VEDETTE_MANAGER_DATA"} {
		t.Setenv(name, "")
	}
	dir := t.TempDir()
	t.Setenv("VEDETTE_PROFILE", filepath.Join(dir, "profile.json"))
	file, data := filepath.Join(dir, "manager.yaml"), filepath.Join(dir, "data")
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := &commandLine{t: t}
	for _, c := range []struct{ config, args, want string }{
		{"", "up --data " + data + " --people-listen foo", `flag --people-listen: people.listen: "foo" is no address:port`},
		{"", "up --data " + data + " --agents-listen 127.0.0.1:99999", `flag --agents-listen: agents.listen: "127.0.0.1:99999" is no address:port`},
		{"", "up --data=", "flag --data: is empty"},
		{"", "up --data " + data + " --scope x", `flag --scope: scope: "x" is not an absolute path`},
		{"", "manager run --data=", "flag --data: is empty"},
		{"", "manager run --data " + plain, "flag --data: data_dir: "},
		{"retention:\n  days: -1\n", "", ":2: retention.days: -1 is not between 0 and"},
		{"retention:\n  days: 99999999999\n", "", ":2: retention.days: 99999999999 is not between 0 and"},
		{"# mine\nretention: {days: 1, bytes: -1}\n", "", ":2: retention.bytes: -1 is negative"},
		{"people:\n  listen: foo\n", "", `:2: people.listen: "foo" is no address:port`},
		{"people:\n  listen: 127.0.0.1:0\nagents:\n  listen: 192.0.2.1:80\n", "", ":4: agents.listen: this machine does not have the address"},
		{"agents:\n  addresses:\n    - a:1\n    - b\n", "", `:4: agents.addresses[1]: "b" is no address:port`},
		{"log: {bytes: 1}\n", "", ":1: log.bytes: 1 is less than 64 MiB"},
		{"sessions:\n  lifetime: 1h\n  idle: -1h\n", "", `:3: "-1h" is no length of time`},
		{"rules_dir: x\n", "", `:1: rules_dir: "x" is not an absolute path`},
		{"retention:\n  days: many\n", "", `:2: "many" is not a whole number`},
	} {
		args, want := c.args, c.want
		if args == "" {
			if err := os.WriteFile(file, []byte(c.config), 0o600); err != nil {
				t.Fatal(err)
			}
			args, want = "manager run --config "+file+" --data "+data, file+want
		}
		if code, out, side := l.run("", strings.Fields(args)...); code != 2 || !strings.Contains(side, want) {
			t.Errorf("%s: exit %d: %s%s\nwant %s", cmp.Or(c.args, c.config), code, out, side, want)
		}
	}
}

func TestLoginChangesTheOneTimePassword(t *testing.T) {
	l := newCommandLine(t)
	p, err := readProfile(os.Getenv("VEDETTE_PROFILE"))
	if err != nil {
		t.Fatal(err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, []byte(p.Authority), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.json")
	args := []string{"login", "--profile", other, "--url", p.URL, "--ca", ca}
	if code, _, side := l.run("wrong password\n", args...); code != 1 || !strings.Contains(side, "wrong") {
		t.Errorf("exit %d: %s", code, side)
	}
	if code, out, side := l.run(l.m.FirstPassword()+"\nmy very own password\n", args...); code != 0 || !strings.Contains(out, "admin") {
		t.Fatalf("exit %d: %s%s", code, out, side)
	}
	if code, _, side := l.run("", "host", "list", "--profile", other); code != 0 {
		t.Errorf("exit %d: %s", code, side)
	}
	made, err := readProfile(other)
	if err != nil || made.Key == "" || made.Key == p.Key {
		t.Errorf("%+v, %v", made, err)
	}
	if code, _, side := l.run(l.m.FirstPassword()+"\n", args...); code != 1 {
		t.Errorf("the one-time password works twice: exit %d: %s", code, side)
	}
	if _, err := api.NewClient(made); err != nil {
		t.Error(err)
	}
}

func TestWithoutAManagerTheMessageSaysWhatToDo(t *testing.T) {
	t.Setenv("VEDETTE_PROFILE", filepath.Join(t.TempDir(), "none.json"))
	t.Setenv("VEDETTE_URL", "")
	l := &commandLine{t: t}
	if code, _, side := l.run("", "host", "list"); code != 2 || !strings.Contains(side, "vedette up") {
		t.Errorf("exit %d: %s", code, side)
	}
}
