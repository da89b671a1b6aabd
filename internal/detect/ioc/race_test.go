//go:build race

package ioc

// raced reports whether the race detector, which allocates, is on.
func raced() bool { return true }
