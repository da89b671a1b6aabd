package watched

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

var errTooMany = errors.New("more files than are watched")

// root is the root folder of a mount namespace, opened. Looks below it are made
// within the patience.
type root struct {
	f        *os.File
	patience *sensor.Patience
}

func openRoot(name string, p *sensor.Patience) (root, error) {
	fd, err := unix.Open(name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return root{}, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return root{os.NewFile(uintptr(fd), name), p}, nil
}

func (r root) close() { r.f.Close() }

// hangs reports whether a path is in a folder that does not answer.
func (r root) hangs(p string) bool { return r.patience.Hangs(r.f.Name(), p) }

// open opens a path below the root; symbolic links do not lead out of it.
func (r root) open(p string, flags int) (*os.File, error) {
	if flags&unix.O_PATH == 0 {
		flags |= unix.O_NONBLOCK | unix.O_NOCTTY // a pipe or a terminal in the place of a file
	}
	how := unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC),
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	}
	name := strings.TrimPrefix(p, "/")
	if name == "" {
		name = "."
	}
	for {
		fd, err := unix.Openat2(int(r.f.Fd()), name, &how)
		switch {
		case err == nil:
			return os.NewFile(uintptr(fd), p), nil
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN): // a rename on the way
			continue
		}
		return nil, &fs.PathError{Op: "open", Path: p, Err: err}
	}
}

// stamp is what a file is recognised by without reading it.
type stamp struct {
	Device, Inode     uint64
	Size              int64
	Modified, Changed int64 // nanoseconds
	Mode              uint32
	UID, GID          uint32
}

func stampOf(st *unix.Stat_t) stamp {
	return stamp{
		Device: uint64(st.Dev), Inode: st.Ino, Size: st.Size, Modified: st.Mtim.Nano(), Changed: st.Ctim.Nano(),
		Mode: st.Mode, UID: st.Uid, GID: st.Gid,
	}
}

func (s stamp) isLink() bool { return s.Mode&unix.S_IFMT == unix.S_IFLNK }

// file describes it for an event.
func (s stamp) file(p string) *event.File {
	return &event.File{
		Path: p, Type: map[bool]string{true: "symlink", false: "file"}[s.isLink()], Size: event.Some(s.Size),
		Mode: mode(s.Mode), UID: strconv.FormatUint(uint64(s.UID), 10), GID: strconv.FormatUint(uint64(s.GID), 10),
		Inode: int64(s.Inode), Modified: event.Time(s.Modified), Changed: event.Time(s.Changed),
	}
}

func mode(m uint32) string {
	const digits = "01234567"
	return string([]byte{digits[m>>9&7], digits[m>>6&7], digits[m>>3&7], digits[m&7]})
}

// stat returns the stamp of a file, and where it is when symbolic links led
// elsewhere. It is fs.ErrNotExist for what is no regular file, or a symbolic
// link when links are wanted.
func (r root) stat(p string, links bool) (stamp, string, error) {
	type answer struct {
		s     stamp
		where string
	}
	a, err := sensor.Within(r.patience, r.f.Name(), p, func() (answer, error) {
		s, where, err := r.statNow(p, links)
		return answer{s, where}, err
	})
	return a.s, a.where, err
}

func (r root) statNow(p string, links bool) (stamp, string, error) {
	flags := unix.O_PATH
	if links {
		flags |= unix.O_NOFOLLOW
	}
	f, err := r.open(p, flags)
	if err != nil {
		return stamp{}, "", err
	}
	defer f.Close()
	s, err := regular(f, p)
	if err != nil || s.isLink() {
		return s, "", err
	}
	return s, r.where(f, p), nil
}

func regular(f *os.File, p string) (stamp, error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return stamp{}, &fs.PathError{Op: "stat", Path: p, Err: err}
	}
	s := stampOf(&st)
	if t := st.Mode & unix.S_IFMT; t != unix.S_IFREG && t != unix.S_IFLNK {
		return s, &fs.PathError{Op: "stat", Path: p, Err: fs.ErrNotExist}
	}
	return s, nil
}

