package auditlog

import (
	"fmt"
	"net"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// guest skips the test where the audit system must not be touched.
func guest(t *testing.T) {
	t.Helper()
	if os.Getenv("VEDETTE_GUEST_AUDIT") != "1" {
		t.Skip("SKIPPED: needs an audit system that may be touched: test/audit-vm.sh")
	}
}

// TestGuestFM1_RealAudit: with the shipped rules loaded beside those of
// another, which stay, the three classes of events come from what a real
// auditd writes; that records come is found out by trying.
func TestGuestFM1_RealAudit(t *testing.T) {
	guest(t)
	if rules, err := osexec.Command("auditctl", "-l").Output(); err != nil || !strings.Contains(string(rules), "of_another") || !strings.Contains(string(rules), "vedette_file") {
		t.Errorf("rules: %v\n%s", err, rules)
	}
	o := Options{}
	o.defaults()
	for _, what := range []string{"exec", "file", "net"} {
		if err := o.prove(t.Context(), subject{name: what, what: what, calls: map[string][]string{"exec": {"execve"}, "file": slices.Collect(names(fileCalls())), "net": {"connect"}}[what]}); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	execs, _ := start(t, Exec(Options{}))
	files, _ := start(t, File(Options{}))
	conns, _ := start(t, Net(Options{}))
	dir := t.TempDir()

	script := filepath.Join(dir, "job")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := osexec.Command(script, "a b", "ü", strings.Repeat("long ", 3000))
	c.Dir = dir
	_ = c.Run()
	pid := int64(c.ProcessState.Pid())
	e := execs.Wait(t, "execution", 1, func(e *event.Event) bool { return e.Kind == event.ProcessStart && e.Process.PID == pid })[0]
	p := e.Process
	if p.Script != script || len(p.Args) != 5 || p.Args[2] != "a b" || p.Args[3] != "ü" || len(p.Args[4]) != 15000 || p.WorkingDirectory != dir || p.Parent.PID != int64(os.Getpid()) ||
		p.Parent.EntityID == "" || p.Executable != "/usr/bin/dash" || e.User.ID != "0" || e.File.Inode == 0 {
		t.Errorf("%+v %+v %+v, last argument of %d bytes", p, p.Parent, e.File, len(p.Args[len(p.Args)-1]))
	}
	changes(t, files, dir)
	connections(t, conns)
	raw, err := os.ReadFile(DefaultPath)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("log of %d bytes", len(raw))
}

func names(m map[string]call) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// changes does what the rung of files tells of, and looks for it.
func changes(t *testing.T, files *sensortest.Recorder, dir string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a, b, sub := filepath.Join(dir, "a b"), filepath.Join(dir, "b"), filepath.Join(dir, "sub")
	must(os.WriteFile(a, []byte("x"), 0o600))
	must(os.WriteFile(a, []byte("y"), 0o600))
	must(os.Rename(a, b))
	must(os.Chmod(b, 0o711))
	must(os.Chown(b, 7, 8))
	must(os.Mkdir(sub, 0o755))
	must(os.Symlink("/etc/shadow", filepath.Join(sub, "link")))
	must(os.Link(b, filepath.Join(sub, "hard")))
	must(os.RemoveAll(sub)) // from an open directory
	must(os.Remove(b))
	want := []string{
		"file_create " + a, "file_write " + a, "file_rename " + b + " from " + a, "file_chmod " + b + " 0711 was 0600", "file_chown " + b + " 7:8 was 0:0",
		"file_create " + sub, "file_create " + sub + "/link", "file_create " + sub + "/hard to " + b, "file_delete " + sub + "/link", "file_delete " + sub + "/hard", "file_delete " + sub, "file_delete " + b,
	}
	for _, w := range want {
		files.Wait(t, w, 1, func(e *event.Event) bool {
			return e.File != nil && strings.HasPrefix(told(e), w) && e.Process.PID == int64(os.Getpid())
		})
	}
}

// connections does what the rung of connections tells of, and looks for it.
func connections(t *testing.T, conns *sensortest.Recorder) {
	t.Helper()
	for _, address := range []string{"127.0.0.1:18080", "[::1]:18081"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		s, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		at := l.Addr().(*net.TCPAddr)
		from := c.LocalAddr().(*net.TCPAddr)
		for what, match := range map[string]func(*event.Event) bool{
			"listen": func(e *event.Event) bool { return e.Kind == event.NetListen && e.Net.SourcePort == int64(at.Port) },
			"connect": func(e *event.Event) bool {
				return e.Kind == event.NetConnect && e.Net.DestinationPort == int64(at.Port)
			},
			"accept": func(e *event.Event) bool { return e.Kind == event.NetAccept && e.Net.SourcePort == int64(from.Port) },
		} {
			e := conns.Wait(t, fmt.Sprintf("%s of %s", what, at), 1, match)[0]
			if ip := map[string]string{"listen": e.Net.SourceIP.String(), "connect": e.Net.DestinationIP.String(), "accept": e.Net.SourceIP.String()}[what]; ip != at.IP.String() || e.Process.PID != int64(os.Getpid()) {
				t.Errorf("%s of %s: %+v", what, at, e.Net)
			}
		}
		s.Close()
		c.Close()
		l.Close()
	}
}
