package sysctl

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// record makes a struct setting.
func record(name, before, after string, size int32) kernel.Record {
	le := binary.LittleEndian
	b := le.AppendUint64(nil, 5e9) // start of the process
	for _, n := range []uint32{4711, 1000, 100, 0, 0, 4026531841} {
		b = le.AppendUint32(b, n)
	}
	b = le.AppendUint32(b, uint32(len(before)))
	b = le.AppendUint32(b, uint32(size))
	for _, t := range []struct {
		text string
		size int
	}{{name, nameSize}, {before, valueSize}, {after, valueSize}} {
		b = append(b, t.text...)
		b = append(b, make([]byte, t.size-len(t.text))...)
	}
	return kernel.Record{Sensor: kernel.Sysctl, Kind: uint8(event.SysctlChange), Time: 7e9, Number: 3, Body: b}
}

func decode(r kernel.Record) (*event.Event, error) {
	d := &decoder{clock: sensortest.Clock{}, texts: kernel.NewTexts()}
	return d.decode(r)
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		size                int32
		want                string
	}{
		{"kernel/core_pattern", "core\n", "|/tmp/x\n", 8, "kernel.core_pattern core > |/tmp/x "},
		{"net/ipv4/tcp_fastopen_key", "0-0-0-0\n", "1-2-3-4\n", 8, "net.ipv4.tcp_fastopen_key  > changed "},
		{"net/ipv6/conf/all/stable_secret", "x", "x", 1, "net.ipv6.conf.all.stable_secret x > x "},
		{"kernel/domainname", "a", strings.Repeat("b", valueSize), -int32(unix.E2BIG), "kernel.domainname a > " + strings.Repeat("b", valueSize) + " a value is longer than what is kept"},
	} {
		e, err := decode(record(c.name, c.before, c.after, c.size))
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Change.Name + " " + e.Change.Before[0] + " > " + e.Change.After[0] + " " + e.Reason; got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
		if e.Process.PID != 4711 || e.User.ID != "1000" || e.User.EffectiveID != "0" || e.File.Path != "/proc/sys/"+c.name || e.Provider != "sysctl" || e.Rung != rung || e.SensorSequence != 3 {
			t.Errorf("event %+v of %+v", e, e.Process)
		}
	}
	for name, r := range map[string]kernel.Record{"without a name": record("", "", "", 0), "short": {Kind: uint8(event.SysctlChange), Body: make([]byte, 40)}} {
		if _, err := decode(r); !errors.Is(err, kernel.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(sensortest.Raw(record("kernel/core_pattern", "core", "|/tmp/x", 7)))
	f.Add(sensortest.Raw(record("a", "\xff\x00b", "", -7)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := kernel.ParseRecord(raw)
		if err != nil {
			return
		}
		e, err := decode(r)
		if err != nil {
			return
		}
		if _, err := e.MarshalJSON(); err != nil {
			t.Fatal("the event has no JSON:", err)
		}
	})
}
