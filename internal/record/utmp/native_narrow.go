//go:build !arm64 && !riscv64 && !loong64

package utmp

// Native returns the layout of this host.
func Native() Layout { return Narrow() }
