package cli

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
)

// kernelOf writes a proc and a sysfs of a kernel; which files it has says what
// it can.
func kernelOf(t *testing.T, files map[string]string) kernel.Options {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return kernel.Options{Proc: filepath.Join(root, "proc"), Sys: filepath.Join(root, "sys")}
}

// TestKernelWithoutBPF: the agent runs on a kernel that lacks what the best
// rungs need, and its status says what is missing, what to do, what it does
// instead and what that does not see.
func TestKernelWithoutBPF(t *testing.T) {
	scope := os.Getenv("VEDETTE_SCOPE")
	if os.Getenv("VEDETTE_SANDBOX") != "1" || scope == "" {
		t.Skip("SKIPPED: runs the agent, which is done only in the sandbox: make sandbox CMD='go test ...'")
	}
	const caps, bpf = "proc/self/status", "proc/sys/kernel/unprivileged_bpf_disabled"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"no BTF", map[string]string{caps: "CapEff:\t000001ffffffffff\n", bpf: "2\n"}, []string{"no type information", "CONFIG_DEBUG_INFO_BTF=y"}},
		{"no BPF", map[string]string{caps: "CapEff:\t000001ffffffffff\n"}, []string{"no bpf(2)", "CONFIG_BPF_SYSCALL=y"}},
		{"no root", map[string]string{caps: "CapEff:\t0000000000000000\n", bpf: "2\n"}, []string{"not permitted", "run as root"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := config.Default()
			c.StateDir, c.RulesDir, c.Alerts.Journal, c.Scope = t.TempDir(), t.TempDir(), "", scope
			s := agent.Settings{Config: c}
			p, err := assemble(t.Context(), s, kernelOf(t, tt.files), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- agent.Run(ctx, s, p.deps) }()
			defer func() {
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if err := p.close(); err != nil {
					t.Error(err)
				}
			}()
			lines, lacks := sensorLines(t, c.StateDir)
			for name, rung := range map[string]string{"exec": "proc", "file": "fanotify", "net": "sock_diag"} {
				if got := strings.Fields(lines[name])[1]; got != rung || !strings.Contains(lines[name], " tp_btf") {
					t.Errorf("%s: want rung %q, and tp_btf as a better one: %s", name, rung, lines[name])
				}
				for _, part := range tt.want {
					if !strings.Contains(lacks[name], part) {
						t.Errorf("%s: want %q: %s", name, part, lacks[name])
					}
				}
				if !strings.Contains(lacks[name], name+"."+rung+" does not see: ") || !strings.Contains(lacks[name], " It needs Linux ") {
					t.Errorf("%s: not said what is not seen and needed: %s", name, lacks[name])
				}
			}
		})
	}
}

// sensorLines waits until three sensors have told of themselves in `vedette
// agent status` and returns their lines, and what is said below of each.
func sensorLines(t *testing.T, dir string) (lines, lacks map[string]string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for {
		out, err := run(t, "", "status", "--state-dir", dir)
		lines, lacks = map[string]string{}, map[string]string{}
		table, sentences, _ := strings.Cut(out, "\nWHAT THIS HOST LACKS")
		for line := range strings.Lines(table) {
			name, _, _ := strings.Cut(line, " ")
			lines[name] = line
		}
		sensor := ""
		for line := range strings.Lines(sentences) {
			if name, _, ok := strings.Cut(line, "."); ok && !strings.HasPrefix(line, " ") {
				sensor = name
			}
			lacks[sensor] += strings.Join(strings.Fields(line), " ") + " "
		}
		told := func(name string) bool { return strings.Contains(lacks[name], "BPF sensors do not work here") }
		if err == nil && told("exec") && told("file") && told("net") {
			return lines, lacks
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("sensors do not tell of themselves: %v\n%s", err, out)
		}
	}
}
