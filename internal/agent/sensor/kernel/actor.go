package kernel

import (
	"github.com/vedette-edr/vedette/internal/event"
)

// Actor is the thread group that acted, struct actor of vedette.h.
type Actor struct {
	Start          uint64 // nanoseconds since boot
	PID            uint32 // in the agent's pid namespace
	UID, GID       uint32
	EffectiveUID   uint32
	EffectiveGID   uint32
	MountNamespace uint32
}

// Actor reads a struct actor.
func (c *Cursor) Actor() Actor {
	return Actor{
		Start: c.U64(), PID: c.U32(), UID: c.U32(), GID: c.U32(),
		EffectiveUID: c.U32(), EffectiveGID: c.U32(), MountNamespace: c.U32(),
	}
}

// Process returns the section of the process a with what every event has.
func (k *Kernel) Process(a Actor) *event.Process {
	return &event.Process{EntityID: k.EntityID(a.PID, a.Start), PID: int64(a.PID), Start: k.Start(a.Start)}
}

// User returns the section of who a runs as.
func (a Actor) User(t *Texts) *event.User {
	return &event.User{
		ID: t.ID(a.UID), GroupID: t.ID(a.GID),
		EffectiveID: t.ID(a.EffectiveUID), EffectiveGroupID: t.ID(a.EffectiveGID),
	}
}

// Image reads a struct image of vedette.h into a file section.
func (c *Cursor) Image(t *Texts) *event.File {
	f := &event.File{Inode: int64(c.U64()), Size: event.Some(int64(c.U64()))}
	f.Modified, f.Changed = event.Time(c.U64()), event.Time(c.U64())
	f.Device = int64(c.U32())
	mode := c.U32()
	f.Mode, f.Type = t.Mode(mode), FileType(mode)
	f.UID, f.GID = t.ID(c.U32()), t.ID(c.U32())
	f.Links = event.Some(int64(c.U32()))
	c.U32()
	f.Filesystem = t.Name(c.Name(16))
	return f
}

// FileType names the type in a mode as file.type does.
func FileType(mode uint32) string {
	switch mode & 0o170000 {
	case 0o100000:
		return "file"
	case 0o040000:
		return "dir"
	case 0o120000:
		return "symlink"
	case 0o020000, 0o060000:
		return "device"
	case 0o010000:
		return "pipe"
	case 0o140000:
		return "socket"
	}
	return ""
}
