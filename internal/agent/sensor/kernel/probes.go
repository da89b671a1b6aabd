package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
)

// ErrFull says that a file is one more than Probes may have.
var ErrFull = errors.New("too many files with probes")

// ProbesOptions set up Probes. Zero fields take the default.
type ProbesOptions struct {
	Proc string // where proc is mounted; default /proc
	Most int    // files; default 64
	Now  func() time.Time
}

// Place has the programs of a sensor stand in a file, all or none: none, and no
// error, in one that lacks the functions.
type Place func(file string) ([]io.Closer, error)

// Probes are the files in which programs of a sensor stand at functions, each
// once, whatever its names are.
//
// A file that is replaced, as by an upgrade, is left when no process has it
// mapped any more: a daemon goes on with the old library until it is started
// again, and what it does there must be seen. So the caller adds what now has
// the name, and calls Look now and then. Where there is no room for another
// file, those that no process has mapped make room, as of containers that ended.
//
// Probes belong to one goroutine.
type Probes struct {
	o     ProbesOptions
	files map[inode]*probed
	asked time.Time // when it was last looked for files that make room
	left  int
}

type inode struct{ device, number uint64 }

// probed is a file, as it was when programs were placed in it.
type probed struct {
	name    string // as it was named
	base    string // the last part of its name, without symbolic links
	size    int64
	changed unix.Timespec
	placed  []io.Closer // empty in a file without the functions

	due   time.Time     // when to look whether a replaced file is still mapped; zero while its name means it
	pause time.Duration // after that
}

// How often it is looked whether processes still have a file: that reads the
// maps of all.
const (
	firstLook = 10 * time.Second
	lastLook  = time.Hour
	roomLook  = time.Minute
	mapsBytes = 4 << 20 // of the maps of one process
)

// NewProbes returns Probes of no file.
func NewProbes(o ProbesOptions) *Probes {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Most == 0 {
		o.Most = 64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Probes{o: o, files: map[inode]*probed{}}
}

// Add has the programs stand in a file, and reports whether it has the functions.
// One that was written over where it is gets them anew: its functions are
// elsewhere now.
func (p *Probes) Add(name string, place Place) (bool, error) {
	id, at, err := stat(name)
	if err != nil {
		return false, err
	}
	if was := p.files[id]; was != nil {
		if was.size == at.size && was.changed == at.changed {
			if p.ofProcess(was.name) {
				was.name = at.name // the better name: it does not go with a process
			}
			return len(was.placed) > 0, nil
		}
		if err := p.drop(id); err != nil {
			return false, err
		}
	}
	if len(p.files) >= p.o.Most && !p.makeRoom() {
		return false, fmt.Errorf("watch %s: %w: more than %d", name, ErrFull, p.o.Most)
	}
	if at.placed, err = place(name); err != nil {
		return false, err
	}
	p.files[id] = at
	return len(at.placed) > 0, nil
}

// stat looks at a file through its links, which may lead into another mount
// namespace (/proc/PID/root): there its name means nothing here, but the last
// part of it does.
func stat(name string) (inode, *probed, error) {
	fd, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return inode{}, nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return inode{}, nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	base := filepath.Base(name)
	if real, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(fd)); err == nil {
		base = filepath.Base(strings.TrimSuffix(real, " (deleted)"))
	}
	return inode{uint64(st.Dev), st.Ino}, &probed{name: name, base: base, size: st.Size, changed: st.Mtim}, nil
}

// ofProcess reports whether a file is named through a process, as those of
// containers are: that name ends with the process.
func (p *Probes) ofProcess(name string) bool {
	rest, ok := strings.CutPrefix(name, p.o.Proc+"/")
	pid, _, _ := strings.Cut(rest, "/")
	_, err := strconv.Atoi(pid)
	return ok && err == nil
}

// Count returns how many files have the functions.
func (p *Probes) Count() (n int) {
	for _, f := range p.files {
		if len(f.placed) > 0 {
			n++
		}
	}
	return n
}

// Left returns how many files were left so far; they are watched anew when they
// are added again.
func (p *Probes) Left() int { return p.left }

// Look leaves files that were replaced, when no process has them any more.
func (p *Probes) Look() error {
	now := p.o.Now()
	var due []inode
	for id, f := range p.files {
		if p.ofProcess(f.name) {
			continue
		}
		is, _, err := stat(f.name)
		switch {
		case err == nil && is == id:
			f.due = time.Time{}
		case f.due.IsZero():
			f.pause = firstLook
			f.due = now.Add(f.pause)
		case !now.Before(f.due):
			due = append(due, id)
		}
	}
	if len(due) == 0 {
		return nil
	}
	mapped := p.mapped(due)
	var errs []error
	for _, id := range due {
		if mapped[id] {
			f := p.files[id]
			f.pause = min(2*f.pause, lastLook)
			f.due = now.Add(f.pause)
			continue
		}
		p.left++
		errs = append(errs, p.drop(id))
	}
	return errors.Join(errs...)
}

// makeRoom leaves files that no process has mapped.
func (p *Probes) makeRoom() bool {
	now := p.o.Now()
	if now.Sub(p.asked) < roomLook {
		return false
	}
	p.asked = now
	var all []inode
	for id := range p.files {
		all = append(all, id)
	}
	mapped := p.mapped(all)
	for _, id := range all {
		if !mapped[id] {
			p.left++
			_ = p.drop(id) // it is forgotten either way
		}
	}
	return len(p.files) < p.o.Most
}

func (p *Probes) drop(id inode) error {
	var errs []error
	for _, l := range p.files[id].placed {
		errs = append(errs, l.Close())
	}
	delete(p.files, id)
	return errors.Join(errs...)
}

// mapped says which of the files some process has in its memory; all of them
// where that cannot be found out.
func (p *Probes) mapped(ids []inode) map[inode]bool {
	out := map[inode]bool{}
	fs, err := procfs.Open(p.o.Proc)
	var pids []int64
	if err == nil {
		pids, err = fs.PIDs()
	}
	for _, pid := range pids {
		text, readErr := readMaps(fs.Path(pid, "maps"))
		if errors.Is(readErr, os.ErrPermission) {
			err = readErr
			break
		}
		for _, id := range ids {
			out[id] = out[id] || p.files[id].in(text, id.number)
		}
	}
	if err != nil {
		for _, id := range ids {
			out[id] = true
		}
	}
	return out
}

func readMaps(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mapsBytes))
}

// in reports whether a list of mappings has the file. The device is not asked:
// on overlays it is another one than stat tells. One of that name that was
// removed is taken for it.
func (f *probed) in(maps []byte, number uint64) bool {
	base := []byte("/" + f.base)
	if !bytes.Contains(maps, base) {
		return false
	}
	for line := range bytes.Lines(maps) {
		name, removed := bytes.CutSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte(" (deleted)"))
		if !bytes.HasSuffix(name, base) {
			continue
		}
		fields := bytes.Fields(name)
		if removed || len(fields) > 4 && slices.Equal(fields[4], strconv.AppendUint(nil, number, 10)) {
			return true
		}
	}
	return false
}
