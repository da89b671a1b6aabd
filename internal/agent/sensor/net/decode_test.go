package net

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

func newDecoder() *decoder { return &decoder{sensortest.Clock{}, kernel.NewTexts(), atStates} }

func TestDecode(t *testing.T) { sensortest.Golden(t, *update, newDecoder().decode) }

func FuzzDecode(f *testing.F) { sensortest.Fuzz(f, newDecoder().decode) }

func TestDecodeRefuses(t *testing.T) {
	d := newDecoder()
	raw := sensortest.Records(t)["net_connect_ipv4_success"]
	r, err := kernel.ParseRecord(raw)
	if err != nil {
		t.Fatal(err)
	}
	for n := range r.Body {
		short := r
		short.Body = r.Body[:n]
		if _, err := d.decode(short); !errors.Is(err, kernel.ErrMalformed) {
			t.Fatalf("cut to %d of %d bytes: %v, want ErrMalformed", n, len(r.Body), err)
		}
	}
	family := r
	family.Body = append([]byte(nil), r.Body...)
	binary.LittleEndian.PutUint16(family.Body[32+36:], 99)
	if _, err := d.decode(family); !errors.Is(err, kernel.ErrMalformed) {
		t.Errorf("address family 99: %v", err)
	}
	r.Kind = 1
	if _, err := d.decode(r); !errors.Is(err, kernel.ErrMalformed) {
		t.Errorf("kind process_start: %v", err)
	}
}

func BenchmarkDecode(b *testing.B) {
	d := newDecoder()
	raw := sensortest.Records(b)["net_connect_ipv4_success"]
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
