package dns

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// TestTooManyLibraries: a library that is one too many is an error that tells so,
// whatever process loads it.
func TestTooManyLibraries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "libc.so.6")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := newLibraries(Options{Proc: "/proc"}, nil)
	l.probes = kernel.NewProbes(kernel.ProbesOptions{Most: 1})
	if _, err := l.probes.Add("/proc/self/exe", func(string) ([]io.Closer, error) { return nil, nil }); err != nil {
		t.Fatal(err)
	}
	err := l.load(&event.Event{File: &event.File{Path: path}, Process: &event.Process{PID: int64(os.Getpid())}})
	if !errors.Is(err, kernel.ErrFull) {
		t.Error(err)
	}
}
