package fanotify

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
)

// subject is the file of a message, as it is now.
type subject struct {
	path  string
	whole bool // the path is
	fd    int  // O_PATH; -1 when the file is gone
	st    unix.Stat_t
	fs    *system
}

// subject finds the file of a message: by its own handle, or where the kernel
// gives none by its name, which may be that of another file by now.
func (t *teller) subject(m *message) subject {
	s := subject{fd: -1, fs: t.places.systems[m.at.dir.fs]}
	if m.at.dir.id != "" {
		s.path, s.whole = t.places.path(m.at)
	}
	switch {
	case m.target.id != "":
		if fd, ok := t.places.find(m.target); ok {
			s.hold(fd)
		}
		if s.fs == nil {
			s.fs = t.places.systems[m.target.fs]
		}
	case s.whole && m.mask&(unix.FAN_DELETE|unix.FAN_MOVED_FROM) == 0:
		if fd, err := unix.Open(s.path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0); err == nil {
			s.hold(fd)
		}
	}
	if m.at.dir.id == "" && s.fd >= 0 {
		s.path, s.whole = t.places.pathOf(s.fd)
	}
	return s
}

// hold takes over a descriptor.
func (s *subject) hold(fd int) {
	if unix.Fstat(fd, &s.st) != nil {
		_ = unix.Close(fd)
		return
	}
	s.fd = fd
}

func (s *subject) close() {
	if s.fd >= 0 {
		_ = unix.Close(s.fd)
		s.fd = -1
	}
}

func (s *subject) is(kind uint32) bool { return s.fd >= 0 && s.st.Mode&unix.S_IFMT == kind }

// event makes an event about the file of a message.
func (t *teller) event(kind event.Kind, m *message, s *subject, reason string) *event.Event {
	f := &event.File{Path: s.path}
	if s.fs != nil {
		f.Device, f.Filesystem = s.fs.device, s.fs.kind
	}
	if s.fd >= 0 {
		describe(f, &s.st)
	} else {
		if k, ok := t.states.get(m.target); ok && m.target.id != "" {
			f.Inode = k.inode
		}
		if m.mask&unix.FAN_ONDIR != 0 {
			f.Type = "dir"
		}
	}
	if !s.whole {
		reason = strings.TrimSuffix(reasonFolder+"; "+reason, "; ")
	}
	return &event.Event{Kind: kind, File: f, Reason: reason}
}

// link is the name of an open file in /proc.
func (p *places) link(fd int) string { return p.proc + "/self/fd/" + strconv.Itoa(fd) }
