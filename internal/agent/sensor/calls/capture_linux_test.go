package calls

import (
	"os"
	osexec "os/exec"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// immutable
var update = sensortest.Update()

// TestCapture keeps records of a real kernel for testdata/, with -update.
func TestCapture(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	if !*update {
		t.Skip("SKIPPED: keeps records for testdata only with -update")
	}
	d := &decoder{k, kernel.NewTexts(), kernel.AtEveryCall}
	s := New(Options{Kernel: k})
	p, err := s.ends().Attach(kernel.AtEveryCall, sensortest.Capture(t, "calls", func(r kernel.Record) string {
		e, err := d.decode(r)
		if err != nil {
			t.Error(err)
			return ""
		}
		return e.Kind.String()
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"mount", "-t", "tmpfs", "none", dir}, {"umount", dir}, {"unshare", "--uts", "true"},
		{"setpriv", "--reuid=1", "--clear-groups", "true"}, {"sh", "-c", "sleep 100 & kill $!"},
	} {
		if out, err := osexec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
	}
	fd, err := unix.MemfdCreate("hidden", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	_ = unix.FinitModule(fd, "debug=1", 0) // no module: the failure is told
	_ = unix.DeleteModule("nothing", 0)
	_, _ = unix.ProcessVMReadv(os.Getppid(), nil, nil, 0)
	_, _ = unix.ProcessVMWritev(os.Getppid(), nil, nil, 0)
	b, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(b)
	k.Drain()
}
