package calls_test

import (
	"fmt"
	"os"
	osexec "os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/calls"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	if what := os.Getenv("VEDETTE_CALL"); what != "" {
		runtime.LockOSThread()
		if err := acts()[what](); err != nil {
			fmt.Fprintln(os.Stderr, what+":", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// acts are what a process of its own does, because it cannot be undone.
func acts() map[string]func() error {
	return map[string]func() error{
		"setresuid": func() error { return raw(unix.SYS_SETRESUID, 1, 2, ^uintptr(0)) },
		"setgid":    func() error { return raw(unix.SYS_SETGID, 3, 0, 0) },
		"capset": func() error {
			var none [2]unix.CapUserData
			return unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &none[0])
		},
		"unshare": func() error { return unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_NEWUTS) },
		"setns": func() error {
			f, err := os.Open("/proc/self/ns/uts")
			if err != nil {
				return err
			}
			return unix.Setns(int(f.Fd()), 0)
		},
		"mount": func() error {
			dir := os.Args[1]
			if err := unix.Mount("from", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NOEXEC, ""); err != nil {
				return err
			}
			return unix.Unmount(dir, unix.MNT_DETACH)
		},
		"traceme": func() error {
			// A signal would stop a traced process for good, and the runtime of Go
			// sends itself some: it ends at once.
			if err := raw(unix.SYS_PTRACE, 0, 0, 0); err != nil {
				return err
			}
			return raw(unix.SYS_EXIT_GROUP, 0, 0, 0)
		},
	}
}

func raw(call, a, b, c uintptr) error {
	if _, _, err := unix.RawSyscall(call, a, b, c); err != 0 {
		return err
	}
	return nil
}

func rungs() []string { return []string{"fentry", "tp_btf"} }

func start(t *testing.T, rung string, gather time.Duration) *sensortest.Recorder {
	t.Helper()
	return sensortest.Run(t, calls.New(calls.Options{Kernel: open(t, rung), Rung: rung, Gather: gather}))
}

// held is the kernel's side of the tests on the rung fentry.
var held = sensortest.HoldCalls(calls.Watched()...)

func open(t *testing.T, rung string) *kernel.Kernel {
	t.Helper()
	if rung == "fentry" {
		return held(t)
	}
	return sensortest.Kernel(t, kernel.Options{})
}

// act runs one of acts in a process of its own and returns its pid.
func act(t *testing.T, what string, args ...string) int64 {
	t.Helper()
	c := osexec.Command("/proc/self/exe", args...)
	c.Env = append(os.Environ(), "VEDETTE_CALL="+what, "GODEBUG=asyncpreemptoff=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", what, err, out)
	}
	return int64(c.ProcessState.Pid())
}

// of matches the events of a kind of a process.
func of(kind event.Kind, pid int64) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == kind && e.Process.PID == pid }
}

func self() int64 { return int64(os.Getpid()) }

// sleeper starts a process that others act on.
func sleeper(t *testing.T) int {
	t.Helper()
	c := osexec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return c.Process.Pid
}

func wantTarget(t *testing.T, e *event.Event, pid int) {
	t.Helper()
	if e.Target == nil || e.Target.PID != int64(pid) || e.Target.PIDNamespace != 0 {
		t.Errorf("%s acted on %+v, want process %d", e.Call.Name, e.Target, pid)
	}
}

func TestPtrace(t *testing.T) { sensortest.Rungs(t, rungs(), checkPtrace) }

