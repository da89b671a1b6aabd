package auth_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/auth"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// behind is a sensor whose events are completed, and followed by the sensor of
// logons, as the agent does it.
type behind struct {
	sensor.Sensor
	mu     *sync.Mutex
	en     *enrich.Enricher
	follow *auth.Sensor
}

func (s behind) Run(ctx context.Context, emit sensor.Emit) error {
	return s.Sensor.Run(ctx, func(e *event.Event) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.en.Enrich(e)
		for _, k := range s.follow.Follows() {
			if k == e.Kind {
				s.follow.Follow(e)
			}
		}
		emit(e)
	})
}

// whole runs the sensors of executions, files and logons together, on the files
// of logons of the sandbox and a copy of PAM.
func whole(t *testing.T, k *kernel.Kernel, state, dir string, more ...sensor.Sensor) *bench {
	t.Helper()
	b := &bench{dir: dir, program: filepath.Join(dir, "session"), root: "/"}
	b.sensor = auth.New(auth.Options{
		Kernel: k, State: state, Bus: filepath.Join(dir, "no-bus"),
		Libraries: func() []string { return []string{filepath.Join(dir, "libpam.so.0")} },
	})
	en, err := enrich.New(enrich.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	var mu sync.Mutex
	var sensors []sensor.Sensor
	for _, s := range append(more, exec.New(exec.Options{Kernel: k}), file.New(file.Options{Kernel: k}), b.sensor) {
		sensors = append(sensors, behind{s, &mu, en, b.sensor})
	}
	b.Recorder = sensortest.Run(t, sensors...)
	return b
}

func prepare(t *testing.T) (state, dir string) {
	t.Helper()
	sensortest.Scope(t) // in the sandbox only: /var/log and /etc are its own
	dir = t.TempDir()
	copyLibrary(t, dir)
	build(t, filepath.Join(dir, "session"), filepath.Join(dir, "libpam.so.0"))
	for _, name := range []string{"/var/log/wtmp", "/var/log/btmp", "/var/log/lastlog", "/run/utmp"} {
		if err := os.WriteFile(name, nil, 0o664); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(t.TempDir(), "state"), dir
}

// write appends a record as a program that keeps no PAM would.
func write(t *testing.T, name string, r utmp.Record) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(utmp.Native().Append(nil, r)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func byUser(kind event.Kind, user string) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == kind && e.Logon != nil && e.Logon.UserName == user }
}

// TestGM11_OneLogonOneEvent: a logon that PAM, wtmp and lastlog tell of is one
// event with user, terminal and origin; a second look and a restart tell it not
// again, and what came meanwhile is told.
func TestGM11_OneLogonOneEvent(t *testing.T) {
	state, dir := prepare(t)
	k := sensortest.Kernel(t, kernel.Options{})
	service(t, "vedette-ssh", "auth required pam_permit.so", "account required pam_permit.so", "session required pam_lastlog.so silent")
	t.Run("first", func(t *testing.T) {
		b := whole(t, k, state, dir)
		pid, out := run(t, b.session("vedette-ssh", "daemon", "192.0.2.44", "/dev/pts/5", "", "acok"))
		if !strings.Contains(out, "o 0") {
			t.Fatal(out)
		}
		if st, err := os.Stat("/var/log/wtmp"); err != nil || st.Size() == 0 {
			t.Fatalf("pam_lastlog wrote nothing: %v", err)
		}
		e := b.one(t, event.AuthLogin, pid)
		if e.Logon.UserName != "daemon" || e.Logon.Line != "pts/5" || e.Net == nil || e.Net.SourceIP.String() != "192.0.2.44" || e.Logon.UserID != "1" || e.Process.Executable != b.program {
			t.Errorf("%+v %+v %+v", e.Logon, e.Net, e.Process)
		}
		b.one(t, event.AuthLogout, pid)
		// By records alone: the process that wrote them let the user in.
		at := event.Time(e.Time) + 1e9
		write(t, "/var/log/wtmp", utmp.Record{Type: utmp.UserProcess, PID: 77, Line: "pts/6", User: "sync", Host: "192.0.2.45", Time: at})
		e = b.Wait(t, "record", 1, byUser(event.AuthLogin, "sync"))[0]
		if e.Rung != "wtmp" || e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.Logon.Line != "pts/6" || e.Net.SourceIP.String() != "192.0.2.45" {
			t.Errorf("%s %+v %+v", e.Rung, e.Logon, e.Process)
		}
		write(t, "/var/log/btmp", utmp.Record{Type: utmp.LoginProcess, PID: 78, Line: "ssh:notty", User: "games", Host: "192.0.2.46", Time: at})
		e = b.Wait(t, "failure", 1, byUser(event.AuthFail, "games"))[0]
		if e.Outcome != "failure" || e.Reason != "authentication failure" || e.Logon.Address != "192.0.2.46" {
			t.Errorf("%+v %s %q", e.Logon, e.Outcome, e.Reason)
		}
		for _, user := range []string{"daemon", "sync"} {
			if n := len(b.All(byUser(event.AuthLogin, user))); n != 1 {
				t.Errorf("%d logons of %s", n, user)
			}
		}
		if n := len(b.All(byUser(event.AuthLogout, "daemon"))); n != 1 {
			t.Errorf("%d logouts", n)
		}
	})
	write(t, "/var/log/wtmp", utmp.Record{Type: utmp.UserProcess, PID: 79, Line: "pts/7", User: "man", Time: event.Time(1780000000e9)})
	t.Run("after a restart", func(t *testing.T) {
		b := whole(t, k, state, dir)
		e := b.Wait(t, "what came meanwhile", 1, byUser(event.AuthLogin, "man"))[0]
		if e.Time != event.Time(1780000000e9) || e.Process != nil {
			t.Errorf("%d %+v", e.Time, e.Process)
		}
		write(t, "/var/log/wtmp", utmp.Record{Type: utmp.UserProcess, PID: 80, Line: "pts/8", User: "lp", Time: event.Time(1780000001e9)})
		b.Wait(t, "the next", 1, byUser(event.AuthLogin, "lp"))
		if n := len(b.All(sensortest.Kinds(event.AuthLogin, event.AuthFail, event.LogTamper))); n != 2 {
			t.Errorf("%d events, want 2", n)
		}
	})
}

// TestGM12_SessionToProcesses: all that happens in a session is found by the
// session's id, with the search language.
func TestGM12_SessionToProcesses(t *testing.T) {
	state, dir := prepare(t)
	b := whole(t, sensortest.Kernel(t, kernel.Options{}), state, dir)
	service(t, "vedette-session", "auth required pam_permit.so", "account required pam_permit.so", "session required pam_loginuid.so")
	pid, out := run(t, b.session("vedette-session", "daemon", "192.0.2.44", "", "", "acoxk"))
	if !strings.Contains(out, "o 0") {
		t.Fatal(out)
	}
	login := b.one(t, event.AuthLogin, pid)
	b.one(t, event.AuthLogout, pid)
	id := login.Logon.SessionID
	if id == "" {
		t.Fatal("the session has no id: is the kernel built without audit?")
	}
	search, err := expr.Parse("process.audit_session.id = '" + id + "'")
	if err != nil {
		t.Fatal(err)
	}
	found := func(kind event.Kind) []*event.Event {
		return b.All(func(e *event.Event) bool { return e.Kind == kind && search.Match(e) })
	}
	b.Wait(t, "the end of the program", 1, func(e *event.Event) bool {
		return e.Kind == event.ProcessEnd && e.Process.Name == "true" && search.Match(e)
	})
	var names []string
	for _, e := range found(event.ProcessStart) {
		names = append(names, e.Process.Name)
		if e.Process.AuditUserID != "1" {
			t.Errorf("%s runs for %q", e.Process.Name, e.Process.AuditUserID)
		}
	}
	if !strings.Contains(strings.Join(names, " "), "true") || len(names) < 2 {
		t.Errorf("programs of the session: %v", names)
	}
	wrote := false
	for _, e := range append(found(event.FileCreate), found(event.FileWrite)...) {
		wrote = wrote || e.File.Path == filepath.Join(b.dir, "inside")
	}
	if !wrote {
		t.Error("the file that was written in the session is not found")
	}
	if n := len(b.All(func(e *event.Event) bool {
		return e.Kind == event.ProcessStart && !search.Match(e) && e.Process.Name == "true"
	})); n != 0 {
		t.Errorf("%d programs of the session are without its id", n)
	}
}

// TestGM16_WhoTampered: tampering is told with the file, the byte and the
// process that did it; nothing but this program looks at the file.
func TestGM16_WhoTampered(t *testing.T) {
	state, dir := prepare(t)
	for i := range 4 {
		write(t, "/var/log/wtmp", utmp.Record{Type: utmp.UserProcess, PID: int64(100 + i), Line: "pts/1", User: "daemon", Time: event.Time(1780000000e9)})
	}
	b := whole(t, sensortest.Kernel(t, kernel.Options{}), state, dir)
	size := utmp.Native().Size()
	for _, c := range []struct {
		args   []string
		offset int64
		reason string
	}{
		{[]string{"dd", "if=/dev/zero", "of=/var/log/wtmp", "bs=384", "count=1", "seek=2", "conv=notrunc"}, 768, "a record was zeroed"},
		{[]string{"truncate", "-s", "384", "/var/log/wtmp"}, 384, "the file was cut: 3 of 4 records are gone or changed"},
		{[]string{"rm", "/var/log/wtmp"}, 0, "the file was removed"},
	} {
		if size != 384 {
			t.Skip("SKIPPED: the offsets are those of x86-64")
		}
		cmd := b.command(c.args[0], c.args[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		pid := int64(cmd.ProcessState.Pid())
		e := b.one(t, event.LogTamper, pid)
		if e.File.Path != "/var/log/wtmp" || e.File.Offset.N != c.offset || e.Reason != c.reason || e.Process.Name != c.args[0] {
			t.Errorf("%s: %+v %q by %s", c.args[0], e.File, e.Reason, e.Process.Name)
		}
	}
	if n := len(b.All(sensortest.Kinds(event.LogTamper))); n != 3 {
		t.Errorf("%d events", n)
	}
}
