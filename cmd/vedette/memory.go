package main

import (
	"os"
	"runtime/debug"
)

// A manager that stores makes much garbage that lives shortly; collecting it
// as often as Go does by default takes a fifth of its CPU time. GOGC and
// GOMEMLIMIT in the environment win.
const (
	managerGC    = 300       // percent of the live memory
	managerLimit = 768 << 20 // bytes from which it collects more often again
)

func tuneManager() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(managerGC)
		debug.SetMemoryLimit(managerLimit)
	}
}
