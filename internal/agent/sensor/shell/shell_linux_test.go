package shell_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/agent/sensor/shell"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	flag.Parse()
	goleak.VerifyTestMain(m)
}

// start runs the sensor behind those of executions and files.
func start(t *testing.T, o kernel.Options, interactive bool) (*sensortest.Recorder, *shell.Sensor) {
	t.Helper()
	k := sensortest.Kernel(t, o)
	s := shell.New(shell.Options{Kernel: k, State: t.TempDir()})
	s.SetInteractive(interactive)
	r := sensortest.RunWith(t, s.Follow, s, exec.New(exec.Options{Kernel: k}), file.New(file.Options{Kernel: k}))
	return r, s
}

// copied returns a bash of our own: probing it bothers nobody else.
func copied(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/bin/bash")
	if err != nil {
		t.Skip("SKIPPED: no bash here: ", err)
	}
	name := filepath.Join(t.TempDir(), "bash")
	if err := os.WriteFile(name, text, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// terminal is a shell at a pseudo terminal.
type terminal struct {
	master *os.File
	c      *osexec.Cmd
	mu     sync.Mutex
	shown  strings.Builder // guarded by mu
}

func open(t *testing.T, cgroup *os.File, env []string, name string, args ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	w := &terminal{master: master, c: osexec.Command(name, args...)}
	w.c.Stdin, w.c.Stdout, w.c.Stderr = slave, slave, slave
	w.c.Env = append([]string{"PATH=/usr/bin:/bin", "TERM=dumb", "PS1=ready> "}, env...)
	w.c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if cgroup != nil {
		w.c.SysProcAttr.UseCgroupFD, w.c.SysProcAttr.CgroupFD = true, int(cgroup.Fd())
	}
	if err := w.c.Start(); err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			w.mu.Lock()
			w.shown.Write(buf[:n])
			w.mu.Unlock()
			if err != nil {
				return
			}
		}
	})
	t.Cleanup(func() {
		_ = w.c.Process.Kill()
		_ = w.c.Wait()
		master.Close()
		reading.Wait()
	})
	return w
}

func (w *terminal) screen() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shown.String()
}

func (w *terminal) line(t *testing.T, text string) {
	t.Helper()
	if _, err := io.WriteString(w.master, text+"\n"); err != nil {
		t.Fatal(err)
	}
}

func typed(pid int, text string) func(*event.Event) bool {
	return func(e *event.Event) bool {
		return e.Kind == event.ShellCommand && e.Script.Source == "readline" && e.Script.Content == text && (pid == 0 || e.Process.PID == int64(pid))
	}
}

// Lines that are typed at a shell are told while the policy wants it.
func TestTypedLines(t *testing.T) {
	bash := copied(t)
	r, s := start(t, kernel.Options{}, true)
	w := open(t, nil, []string{"HISTFILE="}, bash, "--norc", "-i")
	// The shell is probed when its execution was seen; until then lines go by.
	r.Wait(t, "the shell starts", 1, func(e *event.Event) bool {
		return e.Kind == event.ProcessStart && e.Process.PID == int64(w.c.Process.Pid)
	})
	probed(t, r, w)
	w.line(t, "echo 'a  line' \xff # typed")
	e := r.Wait(t, "typed line", 1, typed(w.c.Process.Pid, "echo 'a  line' \ufffd # typed"))[0]
	if e.Script.Interpreter != "bash" || e.Provider != "shell" || e.Rung != "uretprobe" || e.User.ID != "0" {
		t.Errorf("%+v by %+v", e.Script, e.User)
	}
	w.line(t, "")
	w.line(t, ": "+strings.Repeat("x", 3000))
	r.Wait(t, "long line", 1, typed(0, ": "+strings.Repeat("x", 3000)))
	took := len(r.All(sensortest.Kinds(event.AgentSensor)))
	s.SetInteractive(false)
	r.Wait(t, "switched off", took+1, sensortest.Kinds(event.AgentSensor))
	before := len(r.All(sensortest.Kinds(event.ShellCommand)))
	w.line(t, "exit 0 # not told")
	r.Wait(t, "the shell ends", 1, func(e *event.Event) bool {
		return e.Kind == event.ProcessEnd && e.Process.PID == int64(w.c.Process.Pid)
	})
	if n := len(r.All(sensortest.Kinds(event.ShellCommand))); n != before {
		t.Errorf("%d lines were told after it was switched off", n-before)
	}
	for _, e := range r.All(sensortest.Kinds(event.ShellCommand)) {
		if e.Script.Content == "" {
			t.Errorf("an empty line was told: %+v", e)
		}
	}
}

