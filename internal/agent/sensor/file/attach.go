package file

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
)

// Programs at the entry of system calls: one typed tracepoint for all, or one
// classic tracepoint for each that matters.
const (
	typedEntry   = "on_call"
	classicEntry = "call_" // prefix; the rest is the name of the call
)

// attachCalls attaches the programs with the classic tracepoints, which cost the
// other system calls less, or, where tracefs is not mounted or lacks them, with
// the typed one.
func (s *Sensor) attachCalls(handle func(kernel.Record) error) (*kernel.Programs, []string, error) {
	var why error
	if !s.typed {
		p, err := s.attachEntry(handle, false)
		if err == nil {
			return p, nil, nil
		}
		why = err
		s.o.Log.Info("the file sensor takes the typed entry of system calls", "reason", err)
	}
	p, err := s.attachEntry(handle, true)
	if err != nil {
		return nil, nil, errors.Join(err, why)
	}
	return p, nil, nil
}

func (s *Sensor) attachEntry(handle func(kernel.Record) error, typed bool) (*kernel.Programs, error) {
	spec, err := loadProgram()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	for name := range spec.Programs {
		if classic := strings.HasPrefix(name, classicEntry); classic && typed || name == typedEntry && !typed {
			delete(spec.Programs, name)
		}
	}
	return s.o.Kernel.Attach(kernel.Source{ID: kernel.File, Spec: spec, Hook: s.hook, Handle: handle, Optional: []string{"on_prepare_exec"}})
}

func (s *Sensor) hook(name string, p *ebpf.Program) (io.Closer, error) {
	if name == "on_return" {
		return s.o.Kernel.OnReturn(kernel.ReturnFile, p)
	}
	if call, ok := strings.CutPrefix(name, classicEntry); ok {
		return link.Tracepoint("syscalls", "sys_enter_"+call, p, nil)
	}
	return kernel.Tracepoint(name, p)
}
