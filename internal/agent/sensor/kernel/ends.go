package kernel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// Names of the rungs of Ends.
const (
	AtFunctions = "fentry" // programs at the ends of the calls that are looked at
	AtEveryCall = "tp_btf" // the program at the exit of every call, which the sensors share
)

// Ends is a sensor that sees system calls when they end, on one of two rungs
// that see the same: CallEnds where such programs load, and else OnReturn. What
// its program only counts is told by another one now and then.
type Ends struct {
	Kernel   *Kernel // nil when it could not be opened
	Reason   error   // why Kernel is nil
	ID       uint8   // Calls, Library, ...
	Load     func() (*ebpf.CollectionSpec, error)
	Calls    CallEnds
	Optional []string // as in Source

	Sweeper string        // program that tells of what was only counted, as Programs.Sweep runs it
	Gather  time.Duration // for how long is counted
	Limits  string        // of both rungs

	// Handle returns what handles the records of a rung.
	Handle func(rung string, emit sensor.Emit) func(Record) error
}

// Sources returns both rungs, best first.
func (e *Ends) Sources() []sensor.Source {
	return []sensor.Source{
		{
			Rung: sensor.Rung{Name: AtFunctions, Needs: "Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF on which programs at functions of the kernel (fexit) load, and root", Limits: e.Limits},
			Run:  e.run(AtFunctions),
		},
		{
			Rung: sensor.Rung{Name: AtEveryCall, Needs: "Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF, and root (CAP_BPF and CAP_PERFMON)", Limits: e.Limits},
			Run:  e.run(AtEveryCall),
		},
	}
}

func (e *Ends) run(rung string) func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	return func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
		if e.Kernel == nil {
			return NotOpen(e.Reason)
		}
		programs, err := e.Attach(rung, e.Handle(rung, emit))
		if err != nil {
			return err
		}
		took()
		// At the end all of what was only counted is told.
		err = programs.Sweep(ctx, e.Sweeper, e.Gather, func(age time.Duration) any { return struct{ Now, Gather uint64 }{Gather: uint64(age)} })
		return errors.Join(err, programs.Close())
	}
}

// Attach attaches the programs of a rung.
func (e *Ends) Attach(rung string, handle func(Record) error) (*Programs, error) {
	spec, err := e.Load()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	source := Source{ID: e.ID, Spec: spec, Handle: handle, Hook: e.hook, Optional: e.Optional}
	if rung == AtFunctions {
		source.Calls = &e.Calls
	}
	return e.Kernel.Attach(source)
}

func (e *Ends) hook(name string, p *ebpf.Program) (io.Closer, error) {
	switch name {
	case e.Calls.Program:
		return e.Kernel.OnReturn(e.Calls.Slot, p)
	case e.Sweeper:
		return nil, nil
	}
	return Tracepoint(name, p)
}
