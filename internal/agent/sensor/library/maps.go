package library

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	rungMaps   = "maps"
	mapsLimits = "what a process loads more than a second after its program was executed, what one loads that ends at once, and 32-bit programs"
	maxStarted = 2048
	maxSecond  = 4096             // processes that wait for the second look
	maxMapped  = 1024             // files of one process
	maxMaps    = 4 << 20          // bytes of a list
	secondLook = time.Second      // after the first
	told       = 60 * time.Second // between two events about a file of the system and a program
)

// Follows implements sensor.Follower.
func (s *Sensor) Follows() []event.Kind { return []event.Kind{event.ProcessStart} }

// Follow implements sensor.Follower.
func (s *Sensor) Follow(e *event.Event) {
	if s.looks.Load() && e.Process != nil && e.Process.PID > 0 {
		s.started.Put(e)
	}
}

// Missed implements sensor.Follower.
func (s *Sensor) Missed() int64 { return s.started.Missed() }

// look is the rung of /proc/PID/maps.
func (s *Sensor) look(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	fs, err := procfs.Open(s.o.Proc)
	if err != nil {
		return errors.Join(sensor.ErrNotSupported, err)
	}
	l := newLooker(fs, s.o.Now, emit)
	s.looks.Store(true)
	defer s.looks.Store(false)
	took()
	timer := time.NewTicker(secondLook / 4)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			l.flush(0)
			return nil
		case e := <-s.started.Events():
			l.started(e, time.Now())
		case now := <-timer.C:
			l.again(now)
			l.flush(event.Time(told))
		}
	}
}

// looker looks at the memory of processes. It belongs to one goroutine.
type looker struct {
	fs      *procfs.FS
	now     func() event.Time
	emit    sensor.Emit
	number  int64
	waiting []waiting // for the second look, in the order of their time
	pairs   map[pair]*loads
}

type waiting struct {
	e    *event.Event
	at   time.Time
	seen map[file]bool // that were told, or are no libraries
}

// file is a mapped file.
type file struct {
	device string // as the list writes it
	inode  string
	path   string
}

// pair is a program and a file of the system that it loads.
type pair struct {
	program string
	inode   uint64
	device  uint64
	changed int64
}

// loads are those of a pair since it was told last.
type loads struct {
	told        event.Time
	count       int64
	first, last event.Time
	e           *event.Event // of the first that was not told
}

// maxPairs bounds the pairs that are remembered.
const maxPairs = 16384

func newLooker(fs *procfs.FS, now func() event.Time, emit sensor.Emit) *looker {
	return &looker{fs: fs, now: now, emit: emit, pairs: map[pair]*loads{}}
}

// started looks at a process whose program was just executed.
func (l *looker) started(e *event.Event, now time.Time) {
	w := waiting{e: e, at: now.Add(secondLook), seen: map[file]bool{}}
	if l.tellNew(w) && len(l.waiting) < maxSecond {
		l.waiting = append(l.waiting, w)
	}
}

// again looks a second time at those whose time it is.
func (l *looker) again(now time.Time) {
	n := 0
	for n < len(l.waiting) && !now.Before(l.waiting[n].at) {
		l.tellNew(l.waiting[n])
		n++
	}
	l.waiting = append(l.waiting[:0], l.waiting[n:]...)
}

// tellNew tells what a process has mapped and w has not seen; false when the
// process is gone or is another one.
func (l *looker) tellNew(w waiting) bool {
	p := w.e.Process
	text, err := readMaps(l.fs.Path(p.PID, "maps"))
	if err != nil {
		return false
	}
	if id, err := l.fs.EntityID(p.PID); err != nil || p.EntityID != "" && id != p.EntityID {
		return false
	}
	program, _ := os.Readlink(l.fs.Path(p.PID, "exe"))
	for _, m := range parseMaps(text) {
		if w.seen[m.file] {
			continue
		}
		w.seen[m.file] = true
		if m.path == program || isLoader(m.path) {
			continue // the kernel maps them at the execution
		}
		l.mapped(w.e, program, m)
	}
	return true
}

// isLoader reports whether a file is the one that loads the others.
func isLoader(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, "ld-") && strings.Contains(base, ".so") || strings.HasPrefix(base, "ld.so")
}

