package enrich_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/all"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// lower runs a sensor on the rungs that need no BPF, with an enricher behind
// it, and checks what it says of its rung.
func lower(t *testing.T, name string) *sensortest.Recorder {
	t.Helper()
	en, err := enrich.New(enrich.Options{HashWait: 30 * time.Second, WriteWait: 30 * time.Second}) // see live
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	if err := en.Seed(context.Background()); err != nil {
		t.Fatal(err)
	}
	var sensors []sensor.Sensor
	for _, s := range all.Sensors(all.Options{Reason: errors.New("switched off by a test"), Scope: os.Getenv("VEDETTE_SCOPE")}) {
		if s.Spec().Name == name {
			sensors = append(sensors, enriched{s, &sync.Mutex{}, en})
		}
	}
	r := sensortest.Run(t, sensors...)
	for _, e := range r.All(sensortest.Kinds(event.AgentSensor)) {
		if s := e.Status; s.Rung == "" || s.Rung == "tp_btf" || !strings.Contains(s.RungReason, "switched off by a test") || !strings.Contains(s.RungReason, "does not see") {
			t.Errorf("sensor %s: rung %q, reason %q", s.Sensor, s.Rung, s.RungReason)
		}
	}
	return r
}

// Without BPF the sensor takes a lower rung by itself, says so, and its events
// are as complete.
func TestExecWithoutBPF(t *testing.T) {
	r := lower(t, "exec")
	sleep := exec.Command("sleep", "66")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	program, err := filepath.EvalSymlinks(sleep.Path)
	if err != nil {
		t.Fatal(err)
	}
	start := r.Wait(t, "start", 1, func(e *event.Event) bool {
		return ofPID(sleep, event.ProcessStart)(e) && e.Process.CommandLine == "sleep 66"
	})[0]
	_ = sleep.Process.Kill()
	_ = sleep.Wait()
	end := r.Wait(t, "end", 1, ofPID(sleep, event.ProcessEnd))[0]
	for _, e := range []*event.Event{start, end} {
		p := e.Process
		if p.Name != filepath.Base(program) || p.Parent.PID != int64(os.Getpid()) || p.Ancestors == nil || p.Hash == nil || p.Hash.SHA256 != sha(t, start.Process.Executable) || e.User.Name == "" {
			t.Errorf("%s on %s: %+v, digests %+v, user %+v", e.Kind, e.Rung, p, p.Hash, e.User)
		}
	}
}

func TestNetWithoutBPF(t *testing.T) {
	r := lower(t, "net")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := int64(l.Addr().(*net.TCPAddr).Port)
	listen := r.Wait(t, "listen", 1, func(e *event.Event) bool { return e.Kind == event.NetListen && e.Net.SourcePort == port })[0]
	if p := listen.Process; p == nil || p.PID != int64(os.Getpid()) || !strings.HasPrefix(p.Name, "enrich.test") || p.CommandLine == "" {
		t.Errorf("listener: %+v", p)
	}
}

func TestFileWithoutBPF(t *testing.T) {
	dir := t.TempDir()
	if os.Getenv("VEDETTE_SCOPE") != "" { // what makes names known to the kernel
		if err := unix.Mount("none", dir, "tmpfs", 0, ""); err != nil {
			t.Fatal(err)
		}
		defer unix.Unmount(dir, unix.MNT_DETACH)
	}
	r := lower(t, "file")
	name := filepath.Join(dir, "x")
	if err := os.WriteFile(name, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := r.Wait(t, "write", 1, func(e *event.Event) bool { return e.Kind == event.FileWrite && e.File.Path == name })[0]
	p, f := e.Process, e.File
	if p == nil || p.PID != int64(os.Getpid()) || p.CommandLine == "" || p.Ancestors == nil || e.User.Name == "" {
		t.Errorf("process %+v, user %+v", p, e.User)
	}
	if e.Rung != "fanotify" || f.Hash == nil || f.Hash.SHA256 != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" || f.Header != "68656c6c6f" {
		t.Errorf("%s: %+v, digests %+v", e.Rung, f, f.Hash)
	}
}
