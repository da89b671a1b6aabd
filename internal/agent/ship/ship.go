// Package ship brings the spool to the manager and the manager's documents to
// the agent, over one stream that is opened again for as long as the agent
// runs. Enroll makes a host an agent: it exchanges a token for a key and a
// certificate.
//
// Lanes are shipped by worth, the most valuable first. A batch leaves when it
// is large, when its oldest event has waited for a moment, or at once when it
// holds a finding or a response. Records stay in the spool until the manager
// has acknowledged them; after a cut the manager says what it has, and the rest
// is sent again in order. What the manager refuses for good is told as a loss.
//
// Run owns all goroutines of the package.
package ship

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	random "math/rand/v2"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Queue is where records wait; spool.Spool is one.
type Queue interface {
	Ready() <-chan struct{}
	Read(lane uint32, dst []spool.Record, maxBytes int) ([]spool.Record, error)
	Release(m spool.Mark)
	Rewind()
	Newest() []spool.Mark
}

// Host is what the agent says of its machine.
type Host struct {
	Name, OS, Kernel, Architecture string
	BootID, MachineID              string
}

// Documents puts what the manager sends in force. An error means that the one
// before stays.
type Documents struct {
	Policy func(version int64, p wire.Policy) error
	Rules  func(version int64, r wire.Rules) error
	// IOCs takes a part of a change of the indicators; done says that the
	// version is in force. IOCVersion is the version in force.
	IOCs       func(version int64, part wire.IOCs) (done bool, err error)
	IOCVersion func() int64
	// Task runs a task and calls done once.
	Task func(t wire.Task, done func(result, reason string))
}

// Options configure a Shipper. Zero times and sizes take the default.
type Options struct {
	Dir       string // of the identity, see Enroll
	Spool     Queue
	Host      Host
	Heartbeat func() *wirepb.Heartbeat
	Documents Documents
	Lost      func(spool.Loss) // refused by the manager for good

	Beat       time.Duration // between heartbeats; default 10 s
	BatchBytes int           // content of a batch; default 512 KiB
	Backoff    Backoff       // default 1 s to 60 s
	Now        func() time.Time
	Dial       func(ctx context.Context, address string) (net.Conn, error) // nil is TCP
	Logger     *slog.Logger
}

// Backoff is the pause after a stream that failed: it doubles from First to
// Most, each time shortened by up to a half so that a fleet does not come back
// at once.
type Backoff struct{ First, Most time.Duration }

func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

func (o Options) withDefaults() Options {
	o.Beat = orDefault(o.Beat, 10*time.Second)
	o.BatchBytes = orDefault(o.BatchBytes, 512<<10)
	o.Backoff = orDefault(o.Backoff, Backoff{time.Second, time.Minute})
	if o.Heartbeat == nil {
		o.Heartbeat = func() *wirepb.Heartbeat { return &wirepb.Heartbeat{} }
	}
	if o.Lost == nil {
		o.Lost = func(spool.Loss) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dial == nil {
		o.Dial = dialTCP
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func dialTCP(ctx context.Context, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: 10 * time.Second}
	return d.DialContext(ctx, "tcp", address)
}

// lanes lists the lanes of the spool, the most valuable first.
func lanes() []uint32 {
	var out []uint32
	for c := int(event.Classes) - 1; c >= 0; c-- {
		out = append(out, uint32(c))
	}
	return out
}

// Shipper is the connection of an enrolled agent to its manager.
type Shipper struct {
	opts     Options
	identity atomic.Pointer[Identity]
	docs     *documents
	instance string // tells this run from that of a copy of the machine
	counts   counts

	mu      sync.Mutex
	state   string               // guarded by mu: for people
	results []*wirepb.TaskResult // guarded by mu: not sent yet
	wake    chan struct{}        // capacity 1: results has something
}

// counts are running totals since the start.
type counts struct {
	batches, events, bytes, refused atomic.Int64
}

// Stats is what a shipper did since the start.
type Stats struct {
	Batches int64 `json:"batches"` // acknowledged
	Events  int64 `json:"events"`  // acknowledged
	Bytes   int64 `json:"bytes"`   // sent, compressed
	Refused int64 `json:"refused"` // events that the manager refused for good
}

// New returns the shipper of the agent whose identity is in o.Dir, which Enroll
// made; ErrNotEnrolled when there is none. It puts the documents of the last
// run in force.
func New(o Options) (*Shipper, error) {
	o = o.withDefaults()
	id, err := LoadIdentity(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Shipper{opts: o, instance: rand.Text(), state: "not connected yet", wake: make(chan struct{}, 1)}
	s.identity.Store(id)
	if s.docs, err = openDocuments(o, id, s.result); err != nil {
		return nil, err
	}
	return s, nil
}

// AgentID returns the id that the manager gave the agent.
func (s *Shipper) AgentID() string { return s.identity.Load().Agent }

// State says for people how the connection is.
func (s *Shipper) State() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *Shipper) setState(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = text
}

// Stats returns what the shipper did.
func (s *Shipper) Stats() Stats {
	return Stats{s.counts.batches.Load(), s.counts.events.Load(), s.counts.bytes.Load(), s.counts.refused.Load()}
}

// Run keeps a stream to the manager until ctx is done.
func (s *Shipper) Run(ctx context.Context) error {
	stop := s.docs.start(ctx)
	defer stop()
	pause, renewals := s.opts.Backoff.First, 0
	for turn := 0; ; turn++ {
		addresses := s.identity.Load().Addresses
		address := addresses[turn%len(addresses)]
		began := s.opts.Now()
		err := s.session(ctx, address)
		if ctx.Err() != nil {
			return nil
		}
		switch {
		case errors.Is(err, errRenewed) && renewals < 2:
			renewals++
			continue // with the new certificate, at once
		case s.opts.Now().Sub(began) > s.opts.Backoff.Most:
			pause, renewals = s.opts.Backoff.First, 0
		}
		wait := pause - random.N(pause/2+1)
		if !Temporary(err) {
			wait = 5*s.opts.Backoff.Most - random.N(s.opts.Backoff.Most)
		}
		s.setState("not connected to %s: %v; next try in %s", address, err, wait.Round(time.Second))
		s.opts.Logger.Warn("not connected to the manager", "address", address, "error", err, "pause", wait)
		pause = min(2*pause, s.opts.Backoff.Most)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
	}
}

// result keeps the result of a task until it is sent.
func (s *Shipper) result(r *wirepb.TaskResult) {
	s.mu.Lock()
	s.results = append(s.results[max(0, len(s.results)-999):], r)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// takeResults returns results that were not sent; the caller gives back with
// result what it could not send.
func (s *Shipper) takeResults() []*wirepb.TaskResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := slices.Clone(s.results)
	s.results = nil
	return out
}
