package fleet

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// conn is the open stream of an agent.
type conn struct {
	docs   chan *wirepb.Signed
	closed bool // guarded by Fleet.mu
	cpu    int64
	cpuAt  time.Time

	iocs      int64     // guarded by Fleet.mu: version of the indicators that it was sent last
	iocsAfter time.Time // guarded by Fleet.mu: not before
}

// maxSensors and maxCounters bound what one heartbeat may bring.
const (
	maxSensors  = 64
	maxCounters = 256
)

// Connect notes that an agent opened a stream. It returns what of its events is
// stored already, and the signed documents for it; the channel is closed when
// the stream should end. A second stream of the same agent ends the first.
func (f *Fleet) Connect(ctx context.Context, agent, address string, hello *wirepb.Hello) ([]*wirepb.Mark, <-chan *wirepb.Signed, error) {
	f.mu.Lock()
	known := f.hosts[agent] != nil
	f.mu.Unlock()
	if !known { // enrolled before this database was restored from a backup
		if err := f.Enrolled(ctx, agent, hello.GetHostName(), DefaultGroup); err != nil {
			return nil, nil, err
		}
	}
	marks, err := f.opts.Marks(ctx, agent)
	if err != nil {
		return nil, nil, fmt.Errorf("stored events of %s: %w", agent, err)
	}
	now := f.now()
	c := &conn{docs: make(chan *wirepb.Signed, 64), cpuAt: now}
	f.mu.Lock()
	h := f.hosts[agent]
	if h.conn != nil {
		h.conn.close()
	}
	h.conn = c
	h.lastSeen = now // with its monotonic part, so that a jump of the clock is no silence
	h.facts.OS, h.facts.Kernel, h.facts.Architecture = clip(hello.GetOs()), clip(hello.GetKernel()), clip(hello.GetArchitecture())
	h.facts.Version, h.facts.Boot, h.facts.Address, h.facts.Connected = clip(hello.GetVersion()), clip(hello.GetBootId()), address, now.UTC()
	if name := clip(hello.GetHostName()); name != "" {
		h.name = name
	}
	marks = slices.DeleteFunc(marks, func(m *wirepb.Mark) bool { return m.GetEpoch() == wire.ManagerEpoch })
	for _, m := range marks {
		l := lane{m.GetEpoch(), m.GetLane()}
		h.seen[l] = max(h.seen[l], m.GetSequence())
	}
	h.dirty = true
	f.mu.Unlock()
	if err := f.backAgain(ctx, agent, hello.GetSpooled()); err != nil {
		return nil, nil, err
	}
	if err := f.greet(ctx, agent, c, hello.GetApplied()); err != nil {
		return nil, nil, err
	}
	f.log.Info("agent connected", "agent", agent, "host", hello.GetHostName(), "address", address)
	f.tell(ctx, agent)
	return marks, c.docs, nil
}

// close ends the stream; the Fleet's mu is held.
func (c *conn) close() {
	if !c.closed {
		c.closed = true
		close(c.docs)
	}
}

// send hands a document to the stream; one that does not keep up is ended and
// gets everything when it connects again. The Fleet's mu is held.
func (c *conn) send(s *wirepb.Signed) {
	if c.closed {
		return
	}
	select {
	case c.docs <- s:
	default:
		c.close()
	}
}

// greet sends what is due to an agent that has just connected.
func (f *Fleet) greet(ctx context.Context, agent string, c *conn, applied map[string]int64) error {
	docs, err := f.dueDocuments(ctx, agent, applied)
	if err != nil {
		return err
	}
	tasks, err := f.dueTasks(ctx, agent, applied[wire.DocumentTask])
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	c.iocs = applied[wire.DocumentIOCs] // what it lacks follows within a second
	for _, s := range append(docs, tasks...) {
		c.send(s)
	}
	return nil
}

// Disconnect notes that the stream that got docs ended.
func (f *Fleet) Disconnect(ctx context.Context, agent string, docs <-chan *wirepb.Signed) {
	f.mu.Lock()
	h := f.hosts[agent]
	mine := h != nil && h.conn != nil && (<-chan *wirepb.Signed)(h.conn.docs) == docs
	if mine {
		h.conn.close()
		h.conn = nil
	}
	f.mu.Unlock()
	if mine {
		f.log.Info("agent disconnected", "agent", agent)
		f.tell(ctx, agent)
	}
}

