package dns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Bounds of the C libraries that are watched.
const (
	maxLibraries = 64
	maxLoads     = 256 // loads of libraries that wait to be looked at
)

// usual is where the C library of a host is.
func usual() []string {
	return []string{
		"/lib/*-linux-gnu/libc.so.6", "/lib64/libc.so.6", "/usr/lib64/libc.so.6", "/usr/lib/libc.so.6",
		"/lib/ld-musl-*.so.1",
	}
}

// isLibrary says whether a file of that path is a C library.
func isLibrary(p string) bool {
	name := path.Base(p)
	return name == "libc.so.6" || strings.HasPrefix(name, "ld-musl-") && strings.HasSuffix(name, ".so.1") ||
		strings.HasPrefix(name, "libc.musl-") || strings.HasPrefix(name, "libc-2.") && strings.HasSuffix(name, ".so")
}

// function is one that looks names up; its number is that of lookup.h.
type function struct {
	number uint64
	symbol string
}

func functions() []function {
	return []function{{1, "getaddrinfo"}, {2, "gethostbyname_r"}, {3, "gethostbyname2_r"}}
}

// libraries are the C libraries in which look-ups are watched. It belongs to one
// goroutine.
type libraries struct {
	o        Options
	programs *kernel.Programs
	probes   *kernel.Probes
	left     int           // libraries that were left, when tries was made
	tries    map[inode]int // by the numbers that events tell
}

type inode struct{ device, number uint64 }

func newLibraries(o Options, p *kernel.Programs) *libraries {
	l := &libraries{o: o, programs: p, tries: map[inode]int{}}
	l.probes = kernel.NewProbes(kernel.ProbesOptions{Proc: o.Proc, Most: maxLibraries})
	return l
}

// upgrades is how often it is looked whether the libraries of the host are others
// now, which the loads of libraries tell as a rule.
const upgrades = 30 * time.Second

// place watches the libraries of the host, and leaves those that were replaced
// and that no process has any more. The error says why there is none.
func (l *libraries) place() error {
	patterns := l.o.Libraries
	if patterns == nil {
		patterns = usual()
	}
	var errs []error
	for _, pattern := range patterns {
		names, err := filepath.Glob(pattern)
		if err != nil {
			return fmt.Errorf("find C libraries as %s: %w", pattern, err)
		}
		for _, name := range names {
			if err := l.add(name); err != nil {
				errs = append(errs, err)
			}
		}
	}
	errs = append(errs, l.probes.Look())
	l.again()
	if l.probes.Count() > 0 {
		return nil
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return fmt.Errorf("%w: no C library is where one usually is (%s)", sensor.ErrNotSupported, strings.Join(patterns, ", "))
}

// again has libraries that were left looked for when they are loaded again.
func (l *libraries) again() {
	if n := l.probes.Left(); n != l.left {
		l.left = n
		clear(l.tries)
	}
}

// add watches the functions of one file.
func (l *libraries) add(name string) error {
	defer l.again()
	_, err := l.probes.Add(name, l.functions)
	return err
}

// functions places the programs at the functions of one file.
func (l *libraries) functions(name string) ([]io.Closer, error) {
	var placed []io.Closer
	for _, f := range functions() {
		for program, back := range map[string]bool{"on_lookup": false, "on_lookup_return": true} {
			p, err := l.programs.Uprobe(program, kernel.Uprobe{File: name, Symbol: f.symbol, Return: back, Cookie: f.number})
			if errors.Is(err, kernel.ErrNoSymbol) {
				continue
			}
			if err != nil { // what is placed would be placed again by the next try
				for _, p := range placed {
					err = errors.Join(err, p.Close())
				}
				return nil, err
			}
			placed = append(placed, p)
		}
	}
	return placed, nil
}

// follow watches the libraries of other mount namespaces as processes load
// them. full is called once, when one is not watched because there are too many.
func (l *libraries) follow(ctx context.Context, loads *sensor.Backlog, full func()) error {
	ended := make(chan error, 1)
	go func() { ended <- l.o.Kernel.Wait(ctx) }()
	look, stop := l.o.Kernel.Beat(l.o.Upgrades)
	defer stop()
	for {
		select {
		case err := <-ended:
			return err
		case <-look:
			if err := l.place(); err != nil {
				l.o.Log.Debug("C libraries of the host are not watched", "error", err)
			}
		case e := <-loads.Events():
			err := l.load(e)
			if err != nil {
				l.o.Log.Debug("a C library is not watched", "path", e.File.Path, "error", err)
			}
			if errors.Is(err, kernel.ErrFull) && full != nil {
				full()
				full = nil
			}
		}
	}
}

// Follows implements sensor.Follower.
func (s *Sensor) Follows() []event.Kind { return []event.Kind{event.LibraryLoad} }

// Follow implements sensor.Follower.
func (s *Sensor) Follow(e *event.Event) {
	if e.File != nil && e.Process != nil && isLibrary(e.File.Path) {
		s.loads.Put(e)
	}
}

// Missed implements sensor.Follower.
func (s *Sensor) Missed() int64 { return s.loads.Missed() }
