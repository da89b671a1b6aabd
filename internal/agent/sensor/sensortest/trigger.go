package sensortest

import (
	"fmt"
	"net"
	"os"
	osexec "os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

const triggerVariable = "VEDETTE_TRIGGER"

// Command returns a command that runs a trigger of this package: the test
// program itself, whose TestMain must call Trigger.
func Command(name string, args ...string) *osexec.Cmd {
	c := osexec.Command("/proc/self/exe", args...)
	c.Env = append(os.Environ(), triggerVariable+"="+name)
	return c
}

// Trigger runs the trigger that Command asked for and ends the program; without
// one it returns.
func Trigger() {
	name := os.Getenv(triggerVariable)
	if name == "" {
		return
	}
	os.Unsetenv(triggerVariable)
	run := map[string]func(args []string) error{"storm": storm, "threads": threads, "connect": connect, "write-exec": writeExec}[name]
	if run == nil {
		fmt.Fprintln(os.Stderr, "no trigger", name)
		os.Exit(2)
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// storm executes a program many times, one after the other.
func storm(args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	for range n {
		pid, err := syscall.ForkExec(args[0], args[:1], &syscall.ProcAttr{})
		if err != nil {
			return err
		}
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &status, 0, nil); err != nil {
			return err
		}
	}
	return nil
}

// threads ends while many threads run.
func threads(args []string) error {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var started sync.WaitGroup
	for range n {
		started.Add(1)
		go func() {
			runtime.LockOSThread()
			started.Done()
			for {
				_ = unix.Pause()
			}
		}()
	}
	started.Wait()
	return nil
}

// connect connects over TCP and closes the connection.
func connect(args []string) error {
	c, err := net.Dial("tcp", args[0])
	if err != nil {
		return err
	}
	return c.Close()
}

// writeExec writes to a file whose descriptor is closed by the execution that
// follows.
func writeExec(args []string) error {
	fd, err := syscall.Open(args[0], syscall.O_CREAT|syscall.O_WRONLY|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	if _, err := syscall.Write(fd, []byte("hello")); err != nil {
		return err
	}
	return syscall.Exec(args[1], args[1:], nil)
}

// Cgroup makes a cgroup below the scope of the sandbox; it is removed when the
// test ends.
func Cgroup(t testing.TB, name string) *os.File {
	t.Helper()
	dir := filepath.Join(Scope(t).Name(), fmt.Sprintf("%s-%d", name, os.Getpid()))
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Close()
		if err := os.Remove(dir); err != nil {
			t.Error(err)
		}
	})
	return f
}
