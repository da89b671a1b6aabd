package file_test

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// A child that closes the file of its parent by executing has not written it.
func TestInheritedFileIsTheParents(t *testing.T) { everyRung(t, inheritedFileIsTheParents) }

func inheritedFileIsTheParents(t *testing.T, b bench) {
	path := filepath.Join(b.dir, "x")
	f, err := os.Create(path) // closed on execution
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); time.Since(begin) < 1200*time.Millisecond; { // a change is told once a second
		if err := osexec.Command("/bin/true").Run(); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	wrote := func(e *event.Event) bool { return e.Kind == event.FileWrite && e.File.Path == path }
	b.Wait(t, "write", 1, wrote)
	b.k.Drain()
	got := b.All(wrote)
	if len(got) != 1 || got[0].Process.PID != int64(os.Getpid()) {
		t.Errorf("%d events, the first of %s, want one of %d", len(got), sensortest.Line(got[0]), os.Getpid())
	}
}
