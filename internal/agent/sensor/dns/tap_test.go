package dns

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// ip makes a packet from the head of IP on.
func ip(version, protocol byte, from, to uint16, payload string) []byte {
	t := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, from), to)
	if protocol == unix.IPPROTO_TCP {
		t = append(t, make([]byte, 20)...) // with one option of four bytes
		t[12] = 6 << 4
	} else {
		t = append(t, 0, 0, 0, 0)
	}
	t = append(t, payload...)
	if version == 6 {
		h := make([]byte, 40)
		h[0], h[6], h[23], h[39] = 6<<4, protocol, 1, 2
		binary.BigEndian.PutUint16(h[4:], uint16(len(t)))
		return append(h, t...)
	}
	h := make([]byte, 24) // with one option
	h[0], h[9] = 4<<4|6, protocol
	copy(h[12:], []byte{192, 0, 2, 1, 192, 0, 2, 2})
	binary.BigEndian.PutUint16(h[2:], uint16(len(h)+len(t)))
	return append(h, t...)
}

const (
	clientHello = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"
	serverHello = "\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00"
)

// The filter lets pass what is told, and nothing else.
func TestTapFilter(t *testing.T) {
	for _, version := range []byte{4, 6} {
		vm, err := bpf.NewVM(tapFilter(version == 6))
		if err != nil {
			t.Fatal(err)
		}
		late := ip(version, unix.IPPROTO_UDP, 1, 53, "x")
		if version == 4 {
			late[7] = 9 // a later fragment
		}
		for name, c := range map[string]struct {
			b    []byte
			pass bool
		}{
			"question":         {ip(version, unix.IPPROTO_UDP, 40000, 53, "q"), true},
			"answer":           {ip(version, unix.IPPROTO_UDP, 53, 40000, "a"), true},
			"multicast":        {ip(version, unix.IPPROTO_UDP, 5353, 5353, "q"), true},
			"link-local":       {ip(version, unix.IPPROTO_UDP, 40000, 5355, "q"), true},
			"question by tcp":  {ip(version, unix.IPPROTO_TCP, 40000, 53, "q"), true},
			"answer by tcp":    {ip(version, unix.IPPROTO_TCP, 53, 40000, "q"), true},
			"hello":            {ip(version, unix.IPPROTO_TCP, 40000, 443, clientHello), true},
			"server's hello":   {ip(version, unix.IPPROTO_TCP, 443, 40000, serverHello), false},
			"text":             {ip(version, unix.IPPROTO_TCP, 40000, 80, "GET / HTTP/1.1"), false},
			"nothing in it":    {ip(version, unix.IPPROTO_TCP, 40000, 443, ""), false},
			"other datagram":   {ip(version, unix.IPPROTO_UDP, 40000, 443, clientHello), false},
			"other protocol":   {ip(version, unix.IPPROTO_ICMP, 53, 53, "x"), false},
			"a later fragment": {late, version == 6},
			"other version":    {ip(10-version, unix.IPPROTO_UDP, 40000, 53, "q"), false},
			"cut":              {ip(version, unix.IPPROTO_UDP, 40000, 53, "q")[:20], false},
		} {
			n, err := vm.Run(c.b)
			if pass := err == nil && n > 0; pass != c.pass {
				t.Errorf("IPv%d, %s: %d, %v", version, name, n, err)
			}
		}
	}
}

func TestParsePacket(t *testing.T) {
	for _, version := range []byte{4, 6} {
		p, ok := parsePacket(ip(version, unix.IPPROTO_TCP, 40000, 443, clientHello))
		if !ok || p.version != version || p.source.Port() != 40000 || p.destination.Port() != 443 || string(p.payload) != clientHello || int(p.length) != len(clientHello) || !isHello(p.payload) {
			t.Errorf("IPv%d: %+v, %v", version, p, ok)
		}
		if version == 4 && p.destination.Addr() != netip.MustParseAddr("192.0.2.2") || version == 6 && p.source.Addr() != netip.MustParseAddr("::1") {
			t.Errorf("%v to %v", p.source, p.destination)
		}
		b := ip(version, unix.IPPROTO_UDP, 40000, 53, strings.Repeat("q", 100))
		if p, ok := parsePacket(b[:len(b)-60]); !ok || p.length != 100 || len(p.payload) != 40 {
			t.Errorf("cut: %d of %d, %v", len(p.payload), p.length, ok)
		}
		if p, ok := parsePacket(append(b, "padding of the frame"...)); !ok || len(p.payload) != 100 {
			t.Errorf("padded: %d, %v", len(p.payload), ok)
		}
	}
}

