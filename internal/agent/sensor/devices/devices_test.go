package devices

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

const stick = "/devices/pci0000:00/0000:00:14.0/usb1/1-4"

// uevents as the kernel makes them for a stick that is plugged in and out.
func plugIn() []string {
	return []string{
		line("add", stick, "SUBSYSTEM=usb", "MAJOR=189", "MINOR=6", "DEVNAME=bus/usb/001/007", "DEVTYPE=usb_device", "PRODUCT=781/5567/100", "TYPE=0/0/0", "BUSNUM=001", "DEVNUM=007", "SEQNUM=3811"),
		line("add", stick+"/1-4:1.0", "SUBSYSTEM=usb", "DEVTYPE=usb_interface", "PRODUCT=781/5567/100", "TYPE=0/0/0", "INTERFACE=8/6/80", "MODALIAS=usb:v0781p5567", "SEQNUM=3812"),
		line("bind", stick+"/1-4:1.0", "SUBSYSTEM=usb", "DEVTYPE=usb_interface", "DRIVER=usb-storage", "SEQNUM=3816"),
		line("add", stick+"/1-4:1.0/host6/target6:0:0/6:0:0:0/block/sdb", "SUBSYSTEM=block", "MAJOR=8", "MINOR=16", "DEVNAME=sdb", "DEVTYPE=disk", "DISKSEQ=14", "SEQNUM=3825"),
		line("add", stick+"/1-4:1.0/host6/target6:0:0/6:0:0:0/block/sdb/sdb1", "SUBSYSTEM=block", "DEVNAME=sdb1", "DEVTYPE=partition", "PARTN=1", "SEQNUM=3826"),
	}
}

func plugOut() []string {
	return []string{
		line("remove", stick+"/1-4:1.0/host6/target6:0:0/6:0:0:0/block/sdb", "SUBSYSTEM=block", "MAJOR=8", "MINOR=16", "DEVNAME=sdb", "DEVTYPE=disk", "SEQNUM=3840"),
		line("remove", stick+"/1-4:1.0", "SUBSYSTEM=usb", "DEVTYPE=usb_interface", "PRODUCT=781/5567/100", "INTERFACE=8/6/80", "SEQNUM=3844"),
		line("remove", stick, "SUBSYSTEM=usb", "DEVNAME=bus/usb/001/007", "DEVTYPE=usb_device", "PRODUCT=781/5567/100", "SEQNUM=3846"),
	}
}

func line(action, path string, variables ...string) string {
	return strings.Join(append([]string{action + "@" + path, "ACTION=" + action, "DEVPATH=" + path}, variables...), "\x00") + "\x00"
}

// fake is a source of messages.
type fake struct {
	messages chan any // string or error
	once     sync.Once
	closed   chan struct{}
}

func (f *fake) Next(buf []byte) (int, error) {
	select {
	case m := <-f.messages:
		if err, ok := m.(error); ok {
			return 0, err
		}
		return copy(buf, m.(string)), nil
	case <-f.closed:
		return 0, os.ErrClosed
	}
}

func (f *fake) Close() error { f.once.Do(func() { close(f.closed) }); return nil }

type rig struct {
	t      *testing.T
	source *fake
	events chan *event.Event
	result chan error
	cancel context.CancelFunc
}

