package devices

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// Bounds.
const (
	maxDevices   = 512
	maxClasses   = 8
	maxAttribute = 256 // bytes of a value of sysfs
)

// settling is how long a USB device waits for its interfaces.
const settling = 400 * time.Millisecond

// device is one that is there.
type device struct {
	path    string
	file    string // in /dev
	device  event.Device
	classes []string
	at      event.Time
	due     time.Time // when it is told; zero when it was
}

// table remembers the devices that are there.
type table struct {
	sys   string
	now   func() event.Time
	known map[string]*device // by path
	order []string           // oldest first
}

func newTable(o Options) *table {
	return &table{sys: o.Sys, now: o.Now, known: map[string]*device{}}
}

// learn notes the devices that are there already.
func (t *table) learn() {
	for _, p := range t.links("bus/usb/devices") {
		base := path.Base(p)
		if !strings.Contains(base, ":") {
			t.put(t.usb(uevent{path: p}))
			continue
		}
		if d := t.known[path.Dir(p)]; d != nil {
			d.class(className(t.attribute(p, "bInterfaceClass"), 16))
		}
	}
	for _, p := range t.links("block") {
		t.put(t.disk(uevent{path: p, name: path.Base(p)}))
	}
}

// links returns where the links of a folder of sysfs lead, devices before
// their interfaces.
func (t *table) links(dir string) []string {
	entries, _ := os.ReadDir(filepath.Join(t.sys, dir)) // without it nothing is known yet
	var out []string
	for _, e := range entries[:min(len(entries), 4*maxDevices)] {
		target, err := os.Readlink(filepath.Join(t.sys, dir, e.Name()))
		if err != nil {
			continue
		}
		if i := strings.Index(target, "/devices/"); i >= 0 {
			out = append(out, target[i:])
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return strings.Count(a, ":") - strings.Count(b, ":") })
	return out
}

// attribute reads a value of a device; "" when there is none.
func (t *table) attribute(p, name string) string {
	f, err := os.Open(filepath.Join(t.sys, p, name))
	if err != nil {
		return ""
	}
	defer f.Close()
	b, _ := io.ReadAll(io.LimitReader(f, maxAttribute)) // what could be read
	return strings.TrimSpace(strings.ToValidUTF8(strings.TrimRight(string(b), "\x00"), "?"))
}

// usb describes a USB device.
func (t *table) usb(u uevent) *device {
	d := &device{path: u.path, at: t.now(), device: event.Device{
		ID: usbID(u.product), Bus: "usb",
		Vendor: t.attribute(u.path, "manufacturer"), Model: t.attribute(u.path, "product"), Serial: t.attribute(u.path, "serial"),
	}}
	if d.device.ID == "" {
		if vendor, product := t.attribute(u.path, "idVendor"), t.attribute(u.path, "idProduct"); vendor != "" {
			d.device.ID = vendor + ":" + product
		}
	}
	d.class(className(t.attribute(u.path, "bDeviceClass"), 16))
	return d
}

// disk describes a disk; one at a USB port has its serial number.
func (t *table) disk(u uevent) *device {
	d := &device{path: u.path, file: "/dev/" + u.name, at: t.now(), device: event.Device{
		Type: "disk", Bus: bus(u.path), Vendor: t.attribute(u.path, "device/vendor"), Model: t.attribute(u.path, "device/model"),
		Serial: first(t.attribute(u.path, "device/serial"), t.attribute(u.path, "serial"), t.attribute(u.path, "device/wwid")),
	}}
	for p := path.Dir(u.path); len(p) > len("/devices"); p = path.Dir(p) {
		vendor := t.attribute(p, "idVendor")
		if vendor == "" {
			continue
		}
		d.device.ID = vendor + ":" + t.attribute(p, "idProduct")
		d.device.Vendor = first(t.attribute(p, "manufacturer"), d.device.Vendor)
		d.device.Model = first(t.attribute(p, "product"), d.device.Model)
		d.device.Serial = first(t.attribute(p, "serial"), d.device.Serial)
		break
	}
	return d
}

// bus returns where a device is plugged in, by its path.
func bus(p string) string {
	for _, x := range []struct{ part, bus string }{{"/usb", "usb"}, {"/virtual/", "virtual"}, {"/virtio", "virtio"}, {"/nvme", "nvme"}, {"/mmc", "mmc"}, {"/ata", "ata"}, {"/host", "scsi"}} {
		if strings.Contains(p, x.part) {
			return x.bus
		}
	}
	return ""
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// class adds a class.
func (d *device) class(name string) {
	if name != "" && len(d.classes) < maxClasses && !slices.Contains(d.classes, name) {
		d.classes = append(d.classes, name)
		slices.Sort(d.classes)
		d.device.Type = strings.Join(d.classes, ", ")
	}
}

func (t *table) put(d *device) {
	if t.known[d.path] == nil {
		t.order = append(t.order, d.path)
	}
	t.known[d.path] = d
	if len(t.order) > maxDevices {
		delete(t.known, t.order[0])
		t.order = t.order[1:]
	}
}

// take works on a message.
func (t *table) take(u uevent, emit sensor.Emit) {
	switch {
	case u.kind == "usb_interface":
		if d := t.known[path.Dir(u.path)]; d != nil && u.action == "add" {
			class, _, _ := strings.Cut(u.class, "/")
			d.class(className(class, 10))
		}
	case u.action == "remove":
		t.remove(u, emit)
	case u.subsystem == "usb":
		d := t.usb(u)
		d.due = time.Now().Add(settling)
		t.ripePath(u.path, emit)
		if len(t.order) == maxDevices {
			t.ripePath(t.order[0], emit) // it makes room
		}
		t.put(d)
	default:
		d := t.disk(u)
		t.put(d)
		emit(t.event(event.DeviceAdd, d, d.at))
	}
}

// ripePath tells a device that waits, because another takes its place.
func (t *table) ripePath(p string, emit sensor.Emit) {
	if d := t.known[p]; d != nil && !d.due.IsZero() {
		d.due = time.Time{}
		emit(t.event(event.DeviceAdd, d, d.at))
	}
}

func (t *table) remove(u uevent, emit sensor.Emit) {
	t.ripePath(u.path, emit)
	d := t.known[u.path]
	if d == nil {
		d = &device{path: u.path, device: event.Device{ID: usbID(u.product), Bus: bus(u.path)}}
		if u.name != "" && u.subsystem == "block" {
			d.file, d.device.Type = "/dev/"+u.name, "disk"
		}
	}
	delete(t.known, u.path)
	t.order = slices.DeleteFunc(t.order, func(p string) bool { return p == u.path })
	emit(t.event(event.DeviceRemove, d, t.now()))
}

// next returns when a device is to be told.
func (t *table) next() time.Time {
	out := time.Now().Add(time.Hour)
	for _, d := range t.known {
		if !d.due.IsZero() && d.due.Before(out) {
			out = d.due
		}
	}
	return out
}

// ripe tells the devices that waited long enough.
func (t *table) ripe(now time.Time, emit sensor.Emit) {
	for _, p := range slices.Clone(t.order) {
		if d := t.known[p]; d != nil && !d.due.IsZero() && !now.Before(d.due) {
			t.ripePath(p, emit)
		}
	}
}

func (t *table) event(kind event.Kind, d *device, at event.Time) *event.Event {
	c := d.device
	e := &event.Event{Time: at, Kind: kind, Rung: rung, Outcome: "success", Device: &c}
	if d.file != "" {
		e.File = &event.File{Path: d.file, Type: "device"}
	}
	return e
}
