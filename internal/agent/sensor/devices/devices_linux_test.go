package devices_test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/devices"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// A disk that a module of the kernel makes, in the guest: /dev/ram0 comes and
// goes.
func TestRealDisk(t *testing.T) {
	if os.Getenv("VEDETTE_GUEST") == "" {
		t.Skip("SKIPPED: loads a module of the kernel, which is done only in the guest: test/vm/vm.sh")
	}
	module, err := os.Open("../brd.ko")
	if err != nil {
		t.Fatal(err)
	}
	defer module.Close()
	r := sensortest.Run(t, devices.New(devices.Options{}))
	if err := unix.FinitModule(int(module.Fd()), "rd_nr=1 rd_size=1024", 0); err != nil {
		t.Fatal(err)
	}
	disk := func(k event.Kind) func(*event.Event) bool {
		return func(e *event.Event) bool { return e.Kind == k && e.File != nil && e.File.Path == "/dev/ram0" }
	}
	e := r.Wait(t, "disk", 1, disk(event.DeviceAdd))[0]
	if e.Device.Type != "disk" || e.Device.Bus != "virtual" {
		t.Errorf("%+v", e.Device)
	}
	if err := unix.DeleteModule("brd", unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	r.Wait(t, "no disk", 1, disk(event.DeviceRemove))
}

// The socket of the kernel is heard where there is one.
func TestSocket(t *testing.T) {
	sensortest.Scope(t)
	sensortest.Run(t, devices.New(devices.Options{}))
}
