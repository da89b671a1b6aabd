// Package tasks is the sensor of scheduled tasks: lines of crontabs, scripts of
// cron.hourly and the like, lines of anacrontab, at jobs and systemd timers,
// with schedule, command and user as written, and the process that changed the
// file, whatever tool or library was used.
//
// A line of a crontab has no name: it is known by its user and command. When
// one is gone and one is new in the same change and both have the same schedule,
// or they are the only ones, it is one that was modified. A variable of a crontab
// (PATH, LD_PRELOAD ...) is told as a change of the file. A line that is none of
// the format is told as it stands, and event.reason says so.
//
// Not seen: what a scheduler keeps elsewhere (timers that systemd makes by
// itself, other schedulers), and which unit a timer was enabled for, which the
// sensor of services tells.
//
// While it runs, the sensor has two goroutines, one of them waits for inotify.
package tasks

import (
	"context"
	"log/slog"
	"path"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	State string       // folder where it keeps what it knows; "" is nowhere
	Proc  string       // where proc is mounted; "" is /proc
	Root  string       // root of the host's files; "" is /
	Every *sensor.Pace // between looks for changes that no event told of; nil is 30 s
	Now   func() event.Time
	Log   *slog.Logger // nil discards
}

// Sensor makes events of scheduled tasks. It implements sensor.Follower.
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
	s := &Sensor{now: o.Now}
	s.Watcher = watched.New(watched.Options{
		Name: "tasks", Subjects: subjects(),
		State: o.State, Proc: o.Proc, Root: o.Root, Every: o.Every, Now: o.Now, Log: o.Log,
	})
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{
			Name: watched.Rung, Needs: "the sensor file, for who made a change; without it changes are found every 30 s",
			Limits: "timers that systemd makes by itself",
		},
		Run: s.Watcher.Run,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name: "tasks", Doc: "Scheduled tasks: cron, anacron, at and systemd timers.",
		Kinds: s.Watcher.Kinds(), Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "tasks", s.sources, emit, s.now)
}

func subjects() []watched.Subject {
	out := []watched.Subject{
		{Name: "crontab", Paths: []string{"/etc/crontab", "/etc/cron.d/*"}, Parse: system},
		{Name: "crontabs", Paths: []string{"/var/spool/cron/crontabs/*", "/var/spool/cron/*", "/etc/crontabs/*"}, Parse: personal},
		{Name: "periodic", Parse: periodic, Paths: []string{
			"/etc/cron.hourly/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/cron.monthly/*", "/etc/cron.yearly/*",
			"/etc/periodic/15min/*", "/etc/periodic/hourly/*", "/etc/periodic/daily/*", "/etc/periodic/weekly/*", "/etc/periodic/monthly/*",
		}},
		{Name: "anacrontab", Paths: []string{"/etc/anacrontab"}, Parse: anacrontab},
		{Name: "at", Paths: []string{"/var/spool/cron/atjobs/*", "/var/spool/at/*", "/var/spool/atjobs/*"}, Parse: atJob},
		{Name: "timers", Parse: timer, Paths: []string{
			"/etc/systemd/system/*.timer", "/etc/systemd/system/*.timer.d/*.conf", "/etc/systemd/user/*.timer",
			"/run/systemd/system/*.timer", "/run/systemd/transient/*.timer",
			"/usr/lib/systemd/system/*.timer", "/usr/local/lib/systemd/system/*.timer", "/usr/lib/systemd/user/*.timer",
			"/root/.config/systemd/user/*.timer", "/home/*/.config/systemd/user/*.timer",
		}},
	}
	for i := range out {
		s := &out[i]
		s.Object, s.Create, s.Modify, s.Delete = "task", event.TaskCreate, event.TaskModify, event.TaskDelete
		s.Skip, s.Tell = left, tell
	}
	return out
}

// left says that a file is what an editor, a package manager or crontab(1)
// leaves or prepares: no scheduler reads it.
func left(p string) bool {
	name := path.Base(p)
	if strings.HasPrefix(name, "tmp.") && len(name) == len("tmp.XXXXXX") || strings.HasSuffix(name, "~") {
		return true
	}
	switch path.Ext(name) {
	case ".dpkg-new", ".dpkg-old", ".dpkg-dist", ".dpkg-tmp", ".rpmnew", ".rpmsave", ".rpmorig", ".swp":
		return true
	}
	return false
}