func start(t *testing.T, files map[string]string) *rig {
	t.Helper()
	sys := t.TempDir()
	for p, content := range files {
		full := filepath.Join(sys, p)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(content, "-> "); ok {
			if err := os.Symlink(target, full); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(full, []byte(content+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := &rig{t: t, source: &fake{messages: make(chan any, 2000), closed: make(chan struct{})}, events: make(chan *event.Event, 2000), result: make(chan error, 1)}
	s := New(Options{Sys: sys, Open: func() (Messages, error) { return r.source, nil }})
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel = cancel
	go func() { r.result <- s.Run(ctx, func(e *event.Event) { r.events <- e }) }()
	t.Cleanup(cancel)
	if e := r.next(); e.Kind != event.AgentSensor || e.Status.Rung != rung {
		t.Fatalf("%+v", e)
	}
	return r
}

func (r *rig) next() *event.Event {
	r.t.Helper()
	select {
	case e := <-r.events:
		return e
	case <-time.After(10 * time.Second):
		r.t.Fatal("no event")
		return nil
	}
}

func (r *rig) want(texts ...string) {
	r.t.Helper()
	for _, want := range texts {
		e := r.next()
		got := e.Kind.String()
		if d := e.Device; d != nil {
			got = fmt.Sprintf("%s %s|%s|%s|%s|%s|%s", e.Kind, d.ID, d.Vendor, d.Model, d.Serial, d.Type, d.Bus)
		}
		if e.File != nil {
			got += " " + e.File.Path
		}
		if got != want {
			r.t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func stickFiles() map[string]string {
	return map[string]string{
		stick + "/idVendor": "0781", stick + "/idProduct": "5567", stick + "/manufacturer": "SanDisk", stick + "/product": "Cruzer Blade",
		stick + "/serial": "4C53\xff01", stick + "/bDeviceClass": "00",
	}
}

// A stick that comes and goes is told with what it says of itself, also when
// sysfs does not have it any more.
func TestUSBStick(t *testing.T) {
	r := start(t, stickFiles())
	for _, m := range append(plugIn(), plugOut()...) {
		r.source.messages <- m
	}
	const what = "0781:5567|SanDisk|Cruzer Blade|4C53?01|"
	r.want("device_add "+what+"disk|usb /dev/sdb", "device_remove "+what+"disk|usb /dev/sdb", "device_add "+what+"storage|usb", "device_remove "+what+"storage|usb")
	// Again, with its interfaces one after the other: a keyboard that is one too.
	begin := time.Now()
	for _, m := range plugIn()[:2] {
		r.source.messages <- m
	}
	r.source.messages <- line("add", stick+"/1-4:1.1", "SUBSYSTEM=usb", "DEVTYPE=usb_interface", "INTERFACE=3/1/1")
	r.want("device_add " + what + "hid, storage|usb")
	if took := time.Since(begin); took > time.Second {
		t.Errorf("told after %v", took)
	}
}

// What is there at the start is known, and not told.
func TestKnownAtStart(t *testing.T) {
	files := stickFiles()
	files[stick+"/1-4:1.0/bInterfaceClass"] = "08"
	files["bus/usb/devices/1-4"] = "-> ../../.." + stick
	files["bus/usb/devices/1-4:1.0"] = "-> ../../.." + stick + "/1-4:1.0"
	files["/devices/virtual/block/loop0/size"] = "0"
	files["block/loop0"] = "-> ../devices/virtual/block/loop0"
	r := start(t, files)
	r.source.messages <- plugOut()[2]
	r.source.messages <- line("remove", "/devices/virtual/block/loop0", "SUBSYSTEM=block", "DEVNAME=loop0", "DEVTYPE=disk")
	r.source.messages <- line("remove", "/devices/pci0000:00/usb2/2-1", "SUBSYSTEM=usb", "DEVTYPE=usb_device", "PRODUCT=46d/c31c/6400")
	r.want("device_remove 0781:5567|SanDisk|Cruzer Blade|4C53?01|storage|usb", "device_remove ||||disk|virtual /dev/loop0", "device_remove 046d:c31c|||||usb")
}

// What programs send or had repeated, and what is no device, is left out;
// what the kernel lost is told.
func TestLeftOut(t *testing.T) {
	r := start(t, nil)
	for _, m := range []any{
		line("add", stick, "SUBSYSTEM=usb", "DEVTYPE=usb_device", "SYNTH_UUID=0"),
		line("change", "/devices/virtual/block/loop0", "SUBSYSTEM=block", "DEVTYPE=disk"),
		line("add", "/module/dummy", "SUBSYSTEM=module"),
		"add@/devices/a\x00ACTION=remove\x00DEVPATH=/devices/a\x00SUBSYSTEM=block\x00DEVTYPE=disk\x00",
		"add@/devices/../../etc\x00ACTION=add\x00DEVPATH=/devices/../../etc\x00SUBSYSTEM=block\x00DEVTYPE=disk\x00",
		"libudev\x00\xfe\xed\xca\xfe", "", ErrOverrun,
		line("add", "/devices/virtual/block/zram0", "SUBSYSTEM=block", "DEVNAME=zram0", "DEVTYPE=disk"),
	} {
		r.source.messages <- m
	}
	r.want("agent_loss", "device_add ||||disk|virtual /dev/zram0")
	r.source.messages <- errors.New("broken")
	if err := <-r.result; !errors.Is(err, sensor.ErrNoRung) || !strings.Contains(err.Error(), "broken") {
		t.Errorf("ended with %v", err)
	}
}

// Thousands of devices at once: none is lost, and what is remembered is bounded.
func TestManyDevices(t *testing.T) {
	r := start(t, nil)
	const n = 3 * maxDevices / 2
	for i := range n {
		r.source.messages <- line("add", fmt.Sprint(stick, "-", i), "SUBSYSTEM=usb", "DEVTYPE=usb_device", "PRODUCT=1/2/3")
	}
	for range n {
		if e := r.next(); e.Kind != event.DeviceAdd || e.Device.ID != "0001:0002" {
			t.Fatalf("%+v", e)
		}
	}
	o := Options{Sys: t.TempDir(), Now: func() event.Time { return 1 }}
	tab := newTable(o)
	for i := range n {
		tab.put(tab.usb(uevent{path: fmt.Sprint("/devices/", i)}))
	}
	if len(tab.known) != maxDevices || len(tab.order) != maxDevices {
		t.Errorf("%d devices are remembered in order %d", len(tab.known), len(tab.order))
	}
}

// The end does not wait, and tells a device that has just come.
func TestEnd(t *testing.T) {
	r := start(t, stickFiles())
	r.source.messages <- plugIn()[0]
	r.source.messages <- line("add", "/devices/virtual/block/zram0", "SUBSYSTEM=block", "DEVNAME=zram0", "DEVTYPE=disk")
	r.want("device_add ||||disk|virtual /dev/zram0")
	r.cancel()
	r.want("device_add 0781:5567|SanDisk|Cruzer Blade|4C53?01||usb")
	if err := <-r.result; err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	for _, m := range append(plugIn(), plugOut()...) {
		f.Add([]byte(m))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		u, ok := parse(b)
		if ok && (!strings.HasPrefix(u.path, "/devices/") || path.Clean(u.path) != u.path || u.action != "add" && u.action != "remove") {
			t.Fatalf("%+v", u)
		}
		usbID(u.product)
		className(u.class, 10)
	})
}
