package bus

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A signal in the other byte order, as a program of such a machine sends it.
func TestBigEndian(t *testing.T) {
	fields := "0101 6f00 00000002 2f61 00" + "00000000 00" + // path /a
		"0301 7300 00000001 53 00" + "00000000 0000" + // member S
		"0801 6700 02 6e73 00" // signature ns
	body := "fffe 0000 00000002 6869 00"
	raw := "42 04 00 01 0000000b 00000009 00000028" + fields + body
	b, err := hex.DecodeString(strings.ReplaceAll(raw, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	m, err := read(bufio.NewReader(bytes.NewReader(b)), 100, nil)
	if err != nil {
		t.Fatal(err)
	}
	values, err := m.Body()
	if m.Type != Signal || m.Serial != 9 || m.Path != "/a" || m.Member != "S" || fmt.Sprint(values) != "[-2 hi]" || err != nil {
		t.Errorf("%+v: %v, %v", m, values, err)
	}
}

// Sizes and depths that a bus would never let through.
func TestRefused(t *testing.T) {
	deep := strings.Repeat("a", 60) + "s"
	cases := map[string]struct {
		m    Message
		body []byte
	}{
		"depth":             {Message{Signature: deep}, make([]byte, 400)},
		"signature":         {Message{Signature: "(s"}, make([]byte, 40)},
		"empty structure":   {Message{Signature: "a()"}, []byte{8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
		"length":            {Message{Signature: "s"}, []byte{0xff, 0xff, 0xff, 0xff, 'x', 0}},
		"length of array":   {Message{Signature: "ay"}, []byte{9, 0, 0, 0, 'x', 0}},
		"number of values":  {Message{Signature: "aq"}, append([]byte{0, 0xff, 0, 0}, make([]byte, 0xff00)...)},
		"variant":           {Message{Signature: "v"}, []byte{2, 's', 's', 0, 0, 0, 0, 0}},
		"variants in depth": {Message{Signature: "v"}, bytes.Repeat([]byte{1, 'v', 0}, 60)},
	}
	for name, c := range cases {
		c.m.body, c.m.order = c.body, binary.LittleEndian
		if values, err := c.m.Body(); err == nil {
			t.Errorf("%s: taken as %v", name, values)
		}
	}
	for name, raw := range map[string][]byte{
		"byte order": {'x', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0},
		"version":    {'l', 1, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0},
		"size":       {'l', 1, 0, 1, 0, 0, 0, 0xff, 1, 0, 0, 0, 0, 0, 0, 0},
	} {
		if _, err := read(bufio.NewReader(bytes.NewReader(raw)), 100, nil); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	// A header of 100 kB is passed over; what follows is read.
	large := append([]byte{'l', 1, 0, 1, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0x90, 1, 0}, make([]byte, 0x19000+8)...)
	m := Message{Type: Signal, Path: "/a", Interface: "a.b", Member: "C"}
	b, err := m.encode(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(bytes.NewReader(append(large, b...)))
	if m, err := read(r, 100, nil); m != nil || err != nil {
		t.Fatalf("%+v, %v", m, err)
	}
	if m, err := read(r, 100, nil); err != nil || m.Member != "C" {
		t.Errorf("%+v, %v", m, err)
	}
}

// Descriptors that come with a message are closed.
func TestDescriptorsAreClosed(t *testing.T) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	var ends [2]*net.UnixConn
	for i, fd := range pair {
		f := os.NewFile(uintptr(fd), "socket")
		c, err := net.FileConn(f)
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		ends[i] = c.(*net.UnixConn)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, _, err := ends[0].WriteMsgUnix([]byte("x"), unix.UnixRights(int(out.Fd()), int(out.Fd())), nil); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if _, err := io.ReadFull(&descriptorless{ends[1]}, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if n, err := in.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("the pipe is still open for writing: %d, %v", n, err)
	}
}

func FuzzRead(f *testing.F) {
	m := Message{Type: Call, Serial: 3, Path: "/a", Interface: "a.b", Member: "C", Signature: "sa{sv}(bd)ay"}
	b, err := m.encode([]any{"text", []any{[]any{"k", Variant{"as", []string{"x"}}}}, []any{true, 1.5}, []byte{1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("B\x01\x00\x01\x00\x00\x00\x04\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		for {
			m, err := read(r, 1<<10, nil)
			if err != nil {
				return
			}
			if m == nil || m.Cut {
				continue
			}
			values, err := m.Body()
			if err != nil {
				continue
			}
			if n := count(values); n > maxValues {
				t.Fatalf("%d values", n)
			}
		}
	})
}

func count(v any) int {
	n := 1
	if list, ok := v.([]any); ok {
		for _, x := range list {
			n += count(x)
		}
	}
	return n
}

// BenchmarkRead is what a message of the bus costs that nobody wants.
func BenchmarkRead(b *testing.B) {
	m := Message{Type: Call, Serial: 3, Path: "/org/freedesktop/systemd1", Interface: "org.freedesktop.systemd1.Manager", Member: "GetUnit", Destination: "org.freedesktop.systemd1", Signature: "s"}
	raw, err := m.encode([]any{"ssh.service"})
	if err != nil {
		b.Fatal(err)
	}
	in := bytes.NewReader(raw)
	r := bufio.NewReader(in)
	b.ReportAllocs()
	for b.Loop() {
		in.Reset(raw)
		r.Reset(in)
		if _, err := read(r, 1<<10, func(*Message) bool { return false }); err != nil {
			b.Fatal(err)
		}
	}
}
