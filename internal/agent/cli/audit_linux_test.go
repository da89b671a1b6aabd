package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent"
	"github.com/vedette-edr/vedette/internal/agent/config"
)

// auditRule is a rule of one log source.
func auditRule(id, source, detection string) string {
	return "title: " + id + "\nid: " + id + "\nstatus: test\nlogsource: {product: linux, " + source + "}\ndetection:\n  sel:\n" + detection + "  condition: sel\nlevel: high\n"
}

// TestAuditLogAlone: on a kernel that gives nothing the audit log is the source
// of executions, files and connections, and of its own records; rules for all
// of them find what they look for, in the process that the records name.
func TestAuditLogAlone(t *testing.T) {
	scope := os.Getenv("VEDETTE_SCOPE")
	if os.Getenv("VEDETTE_SANDBOX") != "1" || scope == "" {
		t.Skip("SKIPPED: runs the agent, which is done only in the sandbox: make sandbox CMD='go test ...'")
	}
	log := filepath.Join(t.TempDir(), "audit.log")
	actor := osexec.Command("/bin/sleep", "300")
	if err := actor.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = actor.Process.Kill(); _ = actor.Wait() }()
	recorded(t, log, actor.Process.Pid, 100) // so recent that more is expected
	c := config.Default()
	c.StateDir, c.RulesDir, c.Alerts.Journal, c.Scope = t.TempDir(), t.TempDir(), "", scope
	c.Kernel.RungsOff = []string{"fanotify"} // which is better, and has files also where the audit log has none
	c.ShippedRules = false
	c.Logs = []config.Log{{Path: log, From: "start"}}
	for id, text := range map[string]string{
		"start":   auditRule("start", "category: process_creation", "    CommandLine|contains: 'nc -e'\n    Image|endswith: /sleep\n"),
		"file":    auditRule("file", "category: file_event", "    TargetFilename: /etc/cron.d/evil\n    Image|endswith: /sleep\n"),
		"connect": auditRule("connect", "category: network_connection", "    DestinationIp: 203.0.113.9\n    DestinationPort: 4444\n    Initiated: 'true'\n"),
		"record":  auditRule("record", "service: auditd", "    type: PATH\n    name: /etc/cron.d/evil\n    nametype: CREATE\n"),
	} {
		if err := os.WriteFile(filepath.Join(c.RulesDir, id+".yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := agent.Settings{Config: c}
	p, err := assemble(t.Context(), s, kernelOf(t, map[string]string{"proc/self/status": "CapEff:\t0000000000000000\n"}), slog.New(slog.DiscardHandler))
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
	lines, _ := sensorLines(t, c.StateDir)
	for _, name := range []string{"exec", "file", "net"} {
		if !strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(lines[name], name)), "auditd ") {
			t.Errorf("%s: %s", name, lines[name])
		}
	}
	recorded(t, log, actor.Process.Pid, 200)
	want := []string{"start", "file", "connect", "record"}
	deadline := time.After(20 * time.Second)
	for {
		text := alerts(t, c.AlertDir())
		missing := ""
		for _, id := range want {
			if !strings.Contains(text, `"id":"`+id+`"`) {
				missing += " " + id
			}
		}
		if missing == "" {
			if out, err := run(t, "", "status", "--state-dir", c.StateDir); err != nil || !strings.Contains(strings.Join(strings.Fields(out), " "), log+" at byte ") {
				t.Errorf("status does not say how far the log was read: %v\n%s", err, out)
			}
			spooled(t, c.StateDir, log)
			if n := strings.Count(text, fmt.Sprintf(`"pid":%d`, actor.Process.Pid)); n < len(want) {
				t.Errorf("%d alerts name the process:\n%s", n, text)
			}
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatalf("no alert of%s:\n%s", missing, text)
		}
	}
}

// spooled waits until it is written down that the log was read to its end,
// which it is when the pipeline has given all of it to the spool.
func spooled(t *testing.T, state, log string) {
	t.Helper()
	info, err := os.Stat(log)
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.After(20 * time.Second)
	for {
		var p struct {
			Files map[string][]struct{ Offset int64 }
		}
		text, err := os.ReadFile(filepath.Join(state, "sensors", "logs.json"))
		if err == nil {
			err = json.Unmarshal(text, &p)
		}
		if err == nil && len(p.Files[log]) == 1 && p.Files[log][0].Offset == info.Size() {
			return
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatalf("%v: %s, of %d bytes", err, text, info.Size())
		}
	}
}

// recorded appends what auditd writes of a process: an execution, a connection
// and a new file.
func recorded(t *testing.T, log string, pid, serial int) {
	t.Helper()
	var b strings.Builder
	now := time.Now()
	line := func(serial int, format string, args ...any) {
		kind, rest, _ := strings.Cut(fmt.Sprintf(format, args...), " ")
		fmt.Fprintf(&b, "type=%s msg=audit(%d.%03d:%d): %s\n", kind, now.Unix(), now.UnixMilli()%1000, serial, rest)
	}
	call := func(serial, number int, args string) {
		line(serial, `SYSCALL arch=c000003e syscall=%d success=yes exit=0 %s items=2 ppid=%d pid=%d auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts1 ses=3 comm="sleep" exe="/usr/bin/sleep" key="vedette"`,
			number, args, os.Getpid(), pid)
	}
	call(serial, 59, "a0=1 a1=2 a2=3 a3=4")
	call(serial+1, 42, "a0=3 a1=2 a2=10 a3=0") // at once with the execution
	line(serial, `EXECVE argc=4 a0="sleep" a1="nc" a2="-e" a3="/bin/sh"`)
	line(serial+1, `SOCKADDR saddr=0200115CCB0071090000000000000000`)
	line(serial, `CWD cwd="/root"`)
	line(serial+1, `PROCTITLE proctitle="x"`)
	line(serial, `PATH item=0 name="/usr/bin/sleep" inode=1 dev=08:01 mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL`)
	line(serial, `PROCTITLE proctitle="x"`)
	call(serial+2, 257, "a0=ffffff9c a1=2 a2=241 a3=1b6")
	line(serial+2, `CWD cwd="/"`)
	line(serial+2, `PATH item=0 name="/etc/cron.d/" inode=1 dev=08:01 mode=040755 ouid=0 ogid=0 rdev=00:00 nametype=PARENT`)
	line(serial+2, `PATH item=1 name="/etc/cron.d/evil" inode=2 dev=08:01 mode=0100644 ouid=0 ogid=0 rdev=00:00 nametype=CREATE`)
	f, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(b.String()); err != nil {
		t.Fatal(err)
	}
}

func alerts(t *testing.T, dir string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range found {
		if text, err := os.ReadFile(name); err == nil {
			all.Write(text)
		}
	}
	return all.String()
}
