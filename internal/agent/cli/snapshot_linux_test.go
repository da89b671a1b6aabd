package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/procfs/procfstest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/auditlog"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// TestFM6_SnapshotJoinsLaterRecords: processes that ran before the agent are
// those of later audit records, with what the snapshot knew of them, also when
// they are gone by then, and so are the parents of those that start later.
func TestFM6_SnapshotJoinsLaterRecords(t *testing.T) {
	p := procfstest.New(t)
	p.Put(procfstest.Process{PID: 1, Start: 1, Comm: "init", Args: []string{"/sbin/init"}})
	p.Put(procfstest.Process{PID: 40, Parent: 1, Start: 100, Comm: "sshd", Args: []string{"sshd:", "ada"}})
	p.Put(procfstest.Process{PID: 50, Parent: 40, Start: 200, Comm: "bash", Args: []string{"-bash"}})
	en, err := enrich.New(enrich.Options{Proc: p.Dir, Root: t.TempDir(), HashWorkers: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer en.Close()
	if err := en.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "audit.log")
	at := time.Now().Unix()
	call := func(serial, number, parent, pid int) string {
		return fmt.Sprintf("type=SYSCALL msg=audit(%d.1:%d): arch=c000003e syscall=%d success=yes exit=0 a0=3 ppid=%d pid=%d uid=0 gid=0 euid=0 egid=0 comm=\"x\" exe=\"/usr/bin/x\"\n", at, serial, number, parent, pid)
	}
	text := call(1, 42, 40, 50) + fmt.Sprintf("type=SOCKADDR msg=audit(%d.1:1): saddr=0200003501020304\ntype=EOE msg=audit(%d.1:1):\n", at, at)
	if err := os.WriteFile(log, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &sensortest.Recorder{}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- auditlog.Net(auditlog.Options{Path: log, Proc: p.Dir}).Run(ctx, r.Emit, func(...string) { r.Emit(&event.Event{Kind: event.AgentSensor}) })
	}()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	r.Wait(t, "the rung", 1, sensortest.Kinds(event.AgentSensor))
	f, err := os.OpenFile(log, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	e := r.Wait(t, "connection", 1, sensortest.Kinds(event.NetConnect))[0]
	p.Remove(50) // it is gone when the event is completed
	en.Enrich(e)
	if x := e.Process; x.CommandLine != "-bash" || x.Ancestors == nil || len(x.Ancestors.Names) != 2 || x.Ancestors.Names[0] != "sshd" || x.Parent.CommandLine != "sshd: ada" {
		t.Errorf("%+v, above %+v", x, x.Ancestors)
	}
}
