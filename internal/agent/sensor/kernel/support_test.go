package kernel

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// host writes a proc and a sysfs of a host that has all.
func host(t *testing.T) (proc, sys string) {
	t.Helper()
	root := t.TempDir()
	proc, sys = filepath.Join(root, "proc"), filepath.Join(root, "sys")
	write(t, filepath.Join(proc, "self/status"), "Name:\tx\nCapEff:\t000001ffffffffff\n")
	write(t, filepath.Join(proc, "sys/kernel/unprivileged_bpf_disabled"), "2\n")
	write(t, filepath.Join(sys, "kernel/btf/vmlinux"), "")
	write(t, filepath.Join(sys, "kernel/security/lockdown"), "none [integrity] confidentiality\n")
	return proc, sys
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestSupported(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, proc, sys string)
		want   []string // parts of the error; none is supported
	}{
		{"all there", func(*testing.T, string, string) {}, nil},
		{"not root", func(t *testing.T, proc, _ string) {
			write(t, filepath.Join(proc, "self/status"), "CapEff:\t0000000000000000\n")
		}, []string{"not permitted", "run as root", "CAP_BPF", "CAP_PERFMON"}},
		{"only CAP_BPF", func(t *testing.T, proc, _ string) {
			write(t, filepath.Join(proc, "self/status"), "CapEff:\t0000008000000000\n")
		}, []string{"not permitted"}},
		{"CAP_BPF and CAP_PERFMON", func(t *testing.T, proc, _ string) {
			write(t, filepath.Join(proc, "self/status"), "CapEff:\t000000c000000000\n")
		}, nil},
		{"no BPF", func(t *testing.T, proc, _ string) {
			os.Remove(filepath.Join(proc, "sys/kernel/unprivileged_bpf_disabled"))
		}, []string{"no bpf(2)", "CONFIG_BPF_SYSCALL"}},
		{"no BTF", func(t *testing.T, _, sys string) {
			os.Remove(filepath.Join(sys, "kernel/btf/vmlinux"))
		}, []string{"no type information", "CONFIG_DEBUG_INFO_BTF"}},
		{"locked down", func(t *testing.T, _, sys string) {
			write(t, filepath.Join(sys, "kernel/security/lockdown"), "none integrity [confidentiality]\n")
		}, []string{"locked down", "lockdown=integrity"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			proc, sys := host(t)
			c.change(t, proc, sys)
			err := Supported(proc, sys)
			if c.want == nil && err != nil {
				t.Fatal(err)
			}
			for _, part := range c.want {
				if !errors.Is(err, ErrNotSupported) || !strings.Contains(err.Error(), part) {
					t.Errorf("error %v, want ErrNotSupported with %q", err, part)
				}
			}
		})
	}
}

// Open refuses before it touches the kernel, and says the same.
func TestOpenNotSupported(t *testing.T) {
	proc, sys := host(t)
	os.Remove(filepath.Join(sys, "kernel/btf/vmlinux"))
	if _, err := Open(Options{Proc: proc, Sys: sys}); !errors.Is(err, ErrNotSupported) {
		t.Errorf("error %v, want ErrNotSupported", err)
	}
	if _, err := Open(Options{Proc: filepath.Join(proc, "nothing"), Sys: sys}); err == nil || !strings.Contains(err.Error(), "is proc mounted") {
		t.Errorf("error %v, want a question about proc", err)
	}
}
