package auth_test

import (
	"bytes"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/auth"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// bench is a private copy of PAM, a program that uses it, and the sensor.
type bench struct {
	*sensortest.Recorder
	dir     string // of the library
	program string
	root    string // of the files of logons
	sensor  *auth.Sensor
}

// start builds the program, copies the library and starts the sensor on the
// copy. It runs in the sandbox only, where /etc is its own.
func start(t *testing.T, before ...func(root string)) *bench {
	t.Helper()
	k := sensortest.Kernel(t, kernel.Options{})
	b := &bench{dir: t.TempDir(), root: t.TempDir()}
	for _, do := range before {
		do(b.root)
	}
	b.program = filepath.Join(b.dir, "session")
	copyLibrary(t, b.dir)
	build(t, b.program, filepath.Join(b.dir, "libpam.so.0"))
	b.sensor = auth.New(auth.Options{
		Kernel: k, Root: b.root, State: filepath.Join(b.root, "state"), Bus: filepath.Join(b.root, "no-bus"),
		Libraries: func() []string { return []string{filepath.Join(b.dir, "libpam.so.0")} },
	})
	b.Recorder = sensortest.Run(t, b.sensor)
	took := b.All(sensortest.Kinds(event.AgentSensor))[0]
	if took.Status.Rung != "pam" {
		t.Fatalf("rung %q: %s", took.Status.Rung, took.Status.RungReason)
	}
	return b
}

// copyLibrary copies the library of PAM of the host, because a breakpoint in a
// file is one for all who map it.
func copyLibrary(t *testing.T, dir string) {
	t.Helper()
	found := auth.FindLibraries("/")
	if len(found) == 0 {
		t.Skip("SKIPPED: this host has no PAM (libpam0g)")
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "libpam.so.0"), text, 0o755); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T, program, library string) {
	t.Helper()
	if out, err := osexec.Command("gcc", "-O1", "-o", program, "testdata/session.c", library).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
}

// service writes the configuration of a service of PAM.
func service(t *testing.T, name string, lines ...string) {
	t.Helper()
	path := "/etc/pam.d/" + name
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Remove(path) })
}

// session returns a command that uses PAM through the copy of the library.
func (b *bench) session(service, user, host, tty, password, steps string) *osexec.Cmd {
	return b.command(b.program, service, user, host, tty, password, steps)
}

func (b *bench) command(name string, args ...string) *osexec.Cmd {
	c := osexec.Command(name, args...)
	c.Env = append(os.Environ(), "LD_LIBRARY_PATH="+b.dir+":"+os.Getenv("LD_LIBRARY_PATH"), "VEDETTE_FILE="+filepath.Join(b.dir, "inside"))
	return c
}

func run(t *testing.T, c *osexec.Cmd) (pid int64, out string) {
	t.Helper()
	var text bytes.Buffer
	c.Stdout, c.Stderr = &text, &text
	if err := c.Run(); err != nil {
		t.Logf("%s: %v\n%s", strings.Join(c.Args, " "), err, text.String())
	}
	return int64(c.ProcessState.Pid()), text.String()
}

func of(kind event.Kind, pid int64) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == kind && e.Process != nil && e.Process.PID == pid }
}

// one waits for an event of a process, and that no other like it comes.
func (b *bench) one(t *testing.T, kind event.Kind, pid int64) *event.Event {
	t.Helper()
	e := b.Wait(t, kind.String(), 1, of(kind, pid))[0]
	// It takes half a second; the machine may be busy.
	if late := time.Since(e.Time.Std()); late > 2*time.Second {
		t.Errorf("%s came %v after it happened", kind, late)
	}
	return e
}

// The programs load and the sensor says what it lacks, on each kernel.
func TestLoad(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	r := sensortest.Run(t, auth.New(auth.Options{
		Kernel: k, Root: t.TempDir(), Bus: filepath.Join(t.TempDir(), "no-bus"), Libraries: func() []string { return []string{"/proc/self/exe"} },
	}))
	// This program is no library of PAM: that is found out after loading.
	if s := r.All(sensortest.Kinds(event.AgentSensor))[0].Status; !strings.Contains(s.RungReason, "pam: attach to pam_start of ") {
		t.Error(s.RungReason)
	}
}

func TestSession(t *testing.T) {
	b := start(t)
	service(t, "vedette-open", "auth required pam_permit.so", "account required pam_permit.so", "session required pam_permit.so")
	pid, out := run(t, b.session("vedette-open", "nobody", "192.0.2.9", "/dev/pts/7", "", "acok"))
	if out != "a 0\nc 0\no 0\nk 0\n" {
		t.Fatal(out)
	}
	e := b.one(t, event.AuthLogin, pid)
	want := event.Logon{
		UserName: "nobody", Service: "vedette-open", Type: "remote", Line: "pts/7", Address: "192.0.2.9",
		SessionID: e.Logon.SessionID,
	}
	if *e.Logon != want || e.Outcome != "success" || e.Rung != "pam" || e.Net.SourceIP.String() != "192.0.2.9" || e.User.ID != "0" {
		t.Errorf("%+v %s %s %+v", *e.Logon, e.Outcome, e.Rung, e.Net)
	}
	out2 := b.one(t, event.AuthLogout, pid)
	if out2.Logon.UserName != "nobody" || out2.Logon.Start != e.Time || out2.Process.EntityID != e.Process.EntityID {
		t.Errorf("%+v began %d, want %d", out2.Logon, out2.Logon.Start, e.Time)
	}
}

