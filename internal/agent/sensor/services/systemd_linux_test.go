package services_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
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

// world is a systemd that runs, and how to speak to it.
type world struct {
	socket string   // of its bus
	dir    string   // of unit files
	option string   // of its tools
	busctl []string // a program that calls, and is refused
}

// What a program does to services of the systemd of the host, in the guest: by
// calls on the bus, by systemctl, and as a user that may not.
func TestRealSystemd(t *testing.T) {
	if _, err := os.Stat("/run/systemd/system"); err != nil || os.Getenv("VEDETTE_GUEST") == "" {
		t.Skip("SKIPPED: changes services of a running systemd, which is done only in the guest: test/vm/guest.sh")
	}
	world{
		socket: bus.SystemSocket, dir: "/etc/systemd/system", option: "--no-ask-password",
		busctl: []string{"runuser", "-u", "nobody", "--", "busctl"},
	}.examine(t)
}

// The same with a systemd of a user, which is the same program and needs no
// boot, in the sandbox.
func TestSystemdOfUser(t *testing.T) {
	sensortest.Scope(t)
	for _, program := range []string{"/lib/systemd/systemd", "/usr/bin/dbus-daemon", "/usr/bin/busctl", "/usr/bin/systemd-run"} {
		if _, err := os.Stat(program); err != nil {
			t.Skip("SKIPPED: systemd and dbus are not installed: ", err)
		}
	}
	const run, dir = "/run/user/0", "/root/.config/systemd/user"
	for name, text := range map[string]string{
		"/run/systemd/system/.booted": "", // systemd of a user wants to see one of the system
		run + "/.here":                "",
		dir + "/exam.target":          "[Unit]\nDefaultDependencies=no\nWants=dbus.socket dbus.service\n",
		dir + "/dbus.socket":          "[Unit]\nDefaultDependencies=no\n[Socket]\nListenStream=%t/bus\n",
		dir + "/dbus.service": "[Unit]\nDefaultDependencies=no\nRequires=dbus.socket\n[Service]\nType=notify\n" +
			"ExecStart=/usr/bin/dbus-daemon --session --address=systemd: --nofork --nopidfile --systemd-activation\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("XDG_RUNTIME_DIR", run)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "")
	os.Unsetenv("DBUS_SESSION_BUS_ADDRESS")
	c := osexec.Command("/lib/systemd/systemd", "--user", "--unit=exam.target", "--log-target=console", "--log-level=warning")
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() }) // the sandbox ends what it started
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+run+"/bus")
	waitFor(t, run+"/bus")
	// An abbreviation that getopt takes: --user itself stands for another systemd.
	world{socket: run + "/bus", dir: dir, option: "--use", busctl: []string{"busctl", "--user"}}.examine(t)
}

// waitFor waits until systemd is on a bus.
func waitFor(t *testing.T, socket string) {
	t.Helper()
	late, again := time.After(20*time.Second), time.NewTicker(20*time.Millisecond)
	defer again.Stop()
	for {
		c, err := bus.Dial(t.Context(), bus.Options{Socket: socket})
		if err == nil {
			_, err = c.Owner(t.Context(), "org.freedesktop.systemd1")
			if c.Close(); err == nil {
				return
			}
		}
		select {
		case <-again.C:
		case <-late:
			t.Fatal("systemd does not come:", err)
		}
	}
}

func (w world) examine(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	s := services.New(services.Options{State: t.TempDir(), Socket: w.socket})
	r := sensortest.RunWith(t, completed(t, s), file.New(file.Options{Kernel: k}), exec.New(exec.Options{Kernel: k}), s)
	r.Wait(t, "the best rung", 1, func(e *event.Event) bool { return e.Kind == event.AgentSensor && e.Status.Rung == "dbus_monitor" })
	c, err := bus.Dial(t.Context(), bus.Options{Socket: w.socket})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const unit = "vedette-exam.service"
	path := filepath.Join(w.dir, unit)
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
		{"systemctl start", run("systemctl", w.option, "start", unit), "service_control start success", systemctl},
		{"systemctl restart", run("systemctl", w.option, "restart", "vedette-exam"), "service_control restart success", systemctl},
		{"systemctl stop", run("systemctl", w.option, "stop", unit), "service_control stop success", systemctl},
		{"busctl start", func() error {
			_ = run(w.busctl[0], append(w.busctl[1:], "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
				"org.freedesktop.systemd1.Manager", "StartUnit", "ss", "no-such-unit.service", "replace")...)()
			return nil
		}, "service_control start failure", func() int { return -1 }},
		{"disable", call("DisableUnitFiles", "asb", []string{unit}, false), "service_control disable success", self},
		{"no link", nil, "service_modify disabled success", self},
		{"remove", func() error { return os.Remove(path) }, "service_delete  success", self},
		{"transient", run("systemd-run", w.option, "--unit="+unit, "/bin/sleep", "1000"), "service_create  success", systemctl},
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
			return e.Change != nil && slices.Contains([]string{unit, "systemd", "no-such-unit.service"}, e.Change.Name) && !used[e] && text(e) == step.want
		})[0]
		used[e] = true
		t.Logf("%s: %s after %v by %+v: %s", step.name, text(e), time.Since(begin), who(e), e.Reason)
		// A second where nothing else runs; only the sandbox is judged.
		if took := time.Since(begin); took > 2*time.Second && os.Getenv("VEDETTE_GUEST") == "" {
			t.Errorf("%s: told after %v", step.name, took)
		}
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
