//go:build race

package index

// raceEnabled says that the race detector adds allocations of its own.
const raceEnabled = true
