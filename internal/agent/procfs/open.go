package procfs

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// NotRegularError says that something other than a regular file was asked for;
// it was not opened.
type NotRegularError struct {
	Path string
	Type string // dir, symlink, device, terminal, null, pipe, socket, other
}

func (e *NotRegularError) Error() string { return e.Path + " is no regular file: " + e.Type }

// OpenIn opens a regular file below the folder root, as a process whose root it
// is would: symbolic links do not lead out of it, and those of /proc that lead
// to descriptors are refused. Nothing else than a regular file is opened, not
// for a moment: pipes and devices would notice.
func OpenIn(root, name string) (*os.File, error) {
	f, err := FindIn(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Open()
}

// Found is a regular file that was found and not opened yet. Its owner closes it.
type Found struct {
	Stat unix.Stat_t
	name string
	fd   int // O_PATH
}

// Close forgets the file.
func (f *Found) Close() { _ = unix.Close(f.fd) } // nothing was written

// FindIn finds a regular file as OpenIn does, for who wants to know whether it
// is worth opening.
func FindIn(root, name string) (*Found, error) {
	dir, err := unix.Open(root, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: root, Err: err}
	}
	defer unix.Close(dir)
	rel := strings.TrimLeft(name, "/")
	if rel == "" {
		rel = "."
	}
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	for try := 0; ; try++ {
		fd, err := unix.Openat2(dir, rel, &how)
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) && try < 8 { // a rename on the way
			continue
		}
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return regular(fd, name)
	}
}

// FindDescriptor finds the regular file that a process has open as a
// descriptor, also when it has no name any more. Open then begins at its
// beginning and does not move the process's own place in it.
func (f *FS) FindDescriptor(pid int64, fd int) (*Found, error) {
	name := f.Path(pid, "fd/"+strconv.Itoa(fd))
	path, err := unix.Open(name, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, gone(&fs.PathError{Op: "open", Path: name, Err: err})
	}
	return regular(path, name)
}

// regular takes over an O_PATH descriptor; it closes that of another type.
func regular(fd int, name string) (*Found, error) {
	f := &Found{name: name, fd: fd}
	if err := unix.Fstat(fd, &f.Stat); err != nil {
		f.Close()
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	if f.Stat.Mode&unix.S_IFMT != unix.S_IFREG {
		f.Close()
		return nil, &NotRegularError{name, typeOf(&f.Stat)}
	}
	return f, nil
}

// Open opens the file for reading.
func (f *Found) Open() (*os.File, error) {
	const flags = unix.O_RDONLY | unix.O_NONBLOCK | unix.O_NOCTTY | unix.O_CLOEXEC
	self := "/proc/self/fd/" + strconv.Itoa(f.fd)
	file, err := unix.Open(self, flags|unix.O_NOATIME, 0)
	if errors.Is(err, unix.EPERM) { // not ours: the time of access is changed
		file, err = unix.Open(self, flags, 0)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: f.name, Err: err}
	}
	return os.NewFile(uintptr(file), f.name), nil
}

// typeOf names what is no regular file.
func typeOf(st *unix.Stat_t) string {
	const null, ttyMajor, auxMajor, ptsMajor = 0x103, 4, 5, 136
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		return "dir"
	case unix.S_IFLNK:
		return "symlink"
	case unix.S_IFIFO:
		return "pipe"
	case unix.S_IFSOCK:
		return "socket"
	case unix.S_IFBLK:
		return "device"
	case unix.S_IFCHR:
		major := unix.Major(st.Rdev)
		switch {
		case st.Rdev == null:
			return "null"
		case major == ttyMajor, major == auxMajor, major >= ptsMajor && major < ptsMajor+8:
			return "terminal"
		}
		return "device"
	}
	return "other"
}
