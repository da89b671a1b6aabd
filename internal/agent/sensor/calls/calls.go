// Package calls is the sensor of system calls that are rare and matter by
// themselves: looking into other processes and changing them, signals to them,
// changes of users and capabilities, kernel modules, BPF programs, mounts,
// namespaces, files in memory, memory that becomes executable, clearing of the
// kernel's log, io_uring, and raw sockets.
//
// The rung tp_btf sees a call when it ends, with its arguments, its outcome and
// the error of one that failed. It shares the program at the exit of system
// calls with the sensor of files (kernel.OnReturn), so the calls that it does
// not look at pay nothing for it; on its own it costs each call of the host a
// tenth of a microsecond.
//
// Calls of a process that are alike (the same call and request, the same
// target, the same outcome) and can come by the thousand are told once, then
// counted in the kernel and told together after five seconds, with their
// number and the times of the first and the last: access, tampering, signals,
// credentials and executable memory. When a thousand such sets are open, calls
// of new ones are told one by one.
//
// Not seen: calls that never return, calls of 32-bit programs, a signal that a
// process sends to itself, clone with new namespaces (the process_start that
// follows has them), and what happens through an io_uring. Texts are as the
// process gave them: the paths of a mount may be relative. A target of another
// pid namespace is resolved since Linux 6.13; before, its number is told with
// its namespace.
//
// While it runs, the sensor has no goroutine of its own.
package calls

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
	Now    func() event.Time
	Gather time.Duration // how long like calls are counted before they are told; 0 is 5 s
}

// Sensor makes events of rare system calls.
type Sensor struct {
	o       Options
	sources []sensor.Source
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	if o.Gather == 0 {
		o.Gather = 5 * time.Second
	}
	s := &Sensor{o: o}
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{
			Name: "tp_btf", Needs: "Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF, and root (CAP_BPF and CAP_PERFMON)",
			Limits: "calls of 32-bit programs",
		},
		Run: s.trace,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name: "calls",
		Doc:  "Rare system calls: access to other processes, credentials, modules, BPF, mounts, namespaces, memory, raw sockets.",
		Kinds: []event.Kind{
			event.ProcessAccess, event.ProcessTamper, event.ProcessSignal, event.CredentialChange,
			event.ModuleLoad, event.ModuleUnload, event.BPFLoad, event.BPFAttach, event.MountCreate, event.MountRemove,
			event.NamespaceChange, event.MemfdCreate, event.MemoryExecute, event.KernelLogClear, event.UringCreate,
			event.NetRaw,
		},
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "calls", s.sources, emit, s.o.Now)
}

// Names of programs.
const (
	atReturn = "on_rare_return"
	onModule = "on_module"
	sweeper  = "sweep_calls"
)

// trace is the rung of the exits of system calls.
func (s *Sensor) trace(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	if s.o.Kernel == nil {
		return kernel.NotOpen(s.o.Reason)
	}
	d := &decoder{clock: s.o.Kernel, texts: kernel.NewTexts()}
	programs, err := s.attach(func(r kernel.Record) error {
		e, err := d.decode(r)
		if err == nil {
			emit(e)
		}
		return err
	})
	if err != nil {
		return err
	}
	took()
	return errors.Join(s.sweep(ctx, programs), programs.Close())
}

func (s *Sensor) attach(handle func(kernel.Record) error) (*kernel.Programs, error) {
	spec, err := loadProgram()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	return s.o.Kernel.Attach(kernel.Source{
		ID: kernel.Calls, Spec: spec, Handle: handle, Hook: s.hook, Optional: []string{onModule},
	})
}

func (s *Sensor) hook(name string, p *ebpf.Program) (io.Closer, error) {
	switch name {
	case atReturn:
		return s.o.Kernel.OnReturn(kernel.ReturnCalls, p)
	case sweeper:
		return nil, nil
	}
	return kernel.Tracepoint(name, p)
}

// sweep has the kernel tell of the calls that were only counted, until ctx is
// done, and then of all of them.
func (s *Sensor) sweep(ctx context.Context, programs *kernel.Programs) error {
	return programs.Sweep(ctx, sweeper, s.o.Gather, func(age time.Duration) any { return struct{ Now, Gather uint64 }{Gather: uint64(age)} })
}
