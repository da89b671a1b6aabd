package health

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestGM31_HostFacts(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "meminfo", "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     400 kB\nHugePages_Total:       0\n")
	write(t, dir, "uptime", "12345.67 99.9\n")
	write(t, dir, "net/dev", "Inter-|   Receive      |  Transmit\n face |bytes    packets\n    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n  eth0: 1000 1 0 0 0 0 0 0 50 1 0 0 0 0 0 0\n  eth1:2000 1 0 0 0 0 0 0 70 1 0 0 0 0 0 0\n broken: x\n")
	write(t, dir, "stat", "cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 50 0 50 350 50 0 0 0\ncpu1 50 0 50 350 50 0 0 0\nintr 1\n")
	m := NewMeter(dir)
	write(t, dir, "stat", "cpu  150 0 110 730 110 0 0 0 0 0\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n")
	s := m.Read()
	if s.MemoryTotal != 1000<<10 || s.MemoryUsed != 600<<10 || s.Uptime != 12345 || s.NetReceived != 3000 || s.NetSent != 120 {
		t.Errorf("%+v", s)
	}
	if want := 200 * 60.0 / 100; s.CPUPercent != want { // of two processors
		t.Errorf("cpu %v %%, want %v", s.CPUPercent, want)
	}
	if s := m.Read(); s.CPUPercent != 0 {
		t.Errorf("no time has passed, cpu %v %%", s.CPUPercent)
	}
	if s := NewMeter(filepath.Join(dir, "nowhere")).Read(); s.MemoryTotal != 0 || s.CPUPercent != 0 || s.Uptime != 0 {
		t.Errorf("from nothing: %+v", s)
	}
}

// The figures of this host and of this process are plausible and move.
func TestGM31_ThisHost(t *testing.T) {
	m := NewMeter("/proc")
	before := OwnCPU()
	for start := time.Now(); time.Since(start) < 50*time.Millisecond || OwnCPU() == before; {
	}
	s := m.Read()
	if s.MemoryTotal < 1<<20 || s.MemoryUsed <= 0 || s.MemoryUsed > s.MemoryTotal || s.DiskTotal <= 0 || s.DiskUsed > s.DiskTotal || s.Uptime <= 0 {
		t.Errorf("host: %+v", s)
	}
	if s.CPUPercent <= 0 || s.CPUPercent > 100*1024 {
		t.Errorf("cpu %v %% while this test spins", s.CPUPercent)
	}
	if s.ResidentSize < 1<<20 || OwnCPU() <= before {
		t.Errorf("agent: %+v, cpu %v after %v", s, OwnCPU(), before)
	}
}

func FuzzParseTimes(f *testing.F) {
	f.Add("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 50 0 50 350\n")
	f.Add("cpu 1 2 3 4 18446744073709551615\n")
	f.Fuzz(func(t *testing.T, text string) {
		if p := percent(times{}, parseTimes(text)); p < 0 || p != p {
			t.Errorf("%v %%", p)
		}
	})
}