func TestFailures(t *testing.T) {
	b := start(t)
	for name, c := range map[string]struct {
		auth, account, session, steps string
		reason                        string
	}{
		"wrong":   {"auth=auth_err", "acct=success", "success", "a", "authentication failure"},
		"unknown": {"auth=user_unknown", "acct=success", "success", "a", "unknown user"},
		"maximum": {"auth=maxtries", "acct=success", "success", "a", "too many attempts"},
		"expired": {"auth=success", "acct=acct_expired", "success", "ac", "the account has expired"},
		"denied":  {"auth=success", "acct=perm_denied", "success", "ac", "permission denied"},
		"session": {"auth=success", "acct=success", "session_err", "aco", "the session could not be opened"},
	} {
		t.Run(name, func(t *testing.T) {
			service(t, "vedette-"+name, "auth required pam_debug.so "+c.auth, "account required pam_debug.so "+c.account,
				"session required pam_debug.so open_session="+c.session)
			pid, _ := run(t, b.session("vedette-"+name, "nobody", "", "tty9", "", c.steps))
			e := b.one(t, event.AuthFail, pid)
			if e.Reason != c.reason || e.Outcome != "failure" || e.Logon.UserName != "nobody" || e.Logon.Type != "local" {
				t.Errorf("%q %s %+v", e.Reason, e.Outcome, e.Logon)
			}
			if n := len(b.All(of(event.AuthLogin, pid))); n != 0 {
				t.Errorf("%d logons", n)
			}
		})
	}
}

// su of the host uses PAM, here through the copy.
func TestSu(t *testing.T) {
	b := start(t)
	c := b.command("su", "-s", "/bin/sh", "nobody", "-c", "true")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pid := int64(c.ProcessState.Pid())
	e := b.one(t, event.AuthLogin, pid)
	if e.Logon.Service != "su" || e.Logon.Type != "su" || e.Logon.UserName != "nobody" || e.Logon.Method != "" {
		t.Errorf("%+v", e.Logon)
	}
	b.one(t, event.AuthLogout, pid)
}

// A user that the module asks for is known, and so is one of a child that the
// service forked to ask for the password.
func TestChildAsks(t *testing.T) {
	b := start(t)
	service(t, "vedette-child", "auth required pam_debug.so auth=auth_err")
	pid, out := run(t, b.session("vedette-child", "daemon", "198.51.100.4", "ssh", "", "fa"))
	if !strings.Contains(out, "a 7") {
		t.Fatal(out)
	}
	e := b.Wait(t, "failure", 1, func(e *event.Event) bool { return e.Kind == event.AuthFail && e.Logon.Service == "vedette-child" })[0]
	if e.Logon.UserName != "daemon" || e.Logon.Address != "198.51.100.4" || e.Process.PID == pid || e.Logon.Line != "" {
		t.Errorf("%+v in %d", e.Logon, e.Process.PID)
	}
}

// After an upgrade both are watched: the new library, and the old one in a
// program that has it since before.
func TestUpgrade(t *testing.T) {
	b := start(t)
	service(t, "vedette-upgrade", "auth required pam_debug.so auth=auth_err")
	daemon := b.session("vedette-upgrade", "nobody", "", "", "", "awa")
	line, err := daemon.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	old := int64(daemon.Process.Pid)
	b.Wait(t, "before", 1, of(event.AuthFail, old))
	name := filepath.Join(b.dir, "libpam.so.0")
	if err := os.Rename(name, name+".old"); err != nil {
		t.Fatal(err)
	}
	copyLibrary(t, b.dir)
	if err := os.Remove(name + ".old"); err != nil {
		t.Fatal(err)
	}
	fresh := func(e *event.Event) bool { return e.Kind == event.AuthFail && e.Logon.UserName == "daemon" }
	for end := time.Now().Add(20 * time.Second); len(b.All(fresh)) == 0; {
		run(t, b.session("vedette-upgrade", "daemon", "", "", "", "a"))
		if time.Now().After(end) {
			t.Fatal("the new library is not watched")
		}
	}
	if _, err := line.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	if err := daemon.Wait(); err != nil {
		t.Fatal(err)
	}
	b.Wait(t, "after", 2, of(event.AuthFail, old))
}

// What others do with the library of the host is not seen.
func TestOthersAreNotSeen(t *testing.T) {
	b := start(t)
	service(t, "vedette-other", "auth required pam_debug.so auth=auth_err")
	c := osexec.Command(b.program, "vedette-other", "nobody", "", "", "", "a") // the host's library
	c.Env = os.Environ()
	outside, out := run(t, c)
	if !strings.Contains(out, "a 7") {
		t.Fatal(out)
	}
	inside, _ := run(t, b.session("vedette-other", "nobody", "", "", "", "a"))
	b.one(t, event.AuthFail, inside)
	if n := len(b.All(of(event.AuthFail, outside))); n != 0 {
		t.Errorf("%d failures of another library", n)
	}
}

// Many at once: each is told, once.
func TestManyFailures(t *testing.T) {
	b := start(t)
	service(t, "vedette-many", "auth required pam_debug.so auth=auth_err")
	const n = 20
	for i := range n {
		run(t, b.session("vedette-many", "nobody", fmt.Sprintf("192.0.2.%d", i), "", "", "aaa"))
	}
	match := func(e *event.Event) bool { return e.Kind == event.AuthFail && e.Logon.Service == "vedette-many" }
	b.Wait(t, "failures", 3*n, match)
	if got := len(b.All(match)); got != 3*n {
		t.Errorf("%d failures, want %d", got, 3*n)
	}
}
