//go:build !race

package rules_test

// raceEnabled says that the race detector slows everything down.
const raceEnabled = false
