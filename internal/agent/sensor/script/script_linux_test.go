package script_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/script"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// clock is the time by which contents are told again.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() event.Time { return event.At(time.Now()) + event.Time(c.ahead.Load()) }

// start runs the sensor behind that of executions.
func start(t testing.TB) (*sensortest.Recorder, *clock) {
	t.Helper()
	c := &clock{}
	s := script.New(script.Options{Now: c.now})
	follow := func(e *event.Event) {
		if e.Kind == event.ProcessStart {
			s.Follow(e)
		}
	}
	r := sensortest.RunWith(t, follow, s, exec.New(exec.Options{Kernel: sensortest.Kernel(t, kernel.Options{})}))
	t.Cleanup(func() {
		if n := s.Missed(); n != 0 {
			t.Errorf("%d executions were not looked at", n)
		}
	})
	return r, c
}

func run(t testing.TB, stdin any, name string, args ...string) string {
	t.Helper()
	c := osexec.Command(name, args...)
	switch in := stdin.(type) {
	case *os.File:
		c.Stdin = in
	case string:
		c.Stdin = strings.NewReader(in) // through a pipe
	}
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

func sum(text string) string {
	b := sha256.Sum256([]byte(text))
	return hex.EncodeToString(b[:])
}

// one waits for the event of a path or a text.
func one(t testing.TB, r *sensortest.Recorder, what string, match func(*event.Script) bool) *event.Event {
	t.Helper()
	return r.Wait(t, what, 1, func(e *event.Event) bool { return e.Kind == event.ScriptRun && match(e.Script) })[0]
}

func of(path string) func(*event.Script) bool {
	return func(s *event.Script) bool { return s.Path == path }
}

func with(text string) func(*event.Script) bool {
	return func(s *event.Script) bool { return s.Content == text }
}

func want(t *testing.T, e *event.Event, interpreter, source, text string) {
	t.Helper()
	s := e.Script
	if s.Interpreter != interpreter || s.Source != source || s.Content != text || s.SHA256 != sum(text) || s.Size != event.Some(int64(len(text))) || s.Truncated || e.Reason != "" {
		t.Errorf("%+v, reason %q; want %s from %s: %s", s, e.Reason, interpreter, source, text)
	}
	if e.Process == nil || e.Process.PID == 0 || e.User == nil {
		t.Errorf("by nobody: %+v", e)
	}
}

func shell(t testing.TB) string {
	t.Helper()
	path, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Base(path)
}

func need(t *testing.T, name string) string {
	t.Helper()
	path, err := osexec.LookPath(name)
	if err != nil {
		t.Skip("SKIPPED: ", err)
	}
	return path
}

func TestFiles(t *testing.T) {
	r, _ := start(t)
	const text = "#!/bin/sh -e\necho \"from a file\"\n"
	file := write(t, "run.sh", text)
	run(t, nil, file, "x")
	want(t, one(t, r, "#! line", of(file)), shell(t), "file", text)

	const given = "echo given\n"
	dir := filepath.Dir(write(t, "given", given))
	c := osexec.Command("/bin/sh", "-e", "./given", "-c", "y")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want(t, one(t, r, "relative file", of(dir+"/given")), shell(t), "file", given)
}

// A chain of programs that a #! line starts gives one event.
func TestEnvChain(t *testing.T) {
	need(t, "python3")
	r, _ := start(t)
	const text = "#!/usr/bin/env python3\nprint('chained')\n"
	file := write(t, "chain.py", text)
	run(t, nil, file)
	e := one(t, r, "python", of(file))
	if !strings.HasPrefix(e.Script.Interpreter, "python") {
		t.Errorf("by %s", e.Script.Interpreter)
	}
	want(t, e, e.Script.Interpreter, "file", text)
	run(t, nil, "/bin/sh", "-c", ": the end")
	one(t, r, "the end", with(": the end"))
	if n := len(r.All(func(e *event.Event) bool { return e.Kind == event.ScriptRun && e.Script.Path == file })); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestArguments(t *testing.T) {
	r, _ := start(t)
	for name, args := range map[string][]string{
		"bash": {"-c", "echo by-bash; true"}, "python3": {"-c", "print('by-python')"},
		"perl": {"-we", "print 'by-perl'"}, "awk": {"BEGIN { print \"by-awk\" }"},
	} {
		if _, err := osexec.LookPath(name); err != nil {
			t.Log("not here: ", name)
			continue
		}
		out := run(t, nil, name, args...)
		text := args[len(args)-1]
		e := one(t, r, name, with(text))
		if !strings.Contains(text, strings.TrimSpace(out)) {
			t.Errorf("%s printed %s", name, out)
		}
		want(t, e, e.Process.Name, "argument", text)
	}
	// Longer than what the sensor of executions keeps.
	long := "sleep 1 # " + strings.Repeat("long ", 8<<10)
	run(t, nil, "/bin/sh", "-c", long)
	want(t, one(t, r, "long argument", with(long)), shell(t), "argument", long)
}

func TestInput(t *testing.T) {
	r, _ := start(t)
	const text = "echo from a file; sleep 1\n"
	f, err := os.Open(write(t, "input", text))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	if out := run(t, f, "/bin/sh"); out != "from a file\n" {
		t.Error(out)
	}
	e := r.Wait(t, "standard input", 1, func(e *event.Event) bool { return e.Kind == event.ScriptRun && e.Script.Source == "stdin" })[0]
	want(t, e, shell(t), "stdin", text)
	if e.Script.Path != f.Name() {
		t.Errorf("%s, want %s, which was removed", e.Script.Path, f.Name())
	}
}

// What comes through a pipe or a socket reaches the shell whole, and is told
// without its text.
func TestPipesAndSockets(t *testing.T) {
	r, _ := start(t)
	if out := run(t, "sleep 1; echo "+strings.Repeat("x", 5000), "bash"); len(out) != 5001 {
		t.Errorf("the shell printed %d bytes", len(out))
	}
	reason := func(word string) func(*event.Event) bool {
		return func(e *event.Event) bool { return e.Kind == event.ScriptRun && strings.Contains(e.Reason, word) }
	}
	e := r.Wait(t, "pipe", 1, reason("a pipe"))[0]
	if e.Script.Content != "" || e.Script.SHA256 != "" || e.Script.Source != "stdin" || e.Script.Interpreter != "bash" {
		t.Errorf("%+v", e.Script)
	}

	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s")})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.DialUnix("unix", nil, l.Addr().(*net.UnixAddr))
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.AcceptUnix()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	f, err := client.File()
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
	c := osexec.Command("bash")
	c.Stdin, c.Stdout = f, f
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	e = r.Wait(t, "socket", 1, reason("a socket"))[0]
	if e.Process.PID != int64(c.Process.Pid) {
		t.Errorf("of process %d, want %d", e.Process.PID, c.Process.Pid)
	}
	if _, err := server.Write([]byte("echo still here; exit\n")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 100)
	n, err := server.Read(got)
	if err != nil || string(got[:n]) != "still here\n" {
		t.Errorf("%s, %v", got[:n], err)
	}
	if err := c.Wait(); err != nil {
		t.Error(err)
	}
}

// A script that removes itself is found while its shell has it open.
func TestRemoved(t *testing.T) {
	r, _ := start(t)
	for _, name := range []string{"bash", "dash"} {
		path := need(t, name)
		text := "rm \"$0\"\nread hold # " + name + "\n"
		file := write(t, "gone-"+name, text)
		c := osexec.Command(path, file)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		want(t, one(t, r, "removed script", of(file)), name, "file", text)
		in.Close()
		_ = c.Wait() // the read fails
	}
}

func TestWhatIsNoScript(t *testing.T) {
	r, _ := start(t)
	program := write(t, "program", "\x7fELF\x02\x01\x01\x00\x00\x00")
	_ = osexec.Command("/bin/sh", program).Run() // fails
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	run(t, null, "/bin/sh")
	_ = osexec.Command("/bin/sh", "/no/such/script").Run()
	e := one(t, r, "missing file", of("/no/such/script"))
	if !strings.Contains(e.Reason, "no such file") || e.Script.Content != "" {
		t.Errorf("%+v %s", e.Script, e.Reason)
	}
	for _, e := range r.All(sensortest.Kinds(event.ScriptRun)) {
		if e.Script.Path == program || e.Script.Source == "stdin" && !strings.Contains(e.Reason, "had ended") {
			t.Errorf("told: %+v %s", e.Script, e.Reason)
		}
	}
}

func TestLargeFile(t *testing.T) {
	r, _ := start(t)
	text := "exit 0\n" + strings.Repeat("# a line\n", 1<<18)
	file := write(t, "large", text)
	run(t, nil, "/bin/sh", file)
	s := one(t, r, "large file", of(file)).Script
	if len(s.Content) != 64<<10 || !strings.HasPrefix(text, s.Content) || !s.Truncated || s.SHA256 != "" || s.Size != event.Some(int64(len(text))) {
		t.Errorf("%d bytes of %+v are told, cut %v, hash %q", len(s.Content), s.Size, s.Truncated, s.SHA256)
	}
}

// A content is told once; a later run of it has the hash, and the text only for
// the rules; an hour later the text is told again.
func TestRepeatedContent(t *testing.T) {
	r, c := start(t)
	const text = "echo again and again\n"
	first, second := write(t, "first", text), write(t, "second", text)
	run(t, nil, "/bin/sh", first)
	want(t, one(t, r, "first run", of(first)), shell(t), "file", text)
	for range 5 {
		run(t, nil, "/bin/sh", first)
	}
	// A mark that comes behind them, as they are looked at in order.
	run(t, nil, "/bin/sh", "-c", ": seen")
	one(t, r, "a mark", with(": seen"))
	c.ahead.Add(int64(11 * time.Second))
	run(t, nil, "/bin/sh", second)
	e := one(t, r, "run of a copy", of(second))
	if s := e.Script; s.Content != "" || s.Repeated != text || s.SHA256 != sum(text) || e.Reason != "content was told before; 5 runs of it since were not told" {
		t.Errorf("%+v, reason %q", s, e.Reason)
	}
	if shown := e.Script.Shown(); shown.Content != text || shown.Repeated != "" || e.Script.Content != "" {
		t.Errorf("rules see %+v", shown)
	}
	c.ahead.Add(int64(time.Hour))
	run(t, nil, "/bin/sh", first)
	want(t, r.Wait(t, "an hour later", 2, func(e *event.Event) bool { return e.Kind == event.ScriptRun && e.Script.Path == first })[1], shell(t), "file", text)
}

// The file of another mount namespace is read, not that of ours with its name.
func TestMountNamespace(t *testing.T) {
	need(t, "unshare")
	r, _ := start(t)
	file := write(t, "script", "echo outside\n")
	run(t, nil, "unshare", "--mount", "/bin/bash", "-c", fmt.Sprintf("mount -t tmpfs none %s && echo 'echo inside' > %s && bash %s; sleep 1", filepath.Dir(file), file, file))
	want(t, one(t, r, "script inside", of(file)), "bash", "file", "echo inside\n")
}

// So is that of another root, by the path that is meant there.
func TestChroot(t *testing.T) {
	busybox := need(t, "busybox")
	text, err := os.ReadFile(busybox)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "busybox"), text, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := osexec.Command("chroot", dir, "/busybox", "true").Run(); err != nil {
		t.Skip("SKIPPED: busybox does not run alone: ", err)
	}
	const body = "/busybox echo inside; /busybox sleep 1\n"
	if err := os.WriteFile(filepath.Join(dir, "script"), []byte(body), 0o644); err != nil {
		t.Fatal(err)
	}
	r, _ := start(t)
	run(t, nil, "chroot", dir, "/busybox", "sh", "/script")
	want(t, one(t, r, "script inside", of("/script")), "sh", "file", body)
}

// A storm of different scripts is told whole.
func TestStorm(t *testing.T) {
	r, _ := start(t)
	const n = 2000
	var all bytes.Buffer
	for i := range n {
		fmt.Fprintf(&all, "/bin/sh -c ': storm %d'\n", i)
	}
	run(t, nil, "/bin/sh", write(t, "storm", all.String()))
	r.Wait(t, "storm", n, func(e *event.Event) bool {
		return e.Kind == event.ScriptRun && strings.HasPrefix(e.Script.Content, ": storm ")
	})
}
