package gotrust

import "github.com/vedette-edr/vedette/internal/event"

// Bits of a trigger, as inotify names them.
const (
	bitAccess       = 0x1
	bitModify       = 0x2
	bitAttrib       = 0x4
	bitCloseWrite   = 0x8
	bitCloseNoWrite = 0x10
	bitOpen         = 0x20
	bitMovedFrom    = 0x40
	bitMovedTo      = 0x80
	bitCreate       = 0x100
	bitDelete       = 0x200
	bitDeleteSelf   = 0x400
	bitMoveSelf     = 0x800
	bitOpenExec     = 0x1000
	bitDir          = 0x40000000

	bitsRead = bitAccess | bitOpen | bitCloseNoWrite | bitOpenExec
	bitsAll  = bitsRead | bitModify | bitAttrib | bitCloseWrite | bitMovedFrom | bitMovedTo | bitCreate | bitDelete | bitDeleteSelf | bitMoveSelf | bitDir
)

// mask returns the bits of all triggers; without triggers reading counts.
func (c *Config) mask() uint32 {
	var all uint32
	for _, t := range c.Triggers {
		all |= t.Mask
	}
	if all&^bitDir == 0 {
		all |= bitAccess
	}
	return all
}

// reads reports whether reading or running a monitored file counts.
func (c *Config) reads() bool { return c.mask()&bitsRead != 0 }

// kinds returns our events of files that the triggers mean.
func (c *Config) kinds() []event.Kind {
	var out []event.Kind
	for _, t := range []struct {
		bits  uint32
		kinds []event.Kind
	}{
		{bitsRead, []event.Kind{event.FileOpen}},
		{bitModify | bitCloseWrite, []event.Kind{event.FileWrite}},
		{bitAttrib, []event.Kind{event.FileChmod, event.FileChown, event.FileXattr}},
		{bitMovedFrom | bitMovedTo | bitMoveSelf, []event.Kind{event.FileRename}},
		{bitCreate, []event.Kind{event.FileCreate}},
		{bitDelete | bitDeleteSelf, []event.Kind{event.FileDelete}},
	} {
		if c.mask()&t.bits != 0 {
			out = append(out, t.kinds...)
		}
	}
	return out
}
