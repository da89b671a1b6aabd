package file

import (
	"os"
	osexec "os/exec"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// immutable
var update = sensortest.Update()

// TestCapture keeps records of a real kernel for testdata/, with -update.
func TestCapture(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	if !*update {
		t.Skip("SKIPPED: keeps records for testdata only with -update")
	}
	spec, err := loadProgram()
	if err != nil {
		t.Fatal(err)
	}
	if err := k.SetWatch([]string{"/etc/shadow"}); err != nil {
		t.Fatal(err)
	}
	d := &decoder{k, kernel.NewTexts(), everyCall}
	p, err := k.Attach(kernel.Source{ID: kernel.File, Spec: spec, Optional: []string{"on_prepare_exec"}, Hook: New(Options{Kernel: k}).hook, Handle: sensortest.Capture(t, "file", func(r kernel.Record) string {
		e, err := d.decode(r)
		if err != nil {
			t.Error(err)
			return ""
		}
		name := e.Kind.String()
		if e.File.TargetPath != "" {
			name += "_link"
		}
		if e.File.PreviousMode != "" {
			name += "_open"
		}
		return name
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	c := osexec.Command("/bin/sh", "-ec", "echo x > a; mv a b; chmod 600 b; chown 1:2 b; ln -s b c; cat /etc/shadow; rm b c")
	c.Dir = "/tmp"
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	f, err := os.Create("/tmp/f")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Chmod(0o600); err != nil {
		t.Fatal(err)
	}
	k.Drain()
}
