// Package shell is the sensor of what people type at shells.
//
// Two sources give lines. The history files of bash, zsh, fish, ash and ksh are
// read when they are written; what is new in them is told with the process that
// wrote, which for bash is the end of the session. How far each file was read is
// kept over restarts, and what was written while the agent was off is told at
// the start, without a process. Files that were there before the agent came the
// first time are learned, not told. A user can keep the shell from writing, or
// write what was never typed: history files say what somebody wants them to say.
// A home on a file system that does not answer is left out, and told as not seen.
//
// The lines themselves, as they are typed, come from the return of readline() in
// bash (or libreadline, when bash uses it) and of zleread() in zsh, by a uprobe.
// That is off until the policy has interactive_shells: typed lines are private
// and may hold passwords. A uprobe is a breakpoint in the file: shells pay about
// two microseconds for each line, other containers' too. Shells of containers
// are probed when they start. Not seen: the line for which a shell waits already
// when it is probed, fish, whose function has no stable name,
// shells without line editing (dash, busybox), and static builds without symbols.
//
// Run has one goroutine; typed lines are decoded by the reader of the package
// kernel.
package shell

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/history"
)

// Options are what the sensor needs.
type Options struct {
	Kernel *kernel.Kernel // nil when it could not be opened: no typed lines
	Reason error          // why Kernel is nil
	Proc   string         // where proc is mounted; "" is /proc
	Root   string         // root of the host's files; "" is /
	State  string         // folder for how far files were read; "" is nowhere
	Now    func() event.Time
}

// Sensor makes events of lines at shells.
type Sensor struct {
	o        Options
	backlog  *sensor.Backlog
	runs     atomic.Bool
	typing   atomic.Bool   // typed lines are wanted
	switched chan struct{} // capacity 1: typing has changed
	sources  []sensor.Source
	saving   time.Duration // after a change, until it is kept

	// Of the goroutine of Run.
	proc  *procfs.FS
	files *files
	lines *lines // nil while typed lines are not told
	emit  sensor.Emit
}

const (
	name    = "shell"
	waiting = 256
	saving  = 5 * time.Second
)

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	if o.Root == "" {
		o.Root = "/"
	}
	s := &Sensor{o: o, backlog: sensor.NewBacklog(waiting), switched: make(chan struct{}, 1), saving: saving}
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{
			Name: "files", Needs: "files that another sensor sees written; for typed lines also the kernel's side and uprobes",
			Limits: "what a shell does not write to its history, when typed lines are not told",
		},
		Run: s.work,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name: name, Doc: "Lines that people type at shells: history files, and as they are typed when the policy wants it.",
		Kinds: []event.Kind{event.ShellCommand}, Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, name, s.sources, emit, s.o.Now)
}

// SetInteractive says whether lines are told as they are typed; off at first.
func (s *Sensor) SetInteractive(on bool) {
	if s.typing.Swap(on) == on {
		return
	}
	select {
	case s.switched <- struct{}{}:
	default:
	}
}

// Follows implements sensor.Follower.
func (s *Sensor) Follows() []event.Kind {
	return []event.Kind{event.ProcessStart, event.FileCreate, event.FileWrite, event.FileRename}
}

// Follow implements sensor.Follower.
func (s *Sensor) Follow(e *event.Event) {
	switch {
	case !s.runs.Load():
	case e.Kind == event.ProcessStart:
		if s.typing.Load() && e.Process != nil && isShell(e.Process.Name) {
			s.backlog.Put(e)
		}
	case e.File != nil && history.FormatOf(e.File.Path) != history.None:
		s.backlog.Put(e)
	}
}

// Missed implements sensor.Follower.
func (s *Sensor) Missed() int64 { return s.backlog.Missed() }

func (s *Sensor) work(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	var err error
	if s.proc, err = procfs.Open(s.o.Proc); err != nil {
		return errors.Join(sensor.ErrNotSupported, err)
	}
	s.emit = emit
	state := ""
	if s.o.State != "" {
		state = filepath.Join(s.o.State, "shell.json")
	}
	if s.files, err = openFiles(state, s.o.Root, s.proc); err != nil {
		return err
	}
	s.runs.Store(true)
	defer s.runs.Store(false)
	s.start()
	took(append(s.turn(), s.files.patience.Unseen()...)...)
	return errors.Join(s.loop(ctx, took), s.quiet(), s.files.save())
}

func (s *Sensor) loop(ctx context.Context, took func(...string)) error {
	save := time.NewTimer(s.saving)
	defer save.Stop()
	pending, full := true, s.lines != nil && s.lines.full
	unkept := "" // why how far files were read could not be kept
	tell := func() {
		unseen := append(s.turn(), s.files.patience.Unseen()...)
		if unkept != "" {
			unseen = append(unseen, "after a restart, what was told already ("+unkept+")")
		}
		took(unseen...)
	}
	for {
		var broken <-chan error
		if s.lines != nil {
			broken = s.lines.broken
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-broken:
			return err
		case <-s.switched:
			tell()
		case <-s.files.patience.Changed():
			tell()
		case e := <-s.backlog.Events():
			s.look(e)
			if s.lines != nil && s.lines.full && !full {
				full = true
				tell()
			}
			if s.files.changed && !pending {
				save.Reset(s.saving)
				pending = true
			}
		case <-save.C:
			pending = false
			why := ""
			if err := s.files.save(); err != nil { // a full disk is no reason to see nothing
				why, pending = err.Error(), true
				save.Reset(s.saving)
			}
			if why != unkept {
				unkept = why
				tell()
			}
		}
	}
}

// start tells what was written to the history files while nobody looked.
func (s *Sensor) start() {
	for _, path := range s.files.homes() {
		got, err := s.files.read(place{path: path}, s.o.Root)
		if errors.Is(err, sensor.ErrHangs) {
			continue // it may be there: it is learned when it answers
		}
		if err != nil {
			s.files.absent[path] = true // nobody has such a shell yet
			continue
		}
		got.reason = "written while the agent was not running"
		s.tell(got, &event.Event{Time: s.o.Now()})
	}
	s.files.known = false // what appears from now on and was not absent is learned
}

// look works on an event that was followed.
func (s *Sensor) look(e *event.Event) {
	if e.Kind == event.ProcessStart {
		if s.lines != nil {
			s.lines.follow(s.proc, e.Process)
		}
		return
	}
	at, root := s.files.place(e, s.o.Root)
	if root == "" {
		return // of a namespace that is gone
	}
	if e.Kind == event.FileCreate {
		s.files.fresh(at)
		return
	}
	got, err := s.files.read(at, root)
	if err == nil {
		s.tell(got, e)
	}
}

// tell makes events of the lines that were found new.
func (s *Sensor) tell(got found, e *event.Event) {
	for _, entry := range got.entries {
		reason := got.reason
		if !entry.Time.IsZero() {
			reason = join(reason, "typed at "+entry.Time.UTC().Format(time.RFC3339))
		}
		s.emit(&event.Event{
			Time: e.Time, Kind: event.ShellCommand, Provider: name, Rung: "files", Reason: reason,
			HostName: e.HostName, ContainerID: e.ContainerID, Process: e.Process, User: e.User,
			Script: &event.Script{
				Path: got.path, Interpreter: got.format.Shell(), Source: "history",
				Content: entry.Text, Size: event.Some(int64(len(entry.Text))),
			},
		})
	}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
