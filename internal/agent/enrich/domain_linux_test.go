package enrich_test

import (
	"context"
	"net"
	"net/netip"
	"os"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/vedette-edr/vedette/internal/event"
)

// answerAll answers every question about an IPv4 address with the same one.
func answerAll(t *testing.T, p net.PacketConn, address [4]byte) {
	b := make([]byte, 512)
	for {
		n, from, err := p.ReadFrom(b)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if err := m.Unpack(b[:n]); err != nil || len(m.Questions) != 1 {
			t.Errorf("a question of %d bytes: %v", n, err)
			return
		}
		m.Response, m.Additionals = true, nil
		if q := m.Questions[0]; q.Type == dnsmessage.TypeA {
			m.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 60}, Body: &dnsmessage.AResource{A: address},
			}}
		}
		out, err := m.Pack()
		if err != nil {
			t.Error(err)
			return
		}
		if _, err := p.WriteTo(out, from); err != nil {
			return
		}
	}
}

// A connection to an address that was asked for by name has the name.
func TestConnectionHasItsName(t *testing.T) {
	r, _ := live(t)
	server, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	to := netip.MustParseAddr("127.0.9.9")
	go answerAll(t, server, to.As4())
	l, err := net.Listen("tcp4", "127.0.9.9:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", "127.0.0.1:53")
	}}
	dialer := net.Dialer{Resolver: resolver}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := dialer.DialContext(t.Context(), "tcp4", "shop.vedette.test.:"+port)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	e := r.Wait(t, "connect", 1, func(e *event.Event) bool {
		return e.Kind == event.NetConnect && e.Process.PID == int64(os.Getpid()) && e.Net.DestinationIP == to
	})[0]
	if e.Net.DestinationDomain != "shop.vedette.test" {
		t.Errorf("destination.domain %q", e.Net.DestinationDomain)
	}
}
