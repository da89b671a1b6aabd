// Package library is the sensor of files that processes map for execution:
// shared libraries, plugins, and programs that a loader was told to run.
//
// The ends of mmap and mprotect are seen: on the rung fentry by programs at the
// kernel's functions of these calls (kernel.CallEnds), and where such programs do
// not load, on the rung tp_btf, through the program at the exit of every system
// call that all sensors share (kernel.OnReturn). Both see the same. The
// file is found by the memory that was mapped, not by the descriptor, which
// another thread may change; only while another thread changes the memory of
// the process, when it cannot be looked at, the descriptor says which file it is.
//
// What every process loads all the time would be told thousands of times a
// second. A file of the system (below /usr, /lib*, /bin, /sbin, /opt, /nix or
// /snap, owned by root and writable by nobody else) is told for each process,
// but of a pair of program and library only ten times at once and once a second
// after that; what comes on top is counted in the kernel, exactly, and told in
// one event within six seconds, with event.count and the times of the first and
// the last, in the name of the first process. A changed file is another one.
// All other files, as those below /tmp and /home, in memory or removed, are told
// once for each process, always.
//
// Where the kernel does not tell of calls there is the rung maps: when a program
// was executed, the memory of its process is looked at in /proc, at once and one
// second later. What a process loads later is not seen there, nor what one loads
// that ends at once; files of the system are told once a minute for each program,
// with the number of loads that were seen.
//
// Not seen: the program itself and its loader, which the kernel maps at the
// execution (process_start has the program), memory attached with shmat, and
// 32-bit programs.
//
// While it runs, the sensor has no goroutine of its own.
package library

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	Kernel *kernel.Kernel // nil when it could not be opened
	Reason error          // why Kernel is nil
	Now    func() event.Time
	Rung   string        // the only one to try; "" is all, best first
	Gather time.Duration // how long loads are counted before they are told; 0 is 4 s
	Proc   string        // where proc is mounted; "" is /proc
}

// Sensor makes events of libraries.
type Sensor struct {
	o       Options
	sources []sensor.Source
	started *sensor.Backlog // programs that were executed, for the rung maps
	looks   atomic.Bool     // the rung maps runs
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	if o.Gather == 0 {
		o.Gather = 4 * time.Second
	}
	s := &Sensor{o: o, started: sensor.NewBacklog(maxStarted)}
	s.sources = append(s.ends().Sources(), sensor.Source{
		Rung: sensor.Rung{Name: rungMaps, Needs: "/proc, and the executions that the sensor exec tells of", Limits: mapsLimits},
		Run:  s.look,
	})
	if o.Rung != "" {
		s.sources = slices.DeleteFunc(s.sources, func(r sensor.Source) bool { return r.Name != o.Rung })
	}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name:  "library",
		Doc:   "Files that processes map for execution, such as shared libraries.",
		Kinds: []event.Kind{event.LibraryLoad},
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "library", s.sources, emit, s.o.Now)
}

const limits = "32-bit programs"

// Names of programs.
const (
	atReturn = "on_library_return"
	sweeper  = "sweep_libraries"
)

// ends are the rungs of the kernel.
func (s *Sensor) ends() *kernel.Ends {
	return &kernel.Ends{
		Kernel: s.o.Kernel, Reason: s.o.Reason, ID: kernel.Library, Load: loadProgram,
		Calls:   kernel.CallEnds{Program: atReturn, Slot: kernel.ReturnLibrary, Names: []string{"mmap", "mprotect", "pkey_mprotect"}},
		Sweeper: sweeper, Gather: s.o.Gather, Limits: limits, Handle: s.handle,
	}
}

// handle returns what makes events of the records of a rung.
func (s *Sensor) handle(rung string, emit sensor.Emit) func(kernel.Record) error {
	d := &decoder{s.o.Kernel, kernel.NewTexts(), rung}
	return func(r kernel.Record) error {
		e, err := d.decode(r)
		if err == nil {
			emit(e)
		}
		return err
	}
}
