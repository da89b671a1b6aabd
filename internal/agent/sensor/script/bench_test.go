package script

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

// ready returns a sensor as it is while it runs, and an execution of this
// program that says to be a shell.
func ready(b *testing.B, args ...string) (*Sensor, *event.Event) {
	b.Helper()
	s := New(Options{Now: func() event.Time { return event.At(time.Now().Add(time.Hour + time.Millisecond)) }})
	var err error
	if s.proc, err = procfs.Open(""); err != nil {
		b.Skip("SKIPPED: ", err)
	}
	if s.roots, err = newRoots(s.proc); err != nil {
		b.Fatal(err)
	}
	s.runs.Store(true)
	e, err := s.proc.Read(int64(os.Getpid()))
	if err != nil {
		b.Fatal(err)
	}
	e.Kind, e.Process.Name, e.Process.ArgsSize, e.Process.Args = event.ProcessStart, "bash", 0, append([]string{"bash"}, args...)
	return s, e
}

// cpu reports the CPU time of an operation: this machine may be busy.
func cpu(b *testing.B) func() {
	b.Helper()
	used := func() time.Duration {
		var r syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
			b.Fatal(err)
		}
		return time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Nanoseconds())/float64(b.N), "cpu-ns/op") }
}

// BenchmarkFollow is what each execution of another program costs the pipeline.
func BenchmarkFollow(b *testing.B) {
	s, e := ready(b)
	e.Process.Name = "ld-2.36"
	defer cpu(b)()
	for b.Loop() {
		s.Follow(e)
	}
}

// BenchmarkArgument is what each new text of sh -c costs the sensor.
func BenchmarkArgument(b *testing.B) {
	s, e := ready(b, "-c", "")
	i := 0
	defer cpu(b)()
	for b.Loop() {
		i++
		e.Process.Args[2] = fmt.Sprintf("/usr/bin/true --number %d; exit 0", i)
		if s.look(e) == nil {
			b.Fatal("not told")
		}
	}
}

// BenchmarkSame is what the same text costs.
func BenchmarkSame(b *testing.B) {
	s, e := ready(b, "-c", "/usr/bin/true --number; exit 0")
	defer cpu(b)()
	for b.Loop() {
		s.look(e)
	}
}

// BenchmarkFile is what each run of a file costs that was told before.
func BenchmarkFile(b *testing.B) {
	file := filepath.Join(b.TempDir(), "x.sh")
	if err := os.WriteFile(file, []byte("echo a\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	s, e := ready(b, file)
	defer cpu(b)()
	for b.Loop() {
		e.Time = event.At(time.Now().Add(time.Hour))
		s.look(e)
	}
}

// BenchmarkNewFile is what each run of a file of 4 kB costs that changes.
func BenchmarkNewFile(b *testing.B) {
	file := filepath.Join(b.TempDir(), "x.sh")
	s, e := ready(b, file)
	text := make([]byte, 4096)
	for i := range text {
		text[i] = ' '
	}
	i, writing := 0, time.Duration(0)
	defer cpu(b)()
	for b.Loop() {
		start := time.Now()
		i++
		copy(text, fmt.Sprintf("echo %d", i))
		if err := os.WriteFile(file, text, 0o600); err != nil {
			b.Fatal(err)
		}
		writing += time.Since(start)
		e.Time = event.At(time.Now().Add(time.Hour))
		s.look(e)
	}
	b.ReportMetric(float64(writing.Nanoseconds())/float64(b.N), "ns-writing/op")
}
