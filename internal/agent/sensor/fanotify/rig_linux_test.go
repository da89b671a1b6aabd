package fanotify

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(containerVariable); dir != "" {
		fmt.Fprintln(os.Stderr, container(dir))
		os.Exit(1)
	}
	sensortest.Trigger()
	os.Exit(m.Run())
}

const containerVariable = "VEDETTE_TEST_CONTAINER"

// container mounts a file system in a mount namespace of its own and works in it
// until it is killed.
func container(dir string) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := unix.Mount("none", dir, "tmpfs", 0, ""); err != nil {
		return err
	}
	for {
		f, g := filepath.Join(dir, "f"), filepath.Join(dir, "g")
		err := errors.Join(os.WriteFile(f, []byte("x"), 0o600), exec.Command("/bin/sleep", "0.05").Run(), os.Rename(f, g), os.Remove(g))
		if err != nil {
			return err
		}
	}
}

// bench is the sensor of files on this rung, and a file system of its own.
type bench struct {
	*sensortest.Recorder
	dir    string
	fences int
}

// mountAt mounts a file system of the test.
func mountAt(t *testing.T, dir, kind, options string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(kind, dir, kind, 0, options); err != nil {
		t.Fatalf("mount %s at %s: %v", kind, dir, err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
}

// tmpfs returns the folder of a new tmpfs in the sandbox.
func tmpfs(t *testing.T) string {
	t.Helper()
	sensortest.Scope(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	mountAt(t, dir, "tmpfs", "size=64m")
	return dir
}

// start runs the sensor without BPF; what it marks is below dir.
func start(t *testing.T, dir string, change func(*Options)) *bench {
	t.Helper()
	o := Options{Renew: time.Hour, only: dir} // not in a scope: of short processes some are gone before they can be told to be in it
	if change != nil {
		change(&o)
	}
	s := file.New(file.Options{Reason: kernel.ErrNotSupported, Lower: []sensor.Source{File(o)}})
	b := &bench{Recorder: sensortest.Run(t, s), dir: dir}
	took := b.All(sensortest.Kinds(event.AgentSensor))[0].Status
	if took.Rung != rung || !strings.Contains(took.RungReason, "fanotify does not see") {
		t.Fatalf("rung %q, reason %q", took.Rung, took.RungReason)
	}
	return b
}

// fence waits until all that was done before was told.
func (b *bench) fence(t *testing.T) {
	t.Helper()
	b.fences++
	name := filepath.Join(b.dir, fmt.Sprint("fence'", b.fences))
	if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Wait(t, name, 1, func(e *event.Event) bool { return e.Kind == event.FileWrite && e.File.Path == name })
}

// sh runs shell commands in the folder and returns the events below it.
func (b *bench) sh(t *testing.T, commands string) []string {
	t.Helper()
	b.fence(t)
	before := len(b.below())
	c := exec.Command("/bin/sh", "-ec", commands)
	c.Dir = b.dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", commands, err, out)
	}
	b.fence(t)
	return b.below()[before:]
}

// below describes the events of files in the folder, without its own name.
func (b *bench) below() []string {
	var out []string
	for _, e := range b.All(func(e *event.Event) bool {
		in := e.File != nil && (strings.HasPrefix(e.File.Path, b.dir+"/") || strings.HasPrefix(e.File.OriginalPath, b.dir+"/"))
		return in && !strings.Contains(e.File.Path, "/fence'")
	}) {
		s := strings.TrimPrefix(e.Kind.String(), "file_") + " " + e.File.Path
		if e.File.OriginalPath != "" {
			s += " from " + e.File.OriginalPath
		}
		if e.File.TargetPath != "" {
			s += " of " + e.File.TargetPath
		}
		if e.File.Type == "dir" {
			s += " dir"
		}
		out = append(out, strings.ReplaceAll(s, b.dir+"/", ""))
	}
	return out
}

func (b *bench) want(t *testing.T, commands string, want ...string) {
	t.Helper()
	got := b.sh(t, commands)
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("%s\n got  %s\n want %s", commands, strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

// of returns the events of a kind about a file.
func (b *bench) of(t *testing.T, kind event.Kind, name string) *event.Event {
	t.Helper()
	return b.Wait(t, kind.String()+" "+name, 1, func(e *event.Event) bool {
		return e.Kind == kind && e.File.Path == filepath.Join(b.dir, name)
	})[0]
}
