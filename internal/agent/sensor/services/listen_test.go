package services

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus/bustest"
	"github.com/vedette-edr/vedette/internal/event"
)

// fake is a systemd on a bus of the test: it has the objects, methods and
// signals of the real one, and jobs that end as their unit's name says.
type fake struct {
	t    *testing.T
	conn *bus.Conn
	mu   sync.Mutex
	jobs map[string][2]string // guarded by mu: object: type, unit
	n    int                  // guarded by mu
	hold chan struct{}        // jobs of slow.service end when it is closed
}

func serve(t *testing.T, socket string) *fake {
	t.Helper()
	f := &fake{t: t, jobs: map[string][2]string{}, hold: make(chan struct{})}
	ready := make(chan struct{})
	f.conn = bustest.Serve(t, socket, systemd, func(m *bus.Message) (string, []any, error) { <-ready; return f.answer(m) })
	close(ready)
	return f
}

// name is the unique name under which it is on the bus.
func (f *fake) name() string {
	name, err := f.conn.Owner(context.Background(), systemd)
	if err != nil {
		f.t.Error(err)
	}
	return name
}

func (f *fake) signal(member, signature string, values ...any) {
	if err := f.conn.Send(bus.Message{Type: bus.Signal, Path: rootPath, Interface: manager, Member: member, Signature: signature}, values, nil); err != nil {
		f.t.Error(err)
	}
}

// begin makes a job and tells of it.
func (f *fake) begin(kind, unit string) (object string) {
	f.mu.Lock()
	f.n++
	object = fmt.Sprintf("%s/job/%d", rootPath, f.n)
	f.jobs[object] = [2]string{kind, unit}
	n := f.n
	f.mu.Unlock()
	f.signal("JobNew", "uos", n, object, unit)
	return object
}

func (f *fake) end(object, unit, result string) {
	f.signal("JobRemoved", "uoss", 1, object, unit, result)
}

func (f *fake) answer(m *bus.Message) (string, []any, error) {
	values, err := m.Body()
	if err != nil {
		return "", nil, err
	}
	unit, _ := bus.Text(values, 0)
	if strings.HasPrefix(m.Path, rootPath+"/unit/") {
		unit = unescape(m.Path)
	}
	switch m.Member {
	case "Get":
		f.mu.Lock()
		defer f.mu.Unlock()
		state, ok := f.jobs[m.Path]
		switch {
		case strings.HasPrefix(m.Path, rootPath+"/unit/"):
			state[0] = "active"
		case !ok:
			return "", nil, &bus.Error{Name: "org.freedesktop.DBus.Error.UnknownObject"}
		}
		return "v", []any{bus.Variant{Signature: "s", Value: state[0]}}, nil
	case "StartUnit", "StopUnit", "RestartUnit", "Stop":
		if unit == "none.service" {
			return "", nil, &bus.Error{Name: systemd + ".NoSuchUnit", Text: "Unit none.service not found."}
		}
		object := f.begin(map[string]string{"StartUnit": "start", "StopUnit": "stop", "RestartUnit": "restart", "Stop": "stop"}[m.Member], unit)
		switch unit {
		case "slow.service":
			go func() { <-f.hold; f.end(object, unit, "done") }()
		case "broken.service":
			f.end(object, unit, "failed")
		default:
			f.end(object, unit, "done")
		}
		return "o", []any{object}, nil
	case "EnableUnitFiles":
		f.signal("UnitFilesChanged", "")
		return "ba(sss)", []any{true, []any{}}, nil
	case "Reload":
		f.signal("Reloading", "b", true)
		f.signal("Reloading", "b", false)
	}
	return "", nil, nil
}

// rig runs the sensor against a fake.
type rig struct {
	t      *testing.T
	socket string
	root   string
	writer int64 // pid of who writes files
	stop   func()
	fake   *fake
	sensor *Sensor
	more   chan struct{}

	mu  sync.Mutex
	all []*event.Event // guarded by mu
}

