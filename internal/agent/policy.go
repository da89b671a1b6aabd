package agent

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/schema"
	"github.com/vedette-edr/vedette/internal/wire"
)

// policy is the settings in force; reading it never waits.
type policy struct{ now atomic.Pointer[wire.Policy] }

func newPolicy(p wire.Policy) *policy {
	out := &policy{}
	out.now.Store(&p)
	return out
}

func (p *policy) get() wire.Policy { return *p.now.Load() }

// mode returns how the responder treats a rule, and the actions that replace
// those of the rule; nil keeps them.
func (p *policy) mode(rule string) (string, []string) {
	now := p.now.Load()
	return now.Mode(rule), now.Rules[rule].Actions
}

// interactive is a sensor that can tell what people type at shells.
type interactive interface{ SetInteractive(on bool) }

func (a *Agent) hasSensor(name string) bool {
	return slices.ContainsFunc(a.deps.Sensors, func(s sensor.Sensor) bool { return s.Spec().Name == name })
}

// hasRung reports whether a sensor has a rung of that name.
func (a *Agent) hasRung(name string) bool {
	return slices.ContainsFunc(a.deps.Sensors, func(s sensor.Sensor) bool {
		return slices.ContainsFunc(s.Spec().Rungs, func(r sensor.Rung) bool { return r.Name == name })
	})
}

// apply puts a policy in force in all stages.
func (a *Agent) apply(p wire.Policy) error {
	if err := schema.Below("policy", p.Check()); err != nil {
		return err
	}
	if a.deps.Watch != nil {
		if err := a.deps.Watch(p.Watch); err != nil {
			return fmt.Errorf("policy watch: %w", err)
		}
	}
	a.policy.now.Store(&p)
	a.detect.setPolicy(p)
	a.sensors.setOff(p.Off)
	for _, name := range p.Off {
		if !a.hasSensor(name) { // of another release, or mistyped
			a.deps.Log.Warn("policy.sensors_off names a sensor that this agent has not", "sensor", name)
		}
	}
	if a.deps.Scan != nil {
		a.deps.Scan(p.Scan.Times())
	}
	a.noise.SetLimit(p.AggregateAbove)
	for _, s := range a.deps.Sensors {
		if shell, ok := s.(interactive); ok {
			shell.SetInteractive(p.InteractiveShells)
		}
	}
	a.deps.Enrich.SetMaxSize(p.Hash.MaxSize)
	a.deps.Enrich.SetHashFiles(p.Hash.Files != wire.HashExecutable)
	a.deps.Spool.SetMaxBytes(p.Spool.MaxSize)
	a.deps.Log.Info("policy is in force", "respond", p.Respond, "cpu_limit", p.CPULimit, "watch", len(p.Watch), "sensors_off", len(p.Off))
	return nil
}
