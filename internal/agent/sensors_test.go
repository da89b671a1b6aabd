package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// TestSensorIsRestarted: a sensor that ends with an error is started again, and
// the time between is told as blind.
func TestSensorIsRestarted(t *testing.T) {
	r := newRig(t)
	r.start()
	r.exec.events <- execution("good", 1)
	for range 3 {
		r.exec.fail <- errors.New("ring is gone")
	}
	r.exec.events <- execution("good", 2)
	r.wait("events", func() bool {
		s := r.agent.Status().Sensors[0] // 4 starts and 2 executions
		return s.Restarts == 3 && s.Rung == "twin" && s.Events == 6
	})
	r.stop()
	all := r.stored()
	var blind, ended int
	for _, e := range only(all, event.AgentLoss) {
		if s := e.Status; s.LossState == ledger.Blind {
			blind++
			if s.LossSensor != "exec" || s.To <= s.From || s.LossReason != "ring is gone" || s.LossStage != ledger.Sensor {
				t.Errorf("blind %+v", s)
			}
		}
	}
	for _, e := range only(all, event.AgentSensor) {
		if e.Status.Rung == "" && e.Status.RungReason == "ring is gone" {
			ended++
		}
	}
	if blind != 3 || ended != 3 {
		t.Errorf("%d blind intervals and %d ends told, want 3 and 3", blind, ended)
	}
	if n := len(only(all, event.ProcessStart)); n != 2 {
		t.Errorf("%d executions", n)
	}
}

