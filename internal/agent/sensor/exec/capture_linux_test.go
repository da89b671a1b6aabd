package exec

import (
	"os"
	osexec "os/exec"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
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
	d := newDecoder(k, "")
	keep := sensortest.Capture(t, "exec", func(r kernel.Record) string {
		e, err := d.decode(r)
		if err != nil {
			t.Error(err)
			return ""
		}
		name := e.Kind.String()
		if e.Kind == event.ProcessStart {
			name += "_" + e.Process.Name
		}
		if e.Process.Script != "" {
			name += "_script"
		}
		return name
	})
	p, err := k.Attach(kernel.Source{ID: kernel.Exec, Spec: spec, Handle: keep, Hook: hook})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	script := t.TempDir() + "/script"
	if err := os.WriteFile(script, []byte("#!/bin/sh -e\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"/bin/echo", "a", "", "b c"}, {script, "x"}, {"/bin/sleep", "0"}} {
		c := osexec.Command(args[0], args[1:]...)
		c.Dir = "/"
		c.Env = []string{"HOME=/", "LD_LIBRARY_PATH=/opt/lib", "HISTFILE=", "HISTSIZE=10"}
		_ = c.Run()
	}
	// Forks that no execution follows are told when they are asked for.
	if err := p.Run(sweeper, struct{ Older, Now uint64 }{}); err != nil {
		t.Fatal(err)
	}
	k.Drain()
}
