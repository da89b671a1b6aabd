package all_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/all"
	"github.com/vedette-edr/vedette/internal/agent/sensor/calls"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// Where programs at functions of the kernel load, every sensor that has such a
// rung takes it, and then nothing is attached to the entry or the exit of every
// system call: a call that nobody looks at pays nothing.
func TestNothingAtEveryCall(t *testing.T) {
	k := sensortest.KernelFor(t, "fentry", kernel.Options{}, calls.Watched()...)
	var sensors []sensor.Sensor
	for _, s := range all.Sensors(all.Options{Kernel: k}) {
		if spec := s.Spec(); spec.Rungs[0].Name == "fentry" {
			sensors = append(sensors, s)
		}
	}
	if len(sensors) < 2 {
		t.Fatalf("%d sensors have the rung", len(sensors))
	}
	r := sensortest.Run(t, sensors...)
	for _, e := range r.All(sensortest.Kinds(event.AgentSensor)) {
		if e.Status.Rung != "fentry" {
			t.Errorf("%s took %s: %s", e.Status.Sensor, e.Status.Rung, e.Status.RungReason)
		}
	}
	functions := 0
	for _, l := range ownLinks(t) {
		switch {
		case strings.Contains(l, "sys_enter"), strings.Contains(l, "sys_exit"), strings.Contains(l, "link_type:\tperf"):
			t.Errorf("attached is\n%s", l)
		case strings.Contains(l, "link_type:\ttracing"):
			functions++
		}
	}
	if functions < 30 {
		t.Errorf("%d programs at functions", functions)
	}
}

// ownLinks reads what the kernel says of the links of this process.
func ownLinks(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/self/fdinfo/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if text, err := os.ReadFile(f); err == nil && strings.Contains(string(text), "link_id:") {
			out = append(out, string(text))
		}
	}
	return out
}
