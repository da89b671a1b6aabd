package services

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// filesRig runs the rung file on a root of the test.
func filesRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, more: make(chan struct{}, 1)}
	o := options(t, "/nonexistent")
	r.sensor, r.root = New(o), o.Root
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := r.sensor.Run(ctx, r.emit); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	r.wait(1, took(rungFile))
	r.forget()
	return r
}

// did tells the sensor of a change of a file, as the sensor of files does.
func (r *rig) did(kind event.Kind, p string) {
	r.sensor.Follow(&event.Event{
		Kind: kind, Time: event.At(time.Now()), File: &event.File{Path: p}, User: &event.User{Name: "root"},
		Process: &event.Process{PID: cmp.Or(r.writer, 1<<30), EntityID: "writer"},
	})
}

func (r *rig) write(p, content string) {
	r.t.Helper()
	full := filepath.Join(r.root, p)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(full+"+", []byte(content), 0o644); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Rename(full+"+", full); err != nil {
		r.t.Fatal(err)
	}
	r.did(event.FileWrite, p)
}

func (r *rig) link(target, p string) {
	r.t.Helper()
	full := filepath.Join(r.root, p)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.Symlink(target, full); err != nil {
		r.t.Fatal(err)
	}
	r.sensor.Follow(&event.Event{
		Kind: event.FileCreate, Time: event.At(time.Now()), File: &event.File{Path: p, TargetPath: target},
		Process: &event.Process{PID: 1 << 30, EntityID: "writer"},
	})
}

func (r *rig) remove(p string) {
	r.t.Helper()
	if err := os.Remove(filepath.Join(r.root, p)); err != nil {
		r.t.Fatal(err)
	}
	r.did(event.FileDelete, p)
}

// one waits for one event and describes it.
func (r *rig) one() string {
	r.t.Helper()
	e := r.wait(1, func(e *event.Event) bool { return e.Change != nil })[0]
	r.forget()
	out := fmt.Sprintf("%s %s", e.Kind, e.Change.Name)
	for i, f := range e.Change.Fields {
		out += fmt.Sprintf(" %s:%s>%s", f, e.Change.Before[i], e.Change.After[i])
	}
	for _, s := range []string{e.Change.ServiceState, e.Change.ServiceUser, e.Change.ServiceCommand} {
		if s != "" {
			out += " " + s
		}
	}
	if e.Process == nil || e.Process.EntityID != "writer" {
		r.t.Errorf("%s: process %+v", out, e.Process)
	}
	return out
}

