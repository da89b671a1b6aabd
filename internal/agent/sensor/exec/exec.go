// Package exec is the sensor of programs: executions, forks and ends of
// processes.
//
// Its best rung reads everything from the kernel's memory in typed tracepoints,
// in the context of the process itself: there is no race with /proc, and a
// process that ends at once is described whole. The lower rungs ask the proc
// connector or look at /proc again and again; they say less and miss what is
// short.
//
// A fork that an execution follows is not told, as the execution says the same:
// a process_fork comes when the child does something else, ends, or has executed
// nothing for a second, with the time at which it was forked. The programs of
// all sensors see to it that it comes before what the child does.
//
// Of the environment of a new program the variables are told that change what
// is loaded or run (process.env_vars; the list is in environment.go). The first
// 8 kB come from the kernel; a longer one is read from /proc, twenty times a
// second at most, while the process is there. What was not looked at is said in
// event.reason.
//
// A Sensor has no goroutine of its own while a rung of the kernel delivers: its
// records are decoded by the reader of the package kernel.
package exec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	Kernel *kernel.Kernel // nil when it could not be opened
	Reason error          // why Kernel is nil
	Proc   string         // where proc is mounted; "" is /proc
	Now    func() event.Time
	Lower  []sensor.Source // rungs below the kernel's, best first
}

// Sensor makes process events.
type Sensor struct {
	o       Options
	sources []sensor.Source
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	s := &Sensor{o: o}
	s.sources = append([]sensor.Source{{
		Rung: sensor.Rung{Name: "tp_btf", Needs: "Linux 5.14 or later with CONFIG_DEBUG_INFO_BTF, and root (CAP_BPF and CAP_PERFMON)"},
		Run:  s.trace,
	}}, o.Lower...)
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name:  "exec",
		Doc:   "Programs that are executed, processes that are forked and end.",
		Kinds: []event.Kind{event.ProcessStart, event.ProcessEnd, event.ProcessFork},
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "exec", s.sources, emit, s.o.Now)
}

// trace is the rung of typed tracepoints.
func (s *Sensor) trace(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	if s.o.Kernel == nil {
		return kernel.NotOpen(s.o.Reason)
	}
	spec, err := loadProgram()
	if err != nil {
		return fmt.Errorf("read the object: %w", err)
	}
	d := newDecoder(s.o.Kernel, s.o.Proc)
	programs, err := s.o.Kernel.Attach(kernel.Source{ID: kernel.Exec, Spec: spec, Hook: hook, Handle: func(r kernel.Record) error {
		e, err := d.decode(r)
		if err == nil {
			emit(e)
		}
		return err
	}})
	if err != nil {
		return err
	}
	took()
	return errors.Join(s.sweep(ctx, programs), programs.Close())
}

// hook attaches all programs but the one that sweep runs.
func hook(name string, p *ebpf.Program) (io.Closer, error) {
	if name == sweeper {
		return nil, nil
	}
	return kernel.Tracepoint(name, p)
}

const (
	sweeper = "sweep_forks"
	settled = time.Second // a child that executed nothing for so long will not
)

// sweep has the kernel tell of the forks that no execution followed, until ctx
// is done, and then of all that wait.
func (s *Sensor) sweep(ctx context.Context, programs *kernel.Programs) error {
	return programs.Sweep(ctx, sweeper, settled, func(age time.Duration) any { return struct{ Older, Now uint64 }{Older: uint64(age)} })
}