func (r *rig) emit(e *event.Event) {
	r.mu.Lock()
	r.all = append(r.all, e)
	r.mu.Unlock()
	select {
	case r.more <- struct{}{}:
	default:
	}
}

// wait returns the events of a kind when there are n.
func (r *rig) wait(n int, match func(*event.Event) bool) []*event.Event {
	r.t.Helper()
	late := time.After(10 * time.Second)
	for {
		r.mu.Lock()
		var out []*event.Event
		for _, e := range r.all {
			if match(e) {
				out = append(out, e)
			}
		}
		all := slices.Clone(r.all)
		r.mu.Unlock()
		if len(out) >= n {
			return out
		}
		select {
		case <-r.more:
		case <-late:
			for _, e := range all {
				r.t.Log(text(e))
			}
			r.t.Fatalf("%d events, want %d", len(out), n)
		}
	}
}

func (r *rig) forget() {
	r.mu.Lock()
	r.all = nil
	r.mu.Unlock()
}

func text(e *event.Event) string {
	if e.Status != nil {
		return e.Kind.String() + " " + e.Status.Rung + " " + e.Status.RungReason
	}
	out := fmt.Sprintf("%s %s %s", e.Kind, e.Change.ServiceOperation, e.Change.Name)
	if e.Outcome != "" {
		out += " " + e.Outcome
	}
	if e.Reason != "" {
		out += " (" + e.Reason + ")"
	}
	return out
}

func control1(e *event.Event) bool { return e.Kind == event.ServiceControl }

func took(rung string) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == event.AgentSensor && e.Status.Rung == rung }
}

func options(t *testing.T, socket string) Options {
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc/systemd/system"), 0o755); err != nil {
		t.Fatal(err)
	}
	return Options{Socket: socket, Root: root, State: t.TempDir(), Log: slog.New(slog.DiscardHandler)}
}

// start runs a sensor, or one rung of it, until the test ends.
func start(t *testing.T, run func(*Sensor, context.Context, sensor.Emit) error) *rig {
	t.Helper()
	r := &rig{t: t, more: make(chan struct{}, 1)}
	r.socket, r.stop = bustest.Start(t)
	r.fake = serve(t, r.socket)
	r.sensor = New(options(t, r.socket))
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := run(r.sensor, ctx, r.emit); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return r
}

func whole1(s *Sensor, ctx context.Context, emit sensor.Emit) error { return s.Run(ctx, emit) }

