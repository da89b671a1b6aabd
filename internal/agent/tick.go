package agent

import (
	"context"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/health"
	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// healthEvery is how often the agent tells of its and the host's health, and
// of sensors that still do not see.
const healthEvery = time.Minute

// tick does each second what is due: counts losses, keeps to the CPU limit,
// notes up to when everything is on disk.
func (a *Agent) tick(ctx context.Context) {
	t := time.NewTicker(a.deps.Tick)
	defer t.Stop()
	told := a.started
	meter := health.NewMeter(a.deps.Proc)
	var unhashed event.Time // since when executables are not hashed; 0 when they are
	for {
		select {
		case <-ctx.Done():
			a.noteUnhashed(&unhashed, a.now(), true)
			return
		case <-t.C:
		}
		now := a.now()
		a.noise.Flush(now)
		a.pollLosses(now)
		a.govern(&unhashed, now)
		a.takeProcs()
		if now-told >= event.Time(healthEvery) || now < told {
			told = now
			a.sensors.tell(now)
			a.noteUnhashed(&unhashed, now, unhashed == 0)
			a.queue.Push(healthEvent(meter, now))
		}
		// While the spool cannot be written, what is told of losses would be lost
		// with the rest; it waits.
		if a.deps.Spool.Stats().Failure == "" {
			for _, e := range a.deps.Ledger.Flush(now) {
				a.queue.Push(e)
			}
		}
		a.link.refresh()
		a.noteSeen(ctx)
	}
}

// pollLosses takes the counters that other stages keep.
func (a *Agent) pollLosses(now event.Time) {
	if a.deps.Kernel != nil {
		a.deps.Ledger.Poll(a.deps.Kernel.Readings(), now)
	}
	a.deps.Ledger.Poll(missed(a.deps.Sensors), now)
}

// missed reads what the sensors that follow others could not look at.
func missed(sensors []sensor.Sensor) []ledger.Reading {
	var out []ledger.Reading
	for _, s := range sensors {
		if f, ok := s.(sensor.Follower); ok {
			out = append(out, ledger.Reading{Loss: ledger.Loss{
				Stage: ledger.Sensor, Sensor: s.Spec().Name, State: ledger.Lost, Reason: "more came than the sensor could look at",
			}, Total: f.Missed()})
		}
	}
	return out
}

// govern keeps to the CPU limit and notes what is given up. Events that are
// shed for it are counted by the queue; hashing is an interval.
func (a *Agent) govern(unhashed *event.Time, now event.Time) {
	level, changed := a.governor.Tick(a.deps.Now(), a.policy.get().CPULimit)
	if !changed {
		return
	}
	a.queue.SetFloor(level.Floor())
	a.deps.Enrich.SetHashing(level.Hashing(), level.Contents())
	a.noteUnhashed(unhashed, now, level.Hashing())
	if !level.Hashing() && *unhashed == 0 {
		*unhashed = now
	}
	s := a.governor.State()
	a.deps.Log.Info("work given up for the CPU limit", "given_up", s.Given, "percent", int(s.Percent), "limit", s.Limit)
}

// takeProcs takes more processors while events wait, see govern.Procs.
func (a *Agent) takeProcs() {
	if a.deps.Procs == nil {
		return
	}
	if n, changed := a.procs.Tick(a.queue.Stats().Events, a.governor.State().Percent, a.detect.hurried()); changed {
		a.deps.Procs(n)
		a.deps.Log.Debug("processors taken", "count", n)
	}
}

// noteUnhashed records the time without hashing up to now; over ends it.
func (a *Agent) noteUnhashed(since *event.Time, now event.Time, over bool) {
	if *since == 0 {
		return
	}
	a.deps.Ledger.Span(ledger.Loss{Stage: ledger.Enrich, Sensor: "hash", State: ledger.Off, Reason: "cpu limit"}, *since, now)
	*since = now
	if over {
		*since = 0
	}
}

// noteSeen writes down up to when everything is on disk. The time does not pass
// the point since when a sensor does not see, so that a crash then leaves no
// hole.
func (a *Agent) noteSeen(ctx context.Context) {
	t := a.sensors.seenUpTo(event.Time(a.pipe.latest.Load()))
	if t == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, syncTime)
	defer cancel()
	told := a.pipe.spooled.Load() // not what the ledger holds: that may not be in the spool yet
	if a.deps.Spool.Settled(ctx) != nil {
		return // told by the spool; the note stays older, which is true
	}
	a.deps.Ledger.Safe(told)
	if err := a.seen.upTo(t, false); err != nil {
		a.deps.Log.Warn("seen file cannot be written", "error", err)
	}
}

func healthEvent(m *health.Meter, now event.Time) *event.Event {
	s := m.Read()
	s.Version = wire.Version()
	return &event.Event{Time: now, Kind: event.AgentHealth, Provider: "agent", Status: &s}
}
