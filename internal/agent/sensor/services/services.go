// Package services is the sensor of services: units of systemd and scripts of
// System V that are made, changed and removed, and services that are started,
// stopped, reloaded, enabled, disabled or masked.
//
// Files are seen by the engine of watched configuration: unit files, drop-ins,
// links that enable, alias or mask a unit, scripts of init and their links, for
// the system and for users, with the process that wrote them and what differs,
// directive by directive.
//
// What systemd is asked for is heard on the system bus. On the rung
// dbus_monitor (root) the calls themselves are seen, by whatever program or
// library they are made, with the process of the caller, and their outcome: of
// a job its result, of others the answer. Where the bus does not permit it
// (dbus_signals), jobs are known from the signals of systemd. systemctl and
// systemd-run of root do not use the bus but a socket of systemd's own: their
// jobs are heard as signals too, and who asked is taken from their execution;
// event.reason says so. What systemd writes because somebody asked for it is
// told as theirs. An operation that is not done after 0.8 s is told without its
// outcome, and again when it is done.
//
// Not seen: calls on systemd's own socket that make no job and no signal and
// change no file (systemctl kill), services of users that are started through
// the user's own bus, units that generators make at each reload, timers (they
// are tasks) and comments in unit files.
package services

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/bus"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

const name = "services"

// Names of rungs.
const (
	rungMonitor = "dbus_monitor"
	rungSignals = "dbus_signals"
	rungFile    = "file"
)

// Options are what the sensor needs.
type Options struct {
	Socket string       // of the system bus; "" is the usual one
	State  string       // folder for what must be known after a restart; "" is nowhere
	Proc   string       // where proc is mounted; "" is /proc
	Root   string       // root of the host's files; "" is /
	Every  *sensor.Pace // between two looks for a bus, and at all files; nil is 30 s
	Now    func() event.Time
	Log    *slog.Logger

	requests *requests
}

// Sensor makes events of services.
type Sensor struct {
	*watched.Watcher
	o       Options
	sources []sensor.Source
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	if o.Every == nil {
		o.Every = sensor.NewPace(30 * time.Second)
	}
	o.requests = &requests{systemd: 1}
	s := &Sensor{o: o, Watcher: watched.New(watched.Options{
		Name: name, Subjects: subjects(folders(o.Root)), State: o.State, Proc: o.Proc, Root: o.Root, Every: o.Every, Now: o.Now, Log: o.Log,
	})}
	s.sources = []sensor.Source{
		{Rung: sensor.Rung{
			Name: rungMonitor, Needs: "systemd, its system bus, and root",
			Limits: "services of users on their own bus",
		}, Run: func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
			return s.hear(ctx, emit, took, true)
		}},
		{Rung: sensor.Rung{
			Name: rungSignals, Needs: "systemd and its system bus",
			Limits: "who calls systemd other than by systemctl, calls that make no job",
		}, Run: func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
			return s.hear(ctx, emit, took, false)
		}},
		{Rung: sensor.Rung{
			Name: rungFile, Needs: "the events of files",
			Limits: "starts and stops",
		}, Run: s.files},
	}
	return s
}

// folders leaves out those of unitFolders that are others by a link, as /lib
// is on most hosts.
func folders(root string) []string {
	all := unitFolders()
	if st, err := os.Lstat(filepath.Join("/", root, "lib")); err == nil && st.Mode()&os.ModeSymlink != 0 {
		all = slices.DeleteFunc(all, func(f string) bool { return f == "/lib/systemd/system" })
	}
	return all
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name:  name,
		Doc:   "Services that are made, changed, removed, started, stopped, enabled or disabled.",
		Kinds: append(s.Kinds(), event.ServiceControl),
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, name, s.sources, emit, s.o.Now)
}

// Follows implements sensor.Follower.
func (s *Sensor) Follows() []event.Kind { return append(s.Watcher.Follows(), event.ProcessStart) }

// Follow implements sensor.Follower.
func (s *Sensor) Follow(e *event.Event) {
	if e.Kind == event.ProcessStart {
		s.o.requests.started(e)
		return
	}
	s.Watcher.Follow(e)
}

// hear is the rungs with the bus.
func (s *Sensor) hear(ctx context.Context, emit sensor.Emit, took func(...string), monitor bool) error {
	l, err := dial(ctx, s.o, monitor)
	if err != nil {
		return err
	}
	defer l.close()
	all, ctx := errgroup.WithContext(ctx)
	ready := make(chan struct{})
	all.Go(func() error {
		return s.Watcher.Run(ctx, s.forCaller(emit), func(unseen ...string) { took(unseen...); close(ready) })
	})
	all.Go(func() error {
		select {
		case <-ready:
			return l.run(ctx, emit)
		case <-ctx.Done():
			return nil
		}
	})
	return all.Wait()
}

// forCaller returns emit for events of files: what systemd wrote because
// somebody asked for it is told as theirs.
func (s *Sensor) forCaller(emit sensor.Emit) sensor.Emit {
	return func(e *event.Event) {
		if e.Change != nil && e.Process != nil {
			if x := s.o.requests.writing(e.Process.PID, e.Change.Name, e.Time); x != nil {
				e.Process, e.User, e.ContainerID = x.by.Process, x.by.User, x.by.ContainerID
				e.Reason = and(e.Reason, reasonFor)
			}
		}
		emit(e)
	}
}

var errBetter = errors.New("systemd is on the bus now")

// files is the rung without a bus. It ends when there is one.
func (s *Sensor) files(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return s.Watcher.Run(ctx, s.forCaller(emit), took) })
	all.Go(func() error {
		for s.o.Every.Wait(ctx, 0) {
			if s.onBus(ctx) {
				return fmt.Errorf("come up: %w", errBetter)
			}
		}
		return nil
	})
	return all.Wait()
}

func (s *Sensor) onBus(ctx context.Context) bool {
	c, err := bus.Dial(ctx, bus.Options{Socket: s.o.Socket})
	if err != nil {
		return false
	}
	defer c.Close()
	_, err = c.Owner(ctx, systemd)
	return err == nil
}
