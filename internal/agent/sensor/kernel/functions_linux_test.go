package kernel_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// nothing is a program that does nothing at the exit of system calls.
func nothing() *ebpf.CollectionSpec {
	return &ebpf.CollectionSpec{Programs: map[string]*ebpf.ProgramSpec{"nothing": {
		Name: "nothing", Type: ebpf.Tracing, AttachType: ebpf.AttachTraceRawTp, AttachTo: "sys_exit", License: "Dual MIT/GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 0), asm.Return()},
	}}}
}

func TestSpread(t *testing.T) {
	if _, err := btf.LoadKernelSpec(); err != nil {
		t.Skip("SKIPPED: the kernel's types cannot be read: ", err)
	}
	spec := nothing()
	absent, err := kernel.Spread(spec, "nothing", []string{"kill", "umount2"}, []string{"no_such_call", "mmap"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for name, p := range spec.Programs {
		got = append(got, name+" "+strings.TrimLeft(p.AttachTo, "_armx64"))
	}
	slices.Sort(got)
	if s := strings.Join(got, ", "); s != "nothing_kill sys_kill, nothing_mmap sys_mmap, nothing_umount2 sys_umount" {
		t.Error(s)
	}
	if !slices.Equal(absent, []string{"no_such_call"}) {
		t.Errorf("absent are %v", absent)
	}
	if _, err := kernel.Spread(nothing(), "nothing", []string{"kill", "no_such_call"}, nil); !errors.Is(err, kernel.ErrNoFunctions) || !errors.Is(err, kernel.ErrNotSupported) || !strings.Contains(err.Error(), "sys_no_such_call") {
		t.Errorf("a needed call that is absent: %v", err)
	}
	if _, err := kernel.Spread(nothing(), "something", nil, nil); err == nil {
		t.Error("spread a program that is not there")
	}
}

// Either all calls of a sensor are seen or none, whatever their prototypes.
func TestCallsAllOrNone(t *testing.T) {
	k := sensortest.KernelFor(t, "fentry", kernel.Options{}, "kill", "mprotect")
	attach := func(id uint8, calls ...string) (*kernel.Programs, error) {
		return k.Attach(kernel.Source{ID: id, Spec: nothing(), Calls: &kernel.CallEnds{Program: "nothing", Slot: kernel.ReturnCalls, Names: calls}})
	}
	if _, err := attach(kernel.Calls, "kill", "no_such_call"); !errors.Is(err, kernel.ErrNoFunctions) {
		t.Errorf("an unknown call: %v", err)
	}
	if got := k.Costs(); len(got) != 0 {
		t.Errorf("attached is %v", got)
	}
	p, err := attach(kernel.Calls, "kill", "mprotect")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := attach(kernel.Library, "kill"); err == nil || !strings.Contains(err.Error(), "taken") {
		t.Errorf("a slot that is taken: %v", err)
	}
	for _, name := range []string{"on_any_return_kill", "on_any_return_mprotect"} {
		if _, there := k.Costs()[name]; !there {
			t.Errorf("%s is not attached; attached is %v", name, k.Costs())
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if got := k.Costs(); len(got) != 0 {
		t.Errorf("attached is %v after the end", got)
	}
}

// Where programs at functions do not load, the error says so and no more is
// tried.
func TestFunctionsRefused(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	why := k.Functions()
	if why == nil {
		t.Skip("SKIPPED: programs at functions load here")
	}
	if !errors.Is(why, kernel.ErrNoFunctions) || !errors.Is(why, kernel.ErrNotSupported) {
		t.Errorf("%v", why)
	}
	for _, s := range []kernel.Source{
		{Calls: &kernel.CallEnds{Program: "nothing", Slot: kernel.ReturnCalls, Names: []string{"kill"}}},
		{Hook: kernel.Function},
	} {
		s.ID, s.Spec = kernel.Calls, nothing()
		s.Spec.Programs["nothing"].AttachType, s.Spec.Programs["nothing"].AttachTo = ebpf.AttachTraceFEntry, "do_exit"
		if _, err := k.Attach(s); !errors.Is(err, kernel.ErrNoFunctions) {
			t.Errorf("attach: %v", err)
		}
	}
	if got := k.Costs(); len(got) != 0 {
		t.Errorf("attached is %v", got)
	}
}
