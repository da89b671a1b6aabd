package ingest_test

import (
	"context"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/enroll"
	"github.com/vedette-edr/vedette/internal/manager/ingest"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// memory is a Log and a Fleet in memory.
type memory struct {
	decoder *wire.Decoder
	stored  bool // Connect knows what was published, as after a restart

	mu      sync.Mutex
	events  []*event.Event                      // guarded by mu, in the order of Publish
	seen    map[string]int                      // guarded by mu, by event id
	marks   map[string]map[[2]int64]int64       // guarded by mu
	fail    func() error                        // guarded by mu: what Publish answers
	hosts   map[string]string                   // guarded by mu: name by id
	docs    map[string]chan *wirepb.Signed      // guarded by mu, of open streams
	greet   func(agent string) []*wirepb.Signed // guarded by mu
	applied []*wirepb.Applied                   // guarded by mu
	results []*wirepb.TaskResult                // guarded by mu
	beats   map[string]int                      // guarded by mu
	hellos  []*wirepb.Hello                     // guarded by mu
	changed chan struct{}                       // guarded by mu: closed at each change

	duplicates int // guarded by mu: events that were published again
}

func newMemory(t testing.TB) *memory {
	t.Helper()
	d, err := wire.NewDecoder()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return &memory{
		decoder: d, seen: map[string]int{}, marks: map[string]map[[2]int64]int64{}, hosts: map[string]string{},
		docs: map[string]chan *wirepb.Signed{}, beats: map[string]int{}, changed: make(chan struct{}),
	}
}

// touch says that something changed; m.mu is held.
func (m *memory) touch() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// wait blocks until ok, which is called with m.mu held.
func (m *memory) wait(t testing.TB, what string, ok func() bool) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for {
		m.mu.Lock()
		done, changed := ok(), m.changed
		m.mu.Unlock()
		if done {
			return
		}
		select {
		case <-changed:
		case <-limit:
			m.mu.Lock()
			defer m.mu.Unlock()
			t.Fatalf("no %s: %d events, beats %v", what, len(m.events), m.beats)
		}
	}
}

func (m *memory) Publish(_ context.Context, e log.Entry) error {
	agent, b := e.Agent, e.Batch
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(); err != nil {
			return err
		}
	}
	if m.marks[agent] == nil {
		m.marks[agent] = map[[2]int64]int64{}
	}
	k := [2]int64{b.GetEpoch(), int64(b.GetLane())}
	mark := m.marks[agent][k]
	if err := m.decoder.Decode(agent, b, func(e *event.Event) error {
		if e.Sequence <= mark {
			m.duplicates++ // dropped, as the lake does
			return nil
		}
		m.events = append(m.events, e)
		m.seen[e.ID()]++
		return nil
	}); err != nil {
		return err
	}
	m.marks[agent][k] = max(mark, b.GetLast())
	m.touch()
	return nil
}

func (m *memory) Enrolled(_ context.Context, id, name, _ string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hosts[id] = name
	return nil
}

func (m *memory) Groups(context.Context) ([]api.Group, error) {
	return []api.Group{{Name: "default"}}, nil
}

func (m *memory) Connect(_ context.Context, agent, _ string, h *wirepb.Hello) ([]*wirepb.Mark, <-chan *wirepb.Signed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var marks []*wirepb.Mark
	if m.stored {
		for k, n := range m.marks[agent] {
			marks = append(marks, &wirepb.Mark{Epoch: k[0], Lane: uint32(k[1]), Sequence: n})
		}
	}
	c := make(chan *wirepb.Signed, 16)
	m.docs[agent] = c
	m.hellos = append(m.hellos, h)
	if m.greet != nil {
		for _, d := range m.greet(agent) {
			c <- d
		}
	}
	m.touch()
	return marks, c, nil
}

func (m *memory) Disconnect(_ context.Context, agent string, docs <-chan *wirepb.Signed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if (<-chan *wirepb.Signed)(m.docs[agent]) == docs {
		delete(m.docs, agent)
	}
	m.touch()
}

func (m *memory) Heartbeat(_ context.Context, agent string, _ *wirepb.Heartbeat) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.beats[agent]++
	m.touch()
	return nil
}

func (m *memory) Applied(_ context.Context, _, kind string, version int64, failure string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.applied = append(m.applied, &wirepb.Applied{Kind: kind, Version: version, Error: failure})
	m.touch()
	return nil
}

func (m *memory) TaskResult(_ context.Context, _ string, r *wirepb.TaskResult) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.results = append(m.results, r)
	m.touch()
	return nil
}

// manager is a running door with what stands behind it.
type manager struct {
	*memory
	dir     string
	address string
	db      *state.DB
	ca      *enroll.CA
	door    *enroll.Service
	server  *ingest.Server
	stop    func()
}

// options change how a manager is made.
type options struct {
	dir    string
	memory *memory
	limits ingest.Limits
	now    func() time.Time
	listen string
	log    func(m *memory) ingest.Log // nil is the memory itself
}

func newManager(t testing.TB, o options) *manager {
	t.Helper()
	if o.dir == "" {
		o.dir = t.TempDir()
	}
	if o.memory == nil {
		o.memory = newMemory(t)
	}
	if o.listen == "" {
		o.listen = "127.0.0.1:0"
	}
	m := &manager{memory: o.memory, dir: o.dir}
	var err error
	if m.db, err = state.Open(t.Context(), filepath.Join(o.dir, "state.db")); err != nil {
		t.Fatal(err)
	}
	if m.ca, err = enroll.OpenCA(enroll.CAOptions{Dir: filepath.Join(o.dir, "ca"), Now: o.now}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		t.Fatal(err)
	}
	m.address = l.Addr().String()
	m.door = enroll.New(enroll.Options{DB: m.db, CA: m.ca, Hosts: m.memory, Addresses: func() []string { return []string{m.address} }, Now: o.now})
	var log ingest.Log = m.memory
	if o.log != nil {
		log = o.log(m.memory)
	}
	m.server, err = ingest.New(ingest.Options{
		Log: log, Fleet: m.memory, Door: m.door, TLS: m.ca.AgentTLS([]string{"127.0.0.1"}), Aside: filepath.Join(o.dir, "aside"),
		Manager: "test", Limits: o.limits, Now: o.now,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.server.Serve(ctx, l) }()
	m.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
		if err := m.db.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(m.stop)
	return m
}

func (m *manager) token(t testing.TB) string {
	t.Helper()
	c, err := m.door.CreateToken(t.Context(), api.NewToken{}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return c.Secret
}
