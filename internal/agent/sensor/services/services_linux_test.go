package services_test

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/services"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	sensortest.Trigger()
	os.Exit(m.Run())
}

// A unit file in the folder of the host, made, changed, enabled and removed by
// other programs, as the kernel tells it.
func TestUnitOnHost(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	s := services.New(services.Options{State: t.TempDir()})
	follow := func(e *event.Event) {
		if slices.Contains(s.Follows(), e.Kind) {
			s.Follow(e)
		}
	}
	const dir = "/etc/systemd/system"
	if err := os.MkdirAll(filepath.Join(dir, "multi-user.target.wants"), 0o755); err != nil {
		t.Fatal(err)
	}
	r := sensortest.RunWith(t, follow, []sensor.Sensor{file.New(file.Options{Kernel: k}), exec.New(exec.Options{Kernel: k}), s}...)
	const name = "vedette-test.service"
	unit, wants := filepath.Join(dir, name), filepath.Join(dir, "multi-user.target.wants", name)
	t.Cleanup(func() { os.Remove(unit); os.Remove(wants) })
	steps := []struct {
		line string // of a shell
		kind event.Kind
		want string
	}{
		{"printf '[Service]\\nExecStart=/bin/true\\n' > " + unit, event.ServiceCreate, "/bin/true"},
		{"printf '[Service]\\nExecStart=/tmp/x\\n' > " + unit + "+ && mv " + unit + "+ " + unit, event.ServiceModify, "/tmp/x"},
		{"ln -s " + unit + " " + wants, event.ServiceModify, "enabled"},
		{"rm " + wants, event.ServiceModify, "disabled"},
		{"rm " + unit, event.ServiceDelete, "/tmp/x"},
	}
	done := 0
	for _, step := range steps {
		at := time.Now()
		c := osexec.Command("/bin/sh", "-c", step.line)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", step.line, err, out)
		}
		done++
		got := r.Wait(t, step.line, done, func(e *event.Event) bool { return e.Change != nil && e.Change.Name == name })[done-1]
		if got.Kind != step.kind || got.Change.ServiceCommand != step.want && got.Change.ServiceState != step.want {
			t.Errorf("%s: %s %+v", step.line, sensortest.Line(got), got.Change)
		}
		if got.Process == nil || got.Process.PID == 0 || got.Process.EntityID == "" || got.Process.PID == int64(os.Getpid()) {
			t.Errorf("%s: by %+v", step.line, got.Process)
		}
		if took := time.Since(at); took > time.Second {
			t.Errorf("%s: told after %v", step.line, took)
		}
	}
}