// where returns the path that an open file has below the root when it is not p.
func (r root) where(f *os.File, p string) string {
	got, err := os.Readlink("/proc/self/fd/" + strconv.Itoa(int(f.Fd())))
	if err != nil {
		return ""
	}
	if top := r.f.Name(); top != "/" && !strings.HasPrefix(top, "/proc/") {
		got = strings.TrimPrefix(got, top)
	}
	if got == p || !strings.HasPrefix(got, "/") {
		return ""
	}
	return got
}

// read reads a file, bounded.
func (r root) read(p string, links bool, most int64) (File, stamp, error) {
	type answer struct {
		f File
		s stamp
	}
	a, err := sensor.Within(r.patience, r.f.Name(), p, func() (answer, error) {
		f, s, err := r.readNow(p, links, most)
		return answer{f, s}, err
	})
	return a.f, a.s, err
}

func (r root) readNow(p string, links bool, most int64) (File, stamp, error) {
	out := File{Path: p}
	s, _, err := r.statNow(p, links)
	if err != nil {
		return out, s, err
	}
	if s.isLink() {
		out.Link, err = r.readlink(p)
		return out, s, err
	}
	if most < 0 {
		return out, s, nil
	}
	f, err := r.open(p, unix.O_RDONLY|map[bool]int{true: unix.O_NOFOLLOW}[links])
	if err != nil {
		return out, s, err
	}
	defer f.Close()
	if s, err = regular(f, p); err != nil {
		return out, s, err
	}
	b := bytes.NewBuffer(make([]byte, 0, min(s.Size, most)+bytes.MinRead))
	_, err = b.ReadFrom(io.LimitReader(f, most+1))
	out.Content = b.Bytes()
	if int64(len(out.Content)) > most {
		out.Cut = true
		out.Content = out.Content[:bytes.LastIndexByte(out.Content[:most], '\n')+1]
	}
	return out, s, err
}

func (r root) readlink(p string) (string, error) {
	dir, err := r.open(path.Dir(p), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	buf := make([]byte, 4096)
	n, err := unix.Readlinkat(int(dir.Fd()), path.Base(p), buf)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: p, Err: err}
	}
	return string(buf[:n]), nil
}

// find returns the paths that a pattern stands for now, at most so many.
func (r root) find(parts []string, most int) ([]string, error) {
	paths := []string{"/"}
	for i, c := range parts {
		var next []string
		for _, p := range paths {
			switch {
			case c == "**":
				next = append(next, r.tree(p, maxDepth, most)...)
			case !isPattern(c):
				next = append(next, path.Join(p, c))
			default:
				next = append(next, r.list(p, c, i < len(parts)-1)...)
			}
			if len(next) > most {
				return next[:most], errTooMany
			}
		}
		paths = next
	}
	return paths, nil
}

// entries returns what a folder has, as far as it could be read.
func (r root) entries(dir string) ([]fs.DirEntry, error) {
	return sensor.Within(r.patience, r.f.Name(), dir, func() ([]fs.DirEntry, error) {
		f, err := r.open(dir, unix.O_RDONLY|unix.O_DIRECTORY)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		entries, _ := f.ReadDir(maxFiles)
		return entries, nil
	})
}

// list returns what a folder has that matches; folders only when dirs.
func (r root) list(dir, pattern string, dirs bool) []string {
	entries, err := r.entries(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		isDir := e.IsDir() || e.Type()&fs.ModeSymlink != 0
		if matchName(pattern, e.Name()) && (!dirs || isDir) {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	return out
}

// tree returns a folder and those below it, without following links.
func (r root) tree(dir string, depth, most int) []string {
	out := []string{dir}
	if depth == 0 {
		return out
	}
	entries, err := r.entries(dir)
	if err != nil {
		return out
	}
	for _, e := range entries {
		if e.IsDir() && len(out) < most {
			out = append(out, r.tree(filepath.Join(dir, e.Name()), depth-1, most-len(out))...)
		}
	}
	return out
}

// namespaceOf returns the inode number of the mount namespace of a process.
func namespaceOf(proc, pid string) (int64, error) {
	var st syscall.Stat_t
	if err := syscall.Stat(proc+"/"+pid+"/ns/mnt", &st); err != nil {
		return 0, err
	}
	return int64(st.Ino), nil
}
