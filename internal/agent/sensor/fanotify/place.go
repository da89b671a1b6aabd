package fanotify

import (
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// system is a file system whose files the kernel names by handles.
type system struct {
	device int64
	kind   string
	mounts []view // where it is mounted, the best to look from first
}

// add takes a mount; one of the whole file system is the best.
func (s *system) add(m view) {
	s.mounts = append(s.mounts, m)
	slices.SortStableFunc(s.mounts, func(a, b view) int { return len(a.Root) - len(b.Root) })
}

// maxFolders bounds the folders whose paths are remembered.
const maxFolders = 8192

// places finds the paths of handles. Its descriptors are kept for one batch of
// messages only: they would keep a file system from being unmounted. It belongs
// to one goroutine.
type places struct {
	proc    string // where proc is mounted
	systems map[fsid]*system
	folders *memory[handle, string]
	open    map[fsid]int     // descriptors of mounts in this batch
	removed map[handle]entry // folders that went in this batch, by where they were
	deep    int              // of removed, against a circle
}

func newPlaces(proc string) *places {
	return &places{proc: proc, systems: map[fsid]*system{}, folders: newMemory[handle, string](maxFolders), open: map[fsid]int{}, removed: map[handle]entry{}}
}

// done closes what a batch opened.
func (p *places) done() {
	for _, fd := range p.open {
		_ = unix.Close(fd) // nothing was written
	}
	clear(p.open)
	clear(p.removed)
}

// mount returns a descriptor of a place where a file system is mounted. The
// kernel takes none that is O_PATH.
func (p *places) mount(fs fsid) (int, bool) {
	if fd, ok := p.open[fs]; ok {
		return fd, fd >= 0
	}
	fd := -1
	if s := p.systems[fs]; s != nil {
		for _, m := range s.mounts {
			try, err := unix.Open(m.at(), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
			if err != nil {
				continue
			}
			var st unix.Statfs_t
			if unix.Fstatfs(try, &st) == nil && fsid(st.Fsid.Val) == fs {
				fd = try
				break
			}
			_ = unix.Close(try) // something else was mounted over it
		}
	}
	if fd < 0 {
		return fd, false
	}
	p.open[fs] = fd
	return fd, true
}

// find opens a file as O_PATH, which no group hears of; false when it is gone.
// The caller closes it.
func (p *places) find(h handle) (int, bool) {
	form, ok := h.kernelForm()
	if !ok {
		return -1, false
	}
	at, ok := p.mount(h.fs)
	if !ok {
		return -1, false
	}
	fd, err := unix.OpenByHandleAt(at, form, unix.O_PATH|unix.O_CLOEXEC)
	return fd, err == nil
}

// folder returns the path of a folder as it is now, or was before it was
// removed; false when nobody knows.
func (p *places) folder(h handle) (string, bool) {
	if at, ok := p.folders.get(h); ok {
		return at, true
	}
	at, ok := "", false
	if fd, found := p.find(h); found {
		at, ok = p.pathOf(fd)
		_ = unix.Close(fd)
	}
	if up, gone := p.removed[h]; !ok && gone && p.deep < maxDeep {
		p.deep++
		var above string
		if above, ok = p.folder(up.dir); ok {
			at = path.Join(above, up.name)
		}
		p.deep--
	}
	if ok {
		p.folders.put(h, at)
	}
	return at, ok
}

// maxDeep bounds the folders that are gone above one that is gone.
const maxDeep = 512

// path returns the path of a name in a folder; only the name, and false, when
// nobody knows the folder.
func (p *places) path(e entry) (string, bool) {
	name := e.name
	if name == "." {
		name = ""
	}
	dir, ok := p.folder(e.dir)
	if !ok {
		return name, false
	}
	return path.Join(dir, name), true
}

// pathOf returns the path of an open file; false when it has none any more.
func (p *places) pathOf(fd int) (string, bool) {
	at, err := os.Readlink(p.link(fd))
	if err != nil || !path.IsAbs(at) {
		return "", false
	}
	return at, !strings.HasSuffix(at, " (deleted)") || same(fd, at)
}

// same reports whether a name is that of an open file.
func same(fd int, name string) bool {
	var a, b unix.Stat_t
	return unix.Fstat(fd, &a) == nil && unix.Lstat(name, &b) == nil && a.Ino == b.Ino && a.Dev == b.Dev
}
