package fanotify

import (
	"context"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// BenchmarkCycle makes, writes, closes and removes files, and says what that
// costs the task and what the reader takes, CPU time.
func BenchmarkCycle(b *testing.B) {
	sensortest.Scope(b)
	for name, on := range map[string]bool{"alone": false, "told": true} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
				b.Fatal(err)
			}
			defer unix.Unmount(dir, unix.MNT_DETACH)
			var told atomic.Int64
			if on {
				ready, done := make(chan struct{}), make(chan error, 1)
				ctx, stop := context.WithCancel(b.Context())
				defer func() { stop(); <-done }()
				go func() {
					done <- File(Options{only: dir}).Run(ctx, func(e *event.Event) { told.Add(1) }, func(...string) { close(ready) })
				}()
				<-ready
			}
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			own, all := used(unix.RUSAGE_THREAD), used(unix.RUSAGE_SELF)
			file := filepath.Join(dir, "f")
			for b.Loop() {
				fd, err := unix.Open(file, unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = unix.Write(fd, []byte("x"))
				unix.Close(fd)
				unix.Unlink(file)
			}
			task := used(unix.RUSAGE_THREAD) - own
			b.ReportMetric(float64(task.Nanoseconds())/float64(b.N), "task-ns/op")
			b.ReportMetric(float64((used(unix.RUSAGE_SELF)-all-task).Nanoseconds())/float64(b.N), "reader-ns/op")
			b.ReportMetric(float64(told.Load())/float64(b.N), "events/op")
		})
	}
}

// used is the CPU time of a thread or of the program.
func used(who int) time.Duration {
	var r unix.Rusage
	_ = unix.Getrusage(who, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
