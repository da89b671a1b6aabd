package logs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor/auditlog"
	"github.com/vedette-edr/vedette/internal/agent/sensor/tail"
)

const (
	gather = 50 * time.Millisecond // between a change of a file and its reading
	saving = 2 * time.Second       // between two times that positions are written down
)

// files follows the log files. It belongs to one goroutine.
type files struct {
	sensor *Sensor
	logs   []*log
	poll   time.Duration
	wrong  string // last error that was told
}

// log is one log file.
type log struct {
	source Source
	file   *tail.File
	parse  parser
	cut    int64 // lines since the last saving
}

func (f *files) add(src Source, o Options, actors *auditlog.Actors, marks []tail.Mark) {
	f.logs = append(f.logs, &log{
		source: src, parse: parserOf(src.Format, actors, o.Now),
		file: tail.Open(tail.Options{Path: src.Path, FromStart: src.Start}, marks),
	})
}

func (f *files) close() {
	for _, l := range f.logs {
		if err := l.file.Close(); err != nil {
			f.sensor.o.Log.Warn("close a log", "error", err)
		}
	}
}

// run reads the files as they grow, until ctx is done.
func (f *files) run(ctx context.Context, out *outlet) error {
	w, err := tail.NewWaker()
	if err != nil {
		f.sensor.o.Log.Debug("no inotify: logs are looked at once a second", "error", err)
	}
	defer w.Close()
	poll, save := time.NewTicker(f.poll), time.NewTicker(saving)
	defer poll.Stop()
	defer save.Stop()
	f.note() // where a log begins that was never seen
	defer f.note()
	f.account(out)
	for {
		more := f.read(out, w)
		if ctx.Err() != nil {
			f.account(out)
			return nil
		}
		if more {
			continue
		}
		select {
		case <-ctx.Done():
		case <-poll.C:
		case <-save.C:
			f.account(out)
			if err := f.sensor.book.save(false); err != nil {
				f.tell(err)
			}
		case <-w.Changed():
			pause(ctx, gather)
		}
	}
}

// note remembers where the files are read.
func (f *files) note() {
	for _, l := range f.logs {
		if marks := l.file.Marks(); len(marks) > 0 {
			f.sensor.book.read(l.source.Path, marks)
		}
	}
}

// pause lets more come, so that a log that is written all the time is read
// some times a second.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// read gives what came in all files; more says that there is more already.
func (f *files) read(out *outlet, w *tail.Waker) bool {
	more := false
	var errs []error
	for _, l := range f.logs {
		given := false
		again, err := l.file.Read(func(line tail.Line) {
			given = true
			if line.Cut {
				l.cut++
			}
			out.give(l.parse(string(line.Text)))
		})
		if err != nil {
			errs = append(errs, err)
		}
		more = more || again
		if given {
			f.sensor.book.read(l.source.Path, l.file.Marks())
		}
		w.Watch(l.source.Path)
	}
	f.tell(errors.Join(errs...))
	return more
}

// tell logs an error once.
func (f *files) tell(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != f.wrong {
		f.sensor.o.Log.Warn("a log cannot be read", "error", err)
	}
	f.wrong = text
}

// account tells of what was lost, and how far the files were read.
func (f *files) account(out *outlet) {
	var parts []string
	for _, l := range f.logs {
		if l.cut > 0 {
			out.lost("cut", l.source.Path+": a line is longer than 64 KiB", l.cut)
			l.cut = 0
		}
		for _, what := range l.file.Gone() {
			out.lost("lost", what, 0)
		}
		lag, there := l.file.Lag()
		if !there {
			parts = append(parts, l.source.Path+" is not there")
			continue
		}
		parts = append(parts, fmt.Sprintf("%s at byte %d, %d behind", l.source.Path, l.file.Offset(), lag))
	}
	for dir, c := range f.sensor.book.cursors() {
		parts = append(parts, strings.TrimSpace("journal "+dir)+" at "+c)
	}
	text := strings.Join(parts, "; ")
	f.sensor.state.Store(&text)
}
