package services_test

import (
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
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

// completed gives a sensor what it follows as the pipeline does: with what is
// known of the process.
func completed(t *testing.T, s *services.Sensor) sensor.Emit {
	t.Helper()
	en, err := enrich.New(enrich.Options{HashWorkers: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	var mu sync.Mutex
	return func(e *event.Event) {
		mu.Lock()
		defer mu.Unlock()
		c := *e
		if e.Process != nil {
			p := *e.Process
			c.Process = &p
		}
		en.Enrich(&c)
		if slices.Contains(s.Follows(), c.Kind) {
			s.Follow(&c)
		}
	}
}

// A unit file in the folder of the host, made, changed, enabled and removed by
// other programs, as the kernel tells it.
func TestUnitOnHost(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	s := services.New(services.Options{State: t.TempDir()})
	follow := completed(t, s)
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

// Units that a process writes in a mount namespace of its own, with an /etc
// that lies over the host's.
func TestUnitInNamespace(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	s := services.New(services.Options{State: t.TempDir()})
	follow := completed(t, s)
	r := sensortest.RunWith(t, follow, []sensor.Sensor{file.New(file.Options{Kernel: k}), exec.New(exec.Options{Kernel: k}), s}...)
	c := osexec.Command("unshare", "--mount", "/bin/sh", "-ec", `
mkdir -p /etc/systemd/system; mount -t tmpfs tmpfs /mnt; mkdir /mnt/upper /mnt/work
mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work overlay /etc
cd /etc/systemd/system
printf '[Service]\nExecStart=/bin/true\n' > vedette-private.service; read go
printf '[Service]\nExecStart=/bin/false\n' > vedette-private.service; read go
rm vedette-private.service; read go`)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stderr = os.Stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for i, want := range []event.Kind{event.ServiceCreate, event.ServiceModify, event.ServiceDelete} {
		e := r.Wait(t, want.String(), i+1, func(e *event.Event) bool { return e.Change != nil && e.Change.Name == "vedette-private.service" })[i]
		if e.Kind != want || e.Process == nil || e.Process.EntityID == "" {
			t.Errorf("%s by %+v, want %s", sensortest.Line(e), e.Process, want)
		}
		if _, err := in.Write([]byte("\n")); err != nil {
			t.Fatal(err)
		}
	}
	in.Close()
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat("/etc/systemd/system/vedette-private.service"); err == nil {
		t.Error("the unit is on the host")
	}
}
