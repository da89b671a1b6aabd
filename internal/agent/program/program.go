// Package program is the list of the programs of the host that the agent may
// run. Nothing else in the agent starts a program. Each is called by its whole
// path, with an environment of its own, and ends with the agent.
package program

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrNone says that a host does not have a program.
var ErrNone = errors.New("the host has no such program")

// Program is one program that may be run.
type Program struct {
	Name  string
	paths []string // where it may be, the usual place first
}

// Journalctl reads the journal of systemd, whose files have no stable form for
// others.
func Journalctl() Program {
	return Program{"journalctl", []string{"/usr/bin/journalctl", "/bin/journalctl"}}
}

// Path returns where the program is.
func (p Program) Path() (string, error) {
	for _, path := range p.paths {
		info, err := os.Stat(path)
		if err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: %s in %s", ErrNone, p.Name, filepath.Dir(p.paths[0]))
}

// Command prepares a run of the program, which is killed when ctx is done.
func (p Program) Command(ctx context.Context, args ...string) (*exec.Cmd, error) {
	path, err := p.Path()
	if err != nil {
		return nil, err
	}
	c := exec.CommandContext(ctx, path, args...)
	c.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}
	c.Dir = "/"
	dieWithAgent(c)
	return c, nil
}
