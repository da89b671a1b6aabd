package tls

import (
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"testing"

	stdtls "crypto/tls"
)

// spec is a hello to be written.
type spec struct {
	version    uint16
	ciphers    []uint16
	extensions []extension
}

type extension struct {
	kind uint16
	body []byte
}

func u16s(list ...uint16) []byte {
	var b []byte
	for _, n := range list {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	return b
}

func list16(b []byte) []byte { return append(u16s(uint16(len(b))), b...) }
func list8(b []byte) []byte  { return append([]byte{byte(len(b))}, b...) }

func name(s string) extension {
	return extension{extServerName, list16(append([]byte{0}, list16([]byte(s))...))}
}

func protocols(names ...string) extension {
	var b []byte
	for _, n := range names {
		b = append(b, list8([]byte(n))...)
	}
	return extension{extProtocols, list16(b)}
}

// message writes the hello as one message, records puts it into records of at
// most so many bytes.
func (s spec) message() []byte {
	b := u16s(s.version)
	b = append(b, make([]byte, 32)...)
	b = append(b, list8(make([]byte, 32))...)
	b = append(b, list16(u16s(s.ciphers...))...)
	b = append(b, list8([]byte{0})...)
	if s.extensions != nil {
		var e []byte
		for _, x := range s.extensions {
			e = append(append(e, u16s(x.kind)...), list16(x.body)...)
		}
		b = append(b, list16(e)...)
	}
	return append([]byte{messageHello, byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
}

func records(message []byte, most int) []byte {
	var out []byte
	for part := range slices.Chunk(message, most) {
		out = append(append(out, recordHandshake, 3, 1), list16(part)...)
	}
	return out
}

// chrome is the hello of the example in the specification of JA4.
func chrome() spec {
	s := spec{version: 0x0303, ciphers: []uint16{0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035}}
	s.extensions = []extension{{0x7a7a, nil}}
	for _, kind := range []uint16{0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015} {
		e := extension{kind, nil}
		switch kind {
		case extServerName:
			e = name("WWW.Example.com")
		case extProtocols:
			e = protocols("h2", "http/1.1")
		case extVersions:
			e.body = list8(u16s(0x6a6a, 0x0304, 0x0303))
		case extSignatures:
			e.body = list16(u16s(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))
		}
		s.extensions = append(s.extensions, e)
	}
	s.extensions = append(s.extensions, extension{0x9a9a, []byte{0}})
	return s
}

func TestParse(t *testing.T) {
	for _, most := range []int{1 << 14, 100, 7} {
		h, err := Parse(records(chrome().message(), most))
		if err != nil {
			t.Fatal(err)
		}
		if h.ServerName != "www.example.com" || h.Version != "1.3" || !slices.Equal(h.Protocols, []string{"h2", "http/1.1"}) || h.Cut {
			t.Errorf("in records of %d: %+v", most, h)
		}
		if len(h.Ciphers) != 15 || h.Ciphers[0] != "1301" {
			t.Errorf("ciphers %v", h.Ciphers)
		}
		// Published in the specification for this very hello.
		if want := "t13d1516h2_8daaf6152771_e5627efa2ab1"; h.JA4 != want {
			t.Errorf("JA4 %s, want %s", h.JA4, want)
		}
	}
}

// The specification gives the digests of the example's lists.
func TestPublishedDigests(t *testing.T) {
	h, err := Parse(records(chrome().message(), 1<<14))
	if err != nil {
		t.Fatal(err)
	}
	h.signatures = nil
	if got := h.ja4Extensions(); got != "6d807ffa2a79" {
		t.Errorf("without signature algorithms %s", got)
	}
}

func TestFingerprint(t *testing.T) {
	for _, c := range []struct {
		name string
		s    spec
		want string
	}{
		{"without extensions", spec{version: 0x0301, ciphers: []uint16{0x0005}}, "t10i010000_" + digest("0005") + "_000000000000"},
		{"no cipher suite", spec{version: 0x0303, extensions: []extension{name("a")}}, "t12d000100_000000000000_000000000000"},
		{"a protocol that is no text", spec{version: 0x0303, ciphers: []uint16{1}, extensions: []extension{protocols("\xab\xcd")}}, "t12i0101ad_" + digest("0001") + "_000000000000"},
		{"a protocol of one byte", spec{version: 0x0300, ciphers: []uint16{1}, extensions: []extension{protocols("0")}}, "ts3i010100_" + digest("0001") + "_000000000000"},
		{"half a text", spec{version: 0x0302, ciphers: []uint16{1}, extensions: []extension{protocols("0\xab")}}, "t11i01013b_" + digest("0001") + "_000000000000"},
		{"text around what is none", spec{version: 0x0303, ciphers: []uint16{1}, extensions: []extension{protocols("0\xab\xcd1")}}, "t12i010101_" + digest("0001") + "_000000000000"},
		{"text before what is none", spec{version: 0x0303, ciphers: []uint16{1}, extensions: []extension{protocols("01\xab\xcd")}}, "t12i01013d_" + digest("0001") + "_000000000000"},
		{"an unknown version", spec{version: 0x7777, ciphers: []uint16{0x00ff}}, "t00i010000_" + digest("00ff") + "_000000000000"},
		{"signatures keep their order", spec{version: 0x0303, ciphers: []uint16{1}, extensions: []extension{{extSignatures, list16(u16s(0x0804, 0x0403))}, {0x0005, nil}}}, "t12i010200_" + digest("0001") + "_" + digest("0005,000d_0804,0403")},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, err := Parse(records(c.s.message(), 1<<14))
			if err != nil || h.JA4 != c.want {
				t.Errorf("%s, %v, want %s", h.JA4, err, c.want)
			}
		})
	}
}

// What is cut off takes the fingerprint with it, not what stands before.
func TestCut(t *testing.T) {
	b := records(chrome().message(), 1<<14)
	for n := range b {
		h, err := Parse(b[:n])
		if n < recordHeadSize+messageHeadSize {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("%d bytes: %v", n, err)
			}
			continue
		}
		if err != nil || !h.Cut || h.JA4 != "" {
			t.Fatalf("%d bytes: %+v, %v", n, h, err)
		}
		if n > len(b)*2/3 && h.ServerName != "www.example.com" {
			t.Fatalf("%d of %d bytes: no name", n, len(b))
		}
	}
}

