package sensor_test

import (
	"context"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// A new pace is that of those who wait already.
func TestPace(t *testing.T) {
	p := sensor.NewPace(time.Hour)
	done := make(chan bool, 1)
	go func() { done <- p.Wait(t.Context(), 0) }()
	now := time.Now()
	at, changed := p.Next(now)
	if !at.Equal(now.Add(time.Hour)) {
		t.Errorf("next at %v", at)
	}
	p.Set(0) // is none
	select {
	case <-changed:
		t.Error("no change is told as one")
	default:
	}
	p.Set(time.Millisecond)
	<-changed
	if !<-done {
		t.Error("the wait ended as if ctx were done")
	}
	if at, _ := p.Next(now); !at.Equal(now.Add(time.Millisecond)) {
		t.Errorf("next at %v", at)
	}
	begun := time.Now()
	if !p.Wait(t.Context(), 30*time.Millisecond) || time.Since(begun) < 30*time.Millisecond {
		t.Error("it did not wait for the least time")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if sensor.NewPace(time.Hour).Wait(ended, 0) {
		t.Error("it waited though ctx is done")
	}
}
