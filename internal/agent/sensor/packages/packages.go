// Package packages is the sensor of installed packages: one that is installed,
// upgraded or downgraded, or removed, with its version before and after and the
// process (dpkg, apk) that wrote it down.
//
// It compares what package managers keep of what is installed, with the engine
// of watched configuration: the status of dpkg (name, version, architecture of
// each stanza) and the database of apk, when they were replaced. dpkg does so at
// the end of a run, not for each package; the events of a run come together
// then. Packages whose configuration only is left count as removed. The
// database of rpm cannot be read without its library: that it changed is told
// as a package_install without a package, and event.reason says so.
//
// Not seen: packages of languages (pip, npm), snaps, flatpaks, and what is
// installed without a package manager; the events of files have those.
package packages

import (
	"context"
	"log/slog"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

const name = "packages"

// Options are what the sensor needs.
type Options struct {
	State string       // folder for what must be known after a restart; "" is nowhere
	Proc  string       // where proc is mounted; "" is /proc
	Root  string       // root of the host's files; "" is /
	Every *sensor.Pace // between looks for changes that no event told of; nil is 30 s
	Now   func() event.Time
	Log   *slog.Logger
}

// Sensor makes events of packages.
type Sensor struct {
	*watched.Watcher
	now     func() event.Time
	sources []sensor.Source
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	s := &Sensor{now: o.Now, Watcher: watched.New(watched.Options{
		Name: name, Subjects: subjects(), State: o.State, Proc: o.Proc, Root: o.Root, Every: o.Every, Now: o.Now, Log: o.Log,
	})}
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{Name: watched.Rung, Needs: "the events of files", Limits: "which packages rpm installs or removes"},
		Run:  s.Watcher.Run,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name:  name,
		Doc:   "Packages that are installed, upgraded or removed.",
		Kinds: s.Kinds(),
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, name, s.sources, emit, s.now)
}