// TestCalls: whatever program or library calls systemd, the call is told with
// the process that made it, the unit, and the outcome.
func TestCalls(t *testing.T) {
	r := start(t, whole1)
	r.wait(1, took(rungMonitor))
	caller, err := bus.Dial(t.Context(), bus.Options{Socket: r.socket})
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	cases := []struct {
		method bus.Method
		want   string
	}{
		{bus.Method{Interface: manager, Member: "StartUnit", Signature: "ss", Args: []any{"a.service", "replace"}}, "service_control start a.service success"},
		{bus.Method{Member: "StopUnit", Signature: "ss", Args: []any{"a.service", "replace"}}, "service_control stop a.service success"},
		{bus.Method{Interface: manager, Member: "RestartUnit", Signature: "ss", Args: []any{"broken.service", "replace"}}, "service_control restart broken.service failure (result failed)"},
		{bus.Method{Interface: manager, Member: "StartUnit", Signature: "ss", Args: []any{"none.service", "replace"}},
			"service_control start none.service failure (org.freedesktop.systemd1.NoSuchUnit: org.freedesktop.systemd1.NoSuchUnit: Unit none.service not found.)"},
		{bus.Method{Interface: manager, Member: "Reload"}, "service_control daemon-reload systemd success"},
		{bus.Method{Interface: manager, Member: "EnableUnitFiles", Signature: "asbb", Args: []any{[]string{"a.service", "b.service"}, false, true}}, "service_control enable a.service success+service_control enable b.service success"},
		{bus.Method{Path: rootPath + "/unit/my_2dunit_2eservice", Interface: unitIface, Member: "Stop", Signature: "s", Args: []any{"replace"}}, "service_control stop my-unit.service success"},
	}
	for _, c := range cases {
		c.method.Destination = systemd
		if c.method.Path == "" {
			c.method.Path = rootPath
		}
		_, _ = caller.Do(t.Context(), c.method)
		want := strings.Split(c.want, "+")
		got := r.wait(len(want), control1)
		for i, e := range got {
			if i >= len(want) || text(e) != want[i] {
				t.Errorf("%s: %s, want %s", c.method.Member, text(e), c.want)
			}
			if e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.Process.EntityID == "" || e.Rung != rungMonitor {
				t.Errorf("%s: process %+v on rung %s", c.method.Member, e.Process, e.Rung)
			}
		}
		r.forget()
	}
	if _, err := caller.Do(t.Context(), bus.Method{Destination: systemd, Path: rootPath, Interface: manager, Member: "ListUnits"}); err != nil {
		t.Fatal(err)
	}
	program, err := osexec.LookPath("dbus-send")
	if err != nil {
		t.Skip("SKIPPED: dbus-send is not installed (package dbus)")
	}
	c := osexec.Command(program, "--bus=unix:path="+r.socket, "--type=method_call", "--dest="+r.fake.name(), rootPath, manager+".MaskUnitFiles", "array:string:auditd.service", "boolean:false", "boolean:true")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e := r.wait(1, control1)[0]
	if e.Change.ServiceOperation != "mask" || e.Change.Name != "auditd.service" {
		t.Errorf("first after the list: %s", text(e))
	}
	if e.Process != nil && e.Process.PID != int64(c.Process.Pid) {
		t.Errorf("process %+v, want %d or none: it does not wait for its answer", e.Process, c.Process.Pid)
	}
}

// An operation that takes long is told at once and when it is done.
func TestSlowJob(t *testing.T) {
	r := start(t, whole1)
	r.wait(1, took(rungMonitor))
	caller, err := bus.Dial(t.Context(), bus.Options{Socket: r.socket})
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	begin := time.Now()
	if _, err := caller.Do(t.Context(), bus.Method{Destination: systemd, Path: rootPath, Interface: manager, Member: "StartUnit", Signature: "ss", Args: []any{"slow.service", "replace"}}); err != nil {
		t.Fatal(err)
	}
	e := r.wait(1, control1)[0]
	if text(e) != "service_control start slow.service ("+reasonLonger+")" || time.Since(begin) < telling/2 {
		t.Errorf("%s after %v", text(e), time.Since(begin))
	}
	close(r.fake.hold)
	if e := r.wait(2, control1)[1]; text(e) != "service_control start slow.service success" || e.Change.ServiceState != "active" {
		t.Errorf("%s, %s", text(e), e.Change.ServiceState)
	}
}

