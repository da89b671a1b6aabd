package sysctl

import (
	"os"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// setting is one that belongs to the network namespace of the test.
const setting = "/proc/sys/net/ipv4/conf/lo/log_martians"

// writable skips the test where settings of the kernel are protected.
func writable(t *testing.T) string {
	t.Helper()
	before, err := os.ReadFile(setting)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(setting, os.O_WRONLY, 0)
	if err != nil {
		t.Skip("SKIPPED: writes settings of the kernel, which is done only in the guest: ", err)
	}
	f.Close()
	return strings.TrimSpace(string(before))
}

func write(t *testing.T, value string) {
	t.Helper()
	if err := os.WriteFile(setting, []byte(value), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The hook attaches on every kernel that has it, and reading is no event.
func TestReadingIsNoEvent(t *testing.T) {
	r := sensortest.Run(t, New(Options{Kernel: sensortest.Kernel(t, kernel.Options{})}))
	for range 100 {
		if _, err := os.ReadFile(setting); err != nil {
			t.Fatal(err)
		}
	}
	if all := r.All(sensortest.Kinds(event.SysctlChange)); len(all) != 0 {
		t.Errorf("reading is told: %s", sensortest.Line(all[0]))
	}
}

func TestSettingChange(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	before := writable(t)
	t.Cleanup(func() { write(t, before) })
	write(t, "0")
	r := sensortest.Run(t, New(Options{Kernel: k}))
	write(t, "0\n") // no change
	write(t, "1\n")
	e := r.Wait(t, "change", 1, sensortest.Kinds(event.SysctlChange))[0]
	if c := e.Change; c.Name != "net.ipv4.conf.lo.log_martians" || c.Before[0] != "0" || c.After[0] != "1" || c.Object != "setting" {
		t.Errorf("change %+v", c)
	}
	if e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.User == nil || e.File.Path != setting || e.Outcome != "" {
		t.Errorf("event %+v", e)
	}
}
