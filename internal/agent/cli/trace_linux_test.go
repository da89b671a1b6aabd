package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	osexec "os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/config"
	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/trace"
)

// serveTrace is an agent that answers what trace says, in a state directory.
func serveTrace(t *testing.T, answer func(q control.Trace, send func(any) error) error) string {
	t.Helper()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	s := control.Server{
		Status: func() any { return struct{}{} }, Log: slog.New(slog.DiscardHandler),
		Trace: func(_ context.Context, q control.Trace, send func(any) error) error { return answer(q, send) },
	}
	go func() { ended <- s.Serve(ctx, dir) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	for range 2000 {
		if (control.Client{Dir: dir}).Status(ctx, &struct{}{}) == nil {
			return dir
		}
		select {
		case err := <-ended:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	t.Fatal("the server does not answer")
	return ""
}

// TestGM9_Command prints what an agent lists, for people and for programs.
func TestGM9_Command(t *testing.T) {
	call := trace.Call{Time: time.Unix(1767225600, 0), Thread: 4711, Name: "write", Number: 1, Args: [6]trace.Word{1, 0xffff88887777, 6}, Result: 6, Texts: []trace.Text{{Argument: 2, Text: `hello\n`}}}
	dir := serveTrace(t, func(q control.Trace, send func(any) error) error {
		if q.PID != 4711 {
			return errors.New("process 1 is outside the agent's scope")
		}
		end := agent.TraceLine{End: &trace.End{Why: fmt.Sprint(q.For, " ", q.Calls), Listed: 1, Limited: 7, Slow: 2}}
		return errors.Join(send(agent.TraceLine{}), send(agent.TraceLine{Call: &call}), send(end))
	})
	out, err := run(t, "", "trace", "--state-dir", dir, "--pid", "4711", "--for", "30s", "--calls", "write,openat")
	lines := strings.Split(out, "\n")
	if err != nil || len(lines) != 4 || !strings.HasSuffix(lines[1], ` 4711 write(1, "hello\n", 6) = 6`) ||
		lines[2] != "30s [write openat]; calls listed: 1; 7 were more than are listed in a second; 2 came faster than they were taken" {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = run(t, "", "trace", "--state-dir", dir, "--pid", "4711", "--json")
	lines = strings.Split(out, "\n")
	var back struct {
		Call string
		Args []string
	}
	if err != nil || len(lines) != 4 || json.Unmarshal([]byte(lines[1]), &back) != nil || back.Call != "write" || len(back.Args) != 6 || back.Args[1] != "0xffff88887777" {
		t.Errorf("%v, %+v\n%s", err, back, out)
	}
	if _, err := run(t, "", "trace", "--state-dir", dir, "--pid", "1"); err == nil || !strings.Contains(err.Error(), "outside the agent's scope") {
		t.Error(err)
	}
	for _, args := range [][]string{{}, {"--pid", "4711", "--for", "20m"}, {"--pid", "4711", "--for", "-1s"}} {
		if _, err := run(t, "", append([]string{"trace", "--state-dir", dir}, args...)...); !usage(err) {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := run(t, "", "trace", "--state-dir", t.TempDir(), "--pid", "4711"); !errors.Is(err, control.ErrNotRunning) {
		t.Error(err)
	}
	out, err = run(t, "", "__complete", "trace", "--calls", "write,opena")
	if err != nil || !strings.Contains(out, "write,openat\n") || strings.Contains(out, "write,read") {
		t.Errorf("completion: %v\n%s", err, out)
	}
}

// TestGM9_RunningAgent asks the real agent for the calls of a shell.
func TestGM9_RunningAgent(t *testing.T) {
	scope := os.Getenv("VEDETTE_SCOPE")
	if os.Getenv("VEDETTE_SANDBOX") != "1" || scope == "" {
		t.Skip("SKIPPED: runs the agent, which is done only in the sandbox: make sandbox CMD='go test ...'")
	}
	c := config.Default()
	c.StateDir, c.RulesDir, c.Alerts.Journal, c.Scope = t.TempDir(), t.TempDir(), "", scope
	s := agent.Settings{Config: c}
	p, err := assemble(t.Context(), s, kernel.Options{Proc: procRoot}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if p.deps.Kernel == nil {
		t.Skip("SKIPPED: no BPF here")
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- agent.Run(ctx, s, p.deps) }()
	defer func() {
		cancel()
		if err := errors.Join(<-ended, p.close()); err != nil {
			t.Error(err)
		}
	}()
	shell := osexec.Command("/bin/sh", "-c", "while :; do echo swordfish-77; sleep 0.05; done >/dev/null")
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = shell.Process.Kill(); _ = shell.Wait() }()
	deadline := time.After(20 * time.Second)
	for {
		out, err := run(t, "", "trace", "--state-dir", c.StateDir, "--pid", fmt.Sprint(shell.Process.Pid), "--for", "500ms", "--calls", "write")
		if err == nil {
			if n := strings.Count(out, fmt.Sprintf(` %d write(1, "swordfish-77\n", 13) = 13`, shell.Process.Pid)); n < 2 || !strings.Contains(out, "the time is over") {
				t.Errorf("%d writes:\n%s", n, out)
			}
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatal(err)
		}
	}
	if _, err := run(t, "", "trace", "--state-dir", c.StateDir, "--pid", fmt.Sprint(os.Getpid())); err == nil || !strings.Contains(err.Error(), "the agent itself") {
		t.Error(err)
	}
}
