package net_test

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// talk connects to a listener, sends bytes one way and the other, and closes
// the connection.
func talk(t *testing.T, l net.Listener, there, back int) {
	t.Helper()
	served := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			served <- err
			return
		}
		if _, err = io.CopyN(io.Discard, c, int64(there)); err == nil {
			_, err = c.Write(make([]byte, back))
		}
		_ = c.Close()
		served <- err
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write(make([]byte, there)); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, c); err != nil || n != int64(back) {
		t.Fatalf("%d bytes came back: %v", n, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
}

// A connection is told at its begin and its end, from both sides, with
// addresses, protocol, and what went over it.
func TestAE2_OpenAndClose(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		const there, back = 12345, 100000
		for _, c := range []struct{ network, host string }{{"tcp4", "127.0.0.1"}, {"tcp6", "::1"}} {
			t.Run(c.network, func(t *testing.T) {
				r, _ := start(t, rung)
				l := listen(t, c.network, net.JoinHostPort(c.host, "0"))
				begin := time.Now()
				talk(t, l, there, back)
				took := time.Since(begin)
				opened := append(r.Wait(t, "connect", 1, mine(event.NetConnect)), r.Wait(t, "accept", 1, mine(event.NetAccept))...)
				for i, e := range r.Wait(t, "ends", 2, mine(event.NetClose)) {
					n, open := e.Net, opened[0]
					if n.Direction == "ingress" {
						open = opened[1]
					} else if n.Direction != "egress" {
						t.Errorf("direction %q", n.Direction)
					}
					o := open.Net
					if n.SourceIP != o.SourceIP || n.SourcePort != o.SourcePort || n.DestinationIP != o.DestinationIP ||
						n.DestinationPort != o.DestinationPort || n.Transport != "tcp" || n.Type != o.Type || n.Direction != o.Direction {
						t.Errorf("%d: end %+v of %+v", i, n, o)
					}
					if n.DestinationIP != netip.MustParseAddr(c.host) || n.DestinationPort != int64(l.Addr().(*net.TCPAddr).Port) {
						t.Errorf("%+v", n)
					}
					for what, got := range map[string][2]int64{
						"source": {n.SourceBytes.N, there}, "destination": {n.DestinationBytes.N, back}, "both": {n.Bytes.N, there + back},
					} {
						if got[0] != got[1] {
							t.Errorf("%s: %d bytes of %s, want %d", n.Direction, got[0], what, got[1])
						}
					}
					if n.Duration <= 0 || time.Duration(n.Duration) > took+time.Minute || e.Time < open.Time {
						t.Errorf("stood for %v", time.Duration(n.Duration))
					}
					if e.Process.EntityID != open.Process.EntityID || e.Outcome != "success" {
						t.Errorf("%s", sensortest.Line(e))
					}
				}
				directions := map[string]int{}
				for _, e := range r.All(mine(event.NetClose)) {
					directions[e.Net.Direction]++
				}
				if directions["ingress"] != 1 || directions["egress"] != 1 {
					t.Errorf("%v", directions)
				}
			})
		}
	})
}

// A connection that is broken off ends with the error.
func TestReset(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, _ := start(t, rung)
		l := listen(t, "tcp4", "127.0.0.1:0")
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		other, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if err := other.(*net.TCPConn).SetLinger(0); err != nil {
			t.Fatal(err)
		}
		other.Close()
		e := r.Wait(t, "reset", 1, func(e *event.Event) bool { return mine(event.NetClose)(e) && e.Net.Direction == "egress" })[0]
		if e.Outcome != "failure" || e.ErrorCode != "ECONNRESET" {
			t.Errorf("%s", sensortest.Line(e))
		}
	})
}

// A listener and a refused connect have no end.
func TestNoEndWithoutConnection(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, k := start(t, rung)
		l := listen(t, "tcp4", "127.0.0.1:0")
		to := l.Addr().String()
		l.Close()
		if _, err := net.Dial("tcp", to); err == nil {
			t.Fatal("connected")
		}
		k.Drain()
		if got := r.All(mine(event.NetClose)); len(got) != 0 {
			t.Errorf("%s", sensortest.Line(got[0]))
		}
	})
}

// What is sent without connect is told once for each address.
func TestDatagramsWithoutConnect(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		for _, c := range []struct{ network, host, kind string }{{"udp4", "127.0.0.1", "ipv4"}, {"udp6", "::1", "ipv6"}} {
			t.Run(c.network, func(t *testing.T) {
				r, k := start(t, rung)
				from, err := net.ListenPacket(c.network, net.JoinHostPort(c.host, "0"))
				if err != nil {
					t.Fatal(err)
				}
				defer from.Close()
				for port := range 2 {
					for range 50 {
						if _, err := from.WriteTo([]byte("x"), &net.UDPAddr{IP: net.ParseIP(c.host), Port: 9000 + port}); err != nil {
							t.Fatal(err)
						}
					}
				}
				got := r.Wait(t, "datagrams", 2, mine(event.NetConnect))
				k.Drain()
				if all := r.All(mine(event.NetConnect)); len(all) != 2 {
					t.Errorf("%d events of 100 datagrams to two addresses", len(all))
				}
				for i, e := range got {
					want := event.Net{
						SourceIP: netip.MustParseAddr(c.host), SourcePort: int64(from.LocalAddr().(*net.UDPAddr).Port),
						DestinationIP: netip.MustParseAddr(c.host), DestinationPort: int64(9000 + i),
						Transport: "udp", Type: c.kind, Direction: "egress",
					}
					e.Net.SourceIP = want.SourceIP // not known before it is sent
					if *e.Net != want || e.Process.EntityID == "" {
						t.Errorf("%+v, want %+v", e.Net, want)
					}
				}
			})
		}
	})
}
