// Package script is the sensor of scripts: what an interpreter was told to run.
// It follows executions. When the program is an interpreter (shells, awk, Perl,
// Python, Ruby, Node.js, Lua, PHP, Tcl, expect, R, PowerShell), or was started
// by a #! line, it finds the script by the arguments: a file, a text among the
// arguments (-c, -e), or standard input.
//
// A file is read as its process sees it, through the root of the process and
// with links that do not lead out of it, and only when it is a regular file.
// 64 kB of the text are told; up to 1 MB is hashed, of larger ones the text
// alone is told. A file that is not text is not a script. Bytes that are not
// UTF-8 are replaced, a text ends at a zero byte. A script from a pipe or a
// socket is never read, as reading would take it away: it is told without text,
// and event.reason says so.
//
// Text goes out once an hour for each content. Runs of the same in between are
// told without text, at most every ten seconds for each content, with the hash,
// and with the number of runs that were not told; rules see the text of each
// event that is told (Script.Repeated). A script may hold passwords, as command
// lines do: both are told as they are. Who does not want that switches the
// sensor off in the policy.
//
// The file is read when the event of the execution comes, some milliseconds
// after it, and up to a fifth of a second later under load: a script that
// changes itself or is changed in between is told as it is then. One that was
// removed is found in the descriptors of its shell, when that still has it.
//
// Follow looks at one name; all else is done on a goroutine of the sensor, and
// reading on another one that is given up after two seconds, because a file
// system of a user may not answer.
package script

import (
	"context"
	"errors"
	"path"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	Proc string // where proc is mounted; "" is /proc
	Now  func() event.Time
}

// Sensor makes events of scripts.
type Sensor struct {
	o         Options
	languages map[string]*language // immutable after New
	backlog   *sensor.Backlog
	runs      atomic.Bool // Run is there to take what is followed
	sources   []sensor.Source

	// Of the goroutine of Run.
	proc  *procfs.FS
	roots *roots
	told  *told
	files *stamps
	slow  *slow
}

// waiting is how many executions may wait to be looked at.
const waiting = 1024

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	s := &Sensor{
		o: o, languages: languages(), backlog: sensor.NewBacklog(waiting),
		told: newTold(maxTold), files: newStamps(maxStamps), slow: &slow{patience: patience},
	}
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{
			Name: "proc", Needs: "executions that another sensor sees, and /proc",
			Limits: "the text that comes through pipes and sockets, text that a script builds and runs by itself (eval), and files that were changed or removed before they were read",
		},
		Run: s.work,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name: "script", Doc: "Scripts that interpreters run, with their text.",
		Kinds: []event.Kind{event.ScriptRun}, Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "script", s.sources, emit, s.o.Now)
}

// Follows implements sensor.Follower.
func (s *Sensor) Follows() []event.Kind { return []event.Kind{event.ProcessStart} }

// Follow implements sensor.Follower.
func (s *Sensor) Follow(e *event.Event) {
	p := e.Process
	if p == nil || p.Script == "" && !s.interprets(p.Name) || !s.runs.Load() {
		return
	}
	s.backlog.Put(e)
}

// Missed implements sensor.Follower.
func (s *Sensor) Missed() int64 { return s.backlog.Missed() }

const busybox = "busybox"

func (s *Sensor) interprets(name string) bool {
	return s.languages[baseName(name)] != nil || name == busybox
}

func (s *Sensor) work(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	var err error
	if s.proc, err = procfs.Open(s.o.Proc); err != nil {
		return errors.Join(sensor.ErrNotSupported, err)
	}
	if s.roots, err = newRoots(s.proc); err != nil {
		return errors.Join(sensor.ErrNotSupported, err)
	}
	s.runs.Store(true)
	defer s.runs.Store(false)
	took()
	for {
		e, ok := s.backlog.Next(ctx)
		if !ok {
			return nil
		}
		if found := s.look(e); found != nil {
			emit(found)
		}
	}
}

// look returns the event of the script that an execution runs; nil for none.
func (s *Sensor) look(e *event.Event) *event.Event {
	r := run{e: e, p: e.Process}
	s.roots.learn(r.p)
	c, ok := s.command(&r)
	if !ok {
		return nil
	}
	r.source, r.path = c.source, c.path
	switch c.source {
	case "argument":
		return s.argument(&r, c.text)
	case "stdin":
		return s.input(&r)
	case "file":
		return s.file(&r, c.files(r.p.WorkingDirectory))
	}
	return nil
}

// run is one execution of an interpreter.
type run struct {
	e           *event.Event
	p           *event.Process
	interpreter string
	source      string
	path        string // of the script, as the process names it
}

// command says where the script is.
func (s *Sensor) command(r *run) (command, bool) {
	name, args := r.p.Name, r.p.Args
	if len(args) > 0 {
		args = args[1:]
		if name == busybox {
			if name = path.Base(r.p.Args[0]); name == busybox && len(args) > 0 {
				name, args = args[0], args[1:]
			}
		}
	}
	r.interpreter = name
	l := s.languages[baseName(name)]
	switch {
	case r.p.Script != "" && l == nil && hands(name):
		return command{}, false
	case r.p.Script != "":
		return command{source: "file", path: r.p.Script}, true
	case l == nil:
		return command{}, false
	}
	return l.parseArgs(args), true
}

// hands reports whether a program that a #! line names only executes another
// one, whose execution tells of the script.
func hands(name string) bool {
	switch name {
	case "env", "nice", "nohup", "setsid", "timeout", "stdbuf", "chroot", "unshare":
		return true
	}
	return false
}

// event begins the event of a run.
func (s *Sensor) event(r *run) *event.Event {
	return &event.Event{
		Time: r.e.Time, Kind: event.ScriptRun, Provider: "script", Rung: "proc", HostName: r.e.HostName,
		ContainerID: r.e.ContainerID, Process: r.p, User: r.e.User,
		Script: &event.Script{Path: r.path, Interpreter: r.interpreter, Source: r.source},
	}
}
