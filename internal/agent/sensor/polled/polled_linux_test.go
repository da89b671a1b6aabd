package polled

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/calls"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	sensortest.Trigger()
	os.Exit(m.Run())
}

// start runs the sensor of rare calls without BPF.
func start(t *testing.T, scope string) *sensortest.Recorder {
	t.Helper()
	s := calls.New(calls.Options{Reason: kernel.ErrNotSupported, Lower: []sensor.Source{Calls(Options{Scope: scope, Every: sensor.NewPace(20 * time.Millisecond)})}})
	r := sensortest.Run(t, s)
	if took := r.All(sensortest.Kinds(event.AgentSensor))[0].Status; took.Rung != "proc" || took.LossState != sensor.SeesLess {
		t.Fatalf("%+v", took)
	}
	return r
}

// The running kernel's lists are read: a raw socket has its process, a mount is
// seen to come and go.
func TestSocketAndMount(t *testing.T) {
	sensortest.Scope(t)
	r := start(t, os.Getenv("VEDETTE_SCOPE"))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, int(htons(unix.ETH_P_ALL)))
	if err != nil {
		t.Skip("SKIPPED: no packet sockets here: ", err)
	}
	defer unix.Close(fd)
	e := r.Wait(t, "socket", 1, sensortest.Kinds(event.NetRaw))[0]
	if e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.Net.Transport != "packet" || e.Net.Protocol != "3" || e.Call.Operation != "SOCK_RAW" {
		t.Errorf("%s %+v", sensortest.Line(e), e.Net)
	}
	dir := filepath.Join(t.TempDir(), "m")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("here", dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	at := func(kind event.Kind) func(*event.Event) bool {
		return func(e *event.Event) bool { return e.Kind == kind && e.Call.MountDirectory == dir }
	}
	e = r.Wait(t, "mount", 1, at(event.MountCreate))[0]
	if e.Call.MountSource != "here" || e.Call.MountFilesystem != "tmpfs" || e.Reason != reasonNobody {
		t.Errorf("%+v", e.Call)
	}
	if err := unix.Unmount(dir, 0); err != nil {
		t.Fatal(err)
	}
	r.Wait(t, "unmount", 1, at(event.MountRemove))
}

func htons(n uint16) uint16 { return n<<8 | n>>8 }

// A module is loaded and unloaded, in a guest.
func TestModule(t *testing.T) {
	file, err := os.Open("/tests/dummy.ko")
	if os.Getenv("VEDETTE_GUEST") == "" || err != nil {
		t.Skip("SKIPPED: modules are loaded only in a guest")
	}
	defer file.Close()
	_ = unix.DeleteModule("dummy", 0) // of a test before
	r := start(t, "")
	if err := unix.FinitModule(int(file.Fd()), "", 0); err != nil {
		t.Fatal(err)
	}
	named := func(kind event.Kind) func(*event.Event) bool {
		return func(e *event.Event) bool { return e.Kind == kind && e.Call.ModuleName == "dummy" }
	}
	r.Wait(t, "load", 1, named(event.ModuleLoad))
	if err := unix.DeleteModule("dummy", 0); err != nil {
		t.Fatal(err)
	}
	r.Wait(t, "unload", 1, named(event.ModuleUnload))
}
