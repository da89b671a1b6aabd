package ingest_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net/url"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// raw is a client that sends what it likes: what a hostile agent is.
type raw struct {
	t      testing.TB
	client wirepb.AgentsClient
	stream wirepb.Agents_StreamClient
}

// certificate enrols by hand and returns id and TLS certificate.
func (m *manager) certificate(t testing.TB, machine string) (id string, cert tls.Certificate) {
	t.Helper()
	key, csr := request(t)
	c := m.client(t, nil)
	answer, err := c.client.Enroll(t.Context(), &wirepb.EnrollRequest{Token: m.token(t), CertificateRequest: csr, HostName: "h", MachineId: machine})
	if err != nil {
		t.Fatal(err)
	}
	return answer.GetAgentId(), tls.Certificate{Certificate: answer.GetCertificates(), PrivateKey: key}
}

func request(t testing.TB) (*ecdsa.PrivateKey, []byte) {
	t.Helper()
	key, err := wire.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	csr, err := wire.NewRequest(key)
	if err != nil {
		t.Fatal(err)
	}
	return key, csr
}

func (m *manager) client(t testing.TB, cert *tls.Certificate) *raw {
	t.Helper()
	pool := x509.NewCertPool()
	for _, der := range m.ca.Roots() {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		pool.AddCert(c)
	}
	cfg := &tls.Config{RootCAs: pool, ServerName: wire.ManagerName, MinVersion: tls.VersionTLS13}
	if cert != nil {
		cfg.Certificates = []tls.Certificate{*cert}
	}
	g, err := grpc.NewClient("passthrough:///"+m.address, grpc.WithTransportCredentials(credentials.NewTLS(cfg)),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return &raw{t: t, client: wirepb.NewAgentsClient(g)}
}

// connect opens a stream and says hello.
func (m *manager) connect(t testing.TB, cert tls.Certificate, h *wirepb.Hello) (*raw, *wirepb.Welcome, error) {
	t.Helper()
	r := m.client(t, &cert)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	var err error
	if r.stream, err = r.client.Stream(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.stream.Send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Hello{Hello: h}}); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err) // after EOF, Recv says why the stream ended
	}
	a, err := r.stream.Recv()
	return r, a.GetWelcome(), err
}

func (m *manager) must(t testing.TB, cert tls.Certificate) *raw {
	t.Helper()
	r, _, err := m.connect(t, cert, &wirepb.Hello{HostName: "h", BootId: "boot"})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *raw) send(b *wirepb.Batch) {
	r.t.Helper()
	if err := r.stream.Send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Batch{Batch: b}}); err != nil {
		r.t.Fatal(err)
	}
}

// ask sends a batch and returns the answer.
func (r *raw) ask(b *wirepb.Batch) *wirepb.FromManager {
	r.t.Helper()
	r.send(b)
	return r.receive()
}

func (r *raw) receive() *wirepb.FromManager {
	r.t.Helper()
	a, err := r.stream.Recv()
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

// batch packs events; change may make them wrong before.
func batch(t testing.TB, epoch int64, events ...*event.Event) *wirepb.Batch {
	t.Helper()
	n, err := wire.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	p, err := wire.NewPacker()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		b, err := n.Append(nil, e)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Add(e.Sequence, b) {
			t.Fatal("batch is full")
		}
	}
	return p.Batch(epoch, uint32(event.ClassVital))
}

func ev(sequence int64) *event.Event {
	return &event.Event{Time: event.Time(time.Unix(1_700_000_000, sequence).UnixNano()), Kind: event.ProcessStart, Sequence: sequence}
}

func evs(from, to int64) (out []*event.Event) {
	for n := from; n <= to; n++ {
		out = append(out, ev(n))
	}
	return out
}

// gated is a log that is slow.
type gated struct {
	*memory
	gate    chan struct{}
	entered chan struct{}
}

func (g *gated) Publish(ctx context.Context, e log.Entry) error {
	g.entered <- struct{}{}
	<-g.gate
	return g.memory.Publish(ctx, e)
}

// forge signs a certificate for an agent with a key that must not sign.
func forge(t *testing.T, parent *x509.Certificate, key crypto.PrivateKey, id string, pub *ecdsa.PublicKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(7), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		URIs: []*url.URL{wire.AgentURI(id)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, parent, pub, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}
