package rules_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/enrich"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	execs "github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/file"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// gm7 are the rules that stand for the process check of GM-7.
func gm7() []string {
	return []string{
		"stealth_program_from_memory.yml", "stealth_program_removes_itself.yml", "stealth_daemon_in_temp.yml",
		"stealth_empty_command_line.yml", "persistence_system_account_shell.yml",
	}
}

const removesItself = "VEDETTE_REMOVES_ITSELF"

func TestMain(m *testing.M) {
	if path := os.Getenv(removesItself); path != "" {
		if err := os.Remove(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// suspicious are the processes of GM-7: what is run, and which rule finds it.
func suspicious(t *testing.T) map[string]struct {
	cmd  *exec.Cmd
	rule string
} {
	t.Helper()
	dir := t.TempDir()
	copied := func(from, name string) string {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inMemory := func() *os.File {
		fd, err := unix.MemfdCreate("x", unix.MFD_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile("/bin/true")
		if err != nil {
			t.Fatal(err)
		}
		f := os.NewFile(uintptr(fd), "x")
		if _, err := f.Write(text); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	removed := func() *os.File {
		f, err := os.Open(copied("/bin/true", "removed"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		if err := os.Remove(f.Name()); err != nil {
			t.Fatal(err)
		}
		return f
	}
	self := exec.Command(copied("/proc/self/exe", "self"))
	self.Env = append(os.Environ(), removesItself+"="+self.Path)
	daemon := exec.Command(copied("/bin/true", "daemon"))
	daemon.Dir, daemon.SysProcAttr = dir, &syscall.SysProcAttr{Setsid: true}
	device := exec.Command("/bin/true")
	device.Dir = "/dev"
	account := exec.Command("/bin/sh", "-c", ":")
	account.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 33, Gid: 33}}
	const memory, empty = "stealth_program_from_memory.yml", "stealth_empty_command_line.yml"
	return map[string]struct {
		cmd  *exec.Cmd
		rule string
	}{
		"memfd":          {&exec.Cmd{Path: "/proc/self/fd/3", Args: []string{"x"}, ExtraFiles: []*os.File{inMemory()}}, memory},
		"removed file":   {&exec.Cmd{Path: "/proc/self/fd/3", Args: []string{"x"}, ExtraFiles: []*os.File{removed()}}, memory},
		"removes itself": {self, "stealth_program_removes_itself.yml"},
		"folder of temp": {daemon, "stealth_daemon_in_temp.yml"},
		"folder of /dev": {device, "stealth_daemon_in_temp.yml"},
		"www-data":       {account, "persistence_system_account_shell.yml"},
		"dot":            {&exec.Cmd{Path: "/bin/true", Args: []string{"."}}, empty},
		"slashes":        {&exec.Cmd{Path: "/bin/true", Args: []string{"//"}}, empty},
		"blank":          {&exec.Cmd{Path: "/bin/true", Args: []string{" "}}, empty},
		"ordinary":       {exec.Command("/bin/sh", "-c", "cd / && ls"), ""},
	}
}

// complete runs sensors with an enricher behind them.
type complete struct {
	sensor.Sensor
	mu *sync.Mutex
	en *enrich.Enricher
}

func (s complete) Run(ctx context.Context, emit sensor.Emit) error {
	return s.Sensor.Run(ctx, func(e *event.Event) {
		s.mu.Lock()
		s.en.Enrich(e)
		s.mu.Unlock()
		emit(e)
	})
}

// notOfABuild is e without the tools among its ancestors that run this test: a
// rule leaves out what builds do.
func notOfABuild(e *event.Event) *event.Event {
	if e.Process.Ancestors == nil {
		return e
	}
	out, p, a := *e, *e.Process, *e.Process.Ancestors
	a.Names = slices.DeleteFunc(slices.Clone(a.Names), func(name string) bool { return name == "go" || name == "make" })
	p.Ancestors, out.Process = &a, &p
	return &out
}

// Each process that GM-7 names is found once, with who it is.
func TestGM7_SuspiciousProcesses(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	en, err := enrich.New(enrich.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(en.Close)
	if err := en.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	r := sensortest.Run(t, complete{execs.New(execs.Options{Kernel: k}), &mu, en}, complete{file.New(file.Options{Kernel: k}), &mu, en})
	set := load(t)
	for name, c := range suspicious(t) {
		t.Run(name, func(t *testing.T) {
			if out, err := c.cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			pid := int64(c.cmd.ProcessState.Pid())
			mine := func(e *event.Event) bool { return e.Process != nil && e.Process.PID == pid }
			r.Wait(t, "end", 1, func(e *event.Event) bool { return mine(e) && e.Kind == event.ProcessEnd })
			var found []string
			for _, e := range r.All(mine) {
				for _, m := range set.Match(notOfABuild(e), nil) {
					if !slices.Contains(gm7(), m.Rule.Path) {
						continue
					}
					found = append(found, m.Rule.Path)
					p := e.Process
					if p.Executable == "" || p.WorkingDirectory == "" || e.User.ID == "" || p.Ancestors == nil || len(p.Ancestors.Names) == 0 || p.CommandLine == "" {
						t.Errorf("%s: not whole: %+v %+v", m.Rule.Path, p, e.User)
					}
				}
			}
			if got := strings.Join(found, " "); got != c.rule {
				t.Errorf("found by %q, want %q", got, c.rule)
			}
		})
	}
}

// TestGM7_EverydayWorkIsQuiet: none of the rules of GM-7 fires on recorded
// everyday work, which is more than an idle host does.
func TestGM7_EverydayWorkIsQuiet(t *testing.T) {
	set := load(t)
	events := 0
	recorded(t, "linux_benign_dev", func(e *event.Event) {
		events++
		for _, m := range set.Match(e, nil) {
			if slices.Contains(gm7(), m.Rule.Path) {
				t.Errorf("%s: %s %q in %s", m.Rule.Path, e.Process.Executable, e.Process.CommandLine, e.Process.WorkingDirectory)
			}
		}
	})
	if events < 1000 {
		t.Errorf("only %d events", events)
	}
}