func checkPtrace(t *testing.T, rung string) {
	r := start(t, rung, 0)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pid := sleeper(t)
	if err := unix.PtraceAttach(pid); err != nil {
		t.Fatal(err)
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil {
		t.Fatal(err)
	}
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(pid, &regs); err != nil {
		t.Fatal(err)
	}
	if err := unix.PtraceSetRegs(pid, &regs); err != nil {
		t.Fatal(err)
	}
	word, stack := make([]byte, 8), uintptr(regs.PC())
	for range 100 {
		if _, err := unix.PtracePeekData(pid, stack, word); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := unix.PtracePokeData(pid, stack, word); err != nil {
		t.Fatal(err)
	}
	if err := unix.PtraceDetach(pid); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range r.Wait(t, "access", 3, of(event.ProcessAccess, self())) {
		wantTarget(t, e, pid)
		got = append(got, e.Call.Operation)
	}
	for _, e := range r.Wait(t, "tampering", 2, of(event.ProcessTamper, self())) {
		wantTarget(t, e, pid)
		got = append(got, e.Call.Operation)
	}
	want := "PTRACE_ATTACH PTRACE_GETREGSET PTRACE_PEEKDATA PTRACE_SETREGSET PTRACE_POKEDATA"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("%s, want %s", s, want)
	}
}

func TestTraceme(t *testing.T) { sensortest.Rungs(t, rungs(), checkTraceme) }

func checkTraceme(t *testing.T, rung string) {
	r := start(t, rung, 0)
	e := r.Wait(t, "traceme", 1, of(event.ProcessAccess, act(t, "traceme")))[0]
	if e.Call.Operation != "PTRACE_TRACEME" || e.Target != nil {
		t.Errorf("%+v %+v", e.Call, e.Target)
	}
}

func TestMemoryOfAnother(t *testing.T) { sensortest.Rungs(t, rungs(), checkMemoryOfAnother) }

func checkMemoryOfAnother(t *testing.T, rung string) {
	r := start(t, rung, 0)
	pid := sleeper(t)
	b := make([]byte, 8)
	local := []unix.Iovec{{Base: &b[0], Len: 8}}
	// The address is wrong: the outcome is told.
	_, _ = unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: 1, Len: 8}}, 0)
	_, _ = unix.ProcessVMWritev(pid, local, []unix.RemoteIovec{{Base: 1, Len: 8}}, 0)
	for _, kind := range []event.Kind{event.ProcessAccess, event.ProcessTamper} {
		e := r.Wait(t, "memory", 1, of(kind, self()))[0]
		wantTarget(t, e, pid)
		if !strings.HasPrefix(e.Call.Name, "process_vm_") || e.Outcome != "failure" || e.ErrorCode != "EFAULT" {
			t.Errorf("%+v %s %s", e.Call, e.Outcome, e.ErrorCode)
		}
	}
	if n := len(r.All(func(e *event.Event) bool { return e.Kind == event.ProcessAccess && e.Target.PID == self() })); n != 0 {
		t.Errorf("%d accesses to itself", n)
	}
}

func TestPidfd(t *testing.T) { sensortest.Rungs(t, rungs(), checkPidfd) }

