package file

import (
	"fmt"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
)

// atXattr is the program at the ends of the calls about extended attributes.
const atXattr = "on_xattr"

// xattrCalls are those calls, and those that came with Linux 6.13.
func xattrCalls() (calls, newer []string) {
	return []string{"setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr"},
		[]string{"setxattrat", "removexattrat"}
}

// attachFunctions attaches the programs at functions of the kernel.
func (s *Sensor) attachFunctions(handle func(kernel.Record) error) (*kernel.Programs, []string, error) {
	spec, err := s.functions()
	if err != nil {
		return nil, nil, err
	}
	p, err := s.o.Kernel.Attach(kernel.Source{ID: kernel.File, Spec: spec, Hook: kernel.Function, Handle: handle})
	return p, nil, err
}

// functions returns the object of the rung as it is for this kernel.
func (s *Sensor) functions() (*ebpf.CollectionSpec, error) {
	spec, err := loadHooks()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	calls, newer := xattrCalls()
	if _, err := kernel.Spread(spec, atXattr, calls, newer); err != nil {
		return nil, err
	}
	n, err := ebpf.PossibleCPU()
	if err != nil {
		return nil, fmt.Errorf("count the processors: %w", err)
	}
	spec.Maps["slots"].MaxEntries = uint32(n) * spec.Maps["slots"].MaxEntries
	// It is only what scratch.h brings for programs at tracepoints.
	delete(spec.Maps, "scratches")
	return spec, nil
}
