package all_test

import (
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/all"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// What somebody with the rights of root takes from the sensors in the kernel is
// put back and told; what would make them blind for good cannot be changed.
func TestTamperingIsMendedAndTold(t *testing.T) {
	told := make(chan kernel.Tampering, 64)
	k := sensortest.Kernel(t, kernel.Options{
		Guard: 50 * time.Millisecond, Tampered: func(at kernel.Tampering) { told <- at },
	})
	var sensors []sensor.Sensor
	for _, s := range all.Sensors(all.Options{Kernel: k}) {
		if slices.Contains([]string{"exec", "file", "net", "calls"}, s.Spec().Name) {
			sensors = append(sensors, s)
		}
	}
	r := sensortest.Run(t, sensors...)
	watched := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(watched, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := k.SetWatch([]string{watched}); err != nil {
		t.Fatal(err)
	}
	wait := func(what string) {
		t.Helper()
		for {
			select {
			case at := <-told:
				if !strings.Contains(at.What, what) {
					continue
				}
				if !at.Mended || at.Err != nil || at.To <= at.From {
					t.Fatalf("told %+v", at)
				}
				return
			case <-time.After(10 * time.Second):
				t.Fatalf("nobody told of %q", what)
			}
		}
	}

	t.Run("frozen", func(t *testing.T) {
		for _, name := range []string{"scope", "numbers", "drops"} {
			m := ownMap(t, name)
			if err := m.Put(make([]byte, m.KeySize()), make([]byte, m.ValueSize())); err == nil {
				t.Errorf("map %s can be changed", name)
			}
		}
	})
	t.Run("exits of calls", func(t *testing.T) {
		emptied := 0
		for _, name := range []string{"returns", "call_returns0", "call_returns1"} {
			m := ownMap(t, name)
			before := slots(m)
			if len(before) == 0 {
				continue // the sensors are on other rungs
			}
			emptied++
			for slot := range m.MaxEntries() {
				_ = m.Delete(slot) // one that is empty is no error of ours
			}
			// The guard may look while slots are still taken, and mend the last later.
			for wait("exits of system calls"); !maps.Equal(slots(m), before); {
				wait("exits of system calls")
			}
		}
		if emptied == 0 {
			t.Error("no sensor sees exits of system calls")
		}
		made := filepath.Join(t.TempDir(), "made")
		if err := os.WriteFile(made, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		r.Wait(t, "file after the slots were emptied", 1, func(e *event.Event) bool { return e.Kind == event.FileCreate && e.File.Path == made })
	})
	t.Run("watch list", func(t *testing.T) {
		empty(t, ownMap(t, "watch"))
		wait("list watch")
		if _, err := os.ReadFile(watched); err != nil {
			t.Fatal(err)
		}
		r.Wait(t, "watched file after the list was emptied", 1, func(e *event.Event) bool { return e.Kind == event.FileOpen && e.File.Path == watched })
	})
	t.Run("cgroup hooks", func(t *testing.T) {
		n := detachOwn(t)
		if n == 0 {
			t.Skip("SKIPPED: no sensor has a hook at the cgroup here")
		}
		for range n {
			wait("detached from its cgroup")
		}
		const port = 9 // nobody listens, which UDP does not mind
		c, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		r.Wait(t, "UDP after the hooks were detached", 1, func(e *event.Event) bool {
			return e.Kind == event.NetConnect && e.Net.DestinationPort == port
		})
	})
}

// slots gives the numbers of the programs of a program array by their slots.
func slots(m *ebpf.Map) map[uint32]uint32 {
	out := map[uint32]uint32{}
	for slot := range m.MaxEntries() {
		var program uint32
		if m.Lookup(slot, &program) == nil {
			out[slot] = program
		}
	}
	return out
}

// ownMap opens a map of this process by its number, as somebody else would.
// Maps of other processes are never touched.
func ownMap(t *testing.T, name string) *ebpf.Map {
	t.Helper()
	for _, id := range ownIDs(t, "map_id:") {
		m, err := ebpf.NewMapFromID(ebpf.MapID(id))
		if err != nil {
			t.Fatal(err)
		}
		info, err := m.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Name == name {
			t.Cleanup(func() { m.Close() })
			return m
		}
		m.Close()
	}
	t.Fatalf("this process has no map %s", name)
	return nil
}

// ownIDs reads numbers of what this process has open from its descriptors.
func ownIDs(t *testing.T, field string) []uint32 {
	t.Helper()
	files, err := filepath.Glob("/proc/self/fdinfo/*")
	if err != nil {
		t.Fatal(err)
	}
	var out []uint32
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			continue // closed since
		}
		for line := range strings.Lines(string(text)) {
			var id uint32
			if rest, ok := strings.CutPrefix(line, field); ok {
				if _, err := fmt.Sscan(rest, &id); err == nil {
					out = append(out, id)
				}
			}
		}
	}
	return out
}

func empty(t *testing.T, m *ebpf.Map) {
	t.Helper()
	var keys [][]byte
	var key, value []byte
	for it := m.Iterate(); it.Next(&key, &value); {
		keys = append(keys, append([]byte(nil), key...))
	}
	if len(keys) == 0 {
		t.Fatal("the list is empty before")
	}
	for _, key := range keys {
		if err := m.Delete(key); err != nil {
			t.Fatal(err)
		}
	}
}

// detachOwn detaches what this process attached to cgroups.
func detachOwn(t *testing.T) (n int) {
	t.Helper()
	for _, id := range ownIDs(t, "link_id:") {
		l, err := link.NewFromID(link.ID(id))
		if err != nil {
			continue // of a type that the library does not know
		}
		if info, err := l.Info(); err == nil && info.Cgroup() != nil {
			if err := l.Detach(); err != nil {
				t.Errorf("detach: %v", err)
			}
			n++
		}
		l.Close()
	}
	return n
}
