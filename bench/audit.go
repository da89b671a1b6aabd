package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/test/rig"
)

// auditColumn measures the audit system with the rules that tell it of what the
// agent tells.
func auditColumn(ctx context.Context, scope string) (*column, error) {
	a := &audit{rules: "audit.rules"}
	if err := a.turn(ctx, true); err != nil {
		return nil, err
	}
	c := &column{name: "auditd"}
	err := c.measure(ctx, watcher{scope: scope, turn: a.turn, cpu: a.cpu})
	return c, errors.Join(err, a.turn(ctx, false))
}

// audit is auditd as a watcher.
type audit struct {
	rules  string
	daemon *exec.Cmd
	kernel int // pid of the kernel's own thread
}

func (a *audit) turn(ctx context.Context, on bool) error {
	if on == (a.daemon != nil) {
		return nil
	}
	if !on {
		out, err := exec.CommandContext(ctx, "auditctl", "-s").CombinedOutput()
		fmt.Fprintf(os.Stderr, "auditd at its end:\n%s", out)
		err = errors.Join(err, a.daemon.Process.Kill())
		_ = a.daemon.Wait() // killed
		a.daemon = nil
		return err
	}
	a.daemon = exec.Command("auditd", "-n")
	a.daemon.Stderr = os.Stderr
	if err := a.daemon.Start(); err != nil {
		return fmt.Errorf("start auditd: %w", err)
	}
	err := rig.Until(ctx, 20*time.Second, func() (bool, error) {
		out, err := exec.CommandContext(ctx, "auditctl", "-s").Output()
		return strings.Contains(string(out), fmt.Sprintf("pid %d\n", a.daemon.Process.Pid)), err
	})
	if err != nil {
		return fmt.Errorf("wait for auditd: %w", err)
	}
	// The size of the backlog and how long it is waited for are what Debian ships.
	for _, args := range [][]string{{"-b", "8192", "--backlog_wait_time", "60000"}, {"-R", a.rules}} {
		if out, err := exec.CommandContext(ctx, "auditctl", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("auditctl %s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	a.kernel, err = thread("kauditd")
	return err
}

// cpu is that of auditd and of the kernel's thread that feeds it.
func (a *audit) cpu() time.Duration {
	daemon, err1 := rig.CPU(a.daemon.Process.Pid)
	kernel, err2 := rig.CPU(a.kernel)
	if err := errors.Join(err1, err2); err != nil {
		return 0
	}
	return daemon + kernel
}

// thread finds a process by its name.
func thread(name string) (int, error) {
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return 0, err
	}
	for _, file := range names {
		var pid int
		text, err := os.ReadFile(file)
		if err != nil || strings.TrimSpace(string(text)) != name {
			continue
		}
		if _, err := fmt.Sscanf(file, "/proc/%d/comm", &pid); err == nil {
			return pid, nil
		}
	}
	return 0, fmt.Errorf("no process is named %s", name)
}