// The program loads on every kernel, also where no shell is.
func TestLoads(t *testing.T) {
	r, _ := start(t, kernel.Options{}, true)
	for _, e := range r.All(sensortest.Kinds(event.AgentSensor)) {
		if e.Status.Sensor == "shell" && strings.Contains(e.Status.RungReason, "load the programs") || e.Status.Rung == "" {
			t.Errorf("%s: %s", e.Status.Sensor, e.Status.RungReason)
		}
	}
}

// probed types until a line is told.
func probed(t *testing.T, r *sensortest.Recorder, w *terminal) {
	t.Helper()
	for i := range 200 {
		mark := fmt.Sprintf(": probe %d", i)
		w.line(t, mark)
		if osexec.Command("/bin/sleep", "0.1").Run(); len(r.All(func(e *event.Event) bool {
			return e.Kind == event.ShellCommand && strings.HasPrefix(e.Script.Content, ": probe")
		})) > 0 {
			return
		}
	}
	t.Fatalf("no line was told\n%s", w.screen())
}

// A shell that ran before is probed when typed lines are switched on, and one
// outside the scope is not told.
func TestTypedBefore(t *testing.T) {
	inside := sensortest.Cgroup(t, "shell")
	bash := copied(t)
	within, without := open(t, inside, []string{"HISTFILE="}, bash, "--norc", "-i"), open(t, nil, []string{"HISTFILE="}, bash, "--norc", "-i")
	r, s := start(t, kernel.Options{Scope: inside}, false)
	s.SetInteractive(true)
	r.Wait(t, "switched on", 2, func(e *event.Event) bool { // the first is of its start
		return e.Kind == event.AgentSensor && e.Status.Sensor == "shell"
	})
	without.line(t, ": waited for")
	without.line(t, ": outside")
	without.line(t, "exit")
	_ = without.c.Wait()
	within.line(t, ": waited for") // the function was called before it was probed
	within.line(t, ": inside")
	r.Wait(t, "typed line", 1, typed(within.c.Process.Pid, ": inside"))
	if n := len(r.All(typed(0, ": outside"))); n != 0 {
		t.Errorf("%d lines outside the scope were told", n)
	}
	within.line(t, "exit")
	_ = within.c.Wait()
}

// Nothing that is typed is told unless the policy wants it; what the shell
// writes to its history is.
func TestHistoryOfASession(t *testing.T) {
	sensortest.Scope(t) // skips outside the sandbox: accounts are changed below
	bash := copied(t)
	home := "/home/shelltest"
	if err := errors.Join(os.MkdirAll(home, 0o700), os.WriteFile(home+"/.bash_history", []byte("old\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	passwd, err := os.OpenFile("/etc/passwd", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(passwd, "shelltest:x:4711:4711::%s:/bin/bash\n", home)
	passwd.Close()
	r, _ := start(t, kernel.Options{}, false)
	w := open(t, nil, []string{"HOME=" + home, "HISTFILE=" + home + "/.bash_history"}, bash, "--norc", "-i")
	w.line(t, "cat /etc/os-release > /dev/null")
	w.line(t, "exit")
	_ = w.c.Wait()
	e := r.Wait(t, "line of the history", 1, func(e *event.Event) bool {
		return e.Kind == event.ShellCommand && e.Script.Content == "cat /etc/os-release > /dev/null"
	})[0]
	if e.Script.Source != "history" || e.Script.Path != home+"/.bash_history" || e.Script.Interpreter != "bash" || e.Process.PID != int64(w.c.Process.Pid) {
		t.Errorf("%+v by %d, want %d", e.Script, e.Process.PID, w.c.Process.Pid)
	}
	for _, e := range r.All(sensortest.Kinds(event.ShellCommand)) {
		if e.Script.Content == "old" || e.Script.Source == "readline" {
			t.Errorf("told: %+v", e.Script)
		}
	}
}

// Lines at zsh come from its line editor, a library of its own. It is probed
// only when VEDETTE_PRIVATE_ZSH says that zsh is the sandbox's own.
func TestTypedAtZsh(t *testing.T) {
	if os.Getenv("VEDETTE_PRIVATE_ZSH") == "" {
		t.Skip("SKIPPED: probes the zsh of the sandbox; install one there and set VEDETTE_PRIVATE_ZSH")
	}
	r, _ := start(t, kernel.Options{Private: []string{"/usr/lib"}}, true)
	zsh, err := osexec.LookPath("zsh")
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, nil, []string{"LANG=C.UTF-8"}, zsh, "-f", "-i")
	probed(t, r, w)
	w.line(t, "echo 'É  line' # typed")
	e := r.Wait(t, "typed line", 1, typed(w.c.Process.Pid, "echo 'É  line' # typed"))[0]
	if e.Script.Interpreter != "zsh" || e.Script.Size.N != int64(len("echo 'É  line' # typed")) {
		t.Errorf("%+v", e.Script)
	}
	w.line(t, "exit")
	_ = w.c.Wait()
}
