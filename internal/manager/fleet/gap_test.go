package fleet

import (
	"strings"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func loss(stage, sensor, kind, state string, n int64, from, to time.Time) *event.Status {
	return &event.Status{LossStage: stage, LossSensor: sensor, LossKind: kind, LossState: state, LossCount: event.Some(n), LossReason: "test", From: event.At(from), To: event.At(to)}
}

// TestCompletenessOfEachStage: a known number dropped at each stage is told
// exactly, once, also when its event comes twice and over a restart.
func TestCompletenessOfEachStage(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.clock = h.second(100)
	h.observe(h.at(0, event.ProcessStart, 1, 1, nil))
	var events []*event.Event
	numbers := map[string]int64{"kernel": 11, "sensor": 13, "queue": 17, "spool": 19, "ship": 23}
	seq := int64(10)
	for stage, n := range numbers {
		events = append(events, h.at(40, event.AgentLoss, 1, seq, loss(stage, "exec", "process_start", "lost", n, h.second(30), h.second(32))))
		seq++
	}
	h.observe(events...)
	h.observe(events...)
	h.restart()
	h.connect("a", nil)
	h.observe(events[len(events)-1])
	for stage, n := range map[string]int64{"ingest": 29, "lake": 31} {
		if err := h.Lost(t.Context(), Loss{Host: "a", Stage: stage, Lost: n, From: h.second(30), To: h.second(32), Reason: "test"}); err != nil {
			t.Fatal(err)
		}
		numbers[stage] = n
	}
	c, err := h.Completeness(t.Context(), h.second(0), h.second(100))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, g := range c.Gaps {
		got[g.Stage] += g.Lost
	}
	var sum int64
	for stage, n := range numbers {
		sum += n
		if got[stage] != n {
			t.Errorf("stage %s: told %d, dropped %d", stage, got[stage], n)
		}
	}
	if c.Lost != sum || c.State != api.Degraded || c.Hosts != 1 || c.Whole != 0 {
		t.Errorf("completeness %+v, want %d lost", c, sum)
	}
	h.want("track", h.track(0, 100), "0s-30s complete, 30s-32s degraded, 32s-1m40s complete")
	tr, err := h.Track(t.Context(), "a", h.second(0), h.second(100))
	if err != nil || tr.Intervals[1].Lost != sum {
		t.Errorf("the track tells %d lost, %v", tr.Intervals[1].Lost, err)
	}
	for name, r := range map[string][2]int{"before": {0, 29}, "after": {33, 100}} {
		if c, err := h.Completeness(t.Context(), h.second(r[0]), h.second(r[1])); err != nil || c.State != api.Complete || c.Whole != 1 || len(c.Gaps) != 0 {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
}

func TestLossesOfOneCauseAreOneGap(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.clock = h.second(100)
	for i := range 20 {
		h.observe(h.at(i, event.AgentLoss, 1, int64(i+1), loss("queue", "file", "file_open", "lost", 5, h.second(i), h.second(i+1))))
	}
	h.observe(h.at(60, event.AgentLoss, 1, 30, loss("queue", "file", "file_open", "lost", 5, h.second(60), h.second(61))))
	c, err := h.Completeness(t.Context(), h.second(0), h.second(100))
	if err != nil || len(c.Gaps) != 2 || c.Lost != 105 {
		t.Fatalf("%d gaps, %d lost, %v", len(c.Gaps), c.Lost, err)
	}
	h.want("track", h.track(0, 100), "0s-20s degraded, 20s-1m0s complete, 1m0s-1m1s degraded, 1m1s-1m40s complete")
}

func TestGapsTouchKinds(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.clock = h.second(100)
	file := h.at(5, event.FileWrite, 1, 1, nil)
	file.Provider = "file"
	h.observe(h.at(5, event.ProcessStart, 1, 2, nil), file)
	h.observe(h.at(10, event.AgentLoss, 1, 3, loss("kernel", "file", "", "lost", 5, h.second(10), h.second(11))),
		h.at(10, event.AgentLoss, 1, 4, loss("kernel", "exec", "process_end", "lost", 7, h.second(10), h.second(11))))
	for name, tc := range map[string]struct {
		kinds []event.Kind
		lost  int64
	}{
		"all":          {nil, 12},
		"writes":       {[]event.Kind{event.FileWrite}, 5},
		"starts":       {[]event.Kind{event.ProcessStart}, 0},
		"ends":         {[]event.Kind{event.ProcessEnd}, 7},
		"either":       {[]event.Kind{event.ProcessEnd, event.FileWrite}, 12},
		"network only": {[]event.Kind{event.NetConnect}, 0},
	} {
		c, err := h.Gaps(t.Context(), []string{"a"}, h.second(0), h.second(100), tc.kinds)
		if err != nil || c.Lost != tc.lost || (c.Whole == 1) != (tc.lost == 0) {
			t.Errorf("%s: %+v, %v, want %d lost", name, c, err, tc.lost)
		}
	}
}

func TestSensorsBlindAndDegraded(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.clock = h.second(100)
	took := func(second int, seq int64, rung, why string) *event.Event {
		s := &event.Status{Sensor: "exec", Rung: rung, RungReason: why, From: event.At(h.second(second))}
		if strings.Contains(why, "does not see") {
			s.LossState = "cut" // as the agent says of a source that sees less than the best
		}
		return h.at(second, event.AgentSensor, 1, seq, s)
	}
	h.observe(h.at(0, event.ProcessStart, 1, 1, nil), took(10, 2, "tp_btf", ""), took(20, 3, "proc", "tp_btf: no BTF; proc does not see: forks"), took(30, 4, "", "proc: gone"), took(40, 5, "tp_btf", ""))
	h.want("track", h.track(0, 60), "0s-20s complete, 20s-30s degraded, 30s-40s blind, 40s-1m0s complete")
	h.observe(took(45, 6, "tp_btf", "fentry: not permitted")) // which sees the same
	h.observe(took(50, 7, "", "failed"))
	h.want("still open", h.track(0, 100), "0s-20s complete, 20s-30s degraded, 30s-40s blind, 40s-50s complete, 50s-1m40s blind")
	tr, err := h.Track(t.Context(), "a", h.second(0), h.second(60))
	if err != nil || len(tr.Sensors) != 1 || tr.Sensors[0].Sensor != "exec" || tr.State != api.Blind {
		t.Errorf("%+v, %v", tr.Sensors, err)
	}
}

func TestStopAndStart(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.clock = h.second(100)
	h.observe(h.at(0, event.AgentStart, 1, 1, nil), h.at(5, event.ProcessStart, 1, 2, nil), h.at(10, event.AgentStop, 1, 3, nil))
	h.want("stopped", h.track(0, 30), "0s-10s complete, 10s-30s blind")
	h.observe(h.at(20, event.AgentStart, 1, 4, nil))
	h.want("started again", h.track(0, 30), "0s-10s complete, 10s-20s blind, 20s-30s complete")
}

func TestDeathWithoutAWord(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.clock = h.second(100)
	h.observe(h.at(0, event.AgentStart, 1, 1, nil), h.at(10, event.ProcessStart, 1, 2, nil))
	// killed after second 15; the newest events of epoch 1 come later than the start of epoch 2
	h.observe(h.at(20, event.AgentStart, 2, 1, nil), h.at(21, event.ProcessStart, 2, 2, nil))
	h.want("before the rest came", h.track(0, 30), "0s-10s complete, 10s-20s blind, 20s-30s complete")
	late := h.at(15, event.FileWrite, 1, 3, nil)
	h.observe(late)
	h.want("after it came", h.track(0, 30), "0s-15s complete, 15s-20s blind, 20s-30s complete")
	h.restart()
	h.want("after a restart", h.track(0, 30), "0s-15s complete, 15s-20s blind, 20s-30s complete")
}

func TestSilenceHealsWhenTheBacklogIsStored(t *testing.T) {
	for name, restart := range map[string]bool{"one run": false, "with a restart of the manager": true} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.enrol("a")
			docs := h.connect("a", nil)
			h.beat("a", nil)
			h.observe(h.at(0, event.ProcessStart, 1, 1, nil))
			h.pass(10 * time.Second)
			h.beat("a", nil)
			h.Disconnect(t.Context(), "a", docs)
			h.pass(25 * time.Second)
			h.want("25 s of silence", h.track(0, 35), "0s-35s complete")
			h.pass(65 * time.Second)
			h.want("90 s of silence", h.track(0, 100), "0s-10s complete, 10s-1m40s blind")
			if restart {
				h.pass(0)
				h.restart()
				h.pass(0)
			}
			vital, write := uint32(event.ClassVital), uint32(event.ClassWrite)
			h.marks["a"] = []*wirepb.Mark{{Epoch: 1, Lane: vital, Sequence: 1}}
			h.connect("a", &wirepb.Hello{Spooled: []*wirepb.Mark{{Epoch: 1, Lane: vital, Sequence: 50}, {Epoch: 1, Lane: write, Sequence: 40}}})
			h.beat("a", nil)
			h.pass(5 * time.Second)
			h.beat("a", nil)
			h.want("back, nothing stored yet", h.track(0, 105), "0s-10s complete, 10s-1m40s blind, 1m40s-1m45s complete")
			h.observe(h.at(60, event.ProcessStart, 1, 50, nil))
			h.want("one lane stored", h.track(0, 105), "0s-10s complete, 10s-1m40s blind, 1m40s-1m45s complete")
			h.observe(h.at(60, event.FileWrite, 1, 40, nil))
			h.want("all stored", h.track(0, 105), "0s-1m45s complete")
			c, err := h.Completeness(t.Context(), h.second(0), h.second(105))
			if err != nil || c.State != api.Complete || c.Whole != 1 {
				t.Errorf("%+v, %v", c, err)
			}
		})
	}
}

