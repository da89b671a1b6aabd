package fanotify

import (
	"fmt"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// state is what is remembered of a file, to tell what an event was about: the
// kernel says that something of it changed, not what.
type state struct {
	mode, uid, gid uint32
	capability     string // security.capability, as it is stored
	inode          int64
	at             event.Time // its time of change when this was read
	// Of the last closing after it was open for writing, or of its making.
	closed  event.Time // its time of change; 0 is not known
	settled bool       // what is written since has another time of change
	empty   bool
}

// maxStates bounds the files that are remembered, about 200 bytes each.
const maxStates = 16384

// stateOf reads the state of an open file.
func stateOf(st *unix.Stat_t, capability string) state {
	return state{mode: st.Mode & 0o7777, uid: st.Uid, gid: st.Gid, inode: int64(st.Ino), capability: capability, at: event.Time(st.Ctim.Nano())}
}

// capabilities returns the attribute of a regular file that gives its program
// capabilities, empty when it has none.
func (p *places) capabilities(fd int, st *unix.Stat_t) string {
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return ""
	}
	var buf [64]byte
	n, err := unix.Getxattr(p.link(fd), capabilityName, buf[:])
	if err != nil {
		return ""
	}
	return string(buf[:min(n, len(buf))])
}

const capabilityName = "security.capability"

// describe fills in what a file is.
func describe(f *event.File, st *unix.Stat_t) {
	f.Type, f.Size, f.Mode = kernel.FileType(st.Mode), event.Some(st.Size), mode(st.Mode)
	f.UID, f.GID = number(st.Uid), number(st.Gid)
	f.Inode, f.Links = int64(st.Ino), event.Some(int64(st.Nlink))
	f.Modified, f.Changed = event.Time(st.Mtim.Nano()), event.Time(st.Ctim.Nano())
	if f.Device == 0 {
		f.Device = procfs.KernelDevice(uint64(st.Dev))
	}
}

func mode(bits uint32) string { return fmt.Sprintf("%04o", bits&0o7777) }
func number(id uint32) string { return strconv.FormatUint(uint64(id), 10) }

// readLink returns where an open symbolic link leads.
func readLink(fd int) string {
	var buf [4096]byte
	n, err := unix.Readlinkat(fd, "", buf[:])
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// changes returns the kinds of events that tell of a change of a file that was
// known, in the order mode, owner, attribute.
func (s state) changes(now state) []event.Kind {
	var out []event.Kind
	if s.mode != now.mode {
		out = append(out, event.FileChmod)
	}
	if s.uid != now.uid || s.gid != now.gid {
		out = append(out, event.FileChown)
	}
	if s.capability != now.capability {
		out = append(out, event.FileXattr)
	}
	return out
}

// runs reports whether the file is a program, or gives rights to who runs it.
func (s state) runs() bool { return s.mode&0o7111 != 0 || s.capability != "" }

// clockStep is more than the clock of any file system goes on at a time: what is
// written within it may have the same time of change.
const clockStep = event.Time(20 * time.Millisecond)

// wrote reports whether a file that is closed after being open for writing was
// changed since it was closed the last time; when that is not known, it was.
func (s state) wrote(st *unix.Stat_t) bool {
	switch {
	case s.closed == 0:
		return true
	case s.empty && st.Size == 0:
		return false
	}
	return !s.settled || s.closed != event.Time(st.Ctim.Nano())
}

// close notes that the file was closed, or made, as it is now.
func (s *state) close(st *unix.Stat_t, now event.Time) {
	s.closed, s.empty = event.Time(st.Ctim.Nano()), st.Size == 0
	s.settled = now-s.closed > clockStep
}
