package devices

import (
	"bytes"
	"fmt"
	"path"
	"strconv"
	"strings"
)

// Bounds of a message; the kernel's are 2 kB and 64 variables.
const (
	maxMessage   = 16 << 10
	maxVariables = 128
)

// uevent is a message of the kernel about a device.
type uevent struct {
	action    string // add or remove
	path      string // of the device below /sys, begins with /devices/
	subsystem string
	kind      string // DEVTYPE: usb_device, usb_interface, disk
	name      string // DEVNAME below /dev
	product   string // PRODUCT of usb: vendor/product/version, hexadecimal
	class     string // INTERFACE of usb: class/subclass/protocol, decimal
}

// parse reads a message: "action@path", then NAME=value, each ended by a zero
// byte. It is false for what the sensor has no use for: other subsystems and
// actions, and events that a program had repeated (SYNTH_UUID).
func parse(b []byte) (uevent, bool) {
	var u uevent
	head, rest, ok := bytes.Cut(b, []byte{0})
	if !ok || bytes.IndexByte(head, '@') < 0 {
		return u, false
	}
	for n := 0; len(rest) > 0 && n < maxVariables; n++ {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte{0})
		name, value, _ := strings.Cut(string(line), "=")
		switch name {
		case "ACTION":
			u.action = value
		case "DEVPATH":
			u.path = value
		case "SUBSYSTEM":
			u.subsystem = value
		case "DEVTYPE":
			u.kind = value
		case "DEVNAME":
			u.name = value
		case "PRODUCT":
			u.product = value
		case "INTERFACE":
			u.class = value
		case "SYNTH_UUID":
			return u, false
		}
	}
	if string(head) != u.action+"@"+u.path || u.action != "add" && u.action != "remove" {
		return u, false
	}
	if !strings.HasPrefix(u.path, "/devices/") || path.Clean(u.path) != u.path {
		return u, false
	}
	switch u.subsystem + " " + u.kind {
	case "usb usb_device", "usb usb_interface", "block disk":
		return u, true
	}
	return u, false
}

// className returns what a class of USB, a number in a base, is called; "" for
// one that says to look at the interfaces.
func className(number string, base int) string {
	class, err := strconv.ParseUint(number, base, 8)
	if err != nil {
		return ""
	}
	switch class {
	case 0x00, 0xef:
		return ""
	case 0x01:
		return "audio"
	case 0x02, 0x0a:
		return "communication"
	case 0x03:
		return "hid"
	case 0x06:
		return "image"
	case 0x07:
		return "printer"
	case 0x08:
		return "storage"
	case 0x09:
		return "hub"
	case 0x0b:
		return "smartcard"
	case 0x0d:
		return "security"
	case 0x0e:
		return "video"
	case 0xe0:
		return "wireless"
	case 0xfe, 0xff:
		return "vendor specific"
	}
	return fmt.Sprintf("class %02x", class)
}

// usbID returns vendor and product number as they are written, four digits
// each: "781/5567/100" is 0781:5567.
func usbID(product string) string {
	parts := strings.Split(product, "/")
	if len(parts) < 2 || len(parts[0]) > 4 || len(parts[1]) > 4 {
		return ""
	}
	return strings.ToLower(pad(parts[0]) + ":" + pad(parts[1]))
}

func pad(s string) string { return strings.Repeat("0", 4-len(s)) + s }
