package dns

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// immutable
var update = sensortest.Update()

// TestCapture keeps records of a real kernel for testdata/, with -update.
func TestCapture(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	if !*update {
		t.Skip("SKIPPED: keeps records for testdata only with -update")
	}
	dir, err := k.Cgroup()
	if err != nil {
		t.Fatal(err)
	}
	spec, err := loadProgram()
	if err != nil {
		t.Fatal(err)
	}
	d := &decoder{kernel: k, texts: kernel.NewTexts(), rung: atPackets}
	p, err := k.Attach(kernel.Source{
		ID: kernel.DNS, Spec: spec,
		Handle: sensortest.Capture(t, "dns", func(r kernel.Record) string {
			e, err := d.first(r)
			if err != nil {
				t.Error(err)
				return ""
			}
			if e.Net == nil {
				return e.Kind.String() + "_library_" + e.Outcome
			}
			return e.Kind.String() + "_" + e.Net.Transport + "_" + e.Net.Type
		}),
		Hook: func(name string, p *ebpf.Program) (io.Closer, error) { return hook(dir, name, p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	capturePackets(t)
	captureHello(t)
	captureCalls(t, p)
	k.Drain()
}

// first decodes a record and returns the first of its events.
func (d *decoder) first(r kernel.Record) (*event.Event, error) {
	var first *event.Event
	err := d.decode(r, func(e *event.Event) {
		if first == nil {
			first = e
		}
	})
	if err == nil && first == nil {
		err = errors.New("no event")
	}
	return first, err
}

// capturePackets asks itself over UDP and TCP, and answers.
func capturePackets(t *testing.T) {
	query := []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07vedette\x04test\x00\x00\x01\x00\x01")
	answer := append([]byte("\x12\x34\x85\x80\x00\x01\x00\x01"), query[8:]...)
	answer = append(answer, "\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x07"...)
	for _, a := range []string{"127.0.0.1:53", "[::1]:53"} {
		server, err := net.ListenPacket("udp", a)
		if err != nil {
			t.Fatal(err)
		}
		client, err := net.Dial("udp", a)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Write(query); err != nil {
			t.Fatal(err)
		}
		if _, err := server.WriteTo(answer, client.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		client.Close()
		server.Close()
	}
	l, err := net.Listen("tcp", "127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	framed := func(b []byte) []byte { return append([]byte{0, byte(len(b))}, b...) }
	if _, err := client.Write(append(framed(query), framed(query)...)); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Write(framed(answer)); err != nil {
		t.Fatal(err)
	}
}

func captureHello(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	go func() {
		_, _ = server.Read(make([]byte, 4096))
		server.Close()
	}()
	_ = tls.Client(client, &tls.Config{ServerName: "www.vedette.test", NextProtos: []string{"h2"}}).Handshake()
	client.Close()
}

// captureCalls looks names up with a C library of its own.
func captureCalls(t *testing.T, p *kernel.Programs) {
	names, err := filepath.Glob("/lib/*-linux-gnu/libc.so.6")
	if err != nil || len(names) == 0 {
		t.Fatal("no glibc")
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "libc.so.6"), b, 0o755); err != nil {
		t.Fatal(err)
	}
	l := newLibraries(Options{Libraries: []string{filepath.Join(dir, "libc.so.6")}}, p)
	if err := l.place(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"localhost", "nobody.invalid"} {
		c := exec.Command("getent", "ahosts", name)
		c.Env = []string{"PATH=/usr/bin:/bin", "LD_LIBRARY_PATH=" + dir}
		_ = c.Run() // the second is not found
	}
}
