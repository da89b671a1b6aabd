// Package polled is the rung "proc" of the sensor of rare system calls, for
// kernels without BPF tracing: what /proc and the kernel's lists show of some of
// them, looked at in turns: modules that came and went, mounts of the agent's
// mount namespace, raw and packet sockets, and BPF programs where the kernel can
// list them.
//
// An event has the time of the look. Of a socket the process is told that holds
// it; who loaded a module or a program, or mounted something, is not known.
// What is there at the first look is not told, nor is what came and went between
// two looks. Modules and programs are the host's and not those of a scope, so
// with a scope they are left out.
//
// A look costs the reading of four small files; it belongs to one goroutine.
package polled

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/net"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options set up the rung. Zero fields take the default.
type Options struct {
	Proc  string       // where proc is mounted; default /proc
	Scope string       // directory of a cgroup; default the whole host
	Every *sensor.Pace // between two looks; nil is 1 s
	Now   func() event.Time
}

const (
	rung   = "proc"
	limits = "who loads modules and BPF programs and mounts, what comes and goes between two looks, mounts of other mount namespaces, " +
		"and all calls that leave nothing to look at: access to processes, signals, credentials, namespaces, memory"
	// reasonNobody is said of what has no process.
	reasonNobody = "found by looking at the kernel's list; who did it is not known"
)

// Calls returns the rung for rare system calls.
func Calls(o Options) sensor.Source {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Every == nil {
		o.Every = sensor.NewPace(time.Second)
	}
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	return sensor.Source{
		Rung: sensor.Rung{Name: rung, Needs: "/proc", Limits: limits, Only: []event.Kind{
			event.ModuleLoad, event.ModuleUnload, event.MountCreate, event.MountRemove, event.BPFLoad, event.NetRaw,
		}},
		Run: func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
			l, err := newLooker(o, emit)
			if err != nil {
				return err
			}
			if err := l.look(); err != nil {
				return err
			}
			took(l.lacks()...)
			var rest time.Duration
			for o.Every.Wait(ctx, rest) {
				began := time.Now()
				if err := l.look(); err != nil {
					return err
				}
				rest = 20 * time.Since(began)
			}
			return nil
		},
	}
}

// looker knows what was there at the last look.
type looker struct {
	o        Options
	fs       *procfs.FS
	whole    bool // not of a scope
	owners   *net.Owners
	emit     sensor.Emit
	number   int64
	begun    bool
	modules  map[string]bool
	mounts   map[int64]procfs.MountPoint
	sockets  map[uint32]bool // by inode; those that were told or were there before
	programs map[ebpf.ProgramID]bool
	next     func(ebpf.ProgramID) (ebpf.ProgramID, error)
	blind    error // why programs cannot be listed
}

func newLooker(o Options, emit sensor.Emit) (*looker, error) {
	fs, scope, err := procfs.OpenScope(o.Proc, o.Scope)
	if err != nil {
		return nil, err
	}
	return &looker{
		o: o, fs: fs, whole: scope.Whole(), owners: net.NewOwners(fs, scope), emit: emit, next: ebpf.ProgramGetNextID,
		modules: map[string]bool{}, mounts: map[int64]procfs.MountPoint{}, sockets: map[uint32]bool{}, programs: map[ebpf.ProgramID]bool{},
	}, nil
}

// lacks says what cannot be looked at on this host.
func (l *looker) lacks() []string {
	if !l.whole {
		return []string{"modules and BPF programs, which are not those of a scope"}
	}
	var out []string
	if _, err := os.Stat(filepath.Join(l.o.Proc, "modules")); err != nil {
		out = append(out, "modules (the kernel has none)")
	}
	if l.blind != nil {
		out = append(out, fmt.Sprintf("BPF programs (%v)", l.blind))
	}
	return out
}

// look tells what differs from the look before.
func (l *looker) look() error {
	now := l.o.Now()
	if l.whole {
		if err := l.lookModules(now); err != nil {
			return err
		}
		l.lookPrograms(now)
	}
	if err := l.lookMounts(now); err != nil {
		return err
	}
	l.lookSockets(now)
	l.begun = true
	return nil
}

// tell hands on an event, once there was a look before.
func (l *looker) tell(e *event.Event) {
	if !l.begun {
		return
	}
	l.number++
	e.Provider, e.Rung, e.SensorSequence, e.Outcome = "calls", rung, l.number, "success"
	if e.Process == nil {
		e.Reason = reasonNobody
	}
	l.emit(e)
}

func (l *looker) lookModules(now event.Time) error {
	text, err := os.ReadFile(filepath.Join(l.o.Proc, "modules"))
	if errors.Is(err, os.ErrNotExist) {
		return nil // a kernel without modules
	}
	if err != nil {
		return fmt.Errorf("list modules: %w", err)
	}
	here := map[string]bool{}
	for _, name := range parseModules(text) {
		if here[name] = true; !l.modules[name] {
			l.tell(&event.Event{Time: now, Kind: event.ModuleLoad, Call: &event.Call{ModuleName: name}})
		}
	}
	for name := range l.modules {
		if !here[name] {
			l.tell(&event.Event{Time: now, Kind: event.ModuleUnload, Call: &event.Call{ModuleName: name}})
		}
	}
	l.modules = here
	return nil
}

func (l *looker) lookMounts(now event.Time) error {
	all, err := l.fs.Mounts()
	if err != nil {
		return err
	}
	here := map[int64]procfs.MountPoint{}
	for _, m := range all {
		here[m.ID] = m
		if old, ok := l.mounts[m.ID]; !ok || old != m {
			l.tell(mounted(event.MountCreate, m, now))
		}
	}
	for id, m := range l.mounts {
		if _, ok := here[id]; !ok {
			l.tell(mounted(event.MountRemove, m, now))
		}
	}
	l.mounts = here
	return nil
}

func mounted(kind event.Kind, m procfs.MountPoint, now event.Time) *event.Event {
	c := &event.Call{MountSource: m.Source, MountDirectory: m.Dir, MountFilesystem: m.Kind}
	if m.ReadOnly {
		c.Flags = "MS_RDONLY"
	}
	return &event.Event{Time: now, Kind: kind, Call: c}
}
