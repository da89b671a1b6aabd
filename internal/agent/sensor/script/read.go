package script

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/event"
)

// argument tells of a script among the arguments.
func (s *Sensor) argument(r *run, text string) *event.Event {
	kept := int64(0)
	for _, a := range r.p.Args {
		kept += int64(len(a)) + 1
	}
	size, whole := event.Some(int64(len(text))), true
	if r.p.ArgsSize > kept { // the sensor of executions keeps 28 kB
		if full := s.fullArgs(r); full != "" {
			text, size = full, event.Some(int64(len(full)))
		} else {
			whole, size = false, event.OptInt{}
		}
	}
	if strings.TrimSpace(text) == "" {
		return nil
	}
	key := sha256.Sum256([]byte(text))
	v := s.told.run(key, s.o.Now())
	if !v.tell {
		return nil
	}
	kind, cut := bounded(text)
	e := s.event(r)
	e.Script.Size, e.Script.Truncated = size, cut || !whole
	if whole {
		e.Script.SHA256 = hex.EncodeToString(key[:])
	}
	return v.put(e, kind)
}

// fullArgs reads the script among arguments that were cut; "" when they are gone.
func (s *Sensor) fullArgs(r *run) string {
	if !s.roots.alive(r.p) {
		return ""
	}
	f, err := os.Open(s.proc.Path(r.p.PID, "cmdline"))
	if err != nil {
		return ""
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxHash+1))
	if err != nil || len(text) > maxHash {
		return ""
	}
	args := strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
	if len(args) < len(r.p.Args) || len(args) == 0 || args[0] != r.p.Args[0] {
		return "" // they were overwritten
	}
	p := *r.p
	p.Args = args
	c, _ := s.command(&run{p: &p})
	return c.text
}

// put adds the text to an event, or what it is known by.
func (v verdict) put(e *event.Event, text string) *event.Event {
	if v.text {
		e.Script.Content = text
		return e
	}
	e.Script.Repeated = text
	e.Reason = "content was told before"
	if v.quiet > 0 {
		e.Reason += fmt.Sprintf("; %d runs of it since were not told", v.quiet)
	}
	return e
}

// without tells of a script that cannot be read.
func (s *Sensor) without(r *run, reason string) *event.Event {
	key := sha256.Sum256([]byte(r.source + "\x00" + r.interpreter + "\x00" + r.path + "\x00" + reason))
	v := s.told.run(key, s.o.Now())
	if !v.tell {
		return nil
	}
	e := s.event(r)
	e.Reason = reason
	if v.quiet > 0 {
		e.Reason += fmt.Sprintf("; %d more were not told", v.quiet)
	}
	return e
}

// moment is how long ago an execution may be whose process is taken to be there.
const moment = event.Time(time.Second)

// input tells of a script from standard input.
func (s *Sensor) input(r *run) *event.Event { return s.descriptor(r, 0) }

// descriptor tells of a script that its process has open.
func (s *Sensor) descriptor(r *run, fd int) *event.Event {
	if !s.roots.alive(r.p) {
		return s.without(r, "the process had ended before its input was looked at")
	}
	o := s.slow.look(func() found { return find(s.proc.FindDescriptor(r.p.PID, fd)) })
	var not *procfs.NotRegularError
	if errors.As(o.err, &not) {
		switch not.Type {
		case "pipe", "socket":
			return s.without(r, "the script comes through a "+not.Type+", whose text cannot be read without taking it away")
		}
		return nil // a terminal: somebody types
	}
	if o.err == nil && r.source == "stdin" {
		name, _ := os.Readlink(s.proc.Path(r.p.PID, "fd/"+strconv.Itoa(fd)))
		r.path = strings.TrimSuffix(name, " (deleted)")
	}
	return s.text(r, o)
}

// file tells of a script in a file, the first of paths that is there.
func (s *Sensor) file(r *run, paths []string) *event.Event {
	var o found
	now := s.o.Now()
	fresh := now-r.e.Time < moment && now > r.e.Time
	for _, p := range paths {
		r.path = p
		if fd, ok := descriptorOf(p); ok {
			return s.descriptor(r, fd)
		}
		o = s.slow.look(func() found { return find(s.roots.open(r.p, p, fresh)) })
		if !errors.Is(o.err, fs.ErrNotExist) {
			break
		}
	}
	if errors.Is(o.err, fs.ErrNotExist) && len(paths) > 1 {
		return nil // a module of the language's own
	}
	return s.text(r, o)
}

// descriptorOf returns the descriptor that a path names: those of the process,
// not ours.
func descriptorOf(path string) (int, bool) {
	if path == "/dev/stdin" {
		return 0, true
	}
	for _, dir := range []string{"/dev/fd/", "/proc/self/fd/", "/proc/thread-self/fd/"} {
		if n, ok := strings.CutPrefix(path, dir); ok {
			fd, err := strconv.Atoi(n)
			return fd, err == nil && fd >= 0
		}
	}
	return 0, false
}

// found is a script that was found, or why it was not.
type found struct {
	f   *procfs.Found
	at  stamp
	err error
}

func find(f *procfs.Found, err error) found {
	if err != nil {
		return found{err: err}
	}
	st := &f.Stat
	return found{f: f, at: stamp{st.Dev, st.Ino, st.Size, st.Mtim.Nano(), st.Ctim.Nano()}}
}

// text tells of the script in a file that was found.
func (s *Sensor) text(r *run, o found) *event.Event {
	if o.err != nil {
		return s.without(r, "the script could not be read: "+cause(o.err))
	}
	var v verdict
	k, seen := s.files.known[o.at]
	if seen {
		if k.text {
			v = s.told.run(k.key, s.o.Now())
		}
		if !v.tell {
			o.f.Close()
			return nil
		}
	}
	got := s.slow.read(o)
	if got.err != nil {
		return s.without(r, "the script could not be read: "+cause(got.err))
	}
	s.files.put(o.at, known{got.key, got.ok})
	if !got.ok {
		return nil // no script
	}
	if !seen || got.key != k.key {
		v = s.told.run(got.key, s.o.Now())
	}
	if !v.tell {
		return nil
	}
	e := s.event(r)
	e.Script.Size, e.Script.Truncated = event.Some(got.size), got.cut
	if got.whole {
		e.Script.SHA256 = hex.EncodeToString(got.key[:])
	}
	return v.put(e, got.text)
}

// reading is what was read of a script.
type reading struct {
	key   digest
	text  string
	size  int64
	cut   bool
	whole bool // the key is of all of it
	ok    bool // it is a text
	err   error
}

// read reads a file and forgets it.
func read(o found) reading {
	defer o.f.Close()
	f, err := o.f.Open()
	if err != nil {
		return reading{err: err}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxHash+1))
	if err != nil {
		return reading{err: err}
	}
	c := reading{size: max(o.at.size, int64(len(b))), whole: len(b) <= maxHash}
	c.text, c.cut, c.ok = readable(b)
	c.key = sha256.Sum256(b)
	return c
}

// cause is the reason of an error without the path, which stands beside it.
func cause(err error) string {
	var p *fs.PathError
	var not *procfs.NotRegularError
	switch {
	case errors.As(err, &not):
		return "it is no regular file but a " + not.Type
	case errors.Is(err, procfs.ErrGone):
		return "the process is gone"
	case errors.As(err, &p):
		return p.Err.Error()
	}
	return err.Error()
}
