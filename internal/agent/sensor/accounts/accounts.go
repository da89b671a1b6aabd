// Package accounts is the sensor of users and groups: who was created, changed
// or removed, what of it, and by which process, whatever tool or library was
// used: it compares /etc/passwd, shadow, group and gshadow (and those of
// extrausers) before and after each change.
//
// What a tool writes to several of the files within 300 ms is one event for
// each user and each group. Passwords are told as "set", "locked", "none" or
// "empty" with the name of the digest's algorithm, and "changed"; a digest is
// never told nor kept.
//
// Not seen: accounts that no file has (LDAP, systemd-homed), and what was there
// only between two readings, a few hundredths of a second at most.
//
// While it runs, the sensor has two goroutines, one of them waits for inotify.
package accounts

import (
	"context"
	"log/slog"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// gather is how long the files of one change are waited for.
const gather = 300 * time.Millisecond

// Options are what the sensor needs.
type Options struct {
	State string       // folder where it keeps what it knows; "" is nowhere
	Proc  string       // where proc is mounted; "" is /proc
	Root  string       // root of the host's files; "" is /
	Every *sensor.Pace // between looks for changes that no event told of; nil is 30 s
	Now   func() event.Time
	Log   *slog.Logger // nil discards
}

// Sensor makes events of accounts. It implements sensor.Follower.
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
		Name: "accounts", Subjects: []watched.Subject{users(), groups()},
		State: o.State, Proc: o.Proc, Root: o.Root, Every: o.Every, Now: o.Now, Log: o.Log,
	})
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{
			Name: watched.Rung, Needs: "the sensor file, for who made a change; without it changes are found every 30 s",
			Limits: "accounts that no file has",
		},
		Run: s.Watcher.Run,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name: "accounts", Doc: "Users and groups that are created, changed and removed.",
		Kinds: s.Watcher.Kinds(), Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "accounts", s.sources, emit, s.now)
}

func users() watched.Subject {
	return watched.Subject{
		Name: "users", Parse: parse, Join: gather, Tell: tellUsers, Backup: "-",
		Paths:  []string{"/etc/passwd", "/etc/shadow", "/var/lib/extrausers/passwd", "/var/lib/extrausers/shadow"},
		Object: "user", Create: event.AccountCreate, Modify: event.AccountModify, Delete: event.AccountDelete,
	}
}

func groups() watched.Subject {
	return watched.Subject{
		Name: "groups", Parse: parse, Join: gather, Tell: tellGroups, Backup: "-",
		Paths:  []string{"/etc/group", "/etc/gshadow", "/var/lib/extrausers/group", "/var/lib/extrausers/gshadow"},
		Object: "group", Create: event.AccountCreate, Modify: event.AccountModify, Delete: event.AccountDelete,
	}
}
