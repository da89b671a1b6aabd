// Package auth is the sensor of logons: who came in, who left, who could not,
// and who tampered with the records of it.
//
// Four sources are watched at once, and what they see of one logon becomes one
// event; event.rung is the best that saw it:
//
//   - pam: the functions of the library of PAM that authenticate and that open
//     and close sessions, by uprobes, in every program that uses it (sshd,
//     login, su, sudo, cron, display managers). It knows the process, the
//     result and its reason, and whether a password was asked for. Passwords
//     are never read.
//   - logind: the signals of systemd's session manager.
//   - wtmp: new records of wtmp, btmp, utmp, lastlog and faillog, found when a
//     process closes the file after a change and by a look at their metadata
//     each 250 ms. Records that are changed, zeroed, cut away or removed are
//     log_tamper events with the file and the byte.
//   - log: lines of sshd, login, su and PAM that the sensor of logs delivers.
//     They are told by themselves only when nothing better tells within 0.7 s.
//
// What is seen first waits 0.3 s (a line of a log 0.7 s) for the others to
// complete it, and is then told; what comes later of the same logon is dropped.
//
// logon.session.id is the number of the audit session, which each process of
// the session has as process.audit_session.id, or that of logind where there is
// none. A session's end has the facts of its begin and logon.start.
//
// A user that does not exist is told by name, except when the name looks like a
// password (see names.shown). Not seen: logons of programs that neither use PAM
// nor write records or logs; programs with a library of PAM of their own
// (containers) other than by their records; lastlog2 and wtmpdb, which are
// databases. On an upgrade of PAM the new library is watched within two seconds,
// and the old one until no program has it any more.
//
// A logon costs its process some 20 us by the uprobes; nothing else of the host
// pays anything. The sensor has one goroutine, and one for logind.
package auth

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	Kernel    *kernel.Kernel // nil when it could not be opened
	Reason    error          // why Kernel is nil
	Proc      string         // where proc is mounted; "" is /proc
	Root      string         // of the host's files; "" is /
	State     string         // folder for what must be known after a restart; "" is nowhere
	Bus       string         // socket of the system bus; "" is the usual
	Libraries func() []string
	Now       func() event.Time
	Log       *slog.Logger
}

// Sensor makes events of logons.
type Sensor struct {
	o        Options
	backlog  *sensor.Backlog
	inbox    chan *sighting // what the sources see
	overflow atomic.Int64   // sightings that found no room
	files    atomic.Bool    // events of files come
	running  atomic.Bool
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Root == "" {
		o.Root = "/"
	}
	if o.Libraries == nil {
		o.Libraries = func() []string { return findLibraries(o.Root) }
	}
	return &Sensor{o: o, backlog: sensor.NewBacklog(2048), inbox: make(chan *sighting, 2048)}
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name:  "auth",
		Doc:   "Logons, their ends and failures, by PAM, logind, the records of logons and logs; tampering with the records.",
		Kinds: []event.Kind{event.AuthLogin, event.AuthLogout, event.AuthFail, event.LogTamper},
		Rungs: []sensor.Rung{
			{Name: rungPAM, Needs: "Linux 5.15 or later with CONFIG_UPROBE_EVENTS, libpam.so.0, and root (CAP_BPF and CAP_PERFMON)", Limits: "programs with a library of their own, as in containers"},
			{Name: rungLogind, Needs: "systemd-logind and the system bus", Limits: "failures, su and sudo within a session"},
			{Name: rungRecords, Needs: "wtmp, btmp, utmp or lastlog", Limits: "su, sudo and cron, which write no records"},
			{Name: rungLines, Needs: "auth.log, secure or the journal, by the sensor of logs", Limits: "what services do not log"},
		},
	}
}

// Follows implements sensor.Follower.
func (s *Sensor) Follows() []event.Kind {
	return []event.Kind{
		event.FileWrite, event.FileCreate, event.FileRename, event.FileDelete, event.ProcessEnd, event.LogRecord,
	}
}

// Follow implements sensor.Follower. It comes for every file that is written,
// so it looks at no more than a name.
func (s *Sensor) Follow(e *event.Event) {
	if !s.running.Load() {
		return // the files are compared when it runs again
	}
	if e.File != nil && e.Kind != event.ProcessEnd && !s.files.Load() {
		s.files.Store(true)
	}
	switch {
	case e.Kind == event.LogRecord:
		if e.Log == nil || !wanted(e.Log) {
			return
		}
	case e.Kind == event.ProcessEnd:
		if e.Process == nil || e.Process.Executable == "" || !opens(e.Process.Name) {
			return
		}
	case e.File == nil || !watchedName(e.File.Name) && (e.Kind != event.FileRename || !watchedName(filepath.Base(e.File.OriginalPath))):
		return
	}
	s.backlog.Put(e)
}

// opens reports whether a program is one that opens sessions of users: its end
// may be that of a session.
func opens(program string) bool {
	switch program {
	case "sshd", "sshd-session", "login", "su", "sudo", "runuser", "doas", "cron", "crond", "gdm-session-worker", "lightdm", "sddm-helper", "systemd":
		return true
	}
	return false
}

// Missed implements sensor.Follower.
func (s *Sensor) Missed() int64 { return s.backlog.Missed() + s.overflow.Load() }

func (s *Sensor) now() time.Time { return s.o.Now().Std() }

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	s.running.Store(true)
	defer s.running.Store(false)
	return newRun(s, emit).run(ctx)
}