func TestNothingIsAskedOfAHostBeforeItWasThere(t *testing.T) {
	h := newHouse(t)
	h.clock = h.second(50)
	h.enrol("a")
	h.connect("a", nil)
	h.clock = h.second(60)
	h.want("from its enrolment on", h.track(0, 100), "50s-1m0s complete")
	h.observe(h.at(20, event.ProcessStart, 1, 1, nil)) // its backlog from before
	h.want("from its first event on", h.track(0, 100), "20s-1m0s complete")
}

func TestAgentCannotStopTheBooks(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.observe(h.at(1, event.AgentLoss, 1, 1, nil), h.at(1, event.AgentSensor, 1, 2, nil), h.at(1, event.AgentStart, 0, 3, nil),
		h.at(1, event.AgentLoss, 1, 4, &event.Status{LossStage: "x\x00\xff", From: -5, To: -9, LossCount: event.OptInt{N: -7, OK: true}}),
		&event.Event{Agent: "nobody", Kind: event.AgentLoss, Epoch: 1, Sequence: 1},
		&event.Event{Agent: "a", Kind: event.ResponseRun, Epoch: 1, Sequence: 5, Response: &event.Response{TaskID: "none", Result: "strange"}})
	if _, err := h.Completeness(t.Context(), h.second(0), h.second(100)); err != nil {
		t.Fatal(err)
	}
}

