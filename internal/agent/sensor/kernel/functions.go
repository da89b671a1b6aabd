package kernel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// ErrNoFunctions says that no program can be attached to functions of the
// kernel here; it is an ErrNotSupported. A sensor has a lower rung then. It is
// immutable.
var ErrNoFunctions error = noFunctions{}

type noFunctions struct{}

func (noFunctions) Error() string {
	return "programs at functions of the kernel (fentry, fexit, LSM) do not work here"
}

func (noFunctions) Is(target error) bool { return target == ErrNotSupported }

// functions is what is known of programs at functions of the kernel.
type functions struct {
	once sync.Once
	err  error       // written in once
	used atomic.Bool // some were attached
}

// Functions returns nil where programs can be attached to functions of the
// kernel, and else ErrNoFunctions with the reason. Kernel.Attach asks it for
// every sensor whose programs need it.
func (k *Kernel) Functions() error {
	if on, err := k.functionsOn(); err != nil {
		return err
	} else if !on {
		return fmt.Errorf("%w: kernel.ftrace_enabled is 0, so they would be attached and never run: set it to 1 with `sysctl kernel.ftrace_enabled=1`", ErrNoFunctions)
	}
	k.functions.once.Do(func() {
		if k.functions.err = k.notPreempted(); k.functions.err == nil {
			k.functions.err = tryFunction()
		}
	})
	return k.functions.err
}

// tryFunction loads a program that does nothing for a function that every
// kernel has.
func tryFunction() error {
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "try_function", Type: ebpf.Tracing, AttachType: ebpf.AttachTraceFExit, AttachTo: callFunction("kill"),
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()}, License: "Dual MIT/GPL",
	})
	if err != nil {
		return refusedFunctions("load one", err)
	}
	return p.Close()
}

// refusedFunctions explains why programs at functions cannot be had.
func refusedFunctions(what string, err error) error {
	if errors.Is(err, unix.EPERM) {
		return fmt.Errorf("%s: %w: the kernel does not permit it (EPERM)", what, ErrNoFunctions)
	}
	if errors.Is(err, ErrNoFunctions) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w: %w", what, ErrNoFunctions, err)
}

// ftraceSwitch names the switch with which root silences all programs at
// functions.
func (k *Kernel) ftraceSwitch() string { return filepath.Join(k.o.Proc, "sys/kernel/ftrace_enabled") }

// functionsOn says whether programs at functions would run. A kernel without
// the switch has none to turn off.
func (k *Kernel) functionsOn() (bool, error) {
	text, err := os.ReadFile(k.ftraceSwitch())
	if errors.Is(err, os.ErrNotExist) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether programs at functions run: %w", err)
	}
	return strings.TrimSpace(string(text)) != "0", nil
}

// lookAtFunctions turns the programs at functions on again after somebody
// turned them all off.
func (k *Kernel) lookAtFunctions() []Tampering {
	if !k.functions.used.Load() {
		return nil
	}
	on, err := k.functionsOn()
	if on || err != nil {
		return nil
	}
	err = os.WriteFile(k.ftraceSwitch(), []byte("1"), 0)
	return []Tampering{{What: "kernel.ftrace_enabled set to 0, so programs at functions of the kernel did not run", Mended: err == nil, Err: err}}
}

// atFunction says whether a program is attached to a function of the kernel.
func atFunction(p *ebpf.ProgramSpec) bool {
	switch p.AttachType {
	case ebpf.AttachTraceFEntry, ebpf.AttachTraceFExit, ebpf.AttachModifyReturn, ebpf.AttachLSMMac:
		return true
	}
	return false
}

// usesFunctions says whether some program of a spec is.
func usesFunctions(spec *ebpf.CollectionSpec) bool {
	for _, p := range spec.Programs {
		if atFunction(p) {
			return true
		}
	}
	return false
}

// Function is the Hook of programs of the sections fentry, fexit, fmod_ret and
// lsm: it attaches them to the function that the section, or Spread, names.
func Function(_ string, p *ebpf.Program) (io.Closer, error) {
	if p.Type() == ebpf.LSM {
		return link.AttachLSM(link.LSMOptions{Program: p})
	}
	return link.AttachTracing(link.TracingOptions{Program: p})
}

// callFunction returns the name of the kernel's function of a system call of
// 64-bit programs. Its prototype is long (const struct pt_regs *regs), so a
// program of section fexit has the arguments of one at tp_btf/sys_exit.
func callFunction(call string) string {
	if call == "umount2" {
		call = "umount" // the function kept the name of the first one
	}
	if runtime.GOARCH == "arm64" {
		return "__arm64_sys_" + call
	}
	return "__x64_sys_" + call
}

// Spread puts copies of a program of a spec in its place, one for each of the
// named system calls, named PROGRAM_CALL: of section fentry or fexit at the
// function of the call. A needed call that is missing in the kernel's types is
// ErrNoFunctions; of the optional ones, which are newer than some kernels, those
// that are missing are returned.
func Spread(spec *ebpf.CollectionSpec, program string, needed, optional []string) (absent []string, err error) {
	types, err := btf.LoadKernelSpec()
	if err != nil {
		return nil, fmt.Errorf("read the kernel's types: %w", err)
	}
	return spread(types, spec, program, needed, optional)
}

func spread(types *btf.Spec, spec *ebpf.CollectionSpec, program string, needed, optional []string) (absent []string, err error) {
	p := spec.Programs[program]
	if p == nil {
		return nil, fmt.Errorf("spread %s: the object has no such program", program)
	}
	delete(spec.Programs, program)
	for i, call := range slices.Concat(needed, optional) {
		if _, err := prototype(types, call); i >= len(needed) && errors.Is(err, btf.ErrNotFound) {
			absent = append(absent, call)
			continue
		} else if err != nil {
			return nil, err
		}
		c := p.Copy()
		c.AttachTo = callFunction(call)
		spec.Programs[program+"_"+call] = c
	}
	return absent, nil
}

// prototype returns the number of the prototype of a call's function in the
// kernel's types.
func prototype(types *btf.Spec, call string) (btf.TypeID, error) {
	var f *btf.Func
	err := types.TypeByName(callFunction(call), &f)
	if errors.Is(err, btf.ErrNotFound) {
		return 0, fmt.Errorf("%w: the kernel's types have no function %s: %w", ErrNoFunctions, callFunction(call), err)
	} else if errors.Is(err, btf.ErrMultipleMatches) { // on 6.1, of calls that can be left out of a kernel
		return 0, fmt.Errorf("%w: the kernel's types have %s twice, and a program finds its function by the name alone", ErrNoFunctions, callFunction(call))
	} else if err != nil {
		return 0, fmt.Errorf("look for %s: %w", callFunction(call), err)
	}
	id, err := types.TypeID(f.Type)
	if err != nil {
		return 0, fmt.Errorf("look for the prototype of %s: %w", callFunction(call), err)
	}
	return id, nil
}
