package net

import (
	"net"
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
	for name := range spec.Programs {
		if name != "on_state" {
			delete(spec.Programs, name)
		}
	}
	d := &decoder{k, kernel.NewTexts(), atStates}
	p, err := k.Attach(kernel.Source{ID: kernel.Net, Spec: spec, Handle: sensortest.Capture(t, "net", func(r kernel.Record) string {
		e, err := d.decode(r)
		if err != nil {
			t.Error(err)
			return ""
		}
		return e.Kind.String() + "_" + e.Net.Type + "_" + e.Outcome
	})})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, a := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", a)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second is refused
			if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
				c.Close()
			}
			l.Close()
		}
	}
	k.Drain()
}
