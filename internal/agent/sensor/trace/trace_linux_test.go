package trace_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/trace"
)

func TestMain(m *testing.M) {
	if os.Getenv("VEDETTE_TRACED") != "" {
		obey()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// obey does what the lines of its input say, and answers each with a line.
func obey() {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		what, arg, _ := strings.Cut(in.Text(), " ")
		var err error
		switch what {
		case "write":
			err = writeFile(arg, func(fd int) error { _, err := unix.Write(fd, []byte("a secret\x1b[2J\n")); return err })
		case "writev":
			err = writeFile(arg, func(fd int) error {
				_, err := unix.Writev(fd, [][]byte{[]byte("one "), {}, []byte(strings.Repeat("x", 300))})
				return err
			})
		case "sendmsg":
			err = sendMessage()
		case "rename":
			err = os.Rename(arg, arg+".new")
		case "fail":
			if unix.Access(arg, 0) == nil {
				err = errors.New("it is there")
			}
		case "many":
			for range 30_000 {
				_ = unix.Access("/nowhere", 0) // counted, not looked at
			}
		}
		if _, printErr := fmt.Printf("%s: %v, %s\n", what, err, tracer()); printErr != nil {
			os.Exit(1)
		}
	}
}

func writeFile(name string, write func(fd int) error) error {
	fd, err := unix.Open(name, unix.O_CREAT|unix.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(write(fd), unix.Close(fd))
}

// sendMessage sends two buffers as one message.
func sendMessage() error {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	_, err = unix.SendmsgBuffers(fds[0], [][]byte{[]byte("to "), []byte("whom")}, nil, nil, 0)
	return errors.Join(err, unix.Close(fds[0]), unix.Close(fds[1]))
}

// tracer returns what the kernel says of who traces the process by ptrace.
func tracer() string {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "TracerPid:") {
			return strings.Join(strings.Fields(line), " ")
		}
	}
	return ""
}

// subject is a process that does what it is told.
type subject struct {
	t   *testing.T
	pid int64
	to  io.Writer
	in  *bufio.Scanner
	end func()
}

func newSubject(t *testing.T) *subject {
	t.Helper()
	c := osexec.Command("/proc/self/exe")
	c.Env = append(os.Environ(), "VEDETTE_TRACED=1")
	to, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	from, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	s := &subject{t, int64(c.Process.Pid), to, bufio.NewScanner(from), func() {
		if !ended {
			ended = true
			to.Close()
			_ = c.Wait()
		}
	}}
	t.Cleanup(s.end)
	return s
}

// do has the process do something; it must say that nobody debugs it.
func (s *subject) do(what string) {
	s.t.Helper()
	if _, err := fmt.Fprintln(s.to, what); err != nil {
		s.t.Fatal(err)
	}
	if !s.in.Scan() || !strings.HasSuffix(s.in.Text(), ": <nil>, TracerPid: 0") {
		s.t.Fatalf("%s: %q", what, s.in.Text())
	}
}

// tracing runs a trace while during runs, and returns what was listed.
func tracing(t *testing.T, tracer *trace.Tracer, q trace.Request, during func(stop func())) ([]trace.Call, trace.End) {
	t.Helper()
	if q.For == 0 {
		q.For = time.Minute
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	begun, done := make(chan struct{}), make(chan error, 1)
	var got []trace.Call
	var end trace.End
	go func() {
		var err error
		end, err = tracer.Run(ctx, q, func() error { close(begun); return nil }, func(c trace.Call) error {
			got = append(got, c)
			return nil
		})
		done <- err
	}()
	select {
	case <-begun:
	case err := <-done:
		t.Fatal("no trace: ", err)
	}
	during(stop)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return got, end
}

func newTracer(t *testing.T, o trace.Options) (*trace.Tracer, *kernel.Kernel) {
	t.Helper()
	scope := sensortest.Scope(t)
	o.Kernel, o.Proc, o.Scope = sensortest.Kernel(t, kernel.Options{Scope: scope}), "/proc", scope.Name()
	return trace.New(o), o.Kernel
}

// named returns the lines of the calls of a name, without time and thread.
func named(calls []trace.Call, name string) []string {
	var out []string
	for _, c := range calls {
		if c.Name == name {
			out = append(out, strings.SplitN(c.String(), " ", 3)[2])
		}
	}
	return out
}

// TestGM9_WritesOfAProcess: the writes of a chosen process are listed with their
// arguments, bytes and results; nobody debugs it, no other process is seen,
// and nothing stays in the kernel.
func TestGM9_WritesOfAProcess(t *testing.T) {
	tracer, k := newTracer(t, trace.Options{})
	s, other := newSubject(t), newSubject(t)
	dir := t.TempDir()
	secret, parts := filepath.Join(dir, "secret"), filepath.Join(dir, "parts")
	s.do("write " + secret) // before: not seen
	calls, end := tracing(t, tracer, trace.Request{PID: s.pid}, func(stop func()) {
		other.do("write " + filepath.Join(dir, "other"))
		s.do("write " + secret)
		s.do("writev " + parts)
		s.do("sendmsg")
		s.do("rename " + secret)
		s.do("fail " + secret)
		stop()
	})
	s.do("write " + secret) // after: not seen
	for _, c := range calls {
		if c.Thread < s.pid || time.Since(c.Time) > time.Minute || time.Until(c.Time) > time.Second {
			t.Errorf("thread %d of %d at %s", c.Thread, s.pid, c.Time)
		}
	}
	for name, want := range map[string]string{
		"openat":    fmt.Sprintf(`openat(AT_FDCWD, %q, 0x41, 0600) = `, secret),
		"write":     `"a secret\x1b[2J\n", 13) = 13`,
		"writev":    `"one ` + strings.Repeat("x", 252) + `"..., 3) = 304`,
		"sendmsg":   `, "to whom", 0x0) = 7`,
		"renameat":  fmt.Sprintf(`renameat(AT_FDCWD, %q, AT_FDCWD, %q) = 0`, secret, secret+".new"),
		"faccessat": fmt.Sprintf(`faccessat(AT_FDCWD, %q, 0) = ENOENT`, secret),
	} {
		lines := named(calls, name)
		if n := len(slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !strings.Contains(l, want) })); n != 1 {
			t.Errorf("%d of %q, want one in\n%s", n, want, strings.Join(lines, "\n"))
		}
	}
	for _, c := range calls {
		if strings.Contains(c.String(), "/other") {
			t.Errorf("of another process: %s", c)
		}
	}
	if end.Why != "stopped" || end.Listed != uint64(len(calls)) || end.Limited+end.Full+end.Slow+end.Other != 0 {
		t.Errorf("%+v of %d calls", end, len(calls))
	}
	if _, there := k.Costs()["on_traced_return"]; there {
		t.Error("the program is still attached")
	}
}

