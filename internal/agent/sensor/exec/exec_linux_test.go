package exec_test

import (
	osexec "os/exec"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestSmoke(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	r := sensortest.Run(t, exec.New(exec.Options{Kernel: k}))
	if err := osexec.Command("/bin/echo", "hello", "", "world").Run(); err != nil {
		t.Fatal(err)
	}
	r.Wait(t, "end", 1, func(e *event.Event) bool { return e.Kind == event.ProcessEnd })
	for _, e := range r.All(func(*event.Event) bool { return true }) {
		b, _ := e.MarshalJSON()
		t.Log(string(b))
	}
}
