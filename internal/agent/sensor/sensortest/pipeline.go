package sensortest

import (
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// Pipeline is Run for sensors that follow others: as in the agent, one
// goroutine completes the events in their order (complete is the enricher's
// Enrich, nil is none), records them, and gives them to the followers.
func Pipeline(t testing.TB, complete func(*event.Event), sensors ...sensor.Sensor) *Recorder {
	t.Helper()
	queue := make(chan *event.Event, 1<<16)
	r := &Recorder{}
	followers := map[event.Kind][]sensor.Follower{}
	for _, s := range sensors {
		f, ok := s.(sensor.Follower)
		if !ok {
			continue
		}
		for _, k := range f.Follows() {
			followers[k] = append(followers[k], f)
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e := range queue {
			if complete != nil {
				complete(e)
			}
			r.Emit(e)
			for _, f := range followers[e.Kind] {
				f.Follow(e)
			}
		}
	}()
	t.Cleanup(func() { close(queue); <-done }) // after the sensors have ended
	RunWith(t, func(e *event.Event) { queue <- e }, sensors...)
	return r
}
