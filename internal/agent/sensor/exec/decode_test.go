package exec

import (
	"errors"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

func TestDecode(t *testing.T) {
	sensortest.Golden(t, *update, newDecoder(sensortest.Clock{}, "/nowhere").decode)
}

func FuzzDecode(f *testing.F) {
	sensortest.Fuzz(f, newDecoder(sensortest.Clock{}, "/nowhere").decode)
}

func TestDecodeRefusesShortRecords(t *testing.T) {
	d := newDecoder(sensortest.Clock{}, "/nowhere")
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
	}
}

func TestSplitArgs(t *testing.T) {
	for _, c := range []struct {
		in   string
		args []string
		line string
	}{
		{"", nil, ""},
		{"a\x00", []string{"a"}, "a"},
		{"a\x00\x00b c\x00", []string{"a", "", "b c"}, "a  b c"},
		{"a\x00\x00", []string{"a", ""}, "a "},
		{"a\x00cut", []string{"a", "cut"}, "a cut"},
		{"\x00", []string{""}, ""},
	} {
		args, line := splitArgs([]byte(c.in))
		if line != c.line || len(args) != len(c.args) {
			t.Errorf("%q: %q %q, want %q %q", c.in, args, line, c.args, c.line)
			continue
		}
		for i := range args {
			if args[i] != c.args[i] {
				t.Errorf("%q: argument %d is %q, want %q", c.in, i, args[i], c.args[i])
			}
		}
	}
}

func TestExitCode(t *testing.T) {
	for status, want := range map[uint32]int64{0: 0, 3 << 8: 3, 255 << 8: 255, 9: 137, 11 | 0x80: 139, 15: 143} {
		if got := exitCode(status); got != want {
			t.Errorf("status %#x: %d, want %d", status, got, want)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	d := newDecoder(sensortest.Clock{}, "/nowhere")
	for name, raw := range sensortest.Records(b) {
		b.Run(name, func(b *testing.B) {
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
		})
	}
}
