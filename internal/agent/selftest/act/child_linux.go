package act

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// child is a process of ours that does one thing.
type child struct {
	cmd   *exec.Cmd
	pid   string // as the agent sees it
	local int    // as we see it
	lines *bufio.Reader
	in    io.WriteCloser
}

// children is what a child can do, because it cannot be undone or must be done
// to another.
func children() map[string]func(args []string) error {
	return map[string]func(args []string) error{
		"pause":       func([]string) error { return nil },
		"setresuid":   func([]string) error { return raw(unix.SYS_SETRESUID, 65534, 65534, 65534) },
		"unshare":     func([]string) error { return unix.Unshare(unix.CLONE_NEWUTS) },
		"change_mode": func(args []string) error { return os.Chmod(args[0], 0o4755) },
	}
}

// runChild is the child: it says its pid, waits for a line, acts, says so, and
// waits for the end.
func (s *stage) runChild(name string, args []string, in io.Reader, out io.Writer) error {
	do := children()[name]
	if do == nil {
		return fmt.Errorf("there is no such child: %q", name)
	}
	pid, err := s.pid()
	if err != nil {
		return err
	}
	lines := bufio.NewReader(in)
	fmt.Fprintln(out, pid)
	if _, err := lines.ReadString('\n'); err != nil {
		return nil // nobody wants it any more
	}
	if err := do(args); err != nil {
		fmt.Fprintln(out, "error:", err)
		return err
	}
	fmt.Fprintln(out, "done")
	_, _ = lines.ReadString('\n') // the end of input is the end
	return nil
}

// command is a new process of this program that is the given child.
func (s *stage) command(args ...string) *exec.Cmd {
	c := exec.Command("/proc/self/exe", append(os.Args[1:], args...)...)
	c.Args[0] = os.Args[0]
	c.ExtraFiles = []*os.File{s.proc}
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

// start starts a child and returns when it waits to be told to act.
func (s *stage) start(args ...string) (*child, error) { return s.startCommand(s.command(args...)) }

func (s *stage) startCommand(cmd *exec.Cmd) (*child, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start a child: %w", err)
	}
	c := &child{cmd: cmd, local: cmd.Process.Pid, lines: bufio.NewReader(out), in: in}
	if c.pid, err = c.line(); err != nil {
		return nil, errors.Join(err, c.end())
	}
	return c, nil
}

func (c *child) line() (string, error) {
	text, err := c.lines.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("a child said nothing: %w", err)
	}
	return strings.TrimSpace(text), nil
}

// act tells the child to act and waits until it has.
func (c *child) act() error {
	if _, err := io.WriteString(c.in, "\n"); err != nil {
		return fmt.Errorf("tell a child: %w", err)
	}
	text, err := c.line()
	if err == nil && text != "done" {
		err = errors.New(text)
	}
	return err
}

// end lets the child go and waits for it; how it ended does not matter.
func (c *child) end() error {
	c.in.Close()
	var exit *exec.ExitError
	if err := c.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

func raw(call, a, b, c uintptr) error {
	if _, _, err := unix.RawSyscall(call, a, b, c); err != 0 {
		return err
	}
	return nil
}