// Only the calls that were named are listed, and a trace ends with its process.
func TestGM9_ChosenCallsUntilTheProcessEnds(t *testing.T) {
	tracer, k := newTracer(t, trace.Options{})
	s := newSubject(t)
	name := filepath.Join(t.TempDir(), "file")
	calls, end := tracing(t, tracer, trace.Request{PID: s.pid, Calls: []string{"write"}}, func(func()) {
		if _, there := k.Costs()["on_traced_return"]; !there {
			t.Error("the program is not attached")
		}
		if _, err := tracer.Run(t.Context(), trace.Request{PID: s.pid, For: time.Second}, nil, nil); !errors.Is(err, trace.ErrRefused) {
			t.Errorf("two at once: %v", err)
		}
		s.do("write " + name)
		s.end()
	})
	if end.Why != "the process ended" {
		t.Errorf("%+v", end)
	}
	if len(calls) < 2 || len(named(calls, "write")) != len(calls) {
		t.Errorf("%v", calls)
	}
}

// What is more than may be listed in a second is counted.
func TestGM9_RateIsBounded(t *testing.T) {
	tracer, _ := newTracer(t, trace.Options{Rate: 100})
	s := newSubject(t)
	began := time.Now()
	calls, end := tracing(t, tracer, trace.Request{PID: s.pid, Calls: []string{"faccessat"}}, func(stop func()) {
		s.do("many")
		stop()
	})
	most := 100 * (int(time.Since(began)/time.Second) + 2)
	if len(calls) == 0 || len(calls) > most {
		t.Errorf("%d calls, at most %d", len(calls), most)
	}
	if n := end.Listed + end.Limited + end.Full + end.Slow; n != 30_000 || end.Limited == 0 {
		t.Errorf("%+v: %d in all, want 30000", end, n)
	}
}

func TestGM9_Refused(t *testing.T) {
	tracer, _ := newTracer(t, trace.Options{})
	s := newSubject(t)
	s.do("fail /nowhere") // then it has its threads
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", s.pid))
	if err != nil || len(threads) < 2 {
		t.Fatalf("%d threads, %v", len(threads), err)
	}
	var thread int64
	if _, err := fmt.Sscan(threads[1].Name(), &thread); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		q    trace.Request
		want string
	}{
		{"itself", trace.Request{PID: int64(os.Getpid()), For: time.Second}, "the agent itself"},
		{"nobody", trace.Request{PID: 1 << 29, For: time.Second}, "no such process"},
		{"no number", trace.Request{PID: -1, For: time.Second}, "no number of a process"},
		{"a thread", trace.Request{PID: thread, For: time.Second}, fmt.Sprintf("a thread of process %d", s.pid)},
		{"for ever", trace.Request{PID: s.pid, For: time.Hour}, "lasts up to"},
		{"no call", trace.Request{PID: s.pid, For: time.Second, Calls: []string{"wirte"}}, `no system call "wirte"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tracer.Run(t.Context(), tt.q, nil, nil)
			if !errors.Is(err, trace.ErrRefused) || !strings.Contains(err.Error(), tt.want) {
				t.Error(err)
			}
		})
	}
}

// A process outside of the agent's scope is refused.
func TestGM9_OutsideTheScope(t *testing.T) {
	scope := filepath.Join(sensortest.Scope(t).Name(), "traced")
	if err := os.Mkdir(scope, 0o755); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(scope)
	tracer := trace.New(trace.Options{Kernel: sensortest.Kernel(t, kernel.Options{}), Proc: "/proc", Scope: scope})
	s := newSubject(t)
	_, err := tracer.Run(t.Context(), trace.Request{PID: s.pid, For: time.Second}, nil, nil)
	if !errors.Is(err, trace.ErrRefused) || !strings.Contains(err.Error(), "outside the agent's scope "+scope) {
		t.Error(err)
	}
}
