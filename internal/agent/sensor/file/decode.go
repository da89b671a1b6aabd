package file

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// clock converts the kernel's times and makes ids; *kernel.Kernel is one.
type clock interface {
	Wall(boot uint64) event.Time
	Process(a kernel.Actor) *event.Process
}

// decoder turns records of file.bpf.c and hooks.bpf.c into events.
type decoder struct {
	clock clock
	texts *kernel.Texts
	rung  string
}

// Bits of has in struct change.
const (
	hasImage = 1 << iota
	hasMode
	hasUID
	hasGID
	hasPrevious
	isDir
	isLink
	isSymlink
	hasTarget
)

// change is the rest of a struct change behind the image.
type change struct {
	has, openFlags            uint32
	mode, uid, gid            uint32 // asked for
	oldMode, oldUID, oldGID   uint32
	file, first, second, attr string
	firstName                 string // as given
}

func (d *decoder) decode(r kernel.Record) (*event.Event, error) {
	c := kernel.NewCursor(r.Body)
	a := c.Actor()
	f := c.Image(d.texts)
	ch := d.change(&c)
	if err := c.Err(); err != nil {
		return nil, err
	}
	e := &event.Event{
		Time: d.clock.Wall(r.Time), Kind: event.Kind(r.Kind),
		Provider: "file", Rung: d.rung, SensorSequence: int64(r.Number), Outcome: "success",
		Process: d.clock.Process(a), User: a.User(d.texts), File: f,
	}
	if ch.has&hasImage == 0 {
		e.File = &event.File{}
	}
	opened := e.Kind == event.DeviceOpen || e.Kind == event.MemoryOpen
	if (e.Kind < event.FileCreate || e.Kind > event.FileXattr) && !opened {
		return nil, fmt.Errorf("%w: kind %d", kernel.ErrMalformed, r.Kind)
	}
	if opened && ch.has&hasImage == 0 {
		return nil, fmt.Errorf("%w: an opened file without an image", kernel.ErrMalformed)
	}
	if ch.has&hasTarget != 0 && ch.uid != 0 {
		e.Target = &event.Target{PID: int64(ch.uid)}
	}
	d.fill(e, ch)
	return e, nil
}

func (d *decoder) change(c *kernel.Cursor) change {
	ch := change{
		has: c.U32(), openFlags: c.U32(), mode: c.U32(), uid: c.U32(), gid: c.U32(),
		oldMode: c.U32(), oldUID: c.U32(), oldGID: c.U32(),
	}
	file, base, name, base2, name2, attr := c.U32(), c.U32(), c.U32(), c.U32(), c.U32(), c.U32()
	ch.attr = d.text(c.Bytes(attr))
	if components := c.Bytes(file); file > 0 || ch.has&hasImage != 0 {
		ch.file = d.texts.Path(components)
	}
	dir := d.texts.Path(c.Bytes(base))
	ch.firstName = d.text(c.Bytes(name))
	ch.first = path.Join(dir, ch.firstName)
	dir = d.texts.Path(c.Bytes(base2))
	if n := d.text(c.Bytes(name2)); n != "" || base2 > 0 {
		ch.second = path.Join(dir, n)
	}
	return ch
}

func (d *decoder) text(b []byte) string {
	if n := len(b); n > 0 && b[n-1] == 0 {
		b = b[:n-1]
	}
	return d.texts.Name(b)
}

func (d *decoder) fill(e *event.Event, c change) {
	f := e.File
	switch {
	case c.has&hasImage != 0:
		f.Path = c.file
	case e.Kind == event.FileRename:
		f.OriginalPath = c.first
		f.Path = c.second
	case c.has&isSymlink != 0:
		f.TargetPath, f.Type = c.firstName, "symlink"
		f.Path = c.second
	case c.has&isLink != 0:
		f.TargetPath, f.Type = c.first, "file"
		f.Path = c.second
	default:
		f.Path = c.first
	}
	if c.has&isDir != 0 {
		f.Type = "dir"
	}
	if c.has&hasMode != 0 {
		f.Mode = d.texts.Mode(c.mode)
		if e.Kind == event.FileCreate {
			f.Type = kernel.FileType(c.mode)
		}
	}
	if c.has&hasUID != 0 {
		f.UID = d.texts.ID(c.uid)
	}
	if c.has&hasGID != 0 {
		f.GID = d.texts.ID(c.gid)
	}
	if c.has&hasPrevious != 0 {
		f.PreviousMode, f.PreviousUID, f.PreviousGID = d.texts.Mode(c.oldMode), d.texts.ID(c.oldUID), d.texts.ID(c.oldGID)
	}
	f.XattrName = c.attr
	if e.Kind == event.FileCreate && c.has&hasImage != 0 || e.Kind == event.FileOpen || e.Kind == event.DeviceOpen || e.Kind == event.MemoryOpen {
		f.OpenFlags = d.texts.Name([]byte(openFlags(c.openFlags)))
	}
}

// openFlags names the flags of open(2).
func openFlags(n uint32) string {
	out := [...]string{"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"}[n&unix.O_ACCMODE]
	for _, f := range []struct {
		bit  uint32
		name string
	}{
		{unix.O_CREAT, "O_CREAT"}, {unix.O_EXCL, "O_EXCL"}, {unix.O_NOCTTY, "O_NOCTTY"}, {unix.O_TRUNC, "O_TRUNC"},
		{unix.O_APPEND, "O_APPEND"}, {unix.O_NONBLOCK, "O_NONBLOCK"}, {unix.O_SYNC, "O_SYNC"}, {unix.O_DSYNC, "O_DSYNC"},
		{unix.O_DIRECT, "O_DIRECT"}, {unix.O_NOFOLLOW, "O_NOFOLLOW"}, {unix.O_NOATIME, "O_NOATIME"},
		{unix.O_CLOEXEC, "O_CLOEXEC"}, {unix.O_TMPFILE, "O_TMPFILE"}, {unix.O_DIRECTORY, "O_DIRECTORY"},
	} {
		if n&f.bit == f.bit {
			n &^= f.bit
			out += "|" + f.name
		}
	}
	return strings.Clone(out)
}
