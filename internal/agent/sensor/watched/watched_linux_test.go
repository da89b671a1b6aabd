package watched_test

import (
	"context"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/calls"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// live is a sensor of a Watcher.
type live struct {
	*watched.Watcher
	sources []sensor.Source
}

func (l *live) Spec() sensor.Spec {
	return sensor.Spec{Name: "test", Kinds: l.Kinds(), Rungs: sensor.Rungs(l.sources)}
}

func (l *live) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "test", l.sources, emit, func() event.Time { return event.At(time.Now()) })
}

// pipeline runs a Watcher with the sensors that it follows.
func pipeline(t *testing.T, subjects ...watched.Subject) *sensortest.Recorder {
	t.Helper()
	k := sensortest.Kernel(t, kernel.Options{})
	en, err := enrich.New(enrich.Options{HashWorkers: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	w := watched.New(watched.Options{Name: "test", Subjects: subjects, State: t.TempDir(), Every: sensor.NewPace(time.Hour)})
	l := &live{Watcher: w, sources: []sensor.Source{{Rung: sensor.Rung{Name: watched.Rung}, Run: w.Run}}}
	return sensortest.Pipeline(t, en.Enrich,
		exec.New(exec.Options{Kernel: k}), file.New(file.Options{Kernel: k}), calls.New(calls.Options{Kernel: k}), l)
}

func shell(t *testing.T, script string) int64 {
	t.Helper()
	c := osexec.Command("sh", "-c", script)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
	return int64(c.ProcessState.Pid())
}

func changes(e *event.Event) bool { return e.Change != nil }

// conf makes a folder with a watched file.
func conf(t *testing.T, content string) string {
	t.Helper()
	dir := filepath.Join("/etc", strings.ToLower(t.Name()))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.WriteFile(filepath.Join(dir, "conf"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// check compares the texts of events and the process.
func check(t *testing.T, all []*event.Event, pid int64, texts ...string) {
	t.Helper()
	var got []string
	for _, e := range all {
		if e.Process == nil || e.Process.PID != pid {
			t.Errorf("%s is of process %+v, want %d", e.Kind, e.Process, pid)
		}
		got = append(got, text(e))
	}
	if !slices.Equal(got, texts) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(texts, "\n"))
	}
}

func TestWritesOfTheHost(t *testing.T) {
	dir := conf(t, "a=1\n")
	r := pipeline(t, subject(dir+"/conf"))
	begun := time.Now()
	pid := shell(t, "echo b=2 >> "+dir+"/conf")
	all := r.Wait(t, "append", 1, changes)
	if took := time.Since(begun); took > time.Second {
		t.Errorf("seen after %v", took)
	}
	check(t, all, pid, "task_create b value:>2 by dash")
	pid = shell(t, "echo a=3 > "+dir+"/new; exec mv "+dir+"/new "+dir+"/conf")
	check(t, r.Wait(t, "rename", 3, changes)[1:], pid, "task_modify a value:1>3 by mv", "task_delete b value:2> by mv")
	pid = shell(t, "exec rm "+dir+"/conf")
	check(t, r.Wait(t, "delete", 4, changes)[3:], pid, "task_delete a value:3> by rm")
}

// The file is changed through another mount of its folder.
func TestBindMount(t *testing.T) {
	dir, other := conf(t, "a=1\n"), t.TempDir()
	if err := unix.Mount(dir, other, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(other, unix.MNT_DETACH) })
	r := pipeline(t, subject(dir+"/conf"))
	pid := shell(t, "echo a=2 > "+other+"/conf")
	check(t, r.Wait(t, "write", 1, changes), pid, "task_modify a value:1>2 by dash (changed through "+other+"/conf)")
	pid = shell(t, "echo a=3 > "+other+"/x; exec mv "+other+"/x "+other+"/conf")
	check(t, r.Wait(t, "rename", 2, changes)[1:], pid, "task_modify a value:2>3 by mv (changed through "+other+"/conf)")
}

// A mount over a watched folder changes what it holds.
func TestMountOver(t *testing.T) {
	dir := conf(t, "a=1\n")
	r := pipeline(t, subject(dir+"/*"))
	pid := shell(t, "exec mount -t tmpfs none "+dir)
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	check(t, r.Wait(t, "mount", 1, changes), pid, "task_delete a value:1> by mount")
}

// The first change in a mount namespace of its own is compared with the host's
// file, the next ones with what is known of the namespace.
func TestMountNamespace(t *testing.T) {
	dir := conf(t, "a=1\n")
	r := pipeline(t, subject(dir+"/conf"))
	c := osexec.Command("unshare", "--mount", "sh", "-c", fmt.Sprintf(
		`mount -t tmpfs none %[1]s && printf 'a=1\nb=1\n' > %[1]s/conf && sleep 1 && echo c=1 >> %[1]s/conf && echo d=1 >> %[1]s/conf && sleep 1 && rm %[1]s/conf; sleep 2`, dir))
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	all := r.Wait(t, "changes", 7, changes)
	var got []string
	for _, e := range all {
		got = append(got, text(e))
		if e.Process == nil || e.Process.Namespaces == nil {
			t.Errorf("%s is of process %+v", e.Kind, e.Process)
		}
	}
	want := []string{
		"task_create b value:>1 by dash", "task_create c value:>1 by dash", "task_create d value:>1 by dash",
		"task_delete a value:1> by rm", "task_delete b value:1> by rm", "task_delete c value:1> by rm", "task_delete d value:1> by rm",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if text, err := os.ReadFile(dir + "/conf"); err != nil || string(text) != "a=1\n" {
		t.Errorf("the host's file: %q %v", text, err)
	}
}

// A process that executes another program after it wrote is named as what it
// was when it wrote.
func TestExecutionAfterwards(t *testing.T) {
	dir := conf(t, "a=1\n")
	r := pipeline(t, subject(dir+"/conf"))
	pid := shell(t, "echo b=2 >> "+dir+"/conf; exec sleep 1")
	check(t, r.Wait(t, "append", 1, changes), pid, "task_create b value:>2 by dash")
}
