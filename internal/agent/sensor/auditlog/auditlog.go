// Package auditlog is the audit log as a source of events: what auditd writes
// down of executions, files and connections, as the rung "auditd" of the
// sensors exec, file and net, for hosts whose kernel gives nothing better.
//
// What is told depends on the audit rules of the host; docs/audit.rules has
// those that give all of it. The rung is taken only where records of its
// subject come: they were logged in the last minutes, or come when the agent
// does itself what they tell of (it executes nothing that is there, makes an
// empty file, connects a datagram socket to itself). While it runs and nothing
// comes, that is tried again, so that an audit system that was switched off is
// noticed within two minutes and the next rung is taken. The agent never
// changes the audit system.
//
// The process of an event is the one that the record names. While it lives,
// /proc says the rest; one that is gone gets an id from the time of its first
// record, which it keeps. A file is told with the name that the record has,
// joined to the directory of the process; a name that starts from an open
// directory is completed from /proc while the process lives, else told as it is.
//
// Each rung reads the log for itself and takes only the records of its own
// system calls apart.
package auditlog

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/tail"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/auditd"
)

// Options set up the rungs. Zero fields take the default.
type Options struct {
	Path  string           // of the log; default /var/log/audit/audit.log
	Proc  string           // where proc is mounted; default /proc
	Scope string           // directory of a cgroup; default the whole host
	Now   func() time.Time // default time.Now
	Wait  time.Duration    // for the rest of an event; default 500 ms
	Quiet time.Duration    // without records until it is tried whether any come; default 1 min
	Prove time.Duration    // how long records of a trial may take; default 3 s
	// Try does something that a rung would tell of; default is what the package
	// comment says.
	Try func(what string)
	Log *slog.Logger // nil discards
}

// DefaultPath is where auditd writes its log.
const DefaultPath = "/var/log/audit/audit.log"

