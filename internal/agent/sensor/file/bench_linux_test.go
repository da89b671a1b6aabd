package file_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// benchWays runs something without the sensor and on each rung, and reports what
// the acting thread pays. In a guest whose clock counts instructions
// (-icount shift=0) a nanosecond is an instruction. The whole guest is seen then;
// elsewhere there is the scope of the sandbox, which costs a little.
func benchWays(b *testing.B, act func(file string) error) {
	sensortest.Scope(b)
	none := way{name: "alone"}
	for _, w := range append([]way{none}, ways()[:2]...) {
		b.Run(w.name, func(b *testing.B) {
			name := filepath.Join(b.TempDir(), "file")
			if err := os.WriteFile(name+".read", []byte("x"), 0o644); err != nil {
				b.Fatal(err)
			}
			if w.sensor != nil {
				k := benchKernel(b)
				w.needs(b, k)
				sensortest.Run(b, w.sensor(file.Options{Kernel: k, Renew: time.Hour}))
			}
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			before := threadTime(b)
			for b.Loop() {
				if err := act(name); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((threadTime(b)-before).Nanoseconds())/float64(b.N), "task-ns/op")
		})
	}
}

func benchKernel(b *testing.B) *kernel.Kernel {
	if os.Getenv("VEDETTE_GUEST") == "" {
		return sensortest.Kernel(b, kernel.Options{})
	}
	k, err := kernel.Open(kernel.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := k.Close(); err != nil {
			b.Error(err)
		}
	})
	return k
}

func threadTime(b *testing.B) time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		b.Fatal(err)
	}
	return time.Duration(now.Nano())
}

// A file that is made, written, closed and removed: three events.
func BenchmarkCycle(b *testing.B) {
	benchWays(b, func(file string) error {
		fd, err := unix.Open(file, unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return err
		}
		if _, err := unix.Write(fd, []byte("x")); err != nil {
			return err
		}
		if err := unix.Close(fd); err != nil {
			return err
		}
		return unix.Unlink(file)
	})
}

// A file that nobody watches is read: no event.
func BenchmarkRead(b *testing.B) {
	var text [1]byte
	benchWays(b, func(file string) error {
		fd, err := unix.Open(file+".read", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if _, err := unix.Read(fd, text[:]); err != nil {
			return err
		}
		return unix.Close(fd)
	})
}

// A system call that is not about files.
func BenchmarkCall(b *testing.B) {
	benchWays(b, func(string) error { unix.Getppid(); return nil })
}
