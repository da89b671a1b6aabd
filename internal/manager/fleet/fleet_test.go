package fleet

import (
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/audit"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

const shippedRule = `title: Curl runs
id: 11111111-1111-1111-1111-111111111111
logsource: {category: process_creation, product: linux}
detection:
  selection:
    Image|endswith: /curl
  condition: selection
level: low
`

// house is a fleet with a clock, a key and a store of events in memory.
type house struct {
	*Fleet
	t      *testing.T
	db     *state.DB
	clock  time.Time
	key    ed25519.PrivateKey
	public ed25519.PublicKey
	own    string
	marks  map[string][]*wirepb.Mark
	events map[string]*event.Event
	tree   api.Tree
	told   []api.Host
	opts   Options
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, clock: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC), own: t.TempDir(), marks: map[string][]*wirepb.Mark{}, events: map[string]*event.Event{}}
	var err error
	if h.public, h.key, err = ed25519.GenerateKey(nil); err != nil {
		t.Fatal(err)
	}
	if h.db, err = state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.db.Close() })
	h.opts = Options{DB: h.db, Audit: audit.New(h.db, h.now), Now: h.now, Own: h.own, Formats: all.Formats(), Events: h,
		Shipped: fstest.MapFS{"curl.yml": {Data: []byte(shippedRule)}},
		Sign:    func(s *wirepb.Signed) error { wire.Sign(h.key, s); return nil },
		Marks:   func(_ context.Context, agent string) ([]*wirepb.Mark, error) { return h.marks[agent], nil },
		Changed: func(a api.Host) { h.told = append(h.told, a) }}
	h.restart()
	return h
}

func (h *house) now() time.Time { return h.clock }

func (h *house) restart() {
	h.t.Helper()
	f, err := New(h.t.Context(), h.opts)
	if err != nil {
		h.t.Fatal(err)
	}
	h.Fleet = f
}

func (h *house) Event(_ context.Context, id string) (*event.Event, error) {
	if e := h.events[id]; e != nil {
		return e, nil
	}
	return nil, state.ErrNotFound
}

func (h *house) Tree(context.Context, string, api.TreeQuery) (api.Tree, error) { return h.tree, nil }

