package act

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"unsafe"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"
)

// loadLibrary maps the C library for execution as its loader does.
func loadLibrary(s *stage) error {
	path := ""
	for _, pattern := range []string{"/lib/*/libc.so.6", "/usr/lib/*/libc.so.6", "/lib64/libc.so.6", "/usr/lib/libc.so.6", "/lib/ld-musl-*.so.1"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 { // the patterns are right
			path = found[0]
			break
		}
	}
	if path == "" {
		return skipped("this host has no C library")
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	s.wantOwn("library_load", is("file.path", real))
	b, err := unix.Mmap(int(f.Fd()), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE)
	if err != nil {
		return err
	}
	return unix.Munmap(b)
}

func makeMemfd(s *stage) error {
	s.wantOwn("memfd_create", is("file.name", s.token), has("call.flags", "MFD_CLOEXEC"))
	fd, err := unix.MemfdCreate(s.token, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// executeMemfd runs a program that no file system holds.
func executeMemfd(s *stage) error {
	fd, err := unix.MemfdCreate(s.token+"-run", 0)
	if err != nil {
		return err
	}
	f := os.NewFile(uintptr(fd), "memfd")
	defer f.Close()
	if _, err := f.Write(tiny(s.token + "memfd")); err != nil {
		return err
	}
	s.want("process_start", has("process.executable", s.token+"-run"), is("process.memory_backed", "true"))
	return exec.Command(fmt.Sprintf("/proc/self/fd/%d", fd)).Run()
}

// loadBPF loads a program that lets everything pass and attaches it to this
// empty network.
func loadBPF(s *stage) error {
	const name = "vdt_selftest"
	s.wantOwn("bpf_load", is("bpf.program.name", name))
	p, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: name, Type: ebpf.SkLookup, AttachType: ebpf.AttachSkLookup, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 1), asm.Return()},
	})
	if err != nil {
		return err
	}
	defer p.Close()
	ns, err := os.Open("/proc/self/ns/net")
	if err != nil {
		return err
	}
	defer ns.Close()
	s.wantOwn("bpf_attach", is("bpf.program.name", name))
	l, err := link.AttachNetNs(int(ns.Fd()), p)
	if err != nil {
		return err
	}
	return l.Close()
}

func makeUring(s *stage) error {
	var params [120]byte
	s.wantOwn("uring_create", is("call.size", "4"))
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 4, uintptr(unsafe.Pointer(&params)), 0)
	switch {
	case errno == unix.ENOSYS || errno == unix.EPERM:
		s.wants = nil
		return skipped("this host does not permit io_uring")
	case errno != 0:
		return errno
	}
	return unix.Close(int(fd))
}

func mount(s *stage) error {
	dir := s.path("mounted")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	s.wantOwn("mount_create", is("mount.directory", dir), is("mount.filesystem", "tmpfs"))
	if err := unix.Mount(s.token, dir, "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, "size=64k"); err != nil {
		return err
	}
	s.wantOwn("mount_remove", is("mount.directory", dir))
	return unix.Unmount(dir, unix.MNT_DETACH)
}

// runScript runs a file with a #! line.
func runScript(s *stage) error {
	text := "#!/bin/sh\n# " + s.token + " from a file\nexit 0\n"
	path, err := s.put("script.sh", []byte(text), 0o755)
	if err != nil {
		return err
	}
	s.want("script_run", is("script.path", path), is("script.content", text), is("script.source", "file"))
	return noShell(s, exec.Command(path).Run())
}

// runArgument runs the text of an argument.
func runArgument(s *stage) error {
	text := ": " + s.token + " from an argument"
	s.want("script_run", is("script.content", text), is("script.source", "argument"))
	return noShell(s, exec.Command("/bin/sh", "-c", text).Run())
}

// noShell is err, or that this host has no shell.
func noShell(s *stage, err error) error {
	if errors.Is(err, os.ErrNotExist) {
		s.wants = nil
		return skipped("this host has no /bin/sh")
	}
	return err
}
