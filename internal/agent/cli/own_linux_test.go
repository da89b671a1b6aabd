package cli

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
)

// TestLoadsAProgram is the act of TestOwnActsDoNotAlert, in a process of its own.
func TestLoadsAProgram(t *testing.T) {
	if os.Getenv("VEDETTE_LOADS") == "" {
		t.Skip("SKIPPED: is started by another test")
	}
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "harmless", Type: ebpf.SocketFilter, License: "Dual MIT/GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
}

// TestOwnActsDoNotAlert: an agent that was started from a folder below /tmp
// raises no alert about the programs that it loads itself, whenever it does; the
// same program in another process does.
func TestOwnActsDoNotAlert(t *testing.T) {
	scope := os.Getenv("VEDETTE_SCOPE")
	if os.Getenv("VEDETTE_SANDBOX") != "1" || scope == "" {
		t.Skip("SKIPPED: runs the agent, which is done only in the sandbox: make sandbox CMD='go test ...'")
	}
	self, err := os.Executable()
	if err != nil || !strings.HasPrefix(self, "/tmp/") {
		t.Skipf("SKIPPED: this test does not run from /tmp but from %s (%v)", self, err)
	}
	c := config.Default()
	c.StateDir, c.RulesDir, c.Alerts.Journal, c.Scope, c.SelfTest = t.TempDir(), t.TempDir(), "", scope, false
	s := agent.Settings{Config: c}
	p, err := assemble(t.Context(), s, kernel.Options{Proc: procRoot}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx, s, p.deps) }()
	stop := func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}
	defer func() { stop() }()
	const rule = "281f6ca8-4052-5e99-9c10-95fbb376e341"
	pids := map[int64]bool{}
	for end := time.Now().Add(30 * time.Second); len(alertsOf(t, c.StateDir, rule)) == 0; {
		other := osexec.Command(self, "-test.run", "^TestLoadsAProgram$")
		other.Env = append(os.Environ(), "VEDETTE_LOADS=1")
		if out, err := other.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		pids[int64(other.Process.Pid)] = true
		if time.Now().After(end) {
			t.Fatal("nobody tells of a program that another process loads")
		}
	}
	// The sensor sees programs now: these are the agent's.
	own, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "own", Type: ebpf.SocketFilter, License: "Dual MIT/GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	})
	if err != nil {
		t.Fatal(err)
	}
	own.Close()
	stop()
	stop = func() {}
	for pid := range alertsOf(t, c.StateDir, rule) {
		if !pids[pid] {
			t.Errorf("process %d raised an alert; the agent is %d", pid, os.Getpid())
		}
	}
}

// alertsOf returns the processes that alerts of a rule are about.
func alertsOf(t *testing.T, dir, rule string) map[int64]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "alerts", "alerts.jsonl"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	out := map[int64]bool{}
	for line := range strings.Lines(string(text)) {
		var a struct {
			Process struct {
				PID int64 `json:"pid"`
			} `json:"process"`
			Rule struct {
				ID string `json:"id"`
			} `json:"rule"`
		}
		if json.Unmarshal([]byte(line), &a) == nil && a.Rule.ID == rule {
			out[a.Process.PID] = true
		}
	}
	return out
}
