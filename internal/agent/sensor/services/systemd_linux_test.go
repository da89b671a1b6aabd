package services_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/services"
	"github.com/vedette-edr/vedette/internal/event"
)

// What a program does to services of a systemd that runs, in the guest: by calls
// on the bus, by systemctl, and as a user that may not.
func TestRealSystemd(t *testing.T) {
	if _, err := os.Stat("/run/systemd/system"); err != nil || os.Getenv("VEDETTE_GUEST") == "" {
		t.Skip("SKIPPED: changes services of a running systemd, which is done only in the guest: test/vm/guest.sh")
	}
	k := sensortest.Kernel(t, kernel.Options{})
	s := services.New(services.Options{State: t.TempDir()})
	r := sensortest.RunWith(t, completed(t, s), file.New(file.Options{Kernel: k}), exec.New(exec.Options{Kernel: k}), s)
	r.Wait(t, "the best rung", 1, func(e *event.Event) bool { return e.Kind == event.AgentSensor && e.Status.Rung == "dbus_monitor" })
	c, err := bus.Dial(t.Context(), bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const unit, path = "vedette-exam.service", "/etc/systemd/system/vedette-exam.service"
	t.Cleanup(func() { os.Remove(path) })
	call := func(member, signature string, args ...any) func() error {
		return func() error {
			_, err := c.Do(t.Context(), bus.Method{
				Destination: "org.freedesktop.systemd1", Path: "/org/freedesktop/systemd1", Interface: "org.freedesktop.systemd1.Manager",
				Member: member, Signature: signature, Args: args,
			})
			return err
		}
	}
	var child *osexec.Cmd
	run := func(name string, args ...string) func() error {
		return func() error {
			child = osexec.Command(name, args...)
			out, err := child.CombinedOutput()
			if err != nil {
				return fmt.Errorf("%s %v: %w: %s", name, args, err, out)
			}
			return nil
		}
	}
	write := func(command string) func() error {
		return func() error {
			return os.WriteFile(path, []byte("[Service]\nExecStart="+command+"\n[Install]\nWantedBy=multi-user.target\n"), 0o644)
		}
	}
	self := func() int { return os.Getpid() }
	systemctl := func() int { return child.Process.Pid }
	steps := []struct {
		name string
		do   func() error
		want string // kind, operation or state, outcome
		by   func() int
	}{
		{"create", write("/bin/sleep 1000"), "service_create  success", self},
		{"reload", call("Reload", ""), "service_control daemon-reload success", self},
		{"enable", call("EnableUnitFiles", "asbb", []string{unit}, false, true), "service_control enable success", self},
		{"link", nil, "service_modify enabled success", self},
		{"start", call("StartUnit", "ss", unit, "replace"), "service_control start success", self},
		{"modify", write("/bin/sleep 2000"), "service_modify  success", self},
		{"stop", call("StopUnit", "ss", unit, "replace"), "service_control stop success", self},
		{"systemctl start", run("systemctl", "start", unit), "service_control start success", systemctl},
		{"systemctl restart", run("systemctl", "restart", "vedette-exam"), "service_control restart success", systemctl},
		{"systemctl stop", run("systemctl", "stop", unit), "service_control stop success", systemctl},
		{"refused", func() error {
			_ = run("runuser", "-u", "nobody", "--", "busctl", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
				"org.freedesktop.systemd1.Manager", "StartUnit", "ss", unit, "replace")()
			return nil
		}, "service_control start failure", func() int { return -1 }},
		{"disable", call("DisableUnitFiles", "asb", []string{unit}, false), "service_control disable success", self},
		{"no link", nil, "service_modify disabled success", self},
		{"remove", func() error { return os.Remove(path) }, "service_delete  success", self},
		{"transient", run("systemd-run", "--wait", "--unit="+unit, "/bin/true"), "service_create  success", systemctl},
	}
	used := map[*event.Event]bool{}
	for _, step := range steps {
		begin := time.Now()
		if step.do != nil {
			if err := step.do(); errors.Is(err, context.DeadlineExceeded) { // a slow guest; what it did is told
				t.Logf("%s: %v", step.name, err)
			} else if err != nil {
				t.Errorf("%s: %v", step.name, err)
				continue
			}
		}
		text := func(e *event.Event) string {
			return fmt.Sprintf("%s %s%s %s", e.Kind, e.Change.ServiceOperation, map[bool]string{true: e.Change.ServiceState}[e.Kind != event.ServiceControl], e.Outcome)
		}
		e := r.Wait(t, step.name+": "+step.want, 1, func(e *event.Event) bool {
			return e.Change != nil && (e.Change.Name == unit || e.Change.Name == "systemd") && !used[e] && text(e) == step.want
		})[0]
		used[e] = true
		t.Logf("%s: %s after %v by %+v: %s", step.name, text(e), time.Since(begin), who(e), e.Reason)
		if by := step.by(); e.Process == nil || by > 0 && e.Process.PID != int64(by) || by < 0 && (e.Process.PID == int64(self()) || e.Process.PID == 1) {
			t.Errorf("%s: by %s, want %d", step.name, who(e), by)
		}
	}
	for _, e := range r.All(func(e *event.Event) bool { return e.Change != nil && !used[e] }) {
		t.Logf("besides: %s %s %s %s by %s: %s", e.Kind, e.Change.Name, e.Change.ServiceOperation, e.Outcome, who(e), e.Reason)
	}
}

func who(e *event.Event) string {
	if e.Process == nil {
		return "nobody"
	}
	return strings.TrimSpace(fmt.Sprint(e.Process.PID, " ", e.Process.Executable))
}
