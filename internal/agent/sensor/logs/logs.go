// Package logs is the sensor of what other programs write into their logs: the
// audit log, the system's log files and the journal of systemd. Each record is
// a log_record with the names that the record has, so that rules for log
// sources match it as they match the same log read by `vedette detect`.
//
// Files are followed by package tail: through rotation and restarts, nothing
// lost and nothing twice. How far they were read is kept in the state folder,
// at most as far as the pipeline has spooled; so an agent that was killed reads
// the last two seconds again rather than losing them. A log that was never
// seen begins at its end.
//
// The journal is read by journalctl (see package program), from the cursor of
// the last entry. As it holds what the system's log files hold too, the default
// is one of them: the files where they are written, else the journal.
//
// Records of the audit log and of the journal carry their process, whose
// number the kernel gave, when it still lives. The number in a line of a file
// is what its writer says, and is left as data.
//
// A running sensor has a goroutine for all files, one for inotify, and one for
// the journal.
package logs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/auditlog"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	Sources []Source // nil: Default
	State   string   // folder of what was read; "" keeps it nowhere
	Proc    string   // where proc is mounted
	Root    string   // root of the host's files; "" is /
	Scope   string   // directory of a cgroup: only the sources that are named are read
	Now     func() time.Time
	Poll    time.Duration // between two looks at files that nobody told of; 0 is 1 s
	Log     *slog.Logger  // nil discards
}

// Source is one log.
type Source struct {
	Path    string // of a file; of a journal its folder, "" for the host's own
	Journal bool
	Format  string // auditd, syslog or json; of a journal nothing
	Start   bool   // a log that was never seen is read from its begin
}

// Sensor makes events of records.
type Sensor struct {
	o       Options
	sources []sensor.Source
	book    *book
	state   atomic.Pointer[string] // for people: how far each log was read
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Poll <= 0 {
		o.Poll = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Root == "" {
		o.Root = "/"
	}
	s := &Sensor{o: o}
	path := ""
	if o.State != "" {
		path = filepath.Join(o.State, "logs.json")
	}
	s.book = newBook(path)
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{Name: "tail", Needs: "logs that the agent may read; for the journal journalctl"},
		Run:  s.tail,
	}}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name:  "logs",
		Doc:   "Records of the audit log, the system's log files and the journal.",
		Kinds: []event.Kind{event.LogRecord},
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "logs", s.sources, emit, func() event.Time { return event.At(s.o.Now()) })
}

// Follows implements sensor.Follower: what comes back was spooled.
func (s *Sensor) Follows() []event.Kind { return []event.Kind{event.LogRecord} }

// Follow implements sensor.Follower.
func (s *Sensor) Follow(e *event.Event) {
	if e.Provider == "logs" {
		s.book.spooled(e.SensorSequence)
	}
}

// Missed implements sensor.Follower.
func (s *Sensor) Missed() int64 { return 0 }

// Detail says for people how far each log was read.
func (s *Sensor) Detail() string {
	if text := s.state.Load(); text != nil {
		return *text
	}
	return ""
}

// tail is the one rung.
func (s *Sensor) tail(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	sources := s.o.Sources
	if len(sources) == 0 {
		if s.o.Scope != "" {
			return fmt.Errorf("%w: the host's logs are not within the scope; name what is to be read under logs", sensor.ErrNotSupported)
		}
		sources = Default(s.o.Root, s.o.Now())
	}
	actors, err := auditlog.NewActors(s.o.Proc, "")
	if err != nil {
		return err
	}
	if err := s.book.load(); err != nil {
		s.o.Log.Warn("how far logs were read is not known; they are read from now on", "error", err)
	}
	out := &outlet{book: s.book, emit: emit, now: s.o.Now}
	files, journals := s.open(sources, actors)
	defer files.close()
	took(s.lacking(files, journals)...)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return files.run(ctx, out) })
	for _, j := range journals {
		if j.err == nil {
			g.Go(func() error { return j.run(ctx, out) })
		}
	}
	return errors.Join(g.Wait(), s.book.save(true))
}

// open opens what sources name.
func (s *Sensor) open(sources []Source, actors *auditlog.Actors) (*files, []*journal) {
	f := &files{sensor: s, poll: s.o.Poll}
	var journals []*journal
	for _, src := range sources {
		if src.Journal {
			journals = append(journals, newJournal(src, s.o.Proc))
			continue
		}
		f.add(src, s.o, actors, s.book.marks(src.Path))
	}
	return f, journals
}

// lacking says which sources give nothing now.
func (s *Sensor) lacking(f *files, journals []*journal) []string {
	var out []string
	for _, l := range f.logs {
		if _, there := l.file.Lag(); !there {
			out = append(out, l.source.Path+" (not there yet)")
		}
	}
	for _, j := range journals {
		if j.err != nil {
			out = append(out, fmt.Sprintf("the journal (%v)", j.err))
		}
	}
	if len(out) > 0 {
		return []string{strings.Join(out, ", ")}
	}
	return nil
}
