// Package calls is the sensor of system calls that are rare and matter by
// themselves: looking into other processes and changing them, signals to them,
// changes of users and capabilities, kernel modules, BPF programs, mounts,
// namespaces, files in memory, memory that becomes executable, clearing of the
// kernel's log, io_uring, and raw sockets.
//
// A call is seen when it ends, with its arguments, its outcome and the error of
// one that failed. The rung fentry has a program at the end of the kernel's
// function of each call that is looked at (kernel.CallEnds), and other calls pay
// nothing. Where such programs do not load, the rung tp_btf shares the program
// at the exit of system calls with the sensor of files (kernel.OnReturn), so the
// calls that it does not look at pay nothing for it; on its own it costs each
// call of the host a tenth of a microsecond. Both see the same.
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
	"slices"
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
	Rung   string          // the only one to try; "" is all, best first
	Gather time.Duration   // how long like calls are counted before they are told; 0 is 5 s
	Lower  []sensor.Source // rungs below the kernel's, best first
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
	s.sources = append(s.ends().Sources(), o.Lower...)
	if o.Rung != "" {
		s.sources = slices.DeleteFunc(s.sources, func(r sensor.Source) bool { return r.Name != o.Rung })
	}
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

const limits = "calls of 32-bit programs"

// Names of programs.
const (
	atReturn = "on_rare_return"
	onModule = "on_module"
	sweeper  = "sweep_calls"
)

// ends are the rungs of the kernel.
func (s *Sensor) ends() *kernel.Ends {
	return &kernel.Ends{
		Kernel: s.o.Kernel, Reason: s.o.Reason, ID: kernel.Calls, Load: loadProgram, Optional: []string{onModule},
		Calls:   kernel.CallEnds{Program: atReturn, Slot: kernel.ReturnCalls, Names: Watched()},
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

// Watched lists the calls of on_rare_return in calls.bpf.c. The last to be
// attached is bpf, or the sensor would tell of how it attaches itself.
func Watched() []string {
	return []string{
		"ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kill", "tkill", "tgkill",
		"rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal", "setuid", "setgid", "setreuid", "setregid",
		"setresuid", "setresgid", "capset", "init_module", "finit_module", "delete_module", "ioctl",
		"mount", "umount2", "move_mount", "pivot_root", "unshare", "setns", "memfd_create",
		"mmap", "mprotect", "pkey_mprotect", "syslog", "socket", "io_uring_setup", "bpf",
	}
}