func TestOldGapsGo(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.observe(h.at(1, event.ProcessStart, 1, 1, nil), h.at(2, event.AgentLoss, 1, 2, loss("queue", "exec", "", "lost", 5, h.second(1), h.second(2))))
	h.clock = h.clock.Add(91 * 24 * time.Hour)
	if err := h.prune(t.Context()); err != nil {
		t.Fatal(err)
	}
	if c, err := h.Completeness(t.Context(), h.second(0), h.second(100)); err != nil || len(c.Gaps) != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// TestClockJump: a jump of the manager's clock leaves no gap behind and stops
// nothing.
func TestClockJump(t *testing.T) {
	h := newHouse(t)
	h.enrol("a")
	h.connect("a", nil)
	h.beat("a", nil)
	vital := uint32(event.ClassVital)
	h.observe(h.at(1, event.ProcessStart, 1, 1, nil))
	h.pass(time.Hour) // forward: all hosts seem silent
	if x, err := h.Host(t.Context(), "a"); err != nil || x.Status != "offline" {
		t.Errorf("%s, %v", x.Status, err)
	}
	h.beat("a", &wirepb.Heartbeat{Epoch: 1, Spooled: []*wirepb.Mark{{Epoch: 1, Lane: vital, Sequence: 2}}})
	if x, err := h.Host(t.Context(), "a"); err != nil || x.Status != "online" || x.Telemetry != api.Blind {
		t.Errorf("%s %s, %v", x.Status, x.Telemetry, err)
	}
	h.observe(h.at(3600, event.ProcessStart, 1, 2, nil))
	if c, err := h.Completeness(t.Context(), h.second(0), h.second(3600)); err != nil || c.State != api.Complete {
		t.Errorf("%+v, %v", c, err)
	}
	h.clock = h.clock.Add(-2 * time.Hour) // and back
	h.beat("a", nil)
	h.observe(h.at(3601, event.ProcessStart, 1, 3, nil))
	h.pass(10 * time.Second)
	h.beat("a", nil)
	h.pass(10 * time.Second)
	if x, err := h.Host(t.Context(), "a"); err != nil || x.Status != "online" || x.Telemetry != api.Complete {
		t.Errorf("%s %s, %v", x.Status, x.Telemetry, err)
	}
}
