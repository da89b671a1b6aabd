package manager

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// twin speaks the protocol of an agent, without its sensors and its spool.
type twin struct {
	t      testing.TB
	id     string
	conn   *grpc.ClientConn
	stream wirepb.Agents_StreamClient
	cancel context.CancelFunc
	encode *wire.Encoder
	pack   *wire.Packer
	seq    int64
	epoch  int64
	got    chan *wirepb.FromManager
	ended  chan struct{}
}

func dialAgents(t testing.TB, addr string, c *tls.Config) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(credentials.NewTLS(c)),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(wire.Codec{}), grpc.MaxCallRecvMsgSize(wire.MaxMessage)))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// newTwin enrols a host and opens its stream.
func newTwin(t testing.TB, m *Manager, name string) *twin {
	t.Helper()
	secret, err := m.EnrolToken(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	return enrolTwin(t, m.AgentAddress(), secret, name)
}

// enrolTwin is newTwin for a manager in another process.
func enrolTwin(t testing.TB, addr, secret, name string) *twin {
	t.Helper()
	token, err := wire.ParseToken(secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := wire.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	request, err := wire.NewRequest(key)
	if err != nil {
		t.Fatal(err)
	}
	conn := dialAgents(t, addr, wire.PinnedTLS(token.Fingerprint, time.Now))
	a, err := wirepb.NewAgentsClient(conn).Enroll(t.Context(), &wirepb.EnrollRequest{Token: secret, CertificateRequest: request, HostName: name, MachineId: name})
	if err = errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	return openTwin(t, addr, name, key, a)
}

func openTwin(t testing.TB, addr, name string, key *ecdsa.PrivateKey, a *wirepb.EnrollResponse) *twin {
	t.Helper()
	roots := x509.NewCertPool()
	for _, der := range a.Authorities {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		roots.AddCert(c)
	}
	cert := &tls.Certificate{Certificate: a.Certificates, PrivateKey: key}
	w := &twin{t: t, id: a.AgentId, epoch: 1, got: make(chan *wirepb.FromManager, 4096), ended: make(chan struct{})}
	w.conn = dialAgents(t, addr, wire.ClientTLS(roots, func() (*tls.Certificate, error) { return cert, nil }, time.Now))
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel = cancel
	var err error
	if w.stream, err = wirepb.NewAgentsClient(w.conn).Stream(ctx); err != nil {
		t.Fatal(err)
	}
	if w.encode, err = wire.NewEncoder(); err != nil {
		t.Fatal(err)
	}
	if w.pack, err = wire.NewPacker(); err != nil {
		t.Fatal(err)
	}
	w.send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Hello{Hello: &wirepb.Hello{HostName: name, Version: "test", Os: "linux"}}})
	go func() {
		defer close(w.ended)
		for {
			m, err := w.stream.Recv()
			if err != nil {
				return
			}
			w.got <- m
		}
	}()
	t.Cleanup(w.close)
	return w
}

func (w *twin) close() {
	w.cancel()
	<-w.ended
	_ = w.conn.Close()
}

func (w *twin) send(m *wirepb.FromAgent) {
	w.t.Helper()
	if err := w.stream.Send(m); err != nil {
		w.t.Fatal(err)
	}
}

func (w *twin) beat() {
	w.t.Helper()
	w.send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Heartbeat{Heartbeat: &wirepb.Heartbeat{Time: time.Now().UnixNano(), Epoch: w.epoch, ResidentSize: 1 << 20}}})
}

// emit sends events of one class as a batch and returns when it is acknowledged.
func (w *twin) emit(events ...*event.Event) {
	w.t.Helper()
	w.post(events...)
	w.acked(w.seq)
}

// post sends events of one class as a batch.
func (w *twin) post(events ...*event.Event) {
	w.t.Helper()
	for _, e := range events {
		w.seq++
		e.Sequence, e.Epoch, e.Agent = w.seq, w.epoch, w.id
		if e.Time == 0 {
			e.Time = event.At(time.Now())
		}
		if e.Finding != nil && e.Finding.EventID == "" {
			e.Finding.EventID = fmt.Sprintf("%s-%d-%d", w.id, w.epoch, w.seq)
		}
		text, err := w.encode.Append(nil, e)
		if err != nil {
			w.t.Fatal(err)
		}
		if !w.pack.Add(e.Sequence, text) {
			w.t.Fatal("batch is full")
		}
	}
	w.send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Batch{Batch: w.pack.Batch(w.epoch, uint32(events[0].Kind.Class()))}})
}

func (w *twin) acked(seq int64) {
	w.t.Helper()
	for {
		m := w.next()
		if r := m.GetRefused(); r != nil {
			w.t.Fatalf("refused: %s", r.Reason)
		}
		if a := m.GetAck(); a != nil && a.Mark.Sequence >= seq {
			return
		}
	}
}

func (w *twin) next() *wirepb.FromManager {
	w.t.Helper()
	select {
	case m := <-w.got:
		return m
	case <-w.ended:
		w.t.Fatal("the stream ended")
	case <-time.After(20 * time.Second):
		w.t.Fatal("nothing from the manager")
	}
	return nil
}

// document waits for a signed document of a kind.
func (w *twin) document(kind string) *wirepb.Signed {
	w.t.Helper()
	for {
		if s := w.next().GetSigned(); s != nil && s.Kind == kind {
			return s
		}
	}
}

func process(name string, pid int64) *event.Process {
	return &event.Process{EntityID: fmt.Sprintf("%s-%d", name, pid), PID: pid, Name: name, Executable: "/bin/" + name, CommandLine: name + " -x",
		Start: event.At(time.Now()), Parent: &event.Parent{EntityID: "sh-1", PID: 10, Name: "sh"},
		Ancestors: &event.Ancestors{EntityIDs: []string{"sh-1", "init-1"}, Names: []string{"sh", "init"}}}
}

func started(name string, pid int64) *event.Event {
	return &event.Event{Kind: event.ProcessStart, HostName: "twin", Provider: "exec", Process: process(name, pid), User: &event.User{ID: "33", Name: "www-data"}}
}

func found(rule, name string, pid int64) *event.Event {
	e := started(name, pid)
	e.Kind = event.FindingRaise
	e.Finding = &event.Finding{RuleID: rule, RuleName: "Rule " + rule, RuleFormat: "sigma", Level: "high", Severity: 4, Techniques: []string{"T1059"},
		Tactics: []string{"execution"}, MatchedFields: []string{"process.name"}, MatchedValues: []string{name}, EventKind: "process_start"}
	return e
}

// eventually polls until ok; the deadline only bounds a failing test.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}
