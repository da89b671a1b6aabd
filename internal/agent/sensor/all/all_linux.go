// Package all is the list of the sensors of each operating system.
package all

import (
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensors need.
type Options struct {
	Kernel *kernel.Kernel // nil when it could not be opened
	Reason error          // why Kernel is nil
	Now    func() event.Time
}

// Sensors returns the sensors.
func Sensors(o Options) []sensor.Sensor {
	return []sensor.Sensor{
		exec.New(exec.Options{Kernel: o.Kernel, Reason: o.Reason, Now: o.Now}),
	}
}
