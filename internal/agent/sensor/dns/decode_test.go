package dns

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func newDecoder() *decoder {
	return &decoder{kernel: sensortest.Clock{}, texts: kernel.NewTexts(), rung: atPackets}
}

func TestDecode(t *testing.T) { sensortest.Golden(t, *update, newDecoder().first) }

func FuzzDecode(f *testing.F) {
	d := newDecoder()
	sensortest.Fuzz(f, func(r kernel.Record) (*event.Event, error) {
		n := 0
		var last *event.Event
		err := d.decode(r, func(e *event.Event) { n++; last = e })
		if n > maxMessages {
			return nil, nil // the suite refuses it
		}
		if n == 0 && err == nil {
			err = kernel.ErrMalformed // a segment without a message
		}
		return last, err
	})
}

func record(t testing.TB, name string) kernel.Record {
	t.Helper()
	r, err := kernel.ParseRecord(sensortest.Records(t)[name])
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// One packet with two messages is two events.
func TestTwoMessages(t *testing.T) {
	var names []string
	err := newDecoder().decode(record(t, "dns_query_tcp_ipv4"), func(e *event.Event) { names = append(names, e.DNS.Name) })
	if err != nil || len(names) != 2 || names[0] != "www.vedette.test" || names[1] != names[0] {
		t.Errorf("%q, %v", names, err)
	}
}

// More messages in one packet than are told are told of.
func TestManyMessages(t *testing.T) {
	r := record(t, "dns_query_tcp_ipv4")
	const head = 32 + 48
	one := r.Body[head : head+(len(r.Body)-head)/2]
	for _, n := range []int{maxMessages, maxMessages + 3} {
		body := append(slices.Clone(r.Body[:head]), bytes.Repeat(one, n)...)
		binary.LittleEndian.PutUint32(body[head-8:], uint32(n*len(one)))
		binary.LittleEndian.PutUint32(body[head-4:], uint32(n*len(one)))
		many := r
		many.Body = body
		var reasons []string
		if err := newDecoder().decode(many, func(e *event.Event) { reasons = append(reasons, e.Reason) }); err != nil {
			t.Fatal(err)
		}
		want := ""
		if n > maxMessages {
			want = fmt.Sprintf("%d more bytes of messages are in the packet", 3*len(one))
		}
		if len(reasons) != maxMessages || reasons[maxMessages-1] != want || reasons[0] != "" {
			t.Errorf("%d messages: %q", n, reasons)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	d := newDecoder()
	for _, name := range []string{"dns_query_udp_ipv4", "tls_hello_tcp_ipv4", "dns_query_library_success"} {
		r := record(t, name)
		for n := range r.Body {
			short := r
			short.Body = r.Body[:n]
			if _, err := d.first(short); !errors.Is(err, kernel.ErrMalformed) {
				t.Fatalf("%s cut to %d of %d bytes: %v, want ErrMalformed", name, n, len(r.Body), err)
			}
		}
	}
	const actor = 32
	for what, change := range map[string]func(r *kernel.Record){
		"kind":    func(r *kernel.Record) { r.Kind = 1 },
		"version": func(r *kernel.Record) { r.Body[actor+36] = 5 },
		"length":  func(r *kernel.Record) { binary.LittleEndian.PutUint32(r.Body[actor+40:], 3) },
	} {
		r := record(t, "dns_query_udp_ipv4")
		r.Body = append([]byte(nil), r.Body...)
		change(&r)
		if _, err := d.first(r); !errors.Is(err, kernel.ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestFailureNames(t *testing.T) {
	for _, c := range []struct {
		function uint64
		code     int32
		want     string
	}{{1, -2, "EAI_NONAME"}, {1, -105, "EAI_105"}, {2, -1, "HOST_NOT_FOUND"}, {3, 11, "EAGAIN"}} {
		if got := failure(c.function, c.code); got != c.want {
			t.Errorf("%d of function %d: %s, want %s", c.code, c.function, got, c.want)
		}
	}
}

func TestIsLibrary(t *testing.T) {
	for path, want := range map[string]bool{
		"/usr/lib/x86_64-linux-gnu/libc.so.6": true, "/lib/ld-musl-aarch64.so.1": true, "/lib/libc-2.31.so": true,
		"/usr/lib/libcap.so.2": false, "/lib/libc.so": false, "/lib/x86_64-linux-gnu/libc-client.so": false,
	} {
		if isLibrary(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	d := newDecoder()
	r := record(b, "dns_answer_udp_ipv4")
	b.ReportAllocs()
	for b.Loop() {
		if err := d.decode(r, func(*event.Event) {}); err != nil {
			b.Fatal(err)
		}
	}
}
