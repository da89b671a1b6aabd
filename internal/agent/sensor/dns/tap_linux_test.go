package dns_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/dns"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// held is a socket that stays open when the resolver is done with it.
type held struct{ *net.UDPConn }

func (held) Close() error { return nil }

// Without BPF packets are seen all the same, with the process that has the
// socket.
func TestTap(t *testing.T) {
	sensortest.Scope(t)
	startServer(t)
	r := sensortest.Run(t, dns.New(dns.Options{Reason: kernel.ErrNotSupported, Scope: os.Getenv("VEDETTE_SCOPE")}))
	if took := r.All(sensortest.Kinds(event.AgentSensor))[0].Status; took.Rung != "packet" {
		t.Fatalf("%+v", took)
	}
	res := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "udp", "127.0.0.1:53")
		if err != nil {
			return nil, err
		}
		t.Cleanup(func() { c.Close() })
		return held{c.(*net.UDPConn)}, nil
	}}
	if _, err := res.LookupHost(t.Context(), "alias.vedette.test."); err != nil {
		t.Fatal(err)
	}
	about := func(kind event.Kind, question string) func(*event.Event) bool {
		return func(e *event.Event) bool {
			return e.Kind == kind && e.DNS != nil && e.DNS.Name == "alias.vedette.test" && e.DNS.QuestionType == question
		}
	}
	for _, q := range []string{"A", "AAAA"} {
		e := r.Wait(t, "query", 1, about(event.DNSQuery, q))[0]
		a := r.Wait(t, "answer", 1, about(event.DNSAnswer, q))[0]
		if e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.Process.EntityID == "" || e.User.ID != "0" || a.Process == nil || a.Process.EntityID != e.Process.EntityID {
			t.Errorf("query of %+v, answer to %+v", e.Process, a.Process)
		}
		if e.Net.DestinationIP != netip.MustParseAddr("127.0.0.1") || e.Net.DestinationPort != 53 || *a.Net != *e.Net || a.DNS.ResponseCode != "NOERROR" || len(a.DNS.Resolved) != 1 {
			t.Errorf("%+v, %+v, %+v", e.Net, a.Net, a.DNS)
		}
	}
	if n := len(r.All(about(event.DNSQuery, "A"))); n != 1 {
		t.Errorf("the question is told %d times", n)
	}
}

// The hello of TLS is told with its names.
func TestTapHello(t *testing.T) {
	sensortest.Scope(t)
	r := sensortest.Run(t, dns.New(dns.Options{Reason: kernel.ErrNotSupported, Scope: os.Getenv("VEDETTE_SCOPE")}))
	address, _ := startTLS(t, "127.0.0.1:0")
	c, err := tls.Dial("tcp", address.String(), &tls.Config{ServerName: "tap.vedette.test", InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	e := r.Wait(t, "hello", 1, sensortest.Kinds(event.TLSHello))[0]
	if e.Process == nil || e.Process.PID != int64(os.Getpid()) || e.TLS.ServerName != "tap.vedette.test" || e.TLS.JA4 == "" || e.Rung != "packet" {
		t.Errorf("%+v of %+v on %s", e.TLS, e.Process, e.Rung)
	}
}
