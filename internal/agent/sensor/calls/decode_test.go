package calls

import (
	"errors"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

func newDecoder() *decoder {
	return &decoder{sensortest.Clock{}, kernel.NewTexts(), kernel.AtEveryCall}
}

func TestDecode(t *testing.T) { sensortest.Golden(t, *update, newDecoder().decode) }

func FuzzDecode(f *testing.F) { sensortest.Fuzz(f, newDecoder().decode) }

func TestDecodeRefuses(t *testing.T) {
	d := newDecoder()
	for name, raw := range sensortest.Records(t) {
		r, err := kernel.ParseRecord(raw)
		if err != nil {
			t.Fatal(err)
		}
		for n := range r.Body {
			short := r
			short.Body = r.Body[:n]
			if _, err := d.decode(short); !errors.Is(err, kernel.ErrMalformed) {
				t.Errorf("%s cut to %d of %d bytes: %v, want ErrMalformed", name, n, len(r.Body), err)
				break
			}
		}
		r.Kind = 20
		if _, err := d.decode(r); !errors.Is(err, kernel.ErrMalformed) {
			t.Errorf("%s as net_connect: %v", name, err)
		}
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		bits(0, namespaceFlags[:]):             "",
		bits(0x10020001, namespaceFlags[:]):    "CLONE_NEWNS|CLONE_NEWUSER|0x1",
		mountNames("mount", 0xC0ED0000|4096|1): "MS_RDONLY|MS_BIND",
		mountNames("umount2", 2):               "MNT_DETACH",
		mountNames("pivot_root", 2):            "",
		pick(programTypes[:], 2):               "kprobe",
		pick(programTypes[:], 1000):            "1000",
		pick(bpfCommands[:], 6):                "6",
		requestName(0x4206):                    "PTRACE_SEIZE",
		requestName(99):                        "0x63",
		signalName(9):                          "SIGKILL",
		signalName(34):                         "34",
		groupName(-1, nil):                     "all processes",
		groupName(0, nil):                      "own process group",
		groupName(-17, nil):                    "process group 17",
		groupName(17, nil):                     "",
		callNames[callIoctl]:                   "ioctl",
		callNames[len(callNames)-1]:            "socket",
		pick(attachTypes[:], 41):               "perf_event",
		pick(logNames[:], 5):                   "SYSLOG_ACTION_CLEAR",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	d := newDecoder()
	raw := sensortest.Records(b)["memfd_create"]
	b.ReportAllocs()
	for b.Loop() {
		r, err := kernel.ParseRecord(raw)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.decode(r); err != nil {
			b.Fatal(err)
		}
	}
}
