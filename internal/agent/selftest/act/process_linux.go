package act

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// acts lists what can be done, by name.
func acts() map[string]func(*stage) error {
	return map[string]func(*stage) error{
		"process_start": startProcess, "process_end": endProcess,
		"process_access": accessProcess, "process_tamper": tamperProcess, "process_signal": signalProcess,
		"credential_change": changeUser, "namespace_change": changeNamespace, "preload": preload,
		"file_create": createFile, "file_write": writeFile, "file_delete": deleteFile, "file_rename": renameFile,
		"file_chmod": chmod, "file_chown": chown, "file_xattr": xattr, "file_header": writeHeader, "device_open": openDevice,
		"executed_hash": executeFile, "dropped_hash": dropFile,
		"net_connect": connect, "net_listen": listen, "net_raw": openRaw, "dns_query": ask, "tls_hello": hello,
		"library_load": loadLibrary, "memfd_create": makeMemfd, "memfd_execute": executeMemfd, "memory_execute": executeMemory,
		"bpf": loadBPF, "uring_create": makeUring, "mount": mount,
		"script_file": runScript, "script_argument": runArgument,
		"task_create": createTask, "task_modify": modifyTask, "task_delete": deleteTask,
		"account_create": createAccount, "account_modify": modifyAccount, "account_delete": deleteAccount,
		"service_create": createService, "service_modify": modifyService, "service_delete": deleteService, "service_enable": enableService, "service_disable": disableService,
		"package_install": installPackage, "package_remove": removePackage, "setting_change": changeSetting, "sysctl_change": changeKernel, "wtmp_write": writeLogons, "log_tamper": tamperLog,
		"logon": logOn, "logon_failed": failToLogOn,
	}
}

func startProcess(s *stage) error {
	exe, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	at := len(s.wants)
	s.want("process_start", is("process.executable", exe), has("process.args", "pause"))
	c, err := s.start("pause")
	if err != nil {
		return err
	}
	own, err := s.pid()
	if err != nil {
		return err
	}
	s.wants[at].Facts = append(s.wants[at].Facts, is("process.pid", c.pid), is("process.parent.pid", own))
	return c.end()
}

func endProcess(s *stage) error {
	c, err := s.start("pause")
	if err != nil {
		return err
	}
	if err := c.act(); err != nil {
		return err
	}
	s.want("process_end", is("process.pid", c.pid), is("process.exit_code", number(128+int(syscall.SIGKILL))))
	return errors.Join(c.cmd.Process.Kill(), c.end())
}

// word is an aligned piece of memory that every process of this program has at
// the same place, because it is no position-independent program.
type word [8]byte

// accessProcess looks into a child as a debugger does.
func accessProcess(s *stage) error {
	c, err := s.start("pause")
	if err != nil {
		return err
	}
	defer c.end()
	s.wantOwn("process_access", is("process.target.pid", c.pid), is("call.operation", "PTRACE_ATTACH"))
	if err := unix.PtraceAttach(c.local); err != nil {
		return fmt.Errorf("attach: %w", err)
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(c.local, &status, 0, nil); err != nil {
		return fmt.Errorf("wait for the child: %w", err)
	}
	var regs unix.PtraceRegs
	err = unix.PtraceGetRegs(c.local, &regs)
	if err == nil {
		var b word
		s.wantOwn("process_access", is("process.target.pid", c.pid), is("call.operation", "PTRACE_PEEKDATA"))
		_, err = unix.PtracePeekData(c.local, uintptr(regs.PC()), b[:])
	}
	return errors.Join(err, unix.PtraceDetach(c.local))
}

// tamperProcess writes the bytes into a child's memory that are there already.
func tamperProcess(s *stage) error {
	c, err := s.start("pause")
	if err != nil {
		return err
	}
	defer c.end()
	address, err := stack(c.local)
	if err != nil {
		return err
	}
	var b word
	local := []unix.Iovec{{Base: &b[0], Len: uint64(len(b))}}
	remote := []unix.RemoteIovec{{Base: address, Len: len(b)}}
	if _, err := unix.ProcessVMReadv(c.local, local, remote, 0); err != nil {
		return fmt.Errorf("read the child's memory: %w", err)
	}
	s.wantOwn("process_tamper", is("process.target.pid", c.pid), is("call.name", "process_vm_writev"))
	if _, err := unix.ProcessVMWritev(c.local, local, remote, 0); err != nil {
		return fmt.Errorf("write the child's memory: %w", err)
	}
	s.wantOwn("memory_open", is("process.target.pid", c.pid))
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", c.local), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b[:], int64(address))
	return errors.Join(err, f.Close())
}

// stack returns an address in the stack of a process.
func stack(pid int) (uintptr, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return 0, err
	}
	for line := range lines(text) {
		var from, to uint64
		if n, _ := fmt.Sscanf(line, "%x-%x", &from, &to); n == 2 && len(line) > 7 && line[len(line)-7:] == "[stack]" {
			return uintptr(to - 64), nil
		}
	}
	return 0, errors.New("the child has no stack")
}

func signalProcess(s *stage) error {
	c, err := s.start("pause")
	if err != nil {
		return err
	}
	s.wantOwn("process_signal", is("process.target.pid", c.pid), is("call.signal", "SIGCONT"))
	return errors.Join(unix.Kill(c.local, unix.SIGCONT), c.end())
}

func changeUser(s *stage) error {
	c, err := s.start("setresuid")
	if err != nil {
		return err
	}
	s.want("credential_change", is("process.pid", c.pid), is("call.name", "setresuid"), is("user.id", "65534"))
	return errors.Join(c.act(), c.end())
}

func changeNamespace(s *stage) error {
	c, err := s.start("unshare")
	if err != nil {
		return err
	}
	s.want("namespace_change", is("process.pid", c.pid), has("call.flags", "CLONE_NEWUTS"))
	return errors.Join(c.act(), c.end())
}

// preload starts a program with a library that is not there in LD_PRELOAD; this
// one is static and does not ask for it.
func preload(s *stage) error {
	value := "LD_PRELOAD=" + s.path("none.so")
	cmd := s.command("pause")
	cmd.Env = append(os.Environ(), value)
	at := len(s.wants)
	s.want("process_start", is("process.env_vars", value))
	c, err := s.startCommand(cmd)
	if err != nil {
		return err
	}
	s.wants[at].Facts = append(s.wants[at].Facts, is("process.pid", c.pid))
	return c.end()
}

func executeMemory(s *stage) error {
	size := os.Getpagesize()
	b, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return err
	}
	defer unix.Munmap(b)
	address := strconv.FormatUint(uint64(uintptr(unsafe.Pointer(&b[0]))), 10)
	s.wantOwn("memory_execute", is("call.name", "mprotect"), is("call.address", address))
	return unix.Mprotect(b, unix.PROT_READ|unix.PROT_EXEC)
}
