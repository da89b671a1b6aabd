package services

import (
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// systemctl speaks to systemd through a socket of its own when root calls it,
// where nobody listens: jobs that come of it are known from signals, and who
// asked for them from its command line.

const (
	maxCommands = 64
	// causing is how long after its start a systemctl may be the cause of a job.
	causing = event.Time(5 * time.Second)
	// early is how far a job may be before the execution that caused it, by
	// their times.
	early = event.Time(time.Second / 2)
)

// command is an execution of systemctl.
type command struct {
	operation string
	units     []string
	by        *event.Event
}

// tools remembers executions; it is filled on the pipeline's goroutine.
type tools struct {
	mu   sync.Mutex
	list []command // guarded by mu; oldest first
}

// started notes an execution of systemctl.
func (c *tools) started(e *event.Event) {
	p := e.Process
	if p == nil || path.Base(p.Executable) != "systemctl" && p.Name != "systemctl" {
		return
	}
	op, units, ok := parseSystemctl(p.Args)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, command{op, units, e})
	if len(c.list) > maxCommands {
		c.list = slices.Delete(c.list, 0, 1)
	}
}

// find returns the newest execution that may have asked for an operation on a
// unit at a time; nil for none.
func (c *tools) find(operation, unit string, at event.Time) *event.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, x := range slices.Backward(c.list) {
		age := at - x.by.Time
		if x.operation != operation || age > causing || age < -early {
			continue
		}
		if unit == whole || slices.ContainsFunc(x.units, func(u string) bool { return standsFor(u, unit) }) {
			return x.by
		}
	}
	return nil
}

// standsFor reports whether an argument of systemctl stands for a unit.
func standsFor(argument, unit string) bool {
	if !strings.Contains(argument, ".") {
		argument += ".service"
	}
	ok, err := path.Match(argument, unit)
	return ok && err == nil || argument == unit
}

// parseSystemctl returns what a command line asks for.
func parseSystemctl(args []string) (operation string, units []string, ok bool) {
	valued := []string{"-t", "--type", "-p", "--property", "-H", "--host", "-M", "--machine", "-n", "--lines", "-o", "--output", "-s", "--signal", "--root", "--job-mode", "--state", "--kill-whom"}
	for i := 1; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--user" || a == "-H" || a == "-M" || strings.HasPrefix(a, "--host=") || strings.HasPrefix(a, "--machine="):
			return "", nil, false // another systemd
		case slices.Contains(valued, a):
			i++
		case strings.HasPrefix(a, "-") && a != "-":
		case operation == "":
			operation = a
		default:
			units = append(units, a)
		}
	}
	switch operation {
	case "try-restart", "condrestart":
		operation = "restart"
	case "reload-or-restart", "try-reload-or-restart", "force-reload":
		operation = "reload"
	}
	return operation, units[:min(len(units), maxUnits)], operation != ""
}
