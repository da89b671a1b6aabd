// Package rig starts the real program inside the sandbox and makes load for
// it: for the demo, the benchmarks, the kill rounds and the soak.
package rig
