package fanotify

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// group is a notification group of the kernel: of names, where file systems give
// handles, or of descriptors. It never asks for permission, so it holds nobody
// up. Its queue has the bound of fs.fanotify.max_queued_events.
type group struct {
	fd     int
	names  bool
	pidfds bool // of the processes
	rename bool // a rename is one message
}

// The ways in which a group tells of files, the best first.
const (
	withTarget = unix.FAN_REPORT_DFID_NAME_TARGET // Linux 5.17
	withNames  = unix.FAN_REPORT_DFID_NAME        // 5.9
	always     = unix.FAN_CLASS_NOTIF | unix.FAN_CLOEXEC | unix.FAN_NONBLOCK
	// A file that the kernel opens for us is only looked at; one that is a pipe must
	// not make us wait.
	opened = unix.O_RDONLY | unix.O_LARGEFILE | unix.O_CLOEXEC | unix.O_NOATIME | unix.O_NONBLOCK
)

// openNames opens a group of names.
func openNames(ways []uint) (*group, error) {
	var why error
	for _, w := range ways {
		fd, err := unix.FanotifyInit(always|w, opened)
		if err == nil {
			return &group{fd: fd, names: true, pidfds: w&unix.FAN_REPORT_PIDFD != 0, rename: w&withTarget == withTarget}, nil
		}
		if why = err; !errors.Is(err, unix.EINVAL) {
			break
		}
	}
	return nil, lacking("a group of names", why)
}

// waysOfNames are what a kernel may know.
func waysOfNames() []uint {
	return []uint{withTarget | unix.FAN_REPORT_PIDFD, withNames | unix.FAN_REPORT_PIDFD, withNames}
}

// openDescriptors opens a group of descriptors.
func openDescriptors() (*group, error) {
	fd, err := unix.FanotifyInit(always|unix.FAN_REPORT_PIDFD, opened)
	if err == nil {
		return &group{fd: fd, pidfds: true}, nil
	}
	if fd, err = unix.FanotifyInit(always, opened); err != nil {
		return nil, lacking("a group of descriptors", err)
	}
	return &group{fd: fd}, nil
}

// lacking says what a host lacks for fanotify.
func lacking(what string, err error) error {
	switch {
	case errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("%w: the kernel has no fanotify (CONFIG_FANOTIFY)", sensor.ErrNotSupported)
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%w: fanotify needs CAP_SYS_ADMIN: run the agent as root", sensor.ErrNotSupported)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("%w: fanotify of this kernel has no %s (Linux 5.9)", sensor.ErrNotSupported, what)
	case errors.Is(err, unix.EMFILE):
		return fmt.Errorf("open %s: %w: too many fanotify groups of this user (fs.fanotify.max_user_groups)", what, err)
	}
	return fmt.Errorf("open %s: %w", what, err)
}

// close ends the group; its marks go with it. A nil group is none.
func (g *group) close() {
	if g != nil {
		_ = unix.Close(g.fd) // nothing was written
	}
}

// mask is what a group is told of a whole file system or mount.
func (g *group) mask() uint64 {
	switch {
	case !g.names:
		return unix.FAN_CLOSE_WRITE
	case g.rename:
		return unix.FAN_CREATE | unix.FAN_DELETE | unix.FAN_RENAME | unix.FAN_CLOSE_WRITE | unix.FAN_ATTRIB | unix.FAN_ONDIR
	}
	return unix.FAN_CREATE | unix.FAN_DELETE | unix.FAN_MOVE | unix.FAN_CLOSE_WRITE | unix.FAN_ATTRIB | unix.FAN_ONDIR
}

// markAll has the group told of what happens in the file system of a kind, or for
// a group of descriptors in the mount, at dir. In /dev nearly all that is closed
// is /dev/null and terminals, which are no files: there only names count.
func (g *group) markAll(dir, kind string) error {
	what, mask := uint(unix.FAN_MARK_MOUNT), g.mask()
	if g.names {
		what = unix.FAN_MARK_FILESYSTEM
	}
	if kind == "devtmpfs" {
		mask &^= unix.FAN_CLOSE_WRITE
	}
	return unix.FanotifyMark(g.fd, unix.FAN_MARK_ADD|what, mask, unix.AT_FDCWD, dir)
}

// markOpen has the group told when a file, or one in a folder, is opened.
func (g *group) markOpen(name string, folder bool) error {
	mask := uint64(unix.FAN_OPEN)
	if folder {
		mask |= unix.FAN_EVENT_ON_CHILD
	}
	return unix.FanotifyMark(g.fd, unix.FAN_MARK_ADD, mask, unix.AT_FDCWD, name)
}

// unmarkOpen forgets all files and folders of markOpen.
func (g *group) unmarkOpen() error {
	return unix.FanotifyMark(g.fd, unix.FAN_MARK_FLUSH, 0, unix.AT_FDCWD, "/")
}

// read reads messages into buf; 0 when there are none.
func (g *group) read(buf []byte) (int, error) {
	for {
		n, err := unix.Read(g.fd, buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return 0, nil
		case err != nil:
			return 0, fmt.Errorf("read fanotify events: %w", err)
		}
		return n, nil
	}
}