// Jobs that no call on the bus asked for: systemctl's, through systemd's own
// socket, and systemd's own.
func TestJobsWithoutCall(t *testing.T) {
	for _, rung := range []string{rungMonitor, rungSignals} {
		t.Run(rung, func(t *testing.T) {
			r := start(t, func(s *Sensor, ctx context.Context, emit sensor.Emit) error {
				return s.hear(ctx, emit, func(...string) { emit(sensor.Took(name, rung, "", 1)) }, rung == rungMonitor)
			})
			r.wait(1, took(rung))
			object := r.fake.begin("stop", "auditd.service")
			r.fake.end(object, "auditd.service", "done")
			r.sensor.Follow(&event.Event{
				Kind: event.ProcessStart, Time: event.At(time.Now()), User: &event.User{ID: "0"},
				Process: &event.Process{PID: 4711, EntityID: "id", Executable: "/usr/bin/systemctl", Args: []string{"systemctl", "--no-block", "stop", "auditd"}},
			})
			e := r.wait(1, control1)[0]
			if text(e) != "service_control stop auditd.service success ("+reasonLine+")" || e.Process.EntityID != "id" || e.User.ID != "0" {
				t.Errorf("%s by %+v", text(e), e.Process)
			}
			r.forget()
			r.fake.signal("JobNew", "uos", 99, rootPath+"/job/99", "instant.service")
			r.fake.end(rootPath+"/job/99", "instant.service", "done")
			if e := r.wait(1, control1)[0]; !strings.HasPrefix(text(e), "service_control start instant.service success") {
				t.Errorf("a job that is over when it is asked for: %s", text(e))
			}
			r.forget()
			object = r.fake.begin("start", "logrotate.service")
			r.fake.end(object, "logrotate.service", "done")
			e = r.wait(1, control1)[0]
			if !strings.Contains(text(e), reasonSelf) || e.Process.PID != int64(os.Getpid()) {
				t.Errorf("%s by %+v, want the process that has systemd's name", text(e), e.Process)
			}
			r.forget()
			r.fake.end(r.fake.begin("start", "session-1.scope"), "session-1.scope", "done")
			r.fake.end(r.fake.begin("verify-active", "x.service"), "x.service", "done")
			r.fake.signal("Reloading", "b", true)
			r.fake.signal("Reloading", "b", false)
			if e := r.wait(1, control1)[0]; e.Change.ServiceOperation != "daemon-reload" {
				t.Errorf("%s", text(e))
			}
		})
	}
}

// A systemd that comes again (daemon-reexec) under another name is heard again.
func TestSystemdComesAgain(t *testing.T) {
	r := start(t, whole1)
	r.wait(1, took(rungMonitor))
	r.fake.conn.Close()
	again := serve(t, r.socket)
	caller, err := bus.Dial(t.Context(), bus.Options{Socket: r.socket})
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	if _, err := caller.Do(t.Context(), bus.Method{Destination: again.name(), Path: rootPath, Interface: manager, Member: "StopUnit", Signature: "ss", Args: []any{"a.service", "fail"}}); err != nil {
		t.Fatal(err)
	}
	if e := r.wait(1, control1)[0]; text(e) != "service_control stop a.service success" {
		t.Error(text(e))
	}
}

// When the bus ends the sensor goes on with files; when a bus is there again it
// asks to be started again.
func TestBusEndsAndComes(t *testing.T) {
	socket, stop := bustest.Start(t)
	r := &rig{t: t, more: make(chan struct{}, 1)}
	serve(t, socket)
	o := options(t, socket)
	o.Every = sensor.NewPace(20 * time.Millisecond)
	s := New(o)
	result := make(chan error, 1)
	go func() { result <- s.Run(t.Context(), r.emit) }()
	r.wait(1, took(rungMonitor))
	stop()
	r.wait(1, took(rungFile))
	if err := os.Remove(socket); err != nil {
		t.Fatal(err)
	}
	other, _ := bustest.Start(t)
	serve(t, other)
	if err := os.Symlink(other, socket); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-result:
		if !errors.Is(err, errBetter) {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the sensor stays below the bus that is there")
	}
}

// Without systemd on the bus only files are seen, and why is said.
func TestNoSystemd(t *testing.T) {
	socket, _ := bustest.Start(t)
	r := &rig{t: t, more: make(chan struct{}, 1)}
	s := New(options(t, socket))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Run(ctx, r.emit); err != nil {
			t.Error(err)
		}
	})
	e := r.wait(1, took(rungFile))[0]
	cancel()
	wg.Wait()
	if !strings.Contains(e.Status.RungReason, "systemd is not on the bus") {
		t.Errorf("reason %q", e.Status.RungReason)
	}
}
