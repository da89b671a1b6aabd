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
	if untuned() {
		debug.SetGCPercent(managerGC)
		debug.SetMemoryLimit(managerLimit)
	}
}

// Rules make much garbage when they are read, and detection none: collecting
// more often keeps the peak low and costs nothing afterwards.
const detectGC = 40

func tuneDetect() {
	if untuned() {
		debug.SetGCPercent(detectGC)
	}
}

func untuned() bool { return os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" }
