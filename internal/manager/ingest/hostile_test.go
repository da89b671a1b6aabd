package ingest_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/enroll"
	"github.com/vedette-edr/vedette/internal/manager/ingest"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func wantCode(t *testing.T, err error, code codes.Code, says string) {
	t.Helper()
	if status.Code(err) != code || !strings.Contains(err.Error(), says) {
		t.Fatalf("got %v, want %v with %q", err, code, says)
	}
}

// foreign returns a content in which one event names another agent.
func foreign(t *testing.T, agent string) *wirepb.Batch {
	t.Helper()
	n, err := wire.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	content, err := n.Append(nil, ev(1))
	if err != nil {
		t.Fatal(err)
	}
	own, err := n.Append(nil, ev(2))
	if err != nil {
		t.Fatal(err)
	}
	_, w := binary.Uvarint(own[1:])
	body := append(append(bytes.Clone(own[1+w:]), 4<<3|2, byte(len(agent))), agent...)
	content = append(binary.AppendUvarint(append(content, own[0]), uint64(len(body))), body...)
	b := &wirepb.Batch{Epoch: 1, Lane: 4, First: 1, Last: 2, Count: 2}
	n.Fill(b, content)
	return b
}

// A host cannot write another host's data: neither by naming it in an event,
// nor in a finding, nor by a certificate of its own making.
func TestHostileWritesForeignData(t *testing.T) {
	m := newManager(t, options{})
	victim, _ := m.certificate(t, "victim")
	id, cert := m.certificate(t, "hostile")
	r := m.must(t, cert)
	a := r.ask(foreign(t, victim)).GetRefused()
	if a == nil || !a.GetDiscard() || a.GetCount() != 2 || !strings.Contains(a.GetReason(), "another agent") {
		t.Fatalf("got %v", a)
	}
	finding := ev(3)
	finding.Kind, finding.Finding = event.FindingRaise, &event.Finding{RuleID: "r", EventID: victim + "-1-1"}
	if a := r.ask(batch(t, 1, finding)).GetRefused(); a == nil || !strings.Contains(a.GetReason(), "another agent") {
		t.Fatalf("got %v", a)
	}
	if a := r.ask(batch(t, 1, ev(4))).GetAck(); a.GetMark().GetSequence() != 4 {
		t.Fatalf("the stream does not go on: %v", a)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) != 1 || m.events[0].Agent != id {
		t.Fatalf("stored %v", m.events)
	}
}

