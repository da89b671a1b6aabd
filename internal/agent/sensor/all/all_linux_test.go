package all_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/all"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	sensortest.Trigger()
	os.Exit(m.Run())
}

// Every sensor says what it is, and no kind has two sensors.
func TestSpecs(t *testing.T) {
	owner := map[event.Kind]string{}
	for _, s := range all.Sensors(all.Options{Reason: kernel.ErrNotSupported}) {
		spec := s.Spec()
		if spec.Name == "" || !strings.HasSuffix(spec.Doc, ".") || len(spec.Kinds) == 0 || len(spec.Rungs) == 0 {
			t.Errorf("%+v is not whole", spec)
		}
		for _, k := range spec.Kinds {
			if owner[k] != "" {
				t.Errorf("%s is made by %s and %s", k, owner[k], spec.Name)
			}
			owner[k] = spec.Name
		}
		for _, r := range spec.Rungs {
			if r.Name == "" || r.Needs == "" {
				t.Errorf("%s: rung %+v does not say what it needs", spec.Name, r)
			}
		}
	}
	for _, k := range []event.Kind{event.ProcessStart, event.FileWrite, event.NetConnect} {
		if owner[k] == "" {
			t.Errorf("nobody makes %s", k)
		}
	}
}

// All sensors write to one ring: what a process does comes in the order in
// which it did it, under one id.
func TestOneRingInOrder(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	r := sensortest.Run(t, all.Sensors(all.Options{Kernel: k})...)
	dir := t.TempDir()
	for i := range 10 {
		c := sensortest.Command("write-exec", fmt.Sprintf("%s/f%d", dir, i), "/bin/sh", "-c", fmt.Sprintf("exec /bin/mv %s/f%d %s/g%d", dir, i, dir, i))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		pid := int64(c.ProcessState.Pid())
		r.Wait(t, "end", 1, func(e *event.Event) bool { return e.Kind == event.ProcessEnd && e.Process.PID == pid })
		var got []string
		ids := map[string]bool{}
		last := event.Time(0)
		told := r.All(func(e *event.Event) bool { return e.Process != nil && e.Process.PID == pid })
		// A fork is told of who has executed nothing for a second, as on a machine
		// that has much else to do.
		if len(told) > 1 && told[0].Kind == event.ProcessFork && told[1].Time-told[0].Time >= event.Time(time.Second) {
			told = told[1:]
		}
		for _, e := range told {
			if e.Time < last {
				t.Errorf("%s is older than what came before it", sensortest.Line(e))
			}
			last = e.Time
			ids[e.Process.EntityID] = true
			if e.Kind != event.FileWrite && e.Kind != event.LibraryLoad { // needs Linux 6.10 here; not each time
				got = append(got, e.Kind.String())
			}
		}
		// The shell executes mv in its place.
		want := "process_start file_create process_start process_start file_rename process_end"
		if s := strings.Join(got, " "); s != want || len(ids) != 1 {
			t.Fatalf("%s under %d ids, want %s", s, len(ids), want)
		}
	}
}
