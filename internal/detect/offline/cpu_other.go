//go:build !linux

package offline

import (
	"runtime"
	"time"
)

// began is when the program was loaded. immutable
var began = time.Now()

// threadCPU returns elapsed time where the CPU time of a thread is not at hand:
// on a busy machine the time of matching is then too long.
func threadCPU() time.Duration { return time.Since(began) }

// Usage returns the elapsed time of the process and the memory that it has
// from the system, bytes.
func Usage() (cpu time.Duration, resident int64) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return time.Since(began), int64(m.Sys)
}