// selfSigned makes a certificate that names an agent and that nobody issued.
func selfSigned(t *testing.T, id string) tls.Certificate {
	t.Helper()
	other, err := enroll.OpenCA(enroll.CAOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	key, _ := request(t)
	chain, _, err := other.IssueAgent(id, &key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: chain, PrivateKey: key}
}

func TestWM2_NoOrWrongCredentialsAreRejectedEachTime(t *testing.T) {
	m := newManager(t, options{})
	id, good := m.certificate(t, "one")
	for range 3 { // each try, not only the first
		c := m.client(t, nil)
		s, err := c.client.Stream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Recv()
		wantCode(t, err, codes.Unauthenticated, "agent enroll")
		_, err = c.client.Renew(t.Context(), &wirepb.RenewRequest{})
		wantCode(t, err, codes.Unauthenticated, "no client certificate")

		_, _, err = m.connect(t, selfSigned(t, id), &wirepb.Hello{})
		wantCode(t, err, codes.Unauthenticated, "not of this manager")
		server, err := m.ca.Server("agents", []string{"127.0.0.1", wire.ManagerName})
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = m.connect(t, *server, &wirepb.Hello{}) // a genuine certificate, but of no agent
		wantCode(t, err, codes.Unauthenticated, "not of this manager")

		_, csr := request(t)
		for _, token := range []string{"", "x", wire.Token{Addresses: []string{"a:1"}, Expires: time.Now().Add(time.Hour)}.String()} {
			_, err = c.client.Enroll(t.Context(), &wirepb.EnrollRequest{Token: token, CertificateRequest: csr})
			wantCode(t, err, codes.PermissionDenied, "token create")
		}
	}
	if _, _, err := m.connect(t, good, &wirepb.Hello{}); err != nil {
		t.Fatal(err)
	}
	if n := m.server.Stats().RefusedCalls; n != 21 {
		t.Fatalf("%d refused calls counted, want 21", n)
	}
}

func TestHostileContent(t *testing.T) {
	m := newManager(t, options{})
	_, cert := m.certificate(t, "hostile")
	r := m.must(t, cert)
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	bomb := z.EncodeAll(make([]byte, 128<<20), nil)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if len(bomb) > 1<<20 {
		t.Fatalf("bomb of %d bytes", len(bomb))
	}
	for name, b := range map[string]*wirepb.Batch{
		"bomb that tells the truth": {Epoch: 1, Lane: 4, First: 1, Last: 1, Count: 1, Size: 128 << 20, Content: bomb},
		"bomb that lies":            {Epoch: 1, Lane: 4, First: 1, Last: 1, Count: 1, Size: 1000, Content: bomb},
		"rubbish":                   {Epoch: 1, Lane: 4, First: 1, Last: 1, Count: 1, Size: 1000, Content: []byte("rubbish")},
		"nothing":                   {},
		"numbers":                   {Epoch: -1, Lane: 1 << 31, First: -5, Last: 1 << 62, Count: 1 << 31, Size: 1 << 31},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			a := r.ask(b).GetRefused()
			runtime.ReadMemStats(&after)
			if a == nil || !a.GetDiscard() || a.GetReason() == "" {
				t.Fatalf("got %v", a)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
				t.Fatalf("refusing it took %d bytes", n)
			}
		})
	}
	if a := r.ask(batch(t, 1, ev(1))).GetAck(); a == nil {
		t.Fatal("the stream does not go on")
	}
	if err := r.stream.Send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Batch{Batch: &wirepb.Batch{Content: make([]byte, wire.MaxMessage+1)}}}); err != nil {
		t.Fatal(err)
	}
	_, err = r.stream.Recv()
	wantCode(t, err, codes.ResourceExhausted, "larger than max")
}

// An event that cannot be read is kept aside and told; those behind it go on.
func TestMalformedEvent(t *testing.T) {
	m := newManager(t, options{})
	id, cert := m.certificate(t, "broken")
	r := m.must(t, cert)
	bad := ev(2)
	bad.Time = 0
	first := r.ask(batch(t, 9, ev(1), bad, ev(3), ev(3), ev(6)))
	if f := first.GetRefused(); f.GetCount() != 2 || f.GetFirst() != 2 || !f.GetDiscard() || !strings.Contains(f.GetReason(), "event 2 of the batch") {
		t.Fatalf("got %v", first)
	}
	if a := r.receive().GetAck(); a.GetMark().GetSequence() != 6 || a.GetMark().GetEpoch() != 9 {
		t.Fatalf("got %v", a)
	}
	m.mu.Lock()
	if len(m.events) != 3 || m.events[2].ID() != id+"-9-6" {
		t.Errorf("stored %v", m.events)
	}
	m.mu.Unlock()
	files, err := filepath.Glob(filepath.Join(m.dir, "aside", id+"-9-4-1-*.bin"))
	if err != nil || len(files) != 2 {
		t.Fatalf("kept aside: %v, %v", files, err)
	}
	st, err := os.Stat(files[0])
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Fatal(st.Mode(), err)
	}
	if s := m.server.Stats(); s.Malformed != 2 || s.Events != 3 {
		t.Fatalf("stats %+v", s)
	}
	// only wrong ones: told, and acknowledged so that it ends
	one := ev(7)
	one.Kind = 0
	if f := r.ask(batch(t, 9, one)).GetRefused(); f.GetCount() != 1 {
		t.Fatalf("got %v", f)
	}
	if a := r.receive().GetAck(); a.GetMark().GetSequence() != 7 {
		t.Fatalf("got %v", a)
	}
}