// TestFiles: what becomes of the files of services.
func TestFiles(t *testing.T) {
	r := filesRig(t)
	const etc = "/etc/systemd/system/"
	const script = "#!/bin/sh\n### BEGIN INIT INFO\n# Default-Start: 2\n### END INIT INFO\n"
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"unit", func() { r.write(etc+"x.service", "[Service]\nExecStart=/bin/a\nUser=nobody\n") },
			"service_create x.service Service.ExecStart:>/bin/a Service.User:>nobody nobody /bin/a"},
		{"change", func() { r.write(etc+"x.service", "[Service]\nExecStart=/tmp/b\n") },
			"service_modify x.service Service.ExecStart:/bin/a>/tmp/b Service.User:nobody> root /tmp/b"},
		{"drop-in", func() { r.write(etc+"x.service.d/10-more.conf", "[Service]\nExecStartPost=/bin/c\n") },
			"service_modify x.service Service.ExecStartPost:>/bin/c root"},
		{"no drop-in", func() { r.remove(etc + "x.service.d/10-more.conf") }, "service_modify x.service Service.ExecStartPost:/bin/c>"},
		{"enable", func() { r.link(etc+"x.service", etc+"multi-user.target.wants/x.service") }, "service_modify x.service WantedBy:>multi-user.target enabled"},
		{"disable", func() { r.remove(etc + "multi-user.target.wants/x.service") }, "service_modify x.service WantedBy:multi-user.target> disabled"},
		{"alias", func() { r.link(etc+"x.service", etc+"alias.service") }, "service_modify x.service alias:>/etc/systemd/system/x.service enabled"},
		{"mask", func() { r.link("/dev/null", etc+"auditd.service") }, "service_modify auditd.service link:>/dev/null masked"},
		{"unmask", func() { r.remove(etc + "auditd.service") }, "service_modify auditd.service link:/dev/null> unmasked"},
		{"link", func() { r.link("/tmp/evil.service", etc+"evil.service") }, "service_create evil.service link:>/tmp/evil.service"},
		{"remove", func() { r.remove(etc + "x.service") }, "service_delete x.service Service.ExecStart:/tmp/b> root /tmp/b"},
		{"of a user", func() { r.write("/home/eve/.config/systemd/user/u.service", "[Service]\nExecStart=/bin/u\n") },
			"service_create u.service Service.ExecStart:>/bin/u eve /bin/u"},
		{"transient", func() { r.write("/run/systemd/transient/run-1.service", "[Service]\nExecStart=/bin/t\n") },
			"service_create run-1.service Service.ExecStart:>/bin/t /bin/t"},
		{"script", func() {
			r.write("/etc/init.d/old", "#!/bin/sh\n### BEGIN INIT INFO\n# Default-Start: 2\n### END INIT INFO\n")
		},
			fmt.Sprintf("service_create old sha256:>%x Default-Start:>2 root /etc/init.d/old", sha256.Sum256([]byte(script)))},
		{"runlevel", func() { r.link("../init.d/old", "/etc/rc2.d/S01old") }, "service_modify old rc2.d:>S01 enabled"},
		{"no runlevel", func() { r.remove("/etc/rc2.d/S01old") }, "service_modify old rc2.d:S01> disabled"},
	}
	for _, s := range steps {
		s.do()
		got := r.one()
		if got != s.want {
			t.Errorf("%s: %s\nwant %s", s.name, got, s.want)
		}
	}
	// What systemd wrote because it was asked to is told as theirs who asked.
	for _, ask := range []request{
		{operation: "enable", units: []string{"a.service"}, call: true, by: &event.Event{Time: event.At(time.Now()), Process: &event.Process{PID: 77, EntityID: "caller"}}},
		{operation: "start", units: []string{"b"}, by: &event.Event{Time: event.At(time.Now()), Process: &event.Process{PID: 78, EntityID: "systemctl"}, User: &event.User{ID: "7"}}},
		{operation: "kill", units: []string{"c.service"}, by: &event.Event{Time: event.At(time.Now()), Process: &event.Process{PID: 79}}},
	} {
		r.sensor.o.requests.add(ask)
	}
	for unit, want := range map[string]int64{"a.service": 77, "b.service": 78, "c.service": 1} {
		r.writer = 1
		r.write(etc+unit, "[Service]\n")
		e := r.wait(1, func(e *event.Event) bool { return e.Change != nil })[0]
		if r.forget(); e.Process.PID != want || (e.Reason == reasonFor) != (want != 1) || want == 78 && e.User.ID != "7" {
			t.Errorf("%s: by %d (%s), want %d", unit, e.Process.PID, e.Reason, want)
		}
	}
	r.writer = 0
	// A timer is a task, a comment is no change.
	r.write(etc+"x.timer", "[Timer]\nOnCalendar=daily\n")
	r.write(etc+"y.service", "[Service]\nExecStart=/bin/y\n")
	if got := r.one(); !strings.HasPrefix(got, "service_create y.service") {
		t.Errorf("after the timer: %s", got)
	}
	r.write(etc+"y.service", "# comment\n[Service]\nExecStart=/bin/y\n")
	r.write(etc+"y.service", "[Service]\nExecStart=/bin/z\n")
	if got := r.one(); got != "service_modify y.service Service.ExecStart:/bin/y>/bin/z root /bin/z" {
		t.Errorf("after the comment: %s", got)
	}
}
