package exec_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// Every execution is an event or a counted loss, also when nobody reads.
func TestStorm(t *testing.T) {
	for _, c := range []struct {
		name string
		ring int
		runs int
		lost bool
	}{
		{"reader keeps up", 8 << 20, 20_000, false},
		{"nobody reads", 64 << 10, 2_000, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if testing.Short() {
				c.runs /= 10
			}
			over := make(chan struct{})
			if !c.lost {
				close(over)
			}
			scope := sensortest.Cgroup(t, "storm") // other tests run beside this one
			k := sensortest.Kernel(t, kernel.Options{RingSize: c.ring, Scope: scope})
			var seen, last, other atomic.Int64
			file := sensortest.Tiny(t, t.TempDir(), "storm", 0)
			emit := func(e *event.Event) {
				if e.Kind == event.AgentSensor {
					return
				}
				last.Store(max(last.Load(), e.SensorSequence))
				other.Add(1)
				if e.Kind == event.ProcessStart && e.Process.Executable == file {
					seen.Add(1)
					<-over
				}
			}
			stop := background(t, exec.New(exec.Options{Kernel: k}), emit)
			storm := sensortest.Command("storm", file, fmt.Sprint(c.runs))
			storm.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(scope.Fd())}
			out, err := storm.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if c.lost {
				close(over)
			}
			k.Drain()
			numbered, err := k.Numbered(kernel.Exec)
			if err != nil {
				t.Fatal(err)
			}
			losses, err := k.Losses()
			if err != nil {
				t.Fatal(err)
			}
			stop()
			var lost, lostStarts int64
			for _, l := range losses {
				if l.State == "lost" {
					lost += int64(l.Count)
				}
				if l.Kind == event.ProcessStart && l.State == "lost" {
					lostStarts += int64(l.Count)
				}
			}
			t.Logf("ran %d, saw %d, lost %d starts and %d events of %d", c.runs, seen.Load(), lostStarts, lost, numbered)
			// The command that makes the storm is an execution too, with another file.
			if got := seen.Load() + lostStarts; got != int64(c.runs) && got != int64(c.runs)+1 || !c.lost && got != int64(c.runs) {
				t.Errorf("saw %d and lost %d, ran %d", seen.Load(), lostStarts, c.runs)
			}
			if other.Load()+lost != int64(numbered) {
				t.Errorf("%d events and %d lost of %d numbered", other.Load(), lost, numbered)
			}
			if (lost > 0) != c.lost {
				t.Errorf("lost %d", lost)
			}
		})
	}
}

// background runs a sensor with its own emit; the function ends it.
func background(t *testing.T, s sensor.Sensor, emit sensor.Emit) func() {
	t.Helper()
	took := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, func(e *event.Event) {
			if e.Kind == event.AgentSensor {
				close(took)
			}
			emit(e)
		})
	}()
	select {
	case <-took:
	case err := <-done:
		t.Fatal(err)
	}
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
