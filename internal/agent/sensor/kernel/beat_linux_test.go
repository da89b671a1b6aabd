package kernel_test

import (
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// All are told, no faster than they want, and nobody is told after the end.
func TestBeat(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{RingSize: 1 << 16})
	one, stopOne := k.Beat(400 * time.Millisecond)
	two, stopTwo := k.Beat(400 * time.Millisecond)
	defer stopTwo()
	begin := time.Now()
	for range 5 {
		<-one
		<-two
	}
	if took := time.Since(begin); took < 1600*time.Millisecond {
		t.Errorf("five beats of 400 ms took %s", took)
	}
	stopOne()
	select {
	case <-one: // told before the end
	default:
	}
	<-two
	<-two
	select {
	case <-one:
		t.Error("told after the end")
	default:
	}
}
