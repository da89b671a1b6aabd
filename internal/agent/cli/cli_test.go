package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/govern"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/notify"
	"github.com/vedette-edr/vedette/internal/agent/queue"
	"github.com/vedette-edr/vedette/internal/agent/spool"
)

// run runs one subcommand and returns what it printed.
func run(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	root := &cobra.Command{Use: "agent", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(Commands()...)
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader(stdin))
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func usage(err error) bool {
	var coded interface{ ExitCode() int }
	return errors.As(err, &coded) && coded.ExitCode() == 2
}

// TestGM15_ConfigShow prints what is in force, from the file, variables and
// flags together.
func TestGM15_ConfigShow(t *testing.T) {
	file := filepath.Join(t.TempDir(), "agent.yaml")
	if err := os.WriteFile(file, []byte("alerts:\n  webhook:\n    url: https://hooks.example.org/T1/swordfish\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("VEDETTE_POLICY_RESPOND", "observe")
	out, err := run(t, "", "config", "--config", file, "--state-dir", "/srv/x", "--debug")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"state_dir: /srv/x # flag --state-dir", "respond: observe # variable VEDETTE_POLICY_RESPOND", "debug: true", "hooks.example.org/(secret)"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	if strings.Contains(out, "swordfish") {
		t.Errorf("shows the secret:\n%s", out)
	}
	for _, flag := range []string{"--json", "--schema", "--secrets-schema"} {
		if out, err := run(t, "", "config", "--config", file, flag); err != nil || !strings.HasPrefix(out, "{") {
			t.Errorf("%s: %v: %.60s", flag, err, out)
		}
	}
	if _, err := run(t, "", "config", "--policy-cpu-limit", "lots"); err == nil {
		t.Error("a bad flag was taken")
	}
	if err := os.WriteFile(file, []byte("stat_dir: /x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, "", "config", "--config", file); !usage(err) || !strings.Contains(err.Error(), file+":1") {
		t.Errorf("unknown key: %v", err)
	}
}

// TestInstallAndUninstall below a folder that stands for the root.
func TestInstallAndUninstall(t *testing.T) {
	root := t.TempDir()
	self := filepath.Join(t.TempDir(), "vedette-agent")
	if err := os.WriteFile(self, []byte("program"), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again changes nothing
		if err := install(root, self); err != nil {
			t.Fatal(err)
		}
	}
	for path, mode := range map[string]os.FileMode{
		unitPath: 0o644, binaryPath: 0o755, config.DefaultPath: 0o640, config.Default().StateDir: 0o700,
	} {
		info, err := os.Stat(filepath.Join(root, path))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, mode %v, want %o", path, err, info, mode)
		}
	}
	text, err := os.ReadFile(filepath.Join(root, unitPath))
	if err != nil || !strings.Contains(string(text), "ExecStart=/usr/local/bin/vedette-agent run\n") || strings.Contains(string(text), "%!") {
		t.Errorf("unit: %v\n%s", err, text)
	}
	conf := filepath.Join(root, config.DefaultPath)
	if _, err := config.Load(config.Sources{File: conf}); err != nil {
		t.Errorf("the first configuration does not load: %v", err)
	}
	if err := os.WriteFile(conf, []byte("debug: true\n"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := install(root, self); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(conf); string(text) != "debug: true\n" {
		t.Errorf("install replaced the configuration: %q", text)
	}
	removed, err := uninstall(root, false)
	if err != nil || !slices.Equal(removed, []string{unitPath, binaryPath}) {
		t.Errorf("removed %v, %v", removed, err)
	}
	if _, err := os.Stat(conf); err != nil {
		t.Errorf("configuration is gone: %v", err)
	}
	if removed, err := uninstall(root, true); err != nil || len(removed) != 4 {
		t.Errorf("purge removed %v, %v", removed, err)
	}
	if out, err := run(t, "", "uninstall", "--root", root); err != nil || !strings.Contains(out, "nothing was installed") {
		t.Errorf("again: %q, %v", out, err)
	}
}

// TestSandboxOnly: with VEDETTE_SANDBOX_ONLY=1 nothing runs without a scope.
func TestSandboxOnly(t *testing.T) {
	if err := MayRun(config.Config{}, true); err == nil || !strings.Contains(err.Error(), "--scope") {
		t.Errorf("no scope: %v", err)
	}
	if err := MayRun(config.Config{}, false); err != nil {
		t.Errorf("no scope, allowed: %v", err)
	}
	for _, bad := range []string{t.TempDir(), "/does/not/exist"} {
		if err := MayRun(config.Config{Scope: bad}, true); err == nil || !strings.Contains(err.Error(), "cgroup v2") {
			t.Errorf("scope %s: %v", bad, err)
		}
	}
	t.Setenv("VEDETTE_SANDBOX_ONLY", "1")
	t.Setenv("VEDETTE_SCOPE", "")
	if _, err := run(t, "", "run", "--state-dir", t.TempDir()); !usage(err) {
		t.Errorf("run: %v", err)
	}
}

func TestStatusWithoutAgent(t *testing.T) {
	if _, err := run(t, "", "status", "--state-dir", t.TempDir()); err == nil || !strings.Contains(err.Error(), "vedette agent run") {
		t.Errorf("status: %v", err)
	}
}

func TestPrintStatus(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	s := agent.Status{
		Version: "1.2", HostName: "web1", AgentID: "a7", Started: now.Add(-time.Hour), Manager: "connected to m:8444",
		Policy:    agent.PolicyStatus{Source: "manager", Version: 3, Respond: "observe", CPULimit: 5, Hash: strings.Repeat("ab", 32)},
		Rules:     agent.RulesStatus{Source: "manager", Version: 4, Loaded: 77, Refused: []string{"x.yml:3: level: unknown"}},
		Sensors:   []agent.SensorStatus{{Name: "exec", Rung: "tp_btf", Since: now, Events: 10, Lost: 2}, {Name: "net", Reason: "no\nBTF"}, {Name: "file", Off: true}, {Name: "dns"}},
		Telemetry: []agent.RowStatus{{Row: "Image Load", Sensors: []string{"library"}}, {Row: "DNS Query", Sensors: []string{"dns"}}, {Row: "File Size", Sensors: []string{"file"}}},
		Queue:     queue.Stats{Events: 3, Bytes: 2048, MaxBytes: 24 << 20, Excess: 4096}, Spool: spool.Stats{Epoch: 9, Failure: "disk full"},
		Governor: govern.State{Percent: 7.5, Limit: 5, Excess: 2.5, Given: "hashing"},
		Alerts:   notify.Status{File: "/x/alerts.jsonl", Webhook: &notify.WebhookStatus{Host: "hooks", Error: "down"}},
		Losses:   []ledger.Total{{Loss: ledger.Loss{Stage: "kernel", Sensor: "exec", Kind: "process_start", State: "lost", Reason: "ring full"}, Count: 2}},
	}
	var out bytes.Buffer
	if err := printStatus(&out, s, now); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"up 1h0m0s", "connected to m:8444, id a7", "respond observe", "77 in force from manager version 4", "refused: x.yml:3",
		"2.0 KiB of 24.0 MiB", "4.0 KiB over its bound", "disk full", "7.5 % of one core (2.5 over the limit)", "given up: hashing",
		"hooks: 0 delivered", "exec    tp_btf", "no BTF", "net     none works", "file    off", "dns     starting", "Image Load  none works", "DNS Query   starting", "File Size   off", "ring full",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%s", want, out.String())
		}
	}
}

func TestReadToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("from-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		given []string
		file  string
		want  string // empty: an error
	}{
		{"argument", []string{"arg", ""}, "", "arg"},
		{"flag", []string{"flag"}, "", "flag"},
		{"stdin", []string{"-"}, "", "from-stdin"},
		{"file", nil, file, "from-file"},
		{"nothing", []string{""}, "", ""},
		{"twice", []string{"a", "b"}, "", ""},
		{"argument and file", []string{"a"}, file, ""},
		{"no such file", nil, file + "x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := readToken(strings.NewReader(" from-stdin\n"), tt.given, tt.file)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
		})
	}
	if _, err := run(t, "nonsense", "enroll", "-", "--state-dir", t.TempDir()); err == nil || strings.Contains(err.Error(), "nonsense") {
		t.Errorf("a text that is no token: %v", err)
	}
}

// TestStateDirWithoutRight names what to do.
func TestStateDirWithoutRight(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := makeStateDir(filepath.Join(file, "x")); err == nil || !strings.Contains(err.Error(), "state_dir") {
		t.Errorf("below a file: %v", err)
	}
	if err := asRoot(&os.PathError{Op: "mkdir", Path: "/x", Err: os.ErrPermission}); !strings.Contains(err.Error(), "run as root") {
		t.Errorf("no right: %v", err)
	}
}