// mapped tells one file, or counts it.
func (l *looker) mapped(start *event.Event, program string, m mapping) {
	p := &event.Process{EntityID: start.Process.EntityID, PID: start.Process.PID}
	e := &event.Event{
		Time: l.now(), Kind: event.LibraryLoad, Process: p,
		File: &event.File{Path: strings.TrimSuffix(m.path, " (deleted)")}, Call: &event.Call{Flags: m.protection},
	}
	var st unix.Stat_t
	if unix.Stat(l.fs.Path(p.PID, "map_files/"+m.span), &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		l.tell(e) // gone meanwhile: what the list said
		return
	}
	e.File = procfs.FileOf(e.File.Path, &st)
	if !ofSystem(e.File.Path, &st) {
		l.tell(e)
		return
	}
	k := pair{program, st.Ino, st.Dev, st.Ctim.Nano()}
	x := l.pairs[k]
	if x == nil {
		if len(l.pairs) >= maxPairs {
			l.flush(0)
			clear(l.pairs)
		}
		l.pairs[k] = &loads{told: e.Time}
		l.tell(e)
		return
	}
	if x.count++; x.count == 1 {
		x.first, x.e = e.Time, e
	}
	x.last = e.Time
}

// ofSystem reports whether a file is one that every process loads: of root, in a
// folder of the system, and writable by nobody else.
func ofSystem(name string, st *unix.Stat_t) bool {
	if st.Uid != 0 || st.Mode&0o022 != 0 || st.Nlink == 0 {
		return false
	}
	for _, dir := range []string{"/usr/", "/lib", "/bin/", "/sbin/", "/opt/", "/nix/", "/snap/"} {
		if strings.HasPrefix(name, dir) {
			return true
		}
	}
	return false
}

// flush tells the loads that were only counted, of pairs that were told longer
// ago than a time; 0 is all.
func (l *looker) flush(age event.Time) {
	now := l.now()
	for k, x := range l.pairs {
		if age > 0 && now-x.told < age {
			continue
		}
		if x.count == 0 {
			delete(l.pairs, k) // the next one is told at once
			continue
		}
		e := x.e
		e.Time = x.last
		if x.count > 1 {
			e.Call.Count, e.Call.First, e.Call.Last = x.count, x.first, x.last
		}
		l.tell(e)
		*x = loads{told: now}
	}
}

func (l *looker) tell(e *event.Event) {
	l.number++
	e.Provider, e.Rung, e.SensorSequence, e.Outcome = "library", rungMaps, l.number, "success"
	l.emit(e)
}

func readMaps(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxMaps))
}

// mapping is executable memory of a file.
type mapping struct {
	file
	span       string // of addresses, which names it below map_files
	protection string
}

// parseMaps reads the executable mappings of files from the text of
// /proc/PID/maps, each file once. Lines that are none are skipped.
func parseMaps(text []byte) []mapping {
	var out []mapping
	seen := map[file]bool{}
	for line := range bytes.Lines(text) {
		f := strings.SplitN(strings.TrimSuffix(string(line), "\n"), " ", 6)
		if len(f) < 6 || len(f[1]) != 4 || f[1][2] != 'x' || f[4] == "0" {
			continue
		}
		name := strings.TrimLeft(f[5], " ")
		span, ok := spanOf(f[0])
		m := mapping{file: file{f[3], f[4], name}, span: span, protection: protectionOf(f[1])}
		if !path.IsAbs(name) || !ok || seen[m.file] {
			continue
		}
		if seen[m.file] = true; len(out) < maxMapped {
			out = append(out, m)
		}
	}
	return out
}

// spanOf returns a range of addresses as map_files names it, without the zeros
// that the list has in front.
func spanOf(s string) (string, bool) {
	from, to, ok := strings.Cut(s, "-")
	a, err1 := strconv.ParseUint(from, 16, 64)
	b, err2 := strconv.ParseUint(to, 16, 64)
	return strconv.FormatUint(a, 16) + "-" + strconv.FormatUint(b, 16), ok && err1 == nil && err2 == nil
}

func protectionOf(letters string) string {
	var out []string
	for i, name := range []string{"PROT_READ", "PROT_WRITE", "PROT_EXEC"} {
		if letters[i] == "rwx"[i] {
			out = append(out, name)
		}
	}
	return cmp.Or(strings.Join(out, "|"), "PROT_NONE")
}