func TestMalformed(t *testing.T) {
	good := chrome().message()
	short := slices.Clone(good[:len(good)-6])
	binary.BigEndian.PutUint16(short[2:], uint16(len(short)-4))
	other := slices.Clone(good)
	other[0] = 2
	huge := slices.Clone(good)
	huge[1] = 0xff
	alert := records(good, 1<<14)
	alert[0] = 21
	for what, b := range map[string][]byte{
		"nothing": nil, "an alert": alert, "a hello of a server": records(other, 1<<14), "a long one": records(huge, 1<<14),
		"an end within": records(short, 1<<14),
	} {
		if h, err := Parse(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", what, h, err)
		}
	}
}

// What Go's own client says is what was asked of it.
func TestGoClient(t *testing.T) {
	client, server := net.Pipe()
	go func() {
		_ = stdtls.Client(client, &stdtls.Config{ServerName: "go.example.org", NextProtos: []string{"spdy"}, MaxVersion: stdtls.VersionTLS12}).Handshake()
	}()
	b := make([]byte, 4096)
	n, err := server.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
	h, err := Parse(b[:n])
	if err != nil || h.ServerName != "go.example.org" || h.Version != "1.2" || !slices.Equal(h.Protocols, []string{"spdy"}) || h.JA4[:4] != "t12d" {
		t.Errorf("%+v, %v", h, err)
	}
}

func FuzzParse(f *testing.F) {
	b := records(chrome().message(), 1<<14)
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add(records(chrome().message(), 50))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := Parse(b)
		if err != nil && !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
		if err == nil && h.Cut != (h.JA4 == "") {
			t.Fatalf("%+v", h)
		}
		if len(h.Ciphers) > maxCiphers || len(h.Protocols) > maxProtocols {
			t.Fatalf("%d cipher suites, %d protocols", len(h.Ciphers), len(h.Protocols))
		}
	})
}

func BenchmarkParse(b *testing.B) {
	m := records(chrome().message(), 1<<14)
	for b.Loop() {
		if _, err := Parse(m); err != nil {
			b.Fatal(err)
		}
	}
}