// TestGapAfterTheEnd: the time between the last event on disk and the sensors'
// start is told as blind, with the reason.
func TestGapAfterTheEnd(t *testing.T) {
	r := newRig(t)
	r.start()
	r.exec.events <- execution("good", 1)
	r.stop()
	stopped := r.stored()
	end := stopped[len(stopped)-1]
	r.start()
	r.exec.events <- execution("good", 2)
	r.wait("sensors", func() bool { s := r.agent.Status().Sensors; return s[0].Rung != "" && s[1].Rung != "" })
	r.stop()
	check := func(all []*event.Event, reason string, from event.Time) {
		t.Helper()
		n := 0
		for _, e := range only(all, event.AgentLoss) {
			if s := e.Status; s.LossState == ledger.Blind && s.LossReason == reason {
				n++
				if s.From != from || s.To <= s.From {
					t.Errorf("%s: from %d to %d, want from %d", reason, s.From, s.To, from)
				}
			}
		}
		if n != 2 {
			t.Errorf("%d gaps with reason %q, want one for each sensor", n, reason)
		}
	}
	all := r.stored()
	check(all, reasonStopped, end.Time)
	if a, b := all[0].Epoch, all[len(all)-1].Epoch; a != b || all[len(all)-1].Sequence != int64(len(all)) {
		t.Errorf("after an end in order, epoch %d went on as %d, number %d of %d", a, b, all[len(all)-1].Sequence, len(all))
	}
	// kill -9: the note of what was seen stays as the last tick left it.
	from := end.Time + 5
	if err := os.WriteFile(filepath.Join(r.settings.StateDir, "seen"), fmt.Appendf(nil, "%020d %-5t\n", int64(from), false), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.exec.events <- execution("good", 3)
	r.wait("sensors", func() bool { s := r.agent.Status().Sensors; return s[0].Rung != "" && s[1].Rung != "" })
	r.stop()
	check(r.stored(), reasonKilled, from)
}

// TestSeenFollowsTheDisk: the note goes on with the events, and not while a
// sensor does not see.
func TestSeenFollowsTheDisk(t *testing.T) {
	r := newRig(t)
	r.start()
	e := execution("good", 1)
	r.exec.events <- e
	r.exec.events <- execution("good", 2) // now the first has its time
	read := func() last {
		text, err := os.ReadFile(filepath.Join(r.settings.StateDir, "seen"))
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		var l last
		fmt.Sscanf(string(text), "%d %t", &n, &l.Clean)
		l.Time = event.Time(n)
		return l
	}
	r.wait("note", func() bool { l := read(); return l.Time >= e.Time && !l.Clean })
	// A sensor that cannot start holds the time back.
	r.exec.rungs <- ""
	r.exec.fail <- errors.New("gone")
	r.wait("end", func() bool {
		return r.agent.Status().Sensors[0].Restarts == 1 && r.agent.Status().Sensors[0].Rung == ""
	})
	dark := r.agent.sensors.seenUpTo(event.At(time.Now().Add(time.Hour)))
	r.file.events <- &event.Event{Kind: event.FileOpen, File: &event.File{Path: "/x"}}
	r.wait("note", func() bool { return read().Time == dark })
	r.stop()
	if l := read(); !l.Clean {
		t.Errorf("after the end: %+v", l)
	}
}

// TestPolicySwitchesSensorsOff and on again, and tells the time between.
func TestPolicySwitchesSensorsOff(t *testing.T) {
	r := newRig(t)
	r.settings.Policy.Off = []string{"file"}
	r.start()
	r.wait("exec", func() bool { return r.agent.Status().Sensors[0].Rung == "twin" })
	if s := r.agent.Status().Sensors[1]; !s.Off || s.Rung != "" {
		t.Errorf("file %+v", s)
	}
	p := wire.DefaultPolicy()
	p.Off = []string{"exec"}
	if err := r.agent.apply(p); err != nil {
		t.Fatal(err)
	}
	r.wait("switch", func() bool {
		s := r.agent.Status().Sensors
		return s[0].Off && s[0].Rung == "" && !s[1].Off && s[1].Rung == "twin"
	})
	if err := r.agent.apply(wire.DefaultPolicy()); err != nil {
		t.Fatal(err)
	}
	r.wait("both", func() bool { s := r.agent.Status().Sensors; return s[0].Rung == "twin" && s[1].Rung == "twin" })
	bad := wire.DefaultPolicy()
	bad.Respond = "perhaps"
	if err := r.agent.apply(bad); err == nil {
		t.Error("a bad policy was taken")
	}
	r.stop()
	offs := map[string]int{}
	for _, e := range only(r.stored(), event.AgentLoss) {
		if e.Status.LossState == ledger.Off && e.Status.To > e.Status.From {
			offs[e.Status.LossSensor]++
		}
	}
	if offs["file"] != 1 || offs["exec"] != 1 {
		t.Errorf("intervals switched off: %v", offs)
	}
}

// TestClockSetBack: while the agent runs nothing stands still, and after a
// start the time before it is told as blind though its length is not known.
func TestClockSetBack(t *testing.T) {
	r := newRig(t)
	var offset atomic.Int64
	r.deps.Now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	offset.Store(int64(time.Hour))
	r.start()
	r.exec.events <- execution("good", 1)
	r.wait("sensors", func() bool { s := r.agent.Status().Sensors; return s[0].Rung != "" && s[1].Rung != "" })
	offset.Store(0)
	r.deps.Ledger.Add(ledger.Loss{Stage: ledger.Spool, State: ledger.Lost}, 4, r.agent.now(), r.agent.now())
	r.exec.events <- execution("evil", 2)
	r.wait("alert after the jump", func() bool { return len(r.alertLines()) == 1 })
	r.wait("loss after the jump", func() bool { return r.deps.Ledger.Flush(r.agent.now()) == nil })
	r.stop()
	// The clock is set back while the agent does not run.
	offset.Store(-int64(time.Hour))
	r.start()
	r.wait("sensors", func() bool { s := r.agent.Status().Sensors; return s[0].Rung != "" && s[1].Rung != "" })
	r.stop()
	told := 0
	for _, e := range only(r.stored(), event.AgentLoss) {
		if s := e.Status; s.LossReason == reasonClock && s.To > s.From {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d intervals told, want one for each sensor", told)
	}
}

// TestClockSetForward: a jump of years while the agent runs is no blind time,
// and losses and heartbeats go on, also when it is taken back.
func TestClockSetForward(t *testing.T) {
	r := newRig(t)
	m := r.enrolled()()
	var offset atomic.Int64
	r.deps.Now = func() time.Time { return time.Now().Add(time.Duration(offset.Load())) }
	r.start()
	r.exec.events <- execution("good", 1)
	r.wait("sensors", func() bool { s := r.agent.Status().Sensors; return s[0].Rung != "" && s[1].Rung != "" })
	for i, jump := range []time.Duration{10 * 365 * 24 * time.Hour, 0} {
		offset.Store(int64(jump))
		r.kernel.drop("exec", []event.Kind{event.ProcessStart, event.ProcessEnd}[i], int64(4+i))
		r.exec.events <- execution("evil", int64(2+i))
		r.wait("finding after the jump", func() bool { return m.has(event.FindingRaise) == i+1 })
		r.wait("loss after the jump", func() bool { return m.has(event.AgentLoss) == i+1 })
		if ahead := time.Until(event.Time(m.link.Heartbeat().Time).Std()); (ahead - jump).Abs() > time.Minute {
			t.Errorf("heartbeat is %s ahead, want %s", ahead, jump)
		}
	}
	r.stop()
	if got := losses(m.got); got["kernel exec process_start lost"] != 4 || got["kernel exec process_end lost"] != 5 {
		t.Errorf("told %v", got)
	}
	for _, e := range only(m.got, event.AgentLoss) {
		if s := e.Status; s.LossState != ledger.Lost || s.To < s.From {
			t.Errorf("told %+v", s)
		}
	}
	last := int64(0)
	for _, e := range m.got {
		last = max(last, e.Sequence)
	}
	if int64(len(m.got)) != last {
		t.Errorf("%d events of %d", len(m.got), last)
	}
}
