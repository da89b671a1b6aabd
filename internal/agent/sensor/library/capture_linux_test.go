package library

import (
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
	d := &decoder{k, kernel.NewTexts(), kernel.AtEveryCall}
	s := New(Options{Kernel: k})
	p, err := s.ends().Attach(kernel.AtEveryCall, sensortest.Capture(t, "library", func(r kernel.Record) string {
		e, err := d.decode(r)
		if err != nil {
			t.Error(err)
			return ""
		}
		if e.Call.Count > 0 {
			return "several"
		}
		return "one"
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for range 30 {
		if err := osexec.Command("/bin/true").Run(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Run(sweeper, struct{ Now, Gather uint64 }{}); err != nil {
		t.Fatal(err)
	}
	k.Drain()
}
