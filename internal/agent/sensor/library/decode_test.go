package library

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

func TestProtectionName(t *testing.T) {
	for n, want := range map[uint32]string{5: "PROT_READ|PROT_EXEC", 7: "PROT_READ|PROT_WRITE|PROT_EXEC", 4: "PROT_EXEC", 0x1000004: "PROT_EXEC|0x1000000"} {
		if got := protectionName(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