func (h *house) pass(d time.Duration) {
	h.t.Helper()
	h.clock = h.clock.Add(d)
	if err := h.Tick(h.t.Context(), 10); err != nil {
		h.t.Fatal(err)
	}
	if err := h.pushIndicators(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) enrol(id string) {
	h.t.Helper()
	if err := h.Enrolled(h.t.Context(), id, "host-"+id, ""); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) connect(id string, hello *wirepb.Hello) <-chan *wirepb.Signed {
	h.t.Helper()
	if hello == nil {
		hello = &wirepb.Hello{HostName: "host-" + id}
	}
	_, docs, err := h.Connect(h.t.Context(), id, "10.0.0.9", hello)
	if err != nil {
		h.t.Fatal(err)
	}
	return docs
}

func (h *house) beat(id string, b *wirepb.Heartbeat) {
	h.t.Helper()
	if b == nil {
		b = &wirepb.Heartbeat{Epoch: 1}
	}
	if b.Time == 0 {
		b.Time = h.clock.UnixNano()
	}
	if err := h.Heartbeat(h.t.Context(), id, b); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) observe(events ...*event.Event) {
	h.t.Helper()
	if err := h.Observe(h.t.Context(), events); err != nil {
		h.t.Fatal(err)
	}
}

// at returns an event of host a at a second of the day.
func (h *house) at(second int, kind event.Kind, epoch, sequence int64, s *event.Status) *event.Event {
	return &event.Event{Time: event.At(h.second(second)), Kind: kind, Agent: "a", Epoch: epoch, Sequence: sequence, Provider: "exec", Status: s}
}

func (h *house) second(n int) time.Time {
	return time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
}

// track returns the intervals of host a as text: "0-10 complete, 10-20 blind".
func (h *house) track(from, to int) string {
	h.t.Helper()
	tr, err := h.Track(h.t.Context(), "a", h.second(from), h.second(to))
	if err != nil {
		h.t.Fatal(err)
	}
	return h.show(tr.Intervals)
}

func (h *house) show(is []api.Interval) string {
	var parts []string
	zero := h.second(0)
	for _, i := range is {
		parts = append(parts, strings.TrimSpace(strings.Join([]string{i.From.Sub(zero).String() + "-" + i.To.Sub(zero).String(), i.State}, " ")))
	}
	return strings.Join(parts, ", ")
}

func (h *house) want(what, got, want string) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func drain(docs <-chan *wirepb.Signed) (out []*wirepb.Signed) {
	for {
		select {
		case s, ok := <-docs:
			if !ok {
				return out
			}
			out = append(out, s)
		default:
			return out
		}
	}
}

// TestGM28_MissedHeartbeats: a host is online while heartbeats come and offline
// after 30 s without one, and who is connected to the stream is told.
func TestGM28_MissedHeartbeats(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	status := func() string {
		x, err := h.Host(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		return x.Status
	}
	h.want("before the first connection", status(), "offline")
	h.connect("a", nil)
	for range 6 {
		h.beat("a", nil)
		h.pass(10 * time.Second)
		h.want("with heartbeats", status(), "online")
	}
	h.pass(20 * time.Second) // 30 s after the last heartbeat
	h.want("30 s after", status(), "online")
	h.told = nil
	h.pass(time.Second)
	h.want("31 s after", status(), "offline")
	if len(h.told) != 1 || h.told[0].Status != "offline" {
		t.Errorf("told %+v", h.told)
	}
	h.beat("a", nil)
	h.want("after a late heartbeat", status(), "online")
	if last := h.told[len(h.told)-1]; last.Status != "online" {
		t.Errorf("not told of the return: %+v", last)
	}
}

// TestGM31_Health: what heartbeats and health events say of agent and host can
// be asked for, and outlives a restart of the manager.
func TestGM31_Health(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", &wirepb.Hello{HostName: "web1", Os: "linux", Kernel: "6.12", Architecture: "amd64", Version: "1.2"})
	h.beat("a", &wirepb.Heartbeat{Epoch: 1, CpuMillis: 1000, ResidentSize: 40 << 20, SpoolBytes: 7,
		Sensors: []*wirepb.Sensor{{Name: "exec", Rung: "tp_btf", Events: 5}}, Counters: []*wirepb.Counter{{Stage: "queue", Name: "in", Value: 5}}})
	h.clock = h.clock.Add(10 * time.Second)
	h.beat("a", &wirepb.Heartbeat{Epoch: 1, CpuMillis: 1500, ResidentSize: 50 << 20, SpoolBytes: 9,
		Sensors: []*wirepb.Sensor{{Name: "exec", Rung: "tp_btf", Events: 9}}, Counters: []*wirepb.Counter{{Stage: "queue", Name: "in", Value: 9}}})
	h.observe(h.at(10, event.AgentHealth, 1, 1, &event.Status{CPUPercent: 12.5, MemoryUsed: 3, MemoryTotal: 8, DiskUsed: 2, DiskTotal: 9, Uptime: 77, NetReceived: 5, NetSent: 6}))
	check := func(when string) {
		x, err := h.Host(t.Context(), "web1")
		if err != nil {
			t.Fatal(err)
		}
		want := api.SystemUse{At: h.second(10), CPUPercent: 12.5, MemoryUsed: 3, MemoryTotal: 8, DiskUsed: 2, DiskTotal: 9, Uptime: 77, NetworkReceived: 5, NetworkSent: 6}
		if x.System != want {
			t.Errorf("%s: system %+v", when, x.System)
		}
		if x.Agent.ResidentSize != 50<<20 || x.Agent.SpoolBytes != 9 || x.Agent.CPUPercent < 4.9 || x.Agent.CPUPercent > 5.1 {
			t.Errorf("%s: agent %+v", when, x.Agent)
		}
		if x.OS != "linux" || x.Kernel != "6.12" || x.Version != "1.2" || len(x.Sensors) != 1 || x.Sensors[0].Events != 9 || x.Counters[0].Value != 9 {
			t.Errorf("%s: %+v", when, x)
		}
	}
	check("now")
	h.pass(time.Second) // writes
	h.restart()
	check("after a restart")
}

func TestHostileHeartbeatIsBounded(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	b := &wirepb.Heartbeat{Epoch: 1}
	for range 10000 {
		b.Sensors = append(b.Sensors, &wirepb.Sensor{Name: strings.Repeat("x", 10000)})
		b.Counters = append(b.Counters, &wirepb.Counter{Name: "\xff\x00"})
	}
	h.beat("a", b)
	x, err := h.Host(t.Context(), "a")
	if err != nil || len(x.Sensors) > maxSensors || len(x.Counters) > maxCounters || len(x.Sensors[0].Name) > 512 {
		t.Errorf("%d sensors, %d counters, %v", len(x.Sensors), len(x.Counters), err)
	}
}

func TestSecondStreamEndsTheFirst(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	first := h.connect("a", nil)
	drain(first)
	second := h.connect("a", nil)
	if _, open := <-first; open {
		t.Error("the first stream goes on")
	}
	h.Disconnect(t.Context(), "a", first) // comes late: must not end the second
	if len(drain(second)) == 0 {
		t.Error("the second stream got no documents")
	}
	if x, err := h.Host(t.Context(), "a"); err != nil || x.Status != "online" {
		t.Errorf("%s, %v", x.Status, err)
	}
}

func TestUnknownAgentBecomesAHost(t *testing.T) { // after a restore from a backup
	h := newHouse(t)
	h.connect("b", &wirepb.Hello{HostName: "forgotten"})
	if x, err := h.Host(t.Context(), "forgotten"); err != nil || x.ID != "b" || x.Group != DefaultGroup {
		t.Errorf("%+v, %v", x, err)
	}
}

func (h *house) verify(s *wirepb.Signed, agent string, applied map[string]int64) error {
	return wire.Verifier{Keys: []ed25519.PublicKey{h.public}, Agent: agent, Now: h.clock, Applied: applied}.Verify(s)
}

func byKind(docs []*wirepb.Signed, kind string) *wirepb.Signed {
	for _, s := range docs {
		if s.Kind == kind {
			return s
		}
	}
	return nil
}

func TestPolicyIsPushedAndVersioned(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	docs := h.connect("a", nil)
	first := drain(docs)
	p := byKind(first, wire.DocumentPolicy)
	if p == nil || byKind(first, wire.DocumentRules) == nil {
		t.Fatalf("greeted with %v", first)
	}
	if err := h.verify(p, "a", nil); err != nil {
		t.Error(err)
	}
	if err := h.verify(p, "b", nil); err == nil {
		t.Error("the policy of one host is good for another")
	}
	if w, err := wire.ParsePolicy("p", p.Content); err != nil || w.Respond != wire.RespondOff {
		t.Errorf("default policy: %+v, %v", w, err)
	}
	set, err := h.SetPolicy(t.Context(), DefaultGroup, api.PolicyChange{Text: "respond: observe\n", Comment: "try", Version: p.Version}, "anna")
	if err != nil {
		t.Fatal(err)
	}
	next := byKind(drain(docs), wire.DocumentPolicy)
	if next == nil || next.Version != set.Version || next.Version <= p.Version {
		t.Fatalf("pushed %v after version %d", next, p.Version)
	}
	if err := h.verify(next, "a", map[string]int64{wire.DocumentPolicy: p.Version}); err != nil {
		t.Error(err)
	}
	if err := h.Applied(t.Context(), "a", wire.DocumentPolicy, next.Version, ""); err != nil {
		t.Fatal(err)
	}
	x, err := h.Host(t.Context(), "a")
	if err != nil || x.Documents[0].Applied != next.Version || x.Documents[0].Wanted != next.Version {
		t.Errorf("%+v, %v", x.Documents, err)
	}
	vs, err := h.PolicyVersions(t.Context(), DefaultGroup)
	if err != nil || len(vs) != 2 || vs[0].Comment != "try" || vs[0].By != "anna" || vs[0].Respond != "observe" {
		t.Errorf("%+v, %v", vs, err)
	}
	if _, err := h.SetPolicy(t.Context(), DefaultGroup, api.PolicyChange{Text: "respond: on\n", Version: p.Version}, "bert"); !errors.Is(err, state.ErrConflict) {
		t.Errorf("a change of an old version: %v", err)
	}
	var field *api.FieldError
	if _, err := h.SetPolicy(t.Context(), DefaultGroup, api.PolicyChange{Text: "respond: off\nwacth: []\n"}, "x"); !errors.As(err, &field) || !strings.Contains(err.Error(), ":2: ") || !strings.Contains(err.Error(), "wacth") {
		t.Errorf("a wrong policy: %v", err)
	}
	if got := drain(docs); len(got) != 0 {
		t.Errorf("a refused policy was sent: %v", got)
	}
}

func TestPolicyOfAnotherGroupIsNeverOlder(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	if _, err := h.CreateGroup(t.Context(), "web", "x"); err != nil {
		t.Fatal(err)
	}
	docs := h.connect("a", nil)
	if _, err := h.SetPolicy(t.Context(), DefaultGroup, api.PolicyChange{Text: "respond: observe\n"}, "x"); err != nil {
		t.Fatal(err)
	}
	high := drain(docs)
	top := high[len(high)-1].Version
	if err := h.Applied(t.Context(), "a", wire.DocumentPolicy, top, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ChangeHost(t.Context(), "a", api.HostChange{Group: "web"}); err != nil {
		t.Fatal(err)
	}
	moved := byKind(drain(docs), wire.DocumentPolicy)
	if moved == nil || moved.Version <= top {
		t.Fatalf("got %v after version %d", moved, top)
	}
	if err := h.DeleteGroup(t.Context(), "web"); !errors.Is(err, state.ErrConflict) {
		t.Errorf("a group with hosts was deleted: %v", err)
	}
	if _, err := h.ChangeHost(t.Context(), "a", api.HostChange{Group: "nix"}); err == nil {
		t.Error("moved to a group that is not there")
	}
	// a manager restored from an old backup numbers its documents anew
	docs = h.connect("a", &wirepb.Hello{Applied: map[string]int64{wire.DocumentPolicy: 40, wire.DocumentRules: 50}})
	again := drain(docs)
	if p, r := byKind(again, wire.DocumentPolicy), byKind(again, wire.DocumentRules); p == nil || p.Version <= 40 || r == nil || r.Version <= 50 {
		t.Errorf("got %v", again)
	}
	// an agent cannot push the numbers to their end
	docs = h.connect("a", &wirepb.Hello{Applied: map[string]int64{wire.DocumentPolicy: 1 << 62}})
	if p := byKind(drain(docs), wire.DocumentPolicy); p == nil || p.Version > 1000 {
		t.Errorf("got %v", p)
	}
}

func TestOwnRulesReload(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	docs := h.connect("a", nil)
	before := byKind(drain(docs), wire.DocumentRules)
	own := strings.NewReplacer("Curl runs", "Wget runs", "11111111", "22222222", "/curl", "/wget").Replace(shippedRule)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(h.own, "wget.yml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h.pass(2 * time.Second)
	}
	write(own)
	after := byKind(drain(docs), wire.DocumentRules)
	if after == nil || after.Version != before.Version+1 {
		t.Fatalf("not sent within 2 s: %v", after)
	}
	if sent, err := wire.DecodeRules(after.Content); err != nil || !slices.ContainsFunc(sent.Files, func(f wire.RuleFile) bool { return f.Path == "own/wget.yml" && f.Text == own }) {
		t.Fatalf("%+v, %v", sent, err)
	}
	l, err := h.Rules(t.Context())
	if err != nil || len(l.Rules) != 2 || l.Version != after.Version || len(l.Problems) != 0 {
		t.Fatalf("%+v, %v", l, err)
	}
	if r, err := h.Rule(t.Context(), "22222222-1111-1111-1111-222222221111"); err != nil || r.Text != own || r.Source != "own" {
		t.Errorf("%+v, %v", r, err)
	}
	write(strings.Replace(own, "condition: selection", "condition: selektion", 1))
	if sent := drain(docs); len(sent) != 0 {
		t.Errorf("a bad rule was sent: %v", sent)
	}
	l, err = h.Rules(t.Context())
	if err != nil || len(l.Rules) != 2 || l.Version != after.Version {
		t.Errorf("the set before did not stay: %d rules, version %d, %v", len(l.Rules), l.Version, err)
	}
	if len(l.Problems) == 0 || l.Problems[0].Path != "own/wget.yml" || l.Problems[0].Line == 0 || l.Problems[0].Message == "" {
		t.Errorf("problems %+v", l.Problems)
	}
	h.restart() // with the bad rule in the folder: the shipped ones are in force, the problem is shown
	l, err = h.Rules(t.Context())
	if err != nil || len(l.Rules) != 1 || len(l.Problems) == 0 {
		t.Errorf("after a restart: %+v, %v", l, err)
	}
	write(own + "# repaired\n")
	if l, err = h.Rules(t.Context()); err != nil || len(l.Rules) != 2 || len(l.Problems) != 0 {
		t.Errorf("after the repair: %+v, %v", l, err)
	}
}
