package ship_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/test/bufconn"

	"github.com/vedette-edr/vedette/internal/agent/ship"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/enroll"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// twin is a manager whose answers a test decides.
type twin struct {
	wirepb.UnimplementedAgentsServer
	ca       *enroll.CA
	listener *bufconn.Listener
	server   *grpc.Server
	token    wire.Token

	mu       sync.Mutex
	answer   func(b *wirepb.Batch) []*wirepb.FromManager // guarded by mu; nil acknowledges
	refuse   error                                       // guarded by mu: what Stream and Enroll answer
	down     bool                                        // guarded by mu: cannot be reached
	welcome  []*wirepb.Mark                              // guarded by mu
	batches  []*wirepb.Batch                             // guarded by mu
	events   []*event.Event                              // guarded by mu
	dials    []time.Time                                 // guarded by mu
	beats    int                                         // guarded by mu
	streams  int                                         // guarded by mu
	renewals int                                         // guarded by mu
	conns    []net.Conn                                  // guarded by mu
}

func newTwin(t *testing.T, now func() time.Time) *twin {
	t.Helper()
	ca, err := enroll.OpenCA(enroll.CAOptions{Dir: filepath.Join(t.TempDir(), "ca"), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	w := &twin{ca: ca, listener: bufconn.Listen(1 << 20)}
	w.token = wire.Token{Addresses: []string{"manager:8444"}, Fingerprint: ca.Fingerprint(), Expires: now().Add(time.Hour)}
	w.server = grpc.NewServer(grpc.Creds(credentials.NewTLS(ca.AgentTLS(nil))), grpc.ForceServerCodecV2(wire.Codec{}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}))
	wirepb.RegisterAgentsServer(w.server, w)
	done := make(chan struct{})
	go func() { defer close(done); _ = w.server.Serve(w.listener) }()
	t.Cleanup(func() { w.server.Stop(); <-done })
	return w
}

func (w *twin) dial(ctx context.Context, address string) (net.Conn, error) {
	w.mu.Lock()
	w.dials = append(w.dials, time.Now())
	down := w.down
	w.mu.Unlock()
	if down {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	}
	c, err := w.listener.DialContext(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns = append(w.conns, c)
	return c, err
}

// reach switches the network on or off, and cuts what is open.
func (w *twin) reach(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = !on
	for _, c := range w.conns {
		_ = c.Close()
	}
	w.conns = nil
}

func (w *twin) issue(id string, csr []byte) (*wirepb.EnrollResponse, error) {
	key, err := wire.ParseRequest(csr)
	if err != nil {
		return nil, err
	}
	chain, _, err := w.ca.IssueAgent(id, key)
	return &wirepb.EnrollResponse{AgentId: id, Certificates: chain, Authorities: w.ca.Roots(), SigningKey: w.ca.SigningKey()}, err
}

func (w *twin) Enroll(_ context.Context, r *wirepb.EnrollRequest) (*wirepb.EnrollResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse != nil {
		return nil, w.refuse
	}
	return w.issue(agentID, r.GetCertificateRequest())
}

func (w *twin) Renew(_ context.Context, r *wirepb.RenewRequest) (*wirepb.EnrollResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.renewals++
	return w.issue(agentID, r.GetCertificateRequest())
}

func (w *twin) Stream(s wirepb.Agents_StreamServer) error {
	w.mu.Lock()
	refuse, welcome := w.refuse, w.welcome
	w.streams++
	w.mu.Unlock()
	if refuse != nil {
		return refuse
	}
	if _, err := s.Recv(); err != nil {
		return err
	}
	if err := s.Send(&wirepb.FromManager{Message: &wirepb.FromManager_Welcome{Welcome: &wirepb.Welcome{Durable: welcome, Now: time.Now().UnixNano()}}}); err != nil {
		return err
	}
	d, err := wire.NewDecoder()
	if err != nil {
		return err
	}
	defer d.Close()
	for {
		m, err := s.Recv()
		if err != nil {
			return err
		}
		for _, a := range w.take(d, m) {
			if err := s.Send(a); err != nil {
				return err
			}
		}
	}
}

func (w *twin) take(d *wire.Decoder, m *wirepb.FromAgent) []*wirepb.FromManager {
	w.mu.Lock()
	defer w.mu.Unlock()
	if m.GetHeartbeat() != nil {
		w.beats++
	}
	b := m.GetBatch()
	if b == nil {
		return nil
	}
	w.batches = append(w.batches, b)
	if w.answer != nil {
		return w.answer(b)
	}
	if err := d.Decode(agentID, b, func(e *event.Event) error { w.events = append(w.events, e); return nil }); err != nil {
		return []*wirepb.FromManager{refused(b, b.GetFirst(), b.GetCount(), err.Error())}
	}
	return []*wirepb.FromManager{ack(b)}
}

func mark(b *wirepb.Batch) *wirepb.Mark {
	return &wirepb.Mark{Epoch: b.GetEpoch(), Lane: b.GetLane(), Sequence: b.GetLast()}
}

func ack(b *wirepb.Batch) *wirepb.FromManager {
	return &wirepb.FromManager{Message: &wirepb.FromManager_Ack{Ack: &wirepb.Ack{Mark: mark(b)}}}
}

func refused(b *wirepb.Batch, first int64, count uint32, why string) *wirepb.FromManager {
	return &wirepb.FromManager{Message: &wirepb.FromManager_Refused{Refused: &wirepb.Refused{Reason: why, Discard: true, First: first, Count: count, Mark: mark(b)}}}
}

func (w *twin) enroll(t *testing.T, now func() time.Time) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "identity")
	if _, err := ship.Enroll(t.Context(), ship.EnrollOptions{Token: w.token.String(), Dir: dir, Dial: w.dial, Now: now}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// run starts a shipper over a queue in memory; the returned function stops it.
func (w *twin) run(t *testing.T, o ship.Options) (*ship.Shipper, func()) {
	t.Helper()
	o.Dial = w.dial
	s, err := ship.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	t.Cleanup(stop)
	return s, stop
}

// emit queues an event of a kind.
func emit(t *testing.T, q ship.Queue, k event.Kind, sequence int64) {
	t.Helper()
	n, err := wire.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	b, err := n.Append(nil, &event.Event{Time: event.Time(sequence), Kind: k, Sequence: sequence})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.(interface{ Append(spool.Record) error }).Append(spool.Record{Lane: uint32(k.Class()), Sequence: sequence, Time: sequence, Payload: b}); err != nil {
		t.Fatal(err)
	}
}

// read returns a counter of the twin.
func (w *twin) read(n *int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *n
}

func (w *twin) sequences() (out []int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		out = append(out, e.Sequence)
	}
	return out
}

// pauses checks that the agent tried now and then, and not in step.
func (w *twin) pauses(t *testing.T, away time.Duration) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := time.Duration(len(w.dials)); n < away/(70*time.Second) || n > away/(20*time.Second)+16 {
		t.Fatalf("%d tries in %s", n, away)
	}
	seen := map[time.Duration]bool{}
	for i := 1; i < len(w.dials); i++ {
		seen[w.dials[i].Sub(w.dials[i-1])] = true
	}
	if len(seen) < len(w.dials)/2 {
		t.Fatalf("pauses are all the same: %v", seen)
	}
}
