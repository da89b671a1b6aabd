// Package sensor is the contract between the agent and what makes its events.
// A sensor is one subject (program execution, files, the network) with rungs:
// sources of the same events, best first. Each sensor has a directory of its
// own below this one; the list of them is in sensor/all.
package sensor

import (
	"context"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// Emit hands an event on. It takes over the event, never blocks for long and
// may be called from several goroutines.
type Emit func(*event.Event)

// Sensor makes events of one subject.
type Sensor interface {
	// Spec says what the sensor is; it does not change.
	Spec() Spec
	// Run takes the first rung that works, emits an agent_sensor event that
	// names it, and then emits until ctx is done, when it returns nil. It comes
	// down a rung when one breaks; an error means "restart me". It never
	// retries, sleeps or restarts by itself.
	Run(ctx context.Context, emit Emit) error
}

// Follower is a sensor that works on what others saw: an execution whose script
// it reads, a change of a file that it compares with what it knew. What it
// makes of an event goes through emit, from its own goroutine.
type Follower interface {
	Sensor
	// Follows lists the kinds of events that it is given.
	Follows() []event.Kind
	// Follow is given an event when it is complete, in the order of the events,
	// also while the sensor does not run. It must return at once, keep what it
	// wants to do for later within a bound, and change nothing of the event.
	Follow(e *event.Event)
	// Missed returns how many events it could not look at so far; see Backlog.
	Missed() int64
}

// Spec describes a sensor.
type Spec struct {
	Name  string // event.provider of its events
	Doc   string // one sentence
	Kinds []event.Kind
	Rungs []Rung // best first
}

// Rung is one source of a sensor's events.
type Rung struct {
	Name   string // event.rung of its events, for example "tp_btf"
	Needs  string // what a host must have for it, for people
	Limits string // what it cannot see, for people, a list with ", " between; empty when it sees all
	// Only lists the kinds that it makes, of those of the sensor; nil is all.
	Only []event.Kind
}

// Took returns the agent_sensor event that says which rung a sensor took,
// "" for none, and why better ones failed. A reason that says what the rung does
// not see makes the host degraded.
func Took(name, rung, reason string, at event.Time) *event.Event {
	e := &event.Event{
		Time: at, Kind: event.AgentSensor, Provider: name, Rung: rung,
		Status: &event.Status{Sensor: name, Rung: rung, RungReason: reason, From: at},
	}
	if rung != "" && strings.Contains("; "+reason, "; "+rung+doesNotSee) {
		e.Status.LossState = SeesLess
	}
	return e
}

// SeesLess is the loss state of an agent_sensor event whose rung does not see all
// that the best one would.
const SeesLess = "cut"
