package calls_test

import (
	"os"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/calls"
	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// The programs of another sensor are seen while they are loaded and attached.
func TestBPF(t *testing.T) { sensortest.EachRung(t, rungs(), checkBPF) }

func checkBPF(t *testing.T, rung string) {
	k := open(t, rung)
	r := sensortest.Run(t, calls.New(calls.Options{Kernel: k, Rung: rung}))
	sensortest.Run(t, exec.New(exec.Options{Kernel: k}))
	e := r.Wait(t, "load", 1, func(e *event.Event) bool { return of(event.BPFLoad, self())(e) && e.Call.BPFName == "on_exit" })[0]
	if c := e.Call; c.BPFType != "tracing" || c.BPFFunction != "sched_process_exit" && !strings.HasSuffix(c.BPFFunction, "sched_process_exit") || c.BPFID == 0 || c.Operation != "BPF_PROG_LOAD" {
		t.Errorf("%+v", c)
	}
	e = r.Wait(t, "attach", 1, func(e *event.Event) bool { return of(event.BPFAttach, self())(e) && e.Call.BPFName == "on_exit" })[0]
	if e.Outcome != "success" || e.Process.PID != self() {
		t.Errorf("%+v %s", e.Call, e.Outcome)
	}
}

func TestUring(t *testing.T) { sensortest.Rungs(t, rungs(), checkUring) }

func checkUring(t *testing.T, rung string) {
	r := start(t, rung, 0)
	var params [120]byte
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 4, uintptr(unsafe.Pointer(&params)), 0)
	if errno == 0 {
		defer unix.Close(int(fd))
	}
	e := r.Wait(t, "io_uring", 1, of(event.UringCreate, self()))[0]
	if e.Call.Size != 4 || (errno == 0) != (e.Outcome == "success") {
		t.Errorf("%+v %s", e.Call, e.Outcome)
	}
}

// A module that is loaded and removed, and one that cannot be; only in the
// guest, which has modules.
func TestModules(t *testing.T) { sensortest.EachRung(t, rungs(), checkModules) }

func checkModules(t *testing.T, rung string) {
	if os.Getenv("VEDETTE_GUEST") != "1" {
		t.Skip("SKIPPED: loads a kernel module, which is done only in the guest: test/vm/vm.sh")
	}
	r := start(t, rung, 0)
	const path = "/tests/dummy.ko"
	f, err := os.Open(path)
	if err != nil {
		t.Skip("SKIPPED: the guest's kernel has no module dummy: ", err)
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "numdummies=0", 0); err != nil {
		t.Fatal(err)
	}
	e := r.Wait(t, "module", 1, of(event.ModuleLoad, self()))[0]
	if e.Call.ModuleName != "dummy" || e.Call.ModuleArguments != "numdummies=0" || e.File.Path != path || e.Outcome != "success" || e.Call.Name != "finit_module" {
		t.Errorf("%+v %+v %s", e.Call, e.File, e.Outcome)
	}
	if err := unix.DeleteModule("dummy", unix.O_NONBLOCK); err != nil {
		t.Fatal(err)
	}
	e = r.Wait(t, "module's end", 1, of(event.ModuleUnload, self()))[0]
	if e.Call.ModuleName != "dummy" || e.Call.Flags != "O_NONBLOCK" || e.Outcome != "success" {
		t.Errorf("%+v %s", e.Call, e.Outcome)
	}
	if err := unix.InitModule([]byte("no module"), "x=1"); err == nil {
		t.Fatal("loaded")
	}
	e = r.Wait(t, "failed module", 2, of(event.ModuleLoad, self()))[1]
	if e.Outcome != "failure" || e.ErrorCode != "ENOEXEC" || e.Call.ModuleArguments != "x=1" || e.File != nil {
		t.Errorf("%+v %s %s", e.Call, e.Outcome, e.ErrorCode)
	}
}

// The log of the guest's kernel is cleared; reading it is not told.
func TestKernelLog(t *testing.T) { sensortest.EachRung(t, rungs(), checkKernelLog) }

func checkKernelLog(t *testing.T, rung string) {
	if os.Getenv("VEDETTE_GUEST") != "1" {
		t.Skip("SKIPPED: clears the kernel's log, which is done only in the guest: test/vm/vm.sh")
	}
	r := start(t, rung, 0)
	for _, action := range []int{unix.SYSLOG_ACTION_READ_ALL, unix.SYSLOG_ACTION_CLEAR} {
		if _, err := unix.Klogctl(action, make([]byte, 4096)); err != nil {
			t.Fatal(err)
		}
	}
	e := r.Wait(t, "cleared", 1, of(event.KernelLogClear, self()))[0]
	if e.Call.Operation != "SYSLOG_ACTION_CLEAR" {
		t.Errorf("%+v", e.Call)
	}
}
