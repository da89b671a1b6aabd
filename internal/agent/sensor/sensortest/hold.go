package sensortest

import (
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
)

// HoldCalls returns a KernelFor the rung "fentry" that tests use in turn: the
// programs at the functions of the calls stay where they are between the tests,
// because the kernel takes seconds to detach them. They go with the test program.
func HoldCalls(calls ...string) func(testing.TB) *kernel.Kernel {
	hold := sync.OnceValues(func() (*kernel.Kernel, error) {
		scope, err := os.Open(os.Getenv("VEDETTE_SCOPE"))
		if err != nil {
			return nil, err
		}
		k, err := kernel.Open(kernel.Options{Scope: scope, Private: []string{os.TempDir()}})
		if err != nil {
			return nil, err
		}
		_, err = k.Attach(kernel.Source{
			ID: kernel.File, Spec: nothing(), Handle: func(kernel.Record) error { return errors.New("nothing tells nothing") },
			Calls: &kernel.CallEnds{Program: "nothing", Slot: kernel.ReturnFile, Names: calls},
		})
		return k, err
	})
	return func(t testing.TB) *kernel.Kernel {
		t.Helper()
		Scope(t)
		k, err := hold()
		if errors.Is(err, kernel.ErrNotSupported) {
			t.Skip("SKIPPED: ", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
}

// nothing is a program that does nothing at the exit of system calls.
func nothing() *ebpf.CollectionSpec {
	return &ebpf.CollectionSpec{Programs: map[string]*ebpf.ProgramSpec{"nothing": {
		Name: "nothing", Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: "sys_exit", License: "Dual MIT/GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	}}}
}
