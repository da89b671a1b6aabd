package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ship"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// enroll makes a new identity and returns its folder.
func (m *manager) enroll(t testing.TB, h ship.Host) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if _, err := ship.Enroll(t.Context(), ship.EnrollOptions{Token: m.token(t), Dir: dir, Host: h}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// endpoint is the shipping half of an agent.
type endpoint struct {
	*ship.Shipper
	spool *spool.Spool
	n     *wire.Encoder
	next  int64
	stop  func()

	stopShipping func()
}

func newEndpoint(t testing.TB, spoolDir string, o ship.Options) *endpoint {
	t.Helper()
	sp, err := spool.Open(spoolDir, spool.Options{Linger: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	o.Spool = sp
	if o.Backoff == (ship.Backoff{}) {
		o.Backoff = ship.Backoff{First: 2 * time.Millisecond, Most: 20 * time.Millisecond}
	}
	if o.Beat == 0 {
		o.Beat = 20 * time.Millisecond
	}
	s, err := ship.New(o)
	if err != nil {
		t.Fatal(err)
	}
	n, err := wire.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	e := &endpoint{Shipper: s, spool: sp, n: n, next: sp.LastSequence() + 1}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	e.stopShipping = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ship: %v", err)
		}
	})
	e.stop = sync.OnceFunc(func() {
		e.stopShipping()
		if err := sp.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(e.stop)
	return e
}

// emit spools one event of a kind and returns its sequence.
func (e *endpoint) emit(t testing.TB, k event.Kind) int64 {
	t.Helper()
	ev := &event.Event{Time: event.Time(e.next), Kind: k, Sequence: e.next, Process: &event.Process{PID: e.next}}
	raw, err := e.n.Append(nil, ev)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.spool.Append(spool.Record{Lane: uint32(k.Class()), Sequence: e.next, Time: e.next, Payload: raw}); err != nil {
		t.Fatal(err)
	}
	e.next++
	return ev.Sequence
}

func kinds() []event.Kind {
	return []event.Kind{event.ProcessStart, event.FileOpen, event.FileWrite, event.NetConnect, event.FileChmod, event.FindingRaise}
}

// ordered fails when the events of one agent, epoch and lane are not in
// growing sequence.
func (m *memory) ordered(t testing.TB) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	last := map[string]int64{}
	for _, e := range m.events {
		k := fmt.Sprint(e.Agent, e.Epoch, e.Kind.Class())
		if e.Sequence <= last[k] {
			t.Fatalf("event %s came after %d", e.ID(), last[k])
		}
		last[k] = e.Sequence
	}
}

// cutter breaks connections after a random number of bytes.
type cutter struct {
	net.Conn
	left *atomic.Int64
}

var errCut = errors.New("cut")

func (c *cutter) cut(n int) error {
	if c.left.Add(int64(-n)) < 0 {
		_ = c.Close()
		return errCut
	}
	return nil
}

func (c *cutter) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, errors.Join(err, c.cut(n))
}

func (c *cutter) Write(b []byte) (int, error) {
	if err := c.cut(len(b)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

func cutting(most int64) func(ctx context.Context, address string) (net.Conn, error) {
	return func(ctx context.Context, address string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		left := &atomic.Int64{}
		left.Store(8000 + rand.Int64N(most))
		return &cutter{c, left}, nil
	}
}
