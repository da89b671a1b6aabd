package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrNotSupported says that the kernel, or what the agent may do, does not
// allow BPF sensors. The text names what is missing and what to do.
var ErrNotSupported = errors.New("BPF sensors do not work here")

// NotOpen is the error of a rung of a kernel's side that could not be opened
// for a reason.
func NotOpen(reason error) error {
	if errors.Is(reason, ErrNotSupported) {
		return reason // says it already
	}
	return errors.Join(reason, ErrNotSupported)
}

// Numbers of capabilities, from linux/capability.h.
const (
	capSysAdmin = 21
	capPerfmon  = 38
	capBPF      = 39
)

// Supported checks what can be known without trying: the capabilities of the
// agent, the bpf system call, type information of the kernel, and lockdown.
// The roots are where proc and sysfs are mounted.
func Supported(proc, sys string) error {
	if err := checkCapabilities(proc); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(proc, "sys/kernel/unprivileged_bpf_disabled")); errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: the kernel has no bpf(2): use one that is built with CONFIG_BPF_SYSCALL=y", ErrNotSupported)
	}
	if _, err := os.Stat(filepath.Join(sys, "kernel/btf/vmlinux")); err != nil {
		return fmt.Errorf("%w: the kernel has no type information (%s): use one that is built with CONFIG_DEBUG_INFO_BTF=y: %w",
			ErrNotSupported, filepath.Join(sys, "kernel/btf/vmlinux"), err)
	}
	text, err := os.ReadFile(filepath.Join(sys, "kernel/security/lockdown"))
	if err == nil && bytes.Contains(text, []byte("[confidentiality]")) {
		return fmt.Errorf("%w: the kernel is locked down (confidentiality): boot it with lockdown=integrity", ErrNotSupported)
	}
	return nil
}

func checkCapabilities(proc string) error {
	name := filepath.Join(proc, "self/status")
	text, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read own capabilities (is proc mounted at %s?): %w", proc, err)
	}
	for line := range strings.Lines(string(text)) {
		value, ok := strings.CutPrefix(line, "CapEff:")
		if !ok {
			continue
		}
		set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		if err != nil {
			return fmt.Errorf("read own capabilities from %s: %w", name, err)
		}
		const needed = 1<<capBPF | 1<<capPerfmon
		if set&(1<<capSysAdmin) == 0 && set&needed != needed {
			return fmt.Errorf("%w: not permitted: run as root, or with the capabilities CAP_BPF and CAP_PERFMON", ErrNotSupported)
		}
		return nil
	}
	return fmt.Errorf("read own capabilities: %s has no line CapEff", name)
}
