package kernel_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	osexec "os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// counting is a program that counts its calls by cookie, within the scope.
func counting() *ebpf.CollectionSpec {
	return &ebpf.CollectionSpec{
		Maps: map[string]*ebpf.MapSpec{
			"scope": {Type: ebpf.CGroupArray, KeySize: 4, ValueSize: 4, MaxEntries: 1},
			"calls": {Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 8},
		},
		Programs: map[string]*ebpf.ProgramSpec{"on_call": {
			Type: ebpf.Kprobe, License: "Dual MIT/GPL",
			Instructions: asm.Instructions{
				asm.Mov.Reg(asm.R6, asm.R1),
				asm.LoadMapPtr(asm.R1, 0).WithReference("scope"),
				asm.Mov.Imm(asm.R2, 0),
				asm.FnCurrentTaskUnderCgroup.Call(),
				asm.JNE.Imm(asm.R0, 1, "end"),
				asm.Mov.Reg(asm.R1, asm.R6),
				asm.FnGetAttachCookie.Call(),
				asm.StoreMem(asm.RFP, -4, asm.R0, asm.Word),
				asm.LoadMapPtr(asm.R1, 0).WithReference("calls"),
				asm.Mov.Reg(asm.R2, asm.RFP),
				asm.Add.Imm(asm.R2, -4),
				asm.FnMapLookupElem.Call(),
				asm.JEq.Imm(asm.R0, 0, "end"),
				asm.Mov.Imm(asm.R1, 1),
				asm.StoreXAdd(asm.R0, asm.R1, asm.DWord),
				asm.Mov.Imm(asm.R0, 0).WithSymbol("end"),
				asm.Return(),
			},
		}},
	}
}

// count attaches the counting program nowhere.
func count(t *testing.T, k *kernel.Kernel) *kernel.Programs {
	t.Helper()
	p, err := k.Attach(kernel.Source{
		ID: kernel.Shell, Spec: counting(), Handle: func(kernel.Record) error { return nil },
		Hook: func(string, *ebpf.Program) (io.Closer, error) { return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func calls(t *testing.T, p *kernel.Programs, cookie uint32) (n uint64) {
	t.Helper()
	if err := p.Map("calls").Lookup(cookie, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// libc copies the C library into a folder of its own and returns its path.
func libc(t *testing.T) (original, copied string) {
	t.Helper()
	for _, dir := range []string{"/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu", "/lib64", "/usr/lib"} {
		original = filepath.Join(dir, "libc.so.6")
		text, err := os.ReadFile(original)
		if err != nil {
			continue
		}
		copied = filepath.Join(t.TempDir(), "libc.so.6")
		if err := os.WriteFile(copied, text, 0o755); err != nil {
			t.Fatal(err)
		}
		return original, copied
	}
	t.Skip("SKIPPED: no C library of GNU here")
	return "", ""
}

// cat runs a program with a C library, in a cgroup.
func cat(t *testing.T, cgroup *os.File, library string) {
	t.Helper()
	c := osexec.Command("/bin/cat")
	c.Env = []string{"LD_LIBRARY_PATH=" + filepath.Dir(library)}
	if cgroup != nil {
		c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
	}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Calls of processes in the scope are seen, in the file that is probed; those
// of the library that it is a copy of are not, nor those of processes outside.
func TestUprobe(t *testing.T) {
	inside := sensortest.Cgroup(t, "uprobe")
	p := count(t, sensortest.Kernel(t, kernel.Options{Scope: inside}))
	original, copied := libc(t)
	_, other := libc(t)
	for _, at := range []kernel.Uprobe{
		{File: copied, Symbol: "exit", Cookie: 1}, {File: other, Symbol: "exit", Cookie: 2},
		{File: other, Symbol: "setlocale", Return: true, Cookie: 3},
	} {
		if _, err := p.Uprobe("on_call", at); err != nil {
			t.Fatal(err)
		}
	}
	again, err := p.Uprobe("on_call", kernel.Uprobe{File: copied, Symbol: "exit", Cookie: 4})
	if err != nil {
		t.Fatal(err)
	}
	cat(t, nil, copied)      // outside the scope
	cat(t, inside, original) // not the probed file
	for cookie := range uint32(5) {
		if n := calls(t, p, cookie); n != 0 {
			t.Errorf("%d calls at place %d before one was made", n, cookie)
		}
	}
	cat(t, inside, copied)
	cat(t, inside, other)
	cat(t, inside, other)
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	cat(t, inside, copied)
	for cookie, want := range []uint64{0, 2, 2, 2, 1} {
		if n := calls(t, p, uint32(cookie)); n != want {
			t.Errorf("%d calls at place %d, want %d", n, cookie, want)
		}
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Error("closed twice:", err)
	}
	if _, err := p.Uprobe("on_call", kernel.Uprobe{File: copied, Symbol: "exit"}); err == nil {
		t.Error("a place was added to what had ended")
	}
}

func TestUprobeIsRefused(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	p := count(t, k)
	original, copied := libc(t)
	dir := t.TempDir()
	pipe, text, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "text"), filepath.Join(dir, "link")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.WriteFile(text, []byte("hello"), 0o600), os.Symlink(original, link)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		at   kernel.Uprobe
		want error
	}{
		"shared file":         {kernel.Uprobe{File: original, Symbol: "exit"}, kernel.ErrNotSupported},
		"link to shared file": {kernel.Uprobe{File: link, Symbol: "exit"}, kernel.ErrNotSupported},
		"no function":         {kernel.Uprobe{File: copied, Symbol: "no_such"}, kernel.ErrNoSymbol},
		"no file":             {kernel.Uprobe{File: filepath.Join(dir, "none"), Symbol: "exit"}, fs.ErrNotExist},
		"no place":            {kernel.Uprobe{File: copied}, nil},
		"no ELF":              {kernel.Uprobe{File: text, Symbol: "exit"}, nil},
		"a pipe":              {kernel.Uprobe{File: pipe, Symbol: "exit"}, nil},
	} {
		if _, err := p.Uprobe("on_call", c.at); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := p.Uprobe("none", kernel.Uprobe{File: copied, Symbol: "exit"}); err == nil {
		t.Error("no such program, and no error")
	}
}
