package dns_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/dns"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
	record "github.com/vedette-edr/vedette/internal/record/tls"
)

// tap keeps what a server has read.
type tap struct {
	net.Conn
	read bytes.Buffer
}

func (c *tap) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read.Write(b[:n])
	return n, err
}

// startTLS serves one connection after the other; the bytes that each read go to heard.
func startTLS(t *testing.T, address string) (net.Addr, <-chan []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	heard := make(chan []byte, 8)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w := &tap{Conn: c}
			s := tls.Server(w, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
			_ = s.Handshake()
			heard <- w.read.Bytes()
			_, _ = io.Copy(io.Discard, s)
			c.Close()
		}
	}()
	return l.Addr(), heard
}

func hello(e *event.Event) bool {
	return e.Kind == event.TLSHello && e.Process.PID == int64(os.Getpid())
}

func TestHello(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		k := sensortest.KernelFor(t, rung, kernel.Options{})
		r := sensortest.Run(t, dns.New(dns.Options{Kernel: k, Rung: rung}))
		for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
			at, heard := startTLS(t, address)
			name := fmt.Sprintf("Server%d.vedette.test", at.(*net.TCPAddr).Port)
			c, err := tls.Dial("tcp", at.String(), &tls.Config{ServerName: name, InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Write(bytes.Repeat([]byte{22, 3, 1, 0, 200, 1}, 20)); err != nil {
				t.Fatal(err)
			}
			want, err := record.Parse(<-heard)
			if err != nil {
				t.Fatal(err)
			}
			e := r.Wait(t, "hello", 1, func(e *event.Event) bool { return hello(e) && e.TLS.ServerName == strings.ToLower(name) })[0]
			if g := e.TLS; g.JA4 != want.JA4 || !strings.HasPrefix(g.JA4, "t13d") || g.Version != "1.3" || !slices.Equal(g.Protocols, []string{"h2", "http/1.1"}) || !slices.Equal(g.Ciphers, want.Ciphers) {
				t.Errorf("%+v, want %+v", g, want)
			}
			to := netip.MustParseAddrPort(at.String())
			if n := e.Net; n.DestinationIP != to.Addr() || n.DestinationPort != int64(to.Port()) || n.SourcePort != int64(c.LocalAddr().(*net.TCPAddr).Port) ||
				n.Transport != "tcp" || n.DestinationDomain != strings.ToLower(name) || n.Direction != "egress" {
				t.Errorf("%+v", n)
			}
		}
		k.Drain()
		if n := len(r.All(hello)); n != 2 {
			t.Errorf("%d hellos, want 2: what comes later in a connection is none", n)
		}
	})
}

// A hello that is longer than what is kept says so and has no fingerprint.
func TestLongHello(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		k := sensortest.KernelFor(t, rung, kernel.Options{})
		r := sensortest.Run(t, dns.New(dns.Options{Kernel: k, Rung: rung}))
		at, _ := startTLS(t, "127.0.0.1:0")
		var protocols []string
		for i := range 100 {
			protocols = append(protocols, fmt.Sprintf("%0200d", i))
		}
		c, err := net.Dial("tcp", at.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		// The server knows none of the protocols and ends the connection.
		_ = tls.Client(c, &tls.Config{ServerName: "long.vedette.test", InsecureSkipVerify: true, NextProtos: protocols}).Handshake()
		e := r.Wait(t, "hello", 1, hello)[0]
		if e.TLS.JA4 != "" || !strings.Contains(e.Reason, "longer than the 4096 bytes") {
			t.Errorf("%+v, reason %q", e.TLS, e.Reason)
		}
		losses, err := k.Losses()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(losses, func(l kernel.Loss) bool {
			return l.Sensor == "dns" && l.Kind == event.TLSHello && l.State == "cut" && l.Count == 1
		}) {
			t.Error("the cut is not counted:", losses)
		}
	})
}

// What is no TLS is not told.
func TestNoHello(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		k := sensortest.KernelFor(t, rung, kernel.Options{})
		r := sensortest.Run(t, dns.New(dns.Options{Kernel: k, Rung: rung}))
		at, heard := startTLS(t, "127.0.0.1:0")
		for _, s := range []string{
			"GET / HTTP/1.1\r\nHost: vedette.test\r\nUser-Agent: a test of some length\r\n\r\n", "\x16\x03\x01",
			"\x16\x03\x01\x00\x40\x02" + strings.Repeat("x", 60), // a hello of a server
		} {
			c, err := net.Dial("tcp", at.String())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Write([]byte(s)); err != nil {
				t.Fatal(err)
			}
			c.Close()
			<-heard
		}
		k.Drain()
		for _, e := range r.All(func(e *event.Event) bool { return e.TLS != nil }) {
			t.Error("no hello was sent:", sensortest.Line(e))
		}
	})
}
