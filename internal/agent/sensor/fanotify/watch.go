package fanotify

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Watch is the list of files whose opening is an event. It may be used by many
// goroutines.
type Watch struct {
	mu    sync.Mutex
	paths []string // guarded by mu
	wake  func()   // guarded by mu: tells the running rung that paths is new; nil when none runs
}

// NewWatch returns an empty list.
func NewWatch() *Watch { return &Watch{} }

// Set replaces the list: a path, or a folder (ending in "/") with all below it;
// "*" stands for one component.
func (w *Watch) Set(paths []string) error {
	for _, p := range paths {
		if !strings.HasPrefix(p, "/") {
			return fmt.Errorf("watch %q: not an absolute path", p)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paths = append([]string(nil), paths...)
	if w.wake != nil {
		w.wake()
	}
	return nil
}

func (w *Watch) get() []string {
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.paths
}

func (w *Watch) onChange(f func()) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wake = f
}

// Bounds of what is watched for being opened.
const (
	maxOpens = 8192
	maxDepth = 8 // of folders below a watched folder
)

// mark is a file or folder that is watched for being opened.
type mark struct {
	path   string
	folder bool
	kind   event.Kind // that its opening is
}

// opens are the files whose opening is told. It belongs to one goroutine.
type opens struct {
	groups  []*group // that may take a mark, the best first
	handles map[handle]mark
	inodes  map[inode]mark // where there are no handles
	full    bool
}

type inode struct{ device, number uint64 }

func newOpens(groups ...*group) *opens {
	o := &opens{handles: map[handle]mark{}, inodes: map[inode]mark{}}
	for _, g := range groups {
		if g != nil {
			o.groups = append(o.groups, g)
		}
	}
	return o
}

// reset forgets all.
func (o *opens) reset() {
	for _, g := range o.groups {
		_ = g.unmarkOpen() // what stays marked is not looked up any more
	}
	clear(o.handles)
	clear(o.inodes)
	o.full = false
}

// renew marks what the list stands for now, and the devices.
func (o *opens) renew(list []string) {
	for _, pattern := range list {
		folder := strings.HasSuffix(pattern, "/")
		for _, p := range kernel.Expand(pattern) {
			if folder {
				o.folder(p, 0)
			} else {
				o.add(p, unix.S_IFREG, mark{path: p, kind: event.FileOpen})
			}
		}
	}
	for _, dir := range []string{"/dev", "/dev/mapper", "/dev/block"} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if e.Type()&fs.ModeDevice != 0 {
				o.device(filepath.Join(dir, e.Name()))
			}
		}
	}
}

// folder adds a folder and those below it.
func (o *opens) folder(name string, depth int) {
	if depth > maxDepth || o.full || !o.add(name, unix.S_IFDIR, mark{path: name, folder: true, kind: event.FileOpen}) {
		return
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() {
			o.folder(filepath.Join(name, e.Name()), depth+1)
		}
	}
}

// device adds a block device, and the devices that are the host's memory. It is
// marked where there are handles only: the other group would open it.
func (o *opens) device(name string) {
	var st unix.Stat_t
	if unix.Lstat(name, &st) != nil {
		return
	}
	memory := st.Mode&unix.S_IFMT == unix.S_IFCHR && (st.Rdev == unix.Mkdev(1, 1) || st.Rdev == unix.Mkdev(1, 2) || st.Rdev == unix.Mkdev(1, 4)) // mem, kmem, port
	if !memory && st.Mode&unix.S_IFMT != unix.S_IFBLK || len(o.groups) == 0 || !o.groups[0].names {
		return
	}
	if h, err := handleOf(name); err == nil && o.room(h) && o.groups[0].markOpen(name, false) == nil {
		o.handles[h] = mark{path: name, kind: event.DeviceOpen}
	}
}

// add marks a file of a type in the first group that takes it.
func (o *opens) add(name string, kind uint32, m mark) bool {
	var st unix.Stat_t
	if unix.Stat(name, &st) != nil || st.Mode&unix.S_IFMT != kind {
		return false
	}
	h, err := handleOf(name)
	if err != nil {
		h = handle{}
	}
	id := inode{st.Dev, st.Ino}
	if _, known := o.inodes[id]; !known && !o.room(h) {
		o.full = true
		return false
	}
	for _, g := range o.groups {
		if g.names && h.id == "" || g.markOpen(name, m.folder) != nil {
			continue
		}
		if g.names {
			o.handles[h] = m
		} else {
			o.inodes[id] = m
		}
		return true
	}
	return false
}

func (o *opens) room(h handle) bool {
	_, known := o.handles[h]
	return known || len(o.handles)+len(o.inodes) < maxOpens
}

// has reports whether a file without a handle is watched, itself or by its
// folder.
func (o *opens) has(st *unix.Stat_t, at string) bool {
	if _, ok := o.inodes[inode{st.Dev, st.Ino}]; ok {
		return true
	}
	var dir unix.Stat_t
	if len(o.inodes) == 0 || unix.Stat(filepath.Dir(at), &dir) != nil {
		return false
	}
	m, ok := o.inodes[inode{dir.Dev, dir.Ino}]
	return ok && m.folder
}

// of returns the mark that a message is about: of its file, or of its folder.
func (o *opens) of(m *message) (mark, bool) {
	if w, ok := o.handles[m.target]; ok && m.target.id != "" {
		return w, true
	}
	w, ok := o.handles[m.at.dir]
	return w, ok && w.folder && m.at.dir.id != ""
}