func (o *Options) defaults() {
	if o.Path == "" {
		o.Path = DefaultPath
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait <= 0 {
		o.Wait = 500 * time.Millisecond
	}
	if o.Quiet <= 0 {
		o.Quiet = time.Minute
	}
	if o.Prove <= 0 {
		o.Prove = 3 * time.Second
	}
	if o.Try == nil {
		o.Try = try
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

const needs = "auditd that writes /var/log/audit/audit.log, with rules such as those of docs/audit.rules"

// Exec returns the rung for executions.
func Exec(o Options) sensor.Source {
	return o.source(subject{
		name: "exec", what: "executions", calls: []string{"execve", "execveat", "exit_group"},
		kinds: []event.Kind{event.ProcessStart, event.ProcessEnd}, events: (*reader).process,
	}, "forks, the ends of processes")
}

// File returns the rung for files.
func File(o Options) sensor.Source {
	return o.source(subject{name: "file", what: "changes of files", calls: slices.Collect(maps.Keys(fileCalls())), events: (*reader).files, kinds: []event.Kind{
		event.FileCreate, event.FileWrite, event.FileRename, event.FileDelete, event.FileChmod, event.FileChown, event.FileXattr,
	}},
		"whether a file that was opened for writing was written, what an open directory's name is when its process is gone, files that the audit rules leave out")
}

// Net returns the rung for connections.
func Net(o Options) sensor.Source {
	return o.source(subject{
		name: "net", what: "connections", calls: []string{"connect", "accept", "accept4", "bind", "listen"},
		kinds: []event.Kind{event.NetConnect, event.NetAccept, event.NetListen}, events: (*reader).connections,
	}, "own addresses, transports, ports that the kernel chose for servers, and the outcome of connects that do not wait")
}

// subject is what one rung is about.
type subject struct {
	name   string // of the sensor
	what   string // for people
	calls  []string
	kinds  []event.Kind // that it makes
	events func(*reader, *auditd.Event) []*event.Event
}

func (o Options) source(s subject, limits string) sensor.Source {
	o.defaults()
	return sensor.Source{
		Rung: sensor.Rung{Name: "auditd", Needs: needs, Limits: limits, Only: s.kinds},
		Run: func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
			return o.run(ctx, s, emit, took)
		},
	}
}

// run follows the log until ctx is done.
func (o Options) run(ctx context.Context, s subject, emit sensor.Emit, took func(...string)) error {
	if _, err := os.Stat(o.Path); err != nil {
		return fmt.Errorf("%w: no audit log: %w; install auditd with the rules of docs/audit.rules", sensor.ErrNotSupported, err)
	}
	file := tail.Open(tail.Options{Path: o.Path}, nil)
	defer file.Close()
	actors, err := NewActors(o.Proc, o.Scope)
	if err != nil {
		return err
	}
	f := newFilter(s.calls)
	if !o.recent(f) {
		if err := o.prove(ctx, s); err != nil {
			return err
		}
	}
	took()
	r := &reader{
		o: o, subject: s, file: file, actors: actors, filter: f, groups: auditd.NewGroups(), emit: emit, bound: map[socket]bound{},
		calls: fileCalls(), folders: folders{}, seen: seenFiles{}, heard: o.Now(),
	}
	return r.follow(ctx)
}

// reader makes events of the log. It belongs to one goroutine.
type reader struct {
	o       Options
	subject subject
	file    *tail.File
	actors  *Actors
	filter  *filter
	groups  *auditd.Groups
	emit    sensor.Emit
	number  int64            // of the last event
	bad     int64            // records that cannot be read, not told yet
	badWhy  error            // why the last of them cannot
	bound   map[socket]bound // sockets that may listen
	calls   map[string]call  // about files
	folders folders
	seen    seenFiles
	heard   time.Time // when a record of the subject came last
	asked   time.Time // when it was last tried whether any come
	tried   time.Time // the same, until a line is written
}

// errSilent says that no records come any more.
var errSilent = errors.New("the audit log has no more records of it")

// follow reads the log as it grows.
func (r *reader) follow(ctx context.Context) error {
	w, err := tail.NewWaker()
	if err != nil {
		r.o.Log.Debug("no inotify: the audit log is looked at again and again", "error", err)
	}
	defer w.Close()
	tick := time.NewTicker(r.o.Wait)
	defer tick.Stop()
	for ctx.Err() == nil {
		more, err := r.read()
		if err != nil {
			return err
		}
		w.Watch(r.o.Path)
		if more {
			continue
		}
		if err := r.silent(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		case <-w.Changed():
			pause(ctx, gather)
		}
	}
	r.groups.Flush(r.closed)
	return nil
}

// gather is the time between a change of the log and its reading.
const gather = 50 * time.Millisecond

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// read takes the lines that came, and closes events that wait too long.
func (r *reader) read() (more bool, err error) {
	now := r.o.Now()
	r.groups.Now(now)
	more, err = r.file.Read(func(line tail.Line) {
		r.tried = time.Time{} // whatever it is, somebody writes
		if !r.filter.wants(line.Text) {
			return
		}
		l, err := auditd.Parse(string(line.Text))
		if err == nil && line.Cut {
			err = errCut
		}
		if err != nil {
			r.bad, r.badWhy = r.bad+1, err
			return
		}
		if l.Node != "" { // of another host
			return
		}
		r.heard = now
		r.groups.Take(&l, 0, r.closed)
	})
	if err == nil && !more {
		r.groups.Expire(now.Add(-r.o.Wait), r.closed)
	}
	for _, what := range r.file.Gone() {
		r.lost(event.At(now), what, event.OptInt{})
	}
	if r.bad > 0 {
		r.lost(event.At(now), "a record of the audit log cannot be read: "+r.badWhy.Error(), event.Some(r.bad))
		r.bad, r.badWhy = 0, nil
	}
	return more, err
}

// lost tells of records that no event is made of.
func (r *reader) lost(at event.Time, reason string, n event.OptInt) {
	r.emit(&event.Event{Time: at, Kind: event.AgentLoss, Provider: r.subject.name, Rung: "auditd", Status: &event.Status{
		LossStage: "sensor", LossSensor: r.subject.name, LossState: "lost", LossReason: reason, LossCount: n, From: at, To: at,
	}})
}

var errCut = errors.New("the line is longer than 64 KiB") // immutable

// closed tells what an event is about.
func (r *reader) closed(e *auditd.Event) {
	r.filter.forget(e.Serial)
	if e.Syscall == nil {
		return
	}
	for _, out := range r.subject.events(r, e) {
		r.number++
		out.Provider, out.Rung, out.SensorSequence = r.subject.name, "auditd", r.number
		r.emit(out)
	}
}

// silent tries whether records come when none did for long. It returns an
// error when nothing at all is written then; rules that leave out what it tries
// are no reason to give up a log that grows.
func (r *reader) silent() error {
	now := r.o.Now()
	switch {
	case now.Sub(r.heard) < r.o.Quiet:
	case !r.tried.IsZero():
		if now.Sub(r.tried) > r.o.Quiet/2+r.o.Prove {
			return fmt.Errorf("%w since %s: %s", errSilent, r.heard.UTC().Format(time.RFC3339), r.subject.what)
		}
	case now.Sub(r.asked) >= r.o.Quiet:
		r.asked, r.tried = now, now
		r.o.Try(r.subject.name)
	}
	return nil
}