// What was acknowledged is not stored again, whole or in part.
func TestDuplicates(t *testing.T) {
	m := newManager(t, options{})
	_, cert := m.certificate(t, "again")
	r := m.must(t, cert)
	for _, b := range []*wirepb.Batch{batch(t, 1, evs(1, 5)...), batch(t, 1, evs(1, 5)...), batch(t, 1, evs(3, 8)...), batch(t, 2, evs(1, 2)...)} {
		if a := r.ask(b).GetAck(); a.GetMark().GetSequence() != b.GetLast() {
			t.Fatalf("got %v", a)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.events) != 10 || len(m.seen) != 10 {
		t.Fatalf("%d stored, %d ids", len(m.events), len(m.seen))
	}
}

// A flood is slowed down by not reading, and does not slow another agent.
func TestHostileFlood(t *testing.T) {
	m := newManager(t, options{limits: ingest.Limits{BatchesPerSecond: 5}})
	_, flood := m.certificate(t, "flood")
	_, quiet := m.certificate(t, "quiet")
	f, q := m.must(t, flood), m.must(t, quiet)
	sent := make(chan int)
	go func() {
		n := 0
		defer func() { sent <- n }()
		for n < 300 {
			if f.stream.Send(&wirepb.FromAgent{Message: &wirepb.FromAgent_Batch{Batch: batch(t, 1, ev(int64(n+1)))}}) != nil {
				return
			}
			n++
		}
	}()
	began := time.Now()
	if a := q.ask(batch(t, 1, ev(1))).GetAck(); a == nil || time.Since(began) > 5*time.Second {
		t.Fatalf("another agent waited %s: %v", time.Since(began), a)
	}
	m.wait(t, "batches within the burst", func() bool { return len(m.events) >= 20 })
	stored := m.server.Stats().Batches
	if limit := int64(20+5*time.Since(began).Seconds()) + 2; stored > limit {
		t.Fatalf("%d batches in %s, want at most %d", stored, time.Since(began), limit)
	}
	m.stop()
	<-sent
}

// All agents together have a bound of bytes in work.
func TestInFlightIsBounded(t *testing.T) {
	gate := make(chan struct{})
	entered := make(chan struct{}, 16)
	m := newManager(t, options{
		limits: ingest.Limits{InFlight: 2 * wire.MaxContent},
		log:    func(m *memory) ingest.Log { return &gated{m, gate, entered} },
	})
	large := ev(1)
	large.Process = &event.Process{CommandLine: strings.Repeat("x", 200<<10)}
	for range 5 {
		_, cert := m.certificate(t, "many")
		r := m.must(t, cert)
		events := []*event.Event{}
		for n := range int64(20) { // about 4 MB: two of them fill the bound
			e := *large
			e.Sequence = n + 1
			events = append(events, &e)
		}
		r.send(batch(t, 1, events...))
	}
	<-entered
	<-entered
	select {
	case <-entered:
		t.Fatal("a third batch is in work beyond the bound")
	case <-time.After(200 * time.Millisecond):
	}
	close(gate)
	m.wait(t, "all", func() bool { return len(m.events) == 100 })
}

func TestCertificateChainIsChecked(t *testing.T) {
	m := newManager(t, options{})
	_, cert := m.certificate(t, "one")
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	// an agent's certificate cannot issue another agent's
	key, _ := request(t)
	forged := forge(t, leaf, cert.PrivateKey, "aaaaaaaaaaaaaaaa", &key.PublicKey)
	bad := tls.Certificate{Certificate: append([][]byte{forged}, cert.Certificate...), PrivateKey: key}
	_, _, err = m.connect(t, bad, &wirepb.Hello{})
	wantCode(t, err, codes.Unauthenticated, "not of this manager")
}
