package main

import (
	"os"
	"runtime/debug"
)

// From so many bytes on a manager collects garbage more often. What it stores
// waits in columns, which cost the collector little: a heap that may grow to
// four times the live one saved no CPU and took 200 MB more. GOGC and
// GOMEMLIMIT in the environment win.
const managerLimit = 768 << 20

func tuneManager() {
	if untuned() {
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
