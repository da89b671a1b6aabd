package auth_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/auth"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus/bustest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// plain is the sensor on a host whose kernel gives nothing.
func plain(t *testing.T, change func(*auth.Options)) *bench {
	t.Helper()
	b := &bench{root: t.TempDir()}
	for _, d := range []string{"var/log", "run", "etc"} {
		if err := os.MkdirAll(filepath.Join(b.root, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(b.root, "etc/passwd"), []byte("alice:x:1000:1000::/:/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := auth.Options{
		Reason: fmt.Errorf("no BPF here: %w", kernel.ErrNotSupported), Root: b.root, State: filepath.Join(b.root, "state"),
		Bus: filepath.Join(b.root, "no-bus"),
	}
	if change != nil {
		change(&o)
	}
	b.sensor = auth.New(o)
	b.Recorder = sensortest.Run(t, b.sensor)
	return b
}

// Without BPF, systemd and lastlog the records of logons are looked at, and the
// process that a record names is found while it lives.
func TestGM11_RecordsAlone(t *testing.T) {
	b := plain(t, nil)
	took := b.All(sensortest.Kinds(event.AgentSensor))[0].Status
	if took.Rung != "log" || !strings.Contains(took.RungReason, "wtmp: none of the files is there") || !strings.Contains(took.RungReason, "pam: ") || !strings.Contains(took.RungReason, "logind: ") {
		t.Errorf("%+v", took)
	}
	at := event.At(time.Now())
	name := filepath.Join(b.root, "var/log/wtmp")
	if err := os.WriteFile(name, utmp.Native().Append(nil, utmp.Record{
		Type: utmp.UserProcess, PID: int64(os.Getpid()), Line: "pts/2", User: "alice", Host: "192.0.2.7", Time: at,
	}), 0o644); err != nil {
		t.Fatal(err)
	}
	e := b.Wait(t, "logon", 1, byUser(event.AuthLogin, "alice"))[0]
	if late := time.Since(e.Time.Std()); late > 2*time.Second {
		t.Errorf("it came after %v", late)
	}
	if e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.Logon.UserID != "1000" || e.Logon.Line != "pts/2" || e.Net.SourceIP.String() != "192.0.2.7" || e.Logon.Type != "remote" {
		t.Errorf("%+v %+v", e.Logon, e.Process)
	}
	write(t, name, utmp.Record{Type: utmp.DeadProcess, PID: int64(os.Getpid()), Line: "pts/2", Time: at + 3e6})
	e = b.Wait(t, "logout", 1, byUser(event.AuthLogout, "alice"))[0]
	if e.Logon.Start/1e3 != at/1e3 || e.Logon.Address != "192.0.2.7" {
		t.Errorf("%+v, began %d", e.Logon, at)
	}
}

// Rungs that the configuration does not want are not taken, each by itself, and
// it is told why.
func TestRungsOff(t *testing.T) {
	b := &bench{root: t.TempDir(), Recorder: &sensortest.Recorder{}}
	name := filepath.Join(b.root, "var/log/wtmp")
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := auth.New(auth.Options{Reason: kernel.ErrNotSupported, Root: b.root, Bus: filepath.Join(b.root, "no-bus")})
	all := sensor.Without(t.Context(), []string{"pam", "logind", "wtmp", "log"})
	if err := s.Run(all, b.Emit); !errors.Is(err, sensor.ErrNoRung) {
		t.Fatalf("without any rung: %v", err)
	}
	took := b.All(sensortest.Kinds(event.AgentSensor))[0].Status
	if took.Rung != "" || strings.Count(took.RungReason, "off by kernel.rungs_off") != 4 {
		t.Errorf("%+v", took)
	}
	ctx, stop := context.WithCancel(sensor.Without(t.Context(), []string{"pam", "wtmp"}))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, b.Emit) }()
	took = b.Wait(t, "rung", 2, sensortest.Kinds(event.AgentSensor))[1].Status
	if took.Rung != "log" || !strings.Contains(took.RungReason, "pam: off by kernel.rungs_off") || !strings.Contains(took.RungReason, "wtmp: off by kernel.rungs_off") {
		t.Errorf("%+v", took)
	}
	at := event.At(time.Now())
	write(t, name, utmp.Record{Type: utmp.UserProcess, PID: int64(os.Getpid()), Line: "pts/2", User: "alice", Time: at})
	s.Follow(&event.Event{Time: at, Kind: event.FileWrite, File: &event.File{Path: name, Name: "wtmp"}})
	s.Follow(&event.Event{Time: at, Kind: event.LogRecord, Log: &event.Log{
		Source: "syslog", Provider: "sshd", Message: "Failed password for bob from 192.0.2.9 port 22 ssh2", Names: []string{"pid"}, Values: []string{"99999999"},
	}})
	b.Wait(t, "failure", 1, byUser(event.AuthFail, "bob")) // what was before it was looked at too
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if n := len(b.All(byUser(event.AuthLogin, "alice"))); n != 0 {
		t.Errorf("%d logons of a rung that is off", n)
	}
}

// Lines of the sensor of logs are told when nothing better tells.
func TestLinesAlone(t *testing.T) {
	b := plain(t, nil)
	line := "Nov 21 10:00:00 h sshd[99999999]: Failed password for invalid user Secret123 from 192.0.2.9 port 22 ssh2"
	b.sensor.Follow(&event.Event{Time: event.At(time.Now()), Kind: event.LogRecord, Log: &event.Log{
		Source: "syslog", Provider: "sshd", Message: line, Names: []string{"pid"}, Values: []string{"99999999"},
	}})
	e := b.Wait(t, "failure", 1, sensortest.Kinds(event.AuthFail))[0]
	if e.Rung != "log" || e.Logon.UserName != "(not shown)" || e.Net.SourceIP.String() != "192.0.2.9" || !strings.Contains(e.Reason, "looks like a password") {
		t.Errorf("%s %+v %q", e.Rung, e.Logon, e.Reason)
	}
	b.sensor.Follow(&event.Event{Kind: event.LogRecord, Log: &event.Log{Provider: "nginx"}})
	b.sensor.Follow(&event.Event{Kind: event.FileWrite, File: &event.File{Name: "other"}})
	if n := b.sensor.Missed(); n != 0 {
		t.Errorf("%d were missed", n)
	}
}

// The session manager tells of sessions that begin and end.
func TestLogind(t *testing.T) {
	socket, stop := bustest.Start(t)
	session := func(user, id string, leader int) []any {
		pair := func(name, signature string, value any) any {
			return []any{name, bus.Variant{Signature: signature, Value: value}}
		}
		return []any{[]any{
			pair("Id", "s", id), pair("Name", "s", user), pair("Leader", "u", leader), pair("Service", "s", "sshd"),
			pair("TTY", "s", "pts/4"), pair("RemoteHost", "s", "192.0.2.3"), pair("Class", "s", "user"),
			pair("Timestamp", "t", uint64(time.Now().UnixMicro())),
		}}
	}
	manager := bustest.Serve(t, socket, "org.freedesktop.login1", func(m *bus.Message) (string, []any, error) {
		switch {
		case m.Member == "ListSessions":
			return "a(susso)", []any{[]any{[]any{"1", 1000, "bob", "", "/session/old"}}}, nil
		case m.Path == "/session/old":
			return "a{sv}", session("bob", "1", 1), nil
		case m.Path == "/session/new":
			return "a{sv}", session("alice", "c2", os.Getpid()), nil
		}
		return "", nil, fmt.Errorf("no %s", m.Path)
	})
	b := plain(t, func(o *auth.Options) { o.Bus = socket })
	if took := b.All(sensortest.Kinds(event.AgentSensor))[0].Status; took.Rung != "logind" {
		t.Fatalf("%+v", took)
	}
	signal := func(member, id, path string) {
		t.Helper()
		if err := manager.Send(bus.Message{
			Type: bus.Signal, Path: "/org/freedesktop/login1", Interface: "org.freedesktop.login1.Manager", Member: member, Signature: "so",
		}, []any{id, path}, nil); err != nil {
			t.Fatal(err)
		}
	}
	signal("SessionNew", "c2", "/session/new")
	e := b.Wait(t, "logon", 1, byUser(event.AuthLogin, "alice"))[0]
	if e.Rung != "logind" || e.Logon.SessionID != "c2" || e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.Logon.Line != "pts/4" || e.Logon.Type != "remote" {
		t.Errorf("%s %+v %+v", e.Rung, e.Logon, e.Process)
	}
	signal("SessionRemoved", "c2", "/session/new")
	e = b.Wait(t, "logout", 1, byUser(event.AuthLogout, "alice"))[0]
	if e.Logon.Start == 0 || e.Logon.Address != "192.0.2.3" {
		t.Errorf("%+v", e.Logon)
	}
	signal("SessionRemoved", "1", "/session/old")
	e = b.Wait(t, "the end of an older session", 1, byUser(event.AuthLogout, "bob"))[0]
	if e.Logon.Start == 0 || len(b.All(byUser(event.AuthLogin, "bob"))) != 0 {
		t.Errorf("%+v", e.Logon)
	}
	stop()
	b.Wait(t, "a lower rung", 1, func(e *event.Event) bool { return e.Kind == event.AgentSensor && e.Status.Rung == "log" })
}
