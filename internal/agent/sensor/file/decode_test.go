package file

import (
	"errors"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

func newDecoder() *decoder { return &decoder{sensortest.Clock{}, kernel.NewTexts(), "tp_btf"} }

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

func TestOpenFlags(t *testing.T) {
	for flags, want := range map[uint32]string{
		0: "O_RDONLY", 0o101: "O_WRONLY|O_CREAT", 0o2: "O_RDWR", 0o2000001: "O_WRONLY|O_CLOEXEC",
	} {
		if got := openFlags(flags); got != want {
			t.Errorf("%o: %s, want %s", flags, got, want)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	d := newDecoder()
	raw := sensortest.Records(b)["file_write"]
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