func checkPidfd(t *testing.T, rung string) {
	r := start(t, rung, 0)
	pid := sleeper(t)
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	got, err := unix.PidfdGetfd(fd, 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(got)
	e := r.Wait(t, "descriptor", 1, of(event.ProcessAccess, self()))[0]
	wantTarget(t, e, pid)
	if err := unix.PidfdSendSignal(fd, unix.SIGCONT, nil, 0); err != nil {
		t.Fatal(err)
	}
	e = r.Wait(t, "signal", 1, of(event.ProcessSignal, self()))[0]
	wantTarget(t, e, pid)
	if e.Call.Signal != "SIGCONT" || e.Call.Name != "pidfd_send_signal" {
		t.Errorf("%+v", e.Call)
	}
}

// Signals to others are told, and many like ones together with their number.
func TestSignals(t *testing.T) { sensortest.EachRung(t, rungs(), checkSignals) }

func checkSignals(t *testing.T, rung string) {
	r := start(t, rung, 500*time.Millisecond)
	pid := sleeper(t)
	const n = 1000
	for range n {
		if err := unix.Kill(pid, unix.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if err := unix.Kill(os.Getpid(), unix.SIGCONT); err != nil {
			t.Fatal(err)
		}
		if err := unix.Kill(pid, 0); err != nil {
			t.Fatal(err)
		}
	}
	total := int64(0)
	for i := 1; total < n; i++ {
		e := r.Wait(t, "signal", i, of(event.ProcessSignal, self()))[i-1]
		wantTarget(t, e, pid)
		if e.Call.Signal != "SIGCONT" || e.Call.Name != "kill" {
			t.Fatalf("%+v", e.Call)
		}
		if i > 1 && (e.Call.First == 0 || e.Call.Last < e.Call.First || e.Time != e.Call.Last || e.Call.Count == 0) {
			t.Fatalf("not whole: %+v at %d", e.Call, e.Time)
		}
		total += max(e.Call.Count, 1)
		if i > 20 {
			t.Fatalf("%d events for %d signals", i, total)
		}
	}
	if total != n {
		t.Errorf("%d signals were told, want %d", total, n)
	}
}

func TestCredentials(t *testing.T) { sensortest.Rungs(t, rungs(), checkCredentials) }

func checkCredentials(t *testing.T, rung string) {
	r := start(t, rung, 0)
	e := r.Wait(t, "setresuid", 1, of(event.CredentialChange, act(t, "setresuid")))[0]
	if e.User.ID != "1" || e.User.EffectiveID != "2" || e.Call.Name != "setresuid" {
		t.Errorf("%+v %+v", e.User, e.Call)
	}
	e = r.Wait(t, "setgid", 1, of(event.CredentialChange, act(t, "setgid")))[0]
	if e.User.GroupID != "3" || e.User.EffectiveGroupID != "3" {
		t.Errorf("%+v", e.User)
	}
	e = r.Wait(t, "capset", 1, of(event.CredentialChange, act(t, "capset")))[0]
	if e.Process.Capabilities != "0000000000000000" {
		t.Errorf("%+v", e.Process)
	}
}

func TestNamespaces(t *testing.T) { sensortest.Rungs(t, rungs(), checkNamespaces) }

func checkNamespaces(t *testing.T, rung string) {
	r := start(t, rung, 0)
	e := r.Wait(t, "unshare", 1, of(event.NamespaceChange, act(t, "unshare")))[0]
	if e.Call.Flags != "CLONE_NEWNS|CLONE_NEWUTS" {
		t.Errorf("%+v", e.Call)
	}
	e = r.Wait(t, "setns", 1, of(event.NamespaceChange, act(t, "setns")))[0]
	if e.Call.Operation != "uts" {
		t.Errorf("%+v", e.Call)
	}
}

func TestMounts(t *testing.T) { sensortest.Rungs(t, rungs(), checkMounts) }

func checkMounts(t *testing.T, rung string) {
	r := start(t, rung, 0)
	dir := t.TempDir()
	pid := act(t, "mount", dir)
	e := r.Wait(t, "mount", 1, of(event.MountCreate, pid))[0]
	if c := e.Call; c.MountSource != "from" || c.MountDirectory != dir || c.MountFilesystem != "tmpfs" || c.Flags != "MS_NOSUID|MS_NOEXEC" {
		t.Errorf("%+v", c)
	}
	e = r.Wait(t, "unmount", 1, of(event.MountRemove, pid))[0]
	if e.Call.MountDirectory != dir || e.Call.Flags != "MNT_DETACH" {
		t.Errorf("%+v", e.Call)
	}
}

func TestMemfd(t *testing.T) { sensortest.Rungs(t, rungs(), checkMemfd) }

func checkMemfd(t *testing.T, rung string) {
	r := start(t, rung, 0)
	fd, err := unix.MemfdCreate("e v\nil", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	e := r.Wait(t, "memfd", 1, of(event.MemfdCreate, self()))[0]
	if e.File.Name != "e v\nil" || e.Call.Flags != "MFD_CLOEXEC|MFD_ALLOW_SEALING" {
		t.Errorf("%+v %+v", e.File, e.Call)
	}
}

func TestExecutableMemory(t *testing.T) { sensortest.Rungs(t, rungs(), checkExecutableMemory) }

func checkExecutableMemory(t *testing.T, rung string) {
	r := start(t, rung, 0)
	const size = 8192
	anonymous, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(anonymous)
	if err := unix.Mprotect(anonymous, unix.PROT_READ|unix.PROT_EXEC); err != nil {
		t.Fatal(err)
	}
	e := r.Wait(t, "mprotect", 1, of(event.MemoryExecute, self()))[0]
	if c := e.Call; c.Name != "mprotect" || c.Operation != "anonymous" || c.Flags != "PROT_READ|PROT_EXEC" || c.Size != size || c.Address != int64(uintptr(unsafe.Pointer(&anonymous[0]))) {
		t.Errorf("%+v", c)
	}
	both, err := unix.Mmap(-1, 0, size, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(both)
	e = r.Wait(t, "mmap", 2, of(event.MemoryExecute, self()))[1]
	if e.Call.Name != "mmap" || e.Call.Flags != "PROT_READ|PROT_WRITE|PROT_EXEC" {
		t.Errorf("%+v", e.Call)
	}
	// A file that was not written is left alone; one that was is told.
	exe, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer exe.Close()
	mapped, err := unix.Mmap(int(exe.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(mapped)
	for _, write := range []bool{false, true} {
		if write {
			if err := unix.Mprotect(mapped, unix.PROT_READ|unix.PROT_WRITE); err != nil {
				t.Fatal(err)
			}
			mapped[0] ^= 1
		}
		if err := unix.Mprotect(mapped, unix.PROT_READ|unix.PROT_EXEC); err != nil {
			t.Fatal(err)
		}
	}
	e = r.Wait(t, "mprotect of a file", 3, of(event.MemoryExecute, self()))[2]
	if e.Call.Operation != "written" {
		t.Errorf("%+v", e.Call)
	}
}

// Nothing outside the scope is seen.
func TestScope(t *testing.T) { sensortest.Rungs(t, rungs(), checkScope) }

func checkScope(t *testing.T, rung string) {
	inside := sensortest.Cgroup(t, "calls")
	k := sensortest.KernelFor(t, rung, kernel.Options{Scope: inside}, calls.Watched()...)
	r := sensortest.Run(t, calls.New(calls.Options{Kernel: k, Rung: rung}))
	act(t, "unshare")
	c := osexec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), "VEDETTE_CALL=unshare")
	c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(inside.Fd())}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r.Wait(t, "unshare inside", 1, of(event.NamespaceChange, int64(c.ProcessState.Pid())))
	if all := r.All(sensortest.Kinds(event.NamespaceChange)); len(all) != 1 {
		t.Errorf("%d events, want the one inside", len(all))
	}
}

// Sockets below TCP and UDP are told, those of netlink and datagrams are not.
func TestRawSockets(t *testing.T) { sensortest.Rungs(t, rungs(), checkRawSockets) }

func checkRawSockets(t *testing.T, rung string) {
	r := start(t, rung, 0)
	for _, s := range []struct{ family, kind, protocol int }{
		{unix.AF_INET, unix.SOCK_DGRAM, 0},
		{unix.AF_NETLINK, unix.SOCK_RAW, 0},
		{unix.AF_PACKET, unix.SOCK_RAW | unix.SOCK_CLOEXEC, 0x0300}, // all frames, in the order of the network
		{unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP},
		{unix.AF_INET6, unix.SOCK_RAW | unix.SOCK_NONBLOCK, unix.IPPROTO_TCP},
	} {
		fd, err := unix.Socket(s.family, s.kind, s.protocol)
		if err != nil && s.family == unix.AF_PACKET {
			t.Logf("the kernel has no packet sockets: %v; the failure is told", err)
		} else if err != nil {
			t.Fatal(err)
		} else {
			unix.Close(fd)
		}
	}
	var got []string
	for _, e := range r.Wait(t, "raw sockets", 3, of(event.NetRaw, self())) {
		got = append(got, fmt.Sprint(e.Net.Transport, " ", e.Net.Type, " ", e.Net.Protocol, " ", e.Call.Operation))
	}
	if s := strings.Join(got, ", "); s != "packet  3 SOCK_RAW, raw ipv4 1 SOCK_RAW, raw ipv6 6 SOCK_RAW" {
		t.Error(s)
	}
}
