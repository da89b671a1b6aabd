package accounts_test

import (
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor/accounts"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// start runs the sensors as the agent does.
func start(t *testing.T) *sensortest.Recorder {
	t.Helper()
	k := sensortest.Kernel(t, kernel.Options{})
	en, err := enrich.New(enrich.Options{HashWorkers: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	return sensortest.Pipeline(t, en.Enrich,
		exec.New(exec.Options{Kernel: k}), file.New(file.Options{Kernel: k}), accounts.New(accounts.Options{State: t.TempDir()}))
}

func run(t *testing.T, name string, args ...string) int64 {
	t.Helper()
	c := osexec.Command(name, args...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return int64(c.ProcessState.Pid())
}

// about matches events of a kind and object with a name.
func about(kind event.Kind, object, name string) func(*event.Event) bool {
	return func(e *event.Event) bool {
		return e.Kind == kind && e.Change != nil && e.Change.Object == object && e.Change.Name == name
	}
}

// field returns what an event tells of a field as "before>after".
func field(e *event.Event, name string) string {
	i := slices.Index(e.Change.Fields, name)
	if i < 0 {
		return ""
	}
	return e.Change.Before[i] + ">" + e.Change.After[i]
}

func check(t *testing.T, e *event.Event, pid int64, program string, fields map[string]string) {
	t.Helper()
	if e.Process == nil || e.Process.PID != pid || e.Process.Name != program || e.User == nil || e.User.ID != "0" {
		t.Errorf("%s %s is of process %+v, want %s (%d)", e.Kind, e.Change.Name, e.Process, program, pid)
	}
	for name, want := range fields {
		if got := field(e, name); got != want {
			t.Errorf("%s %s: %s is %q, want %q", e.Kind, e.Change.Name, name, got, want)
		}
	}
	if text := fmt.Sprintf("%+v", e.Change); strings.Contains(text, "$y$") || strings.Contains(text, "$6$") {
		t.Errorf("a digest is told: %s", text)
	}
}

// The life of an account by the tools of the distribution.
func TestTools(t *testing.T) {
	r := start(t)
	begun := time.Now()
	pid := run(t, "useradd", "-u", "46711", "-m", "-s", "/bin/sh", "-c", "A test", "-G", "sudo", "vedette1")
	e := r.Wait(t, "user created", 1, about(event.AccountCreate, "user", "vedette1"))[0]
	t.Log("seen after", time.Since(begun))
	check(t, e, pid, "useradd", map[string]string{"uid": ">46711", "shell": ">/bin/sh", "gecos": ">A test", "password": ">none", "home": ">/home/vedette1"})
	if e.Change.UserName != "vedette1" || e.Change.UserID != "46711" || e.File.Path != "/etc/passwd" && e.File.Path != "/etc/shadow" {
		t.Errorf("created %+v", e.Change)
	}
	check(t, r.Wait(t, "group created", 1, about(event.AccountCreate, "group", "vedette1"))[0], pid, "useradd", map[string]string{"gid": ">46711"})
	e = r.Wait(t, "joined", 1, about(event.AccountModify, "group", "sudo"))[0]
	check(t, e, pid, "useradd", map[string]string{"members_added": ">vedette1"})
	if e.Change.UserName != "vedette1" || e.Change.GroupName != "sudo" || e.Change.UserID != "46711" {
		t.Errorf("joined %+v", e.Change)
	}

	pid = run(t, "usermod", "-s", "/bin/bash", "-e", "2030-01-02", "vedette1")
	e = r.Wait(t, "user modified", 1, about(event.AccountModify, "user", "vedette1"))[0]
	check(t, e, pid, "usermod", map[string]string{"shell": "/bin/sh>/bin/bash", "expires": ">2030-01-02"})
	if e.Change.UserID != "46711" {
		t.Errorf("modified %+v", e.Change)
	}

	pid = run(t, "usermod", "-p", "$6$abcdefgh$"+strings.Repeat("x", 86), "vedette1")
	e = r.Wait(t, "password set", 2, about(event.AccountModify, "user", "vedette1"))[1]
	check(t, e, pid, "usermod", map[string]string{"password": "none>set (sha512crypt)"})
	if e.Change.UserID != "46711" {
		t.Errorf("modified %+v", e.Change)
	}
	pid = run(t, "usermod", "-L", "vedette1")
	e = r.Wait(t, "password locked", 3, about(event.AccountModify, "user", "vedette1"))[2]
	check(t, e, pid, "usermod", map[string]string{"password": "set (sha512crypt)>locked (sha512crypt)"})

	pid = run(t, "passwd", "-d", "vedette1")
	e = r.Wait(t, "password removed", 4, about(event.AccountModify, "user", "vedette1"))[3]
	check(t, e, pid, "passwd", map[string]string{"password": "locked (sha512crypt)>empty"})

	pid = run(t, "userdel", "vedette1")
	e = r.Wait(t, "user deleted", 1, about(event.AccountDelete, "user", "vedette1"))[0]
	check(t, e, pid, "userdel", map[string]string{"uid": "46711>"})
	check(t, r.Wait(t, "left", 2, about(event.AccountModify, "group", "sudo"))[1], pid, "userdel", map[string]string{"members_removed": "vedette1>"})
	r.Wait(t, "group deleted", 1, about(event.AccountDelete, "group", "vedette1"))
}

// A program that replaces the file itself, as libraries do.
func TestRenameIntoPlace(t *testing.T) {
	r := start(t)
	text, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	replace := func(content string) {
		t.Helper()
		if err := os.WriteFile("/etc/passwd+", []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename("/etc/passwd+", "/etc/passwd"); err != nil {
			t.Fatal(err)
		}
	}
	replace(string(text) + "toor:x:0:0::/root:/bin/sh\n")
	e := r.Wait(t, "created", 1, about(event.AccountCreate, "user", "toor"))[0]
	if e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.Change.UserID != "0" {
		t.Errorf("created by %+v: %+v", e.Process, e.Change)
	}
	replace(string(text))
	e = r.Wait(t, "deleted", 1, about(event.AccountDelete, "user", "toor"))[0]
	if e.Process == nil || e.Process.PID != int64(os.Getpid()) {
		t.Errorf("deleted by %+v", e.Process)
	}
}

// libuserScript creates, changes and removes a user through the library.
const libuserScript = `
import libuser, time
def pause(): time.sleep(0.1)
a = libuser.admin()
u = a.initUser("vedette2")
u[libuser.UIDNUMBER] = [46712]
u[libuser.GIDNUMBER] = [100]
u[libuser.HOMEDIRECTORY] = ["/nonexistent"]
a.addUser(u, False, False)
pause()
u = a.lookupUserByName("vedette2")
u[libuser.LOGINSHELL] = ["/bin/false"]
a.modifyUser(u, False)
pause()
a.setpassUser(u, "$6$abcdefgh$" + "x" * 86, True)
pause()
a.deleteUser(u, False, False)
`

// The library that the examiner of telemetry uses: no tool is executed, and the
// user lives for a third of a second, which is less than two batches of events.
func TestLibuser(t *testing.T) {
	python, err := filepath.EvalSymlinks("/usr/bin/python3")
	if err != nil {
		t.Skip("SKIPPED: needs python3-libuser: ", err)
	}
	if out, err := osexec.Command(python, "-c", "import libuser").CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: needs python3-libuser: %v %s", err, out)
	}
	sensortest.Scope(t)
	if err := os.WriteFile("/etc/libuser.conf", []byte("[defaults]\nmodules = files shadow\ncreate_modules = files shadow\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := start(t)
	begun := time.Now()
	pid := run(t, python, "-c", libuserScript)
	t.Log("done after", time.Since(begun))
	of := func(kind event.Kind) *event.Event {
		t.Helper()
		e := r.Wait(t, kind.String(), 1, about(kind, "user", "vedette2"))[0]
		t.Log("seen after", time.Since(begun), e.Change)
		return e
	}
	check(t, of(event.AccountCreate), pid, filepath.Base(python), map[string]string{"uid": ">46712", "home": ">/nonexistent"})
	check(t, of(event.AccountModify), pid, filepath.Base(python), map[string]string{"shell": "/bin/bash>/bin/false"})
	check(t, of(event.AccountDelete), pid, filepath.Base(python), map[string]string{"uid": "46712>"})
	// On a slow machine the password is there already when the new user is read.
	r.Wait(t, "password", 1, func(e *event.Event) bool {
		return e.Change != nil && e.Change.Name == "vedette2" && strings.HasSuffix(field(e, "password"), ">set (sha512crypt)")
	})
}
