package kernel

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// The sizes of vedette.h.
const (
	sensors = 16
	kinds   = 128
)

// Flags of maps, from linux/bpf.h.
const (
	noPrealloc = 1
	mappable   = 1 << 10
)

// sharedMaps are the maps that all sensors use; the names, types and sizes are
// those of the headers in bpf/.
func sharedMaps(ringSize int) []*ebpf.MapSpec {
	return []*ebpf.MapSpec{
		{Name: "ring", Type: ebpf.RingBuf, MaxEntries: uint32(ringSize)},
		{Name: "scope", Type: ebpf.CGroupArray, KeySize: 4, ValueSize: 4, MaxEntries: 1},
		{Name: "numbers", Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: sensors, Flags: mappable},
		{Name: "drops", Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: sensors * kinds, Flags: mappable},
		{Name: "forks", Type: ebpf.Hash, KeySize: 4, ValueSize: 8 + 64, MaxEntries: 4096},
		{Name: "watch", Type: ebpf.Hash, KeySize: 16, ValueSize: 1, MaxEntries: maxWatch, Flags: noPrealloc},
		{Name: "watch_names", Type: ebpf.Hash, KeySize: 16 + nameSize, ValueSize: 1, MaxEntries: maxWatchNames, Flags: noPrealloc},
		{Name: "urgent_on", Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1},
		{Name: "urgent_files", Type: ebpf.Hash, KeySize: 16, ValueSize: 1, MaxEntries: maxUrgentFiles, Flags: noPrealloc},
		{Name: "urgent_names", Type: ebpf.Hash, KeySize: nameSize, ValueSize: 1, MaxEntries: maxUrgentNames, Flags: noPrealloc},
		{Name: "returns", Type: ebpf.ProgramArray, KeySize: 4, ValueSize: 4, MaxEntries: returnSlots},
		{Name: callReturns(0), Type: ebpf.ProgramArray, KeySize: 4, ValueSize: 4, MaxEntries: returnSlots},
		{Name: callReturns(1), Type: ebpf.ProgramArray, KeySize: 4, ValueSize: 4, MaxEntries: returnSlots},
	}
}

// refused explains an error of the bpf system call.
func refused(what string, err error) error {
	switch {
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%s: %w: the kernel does not permit it (EPERM): run as root, with CAP_BPF and CAP_PERFMON, and without a filter on bpf(2): %w", what, ErrNotSupported, err)
	case errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("%s: %w: the kernel has no bpf(2) (CONFIG_BPF_SYSCALL): %w", what, ErrNotSupported, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}