// Which of the packets is whose: own questions and the answers to them, once on
// the loopback interface, and nothing of what others ask this host.
func TestTapDirections(t *testing.T) {
	const query, answer = "\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01", "\x00\x01\x81\x80\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01"
	var got []*event.Event
	h, err := newHolders("", "")
	if err != nil {
		t.Fatal(err)
	}
	h.searches, h.second = maxSearch, 7 // none is looked for
	tap := &tap{now: func() event.Time { return 7 }, emit: func(e *event.Event) { got = append(got, e) }, owners: h}
	for name, c := range map[string]struct {
		from, to      uint16
		payload       string
		out, loopback bool
		want          event.Kind
	}{
		"own question":           {40000, 53, query, true, false, event.DNSQuery},
		"answer to it":           {53, 40000, answer, false, false, event.DNSAnswer},
		"question of another":    {40000, 53, query, false, false, event.KindNone},
		"answer to another":      {53, 40000, answer, true, false, event.KindNone},
		"question on loopback":   {40000, 53, query, true, true, event.DNSQuery},
		"the same that comes in": {40000, 53, query, false, true, event.KindNone},
		"answer on loopback":     {53, 40000, answer, true, true, event.DNSAnswer},
		"server asks a server":   {53, 53, query, true, false, event.DNSQuery},
	} {
		got = nil
		tap.packet(ip(4, unix.IPPROTO_UDP, c.from, c.to, c.payload), c.out, c.loopback)
		kind := event.KindNone
		if len(got) == 1 {
			kind = got[0].Kind
			if e := got[0]; e.DNS == nil || e.DNS.Name != "a" || e.Net.DestinationPort != 53 || e.Rung != "packet" || e.Process != nil {
				t.Errorf("%s: %+v %+v", name, e.DNS, e.Net)
			}
		}
		if kind != c.want || len(got) > 1 {
			t.Errorf("%s: %d events, %s", name, len(got), kind)
		}
	}
	tap.owners.whole = false
	got = nil
	tap.packet(ip(4, unix.IPPROTO_UDP, 41000, 53, query), true, false)
	if len(got) != 0 || tap.untold != 1 {
		t.Errorf("in a scope: %d events, %d untold", len(got), tap.untold)
	}
}

const udpTable = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n" +
	"  12: 0100007F:9C40 0100007F:0035 01 00000000:00000000 00:00000000 00000000  1000        0 4242 2 0 0\n" +
	"  13: 0100007F:9C41 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 4243 2 0 0\n" +
	"  14: 0100007F:9C40 0100007F:0035 06 00000000:00000000 00:00000000 00000000     0        0 0 3 0 0\n"

func TestParseTable(t *testing.T) {
	if got := parseTable([]byte(udpTable), 40000); len(got) != 1 || got[4242] != "1000" {
		t.Errorf("%v", got)
	}
}

func FuzzTap(f *testing.F) {
	f.Add(ip(4, unix.IPPROTO_UDP, 40000, 53, "q"))
	f.Add(ip(6, unix.IPPROTO_TCP, 40000, 443, clientHello))
	f.Add([]byte(udpTable))
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, ok := parsePacket(b); ok && (len(p.payload) == 0 || len(p.payload) > len(b) || uint32(len(p.payload)) > p.length) {
			t.Errorf("%d of %d", len(p.payload), p.length)
		}
		for inode := range parseTable(b, 40000) {
			if inode == 0 {
				t.Error("no inode")
			}
		}
	})
}
