package services

import (
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Who asked systemd for something is remembered for a while, for what systemd
// then does by itself: jobs of which only signals tell, and links that it writes.
//
// systemctl speaks to systemd through a socket of its own when root calls it,
// where nobody listens: that it asks is known from its command line.

const (
	maxRequests = 64
	// causing is how long after a request systemd may do something because of it.
	causing = event.Time(10 * time.Second)
	// early is how far it may be before the request, by their times.
	early = event.Time(time.Second / 2)
)

// request is an execution of systemctl, or a call on the bus.
type request struct {
	operation string
	units     []string
	by        *event.Event // its time and process
	call      bool
}

// requests remembers who asked. Executions come on the pipeline's goroutine,
// calls on the listener's.
type requests struct {
	mu      sync.Mutex
	list    []request // guarded by mu; oldest first
	systemd int64     // guarded by mu: pid of who does what is asked for
}

// serves notes who does what is asked for.
func (r *requests) serves(pid int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.systemd = pid
}

func (r *requests) add(x request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, x)
	if len(r.list) > maxRequests {
		r.list = slices.Delete(r.list, 0, 1)
	}
}

// started notes an execution of systemctl or systemd-run.
func (r *requests) started(e *event.Event) {
	p := e.Process
	if p == nil {
		return
	}
	parse := parseSystemctl
	switch path.Base(p.Executable) {
	case "systemctl":
	case "systemd-run":
		parse = parseRun
	default:
		return
	}
	if op, units, ok := parse(p.Args); ok {
		r.add(request{operation: op, units: units, by: e})
	}
}

// find returns the execution of systemctl that may have asked for an operation
// on a unit at a time, the newest one; one for the same operation before others,
// which may imply it (enable --now). It returns nil when there is none.
func (r *requests) find(operation, unit string, at event.Time) *request {
	r.mu.Lock()
	defer r.mu.Unlock()
	var other *request
	for _, x := range slices.Backward(r.list) {
		switch {
		case x.call || !x.near(at) || !x.names(unit) && unit != whole:
		case x.means(operation):
			return &x
		case other == nil && unit != whole:
			other = &x
		}
	}
	return other
}

// means says whether a request comes out as a job of an operation: the job of a
// restart is a start when the service has been stopped.
func (x *request) means(operation string) bool {
	switch operation {
	case x.operation, "":
		return true
	case "start":
		return x.operation == "restart" || x.operation == "reload"
	case "restart":
		return x.operation == "reload"
	}
	return false
}

// writing returns the newest request for which a process changed a file of a
// unit; nil when there is none.
func (r *requests) writing(pid int64, unit string, at event.Time) *request {
	r.mu.Lock()
	defer r.mu.Unlock()
	if pid != r.systemd {
		return nil
	}
	for _, x := range slices.Backward(r.list) {
		if x.near(at) && x.names(unit) && slices.Contains(writers(), x.operation) {
			return &x
		}
	}
	return nil
}

// writers are the operations for which systemd writes files.
func writers() []string {
	return []string{"enable", "reenable", "disable", "mask", "unmask", "link", "preset", "revert", "edit", "set-property", "add-dependency", "add-wants", "add-requires", "set-default", "start"}
}

func (x *request) near(at event.Time) bool {
	age := at - x.by.Time
	return age <= causing && age >= -early
}

func (x *request) names(unit string) bool {
	return slices.ContainsFunc(x.units, func(u string) bool { return standsFor(path.Base(u), unit) })
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

// parseRun returns which unit systemd-run makes. Without a name it is one that
// systemd gives; a scope is none that is told.
func parseRun(args []string) (operation string, units []string, ok bool) {
	units = []string{"run-*.service"}
	for i := 1; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--user" || a == "--scope" || a == "-H" || a == "-M" || strings.HasPrefix(a, "--host=") || strings.HasPrefix(a, "--machine="):
			return "", nil, false
		case (a == "--unit" || a == "-u") && i+1 < len(args):
			i++
			units[0] = args[i]
		case strings.HasPrefix(a, "--unit="):
			units[0] = a[len("--unit="):]
		case !strings.HasPrefix(a, "-"):
			return "start", units, true // the program
		}
	}
	return "start", units, true
}