// Heartbeat notes that an agent is alive, and how it is.
func (f *Fleet) Heartbeat(ctx context.Context, agent string, b *wirepb.Heartbeat) error {
	now := f.now()
	f.mu.Lock()
	h := f.hosts[agent]
	if h == nil || h.conn == nil {
		f.mu.Unlock()
		return fmt.Errorf("heartbeat of %s: %w", agent, state.ErrNotFound)
	}
	was := h.online(now)
	silent := h.silent && !h.back
	h.facts.Agent = api.AgentUse{CPUMillis: b.GetCpuMillis(), ResidentSize: b.GetResidentSize(), SpoolBytes: b.GetSpoolBytes()}
	if wall := now.Sub(h.conn.cpuAt); h.conn.cpu > 0 && wall > 0 && b.GetCpuMillis() >= h.conn.cpu {
		h.facts.Agent.CPUPercent = 100 * float64(b.GetCpuMillis()-h.conn.cpu) / float64(wall.Milliseconds()+1)
	}
	h.conn.cpu, h.conn.cpuAt = b.GetCpuMillis(), now
	h.facts.ClockOffset = time.Unix(0, b.GetTime()).Sub(now).Seconds()
	h.facts.Sensors = mergeSensors(h.facts.Sensors, b.GetSensors())
	h.facts.Counters = counters(b.GetCounters())
	h.facts.Exam = examOf(b.GetExam())
	h.sights = sightsOf(h.sights, b.GetTelemetry())
	h.lastSeen = now
	h.alive(b.GetEpoch(), b.GetTime())
	h.dirty = true
	f.mu.Unlock()
	if silent {
		// the stream was open and silent: what was spooled meanwhile must come first
		if err := f.backAgain(ctx, agent, b.GetSpooled()); err != nil {
			return err
		}
	}
	if !was {
		f.tell(ctx, agent)
	}
	return nil
}

// mergeSensors returns the sensors of a heartbeat; one that the heartbeat does
// not tell of goes.
func mergeSensors(_ []api.SensorState, sent []*wirepb.Sensor) []api.SensorState {
	var out []api.SensorState
	for _, s := range sent[:min(len(sent), maxSensors)] {
		out = append(out, api.SensorState{Name: clip(s.GetName()), Rung: clip(s.GetRung()), Since: at(s.GetSince()),
			Reason: clip(s.GetReason()), Events: s.GetEvents(), Lost: s.GetLost()})
	}
	slices.SortStableFunc(out, func(a, b api.SensorState) int { return compare(a.Name, b.Name) })
	return out
}

func compare(a, b string) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// maxFailed bounds the rows of an exam that are kept.
const maxFailed = 64

// examOf reads what a heartbeat says of the last exam; nil is none.
func examOf(x *wirepb.Exam) *api.Exam {
	if x == nil {
		return nil
	}
	out := &api.Exam{At: at(x.GetTime()), Score: finite(x.GetScore()), Ceiling: finite(x.GetCeiling()), Failed: []string{},
		Kernel: clip(x.GetKernel()), Version: clip(x.GetVersion())}
	for _, row := range x.GetFailed()[:min(len(x.GetFailed()), maxFailed)] {
		out.Failed = append(out.Failed, clip(row))
	}
	return out
}

// finite is x where JSON can hold it, else 0.
func finite(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

func counters(sent []*wirepb.Counter) []api.Counter {
	var out []api.Counter
	for _, c := range sent[:min(len(sent), maxCounters)] {
		out = append(out, api.Counter{Stage: clip(c.GetStage()), Name: clip(c.GetName()), Value: c.GetValue()})
	}
	return out
}

// alive notes a sign of life at a time of the host's clock; mu is held.
func (h *host) alive(n, ns int64) {
	if n == 0 || ns <= 0 {
		return
	}
	e := h.epochs[n]
	if e == nil {
		if len(h.epochs) >= maxEpochs {
			delete(h.epochs, slices.Min(slices.Collect(maps.Keys(h.epochs))))
		}
		e = &epoch{first: ns, last: ns, dirty: true}
		h.epochs[n] = e
	}
	if ns < e.first || ns > e.last {
		e.first, e.last, e.dirty = min(e.first, ns), max(e.last, ns), true
	}
}

// maxEpochs is how many epochs of a host are kept in memory.
const maxEpochs = 1000

// tell reports a host to Options.Changed.
func (f *Fleet) tell(ctx context.Context, agent string) {
	if f.opts.Changed == nil {
		return
	}
	h, err := f.Host(ctx, agent)
	if err != nil {
		f.log.Warn("tell of host", "agent", agent, "error", err)
		return
	}
	f.opts.Changed(h)
}
