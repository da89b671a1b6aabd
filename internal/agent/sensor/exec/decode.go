package exec

import (
	"bytes"
	"fmt"
	"path"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// clock converts the kernel's times and makes ids; *kernel.Kernel is one.
type clock interface {
	Wall(boot uint64) event.Time
	Process(a kernel.Actor) *event.Process
	EntityID(pid uint32, start uint64) string
}

// decoder turns records of exec.bpf.c into events.
type decoder struct {
	clock        clock
	texts        *kernel.Texts
	environments *environments
}

func newDecoder(c clock, proc string) *decoder {
	return &decoder{clock: c, texts: kernel.NewTexts(), environments: newEnvironments(proc)}
}

func (d *decoder) decode(r kernel.Record) (*event.Event, error) {
	e := &event.Event{
		Time: d.clock.Wall(r.Time), Kind: event.Kind(r.Kind),
		Provider: "exec", Rung: "tp_btf", SensorSequence: int64(r.Number),
	}
	c := kernel.NewCursor(r.Body)
	a := c.Actor()
	e.User = a.User(d.texts)
	switch e.Kind {
	case event.ProcessStart:
		e.Process = d.clock.Process(a)
		d.start(e, r, a, &c)
	case event.ProcessFork:
		d.fork(e, a, &c)
	case event.ProcessEnd:
		e.Process = d.clock.Process(a)
		d.end(e, &c)
	default:
		return nil, fmt.Errorf("%w: kind %d", kernel.ErrMalformed, r.Kind)
	}
	return e, c.Err()
}

// start reads the rest of a struct start.
func (d *decoder) start(e *event.Event, r kernel.Record, a kernel.Actor, c *kernel.Cursor) {
	p := e.Process
	e.File = c.Image(d.texts)
	parentStart := c.U64()
	p.CgroupID = int64(c.U64())
	p.Capabilities = d.texts.Name(hex16(c.U64()))
	parent, nspid := c.U32(), c.U32()
	if parent != 0 {
		p.Parent = &event.Parent{PID: int64(parent), EntityID: d.clock.EntityID(parent, parentStart)}
	}
	if nspid != a.PID {
		p.NSPID = int64(nspid)
	}
	p.SessionID, p.GroupID = int64(c.U32()), int64(c.U32())
	p.AuditUserID, p.AuditSessionID = d.texts.ID(c.U32()), d.texts.ID(c.U32())
	p.Namespaces = &event.Namespaces{PID: int64(c.U32()), Net: int64(c.U32()), UTS: int64(c.U32()), Mount: int64(a.MountNamespace)}
	p.ArgsCount, p.ArgsSize = int64(c.U32()), int64(c.U32())
	environment := c.U32()
	if name := c.Name(16); p.Parent != nil {
		p.Parent.Name = d.texts.Name(name)
	}
	if tty := c.Name(16); len(tty) > 0 {
		p.TTY = d.texts.Name(tty)
	}
	p.MemoryBacked = r.Flags&kernel.FlagMemory != 0
	d.text(e, a, environment, c)
}

// text reads what stands behind a struct start: the lengths and the texts.
func (d *decoder) text(e *event.Event, a kernel.Actor, environment uint32, c *kernel.Cursor) {
	p := e.Process
	var n [7]uint32
	for i := range n {
		n[i] = c.U32()
	}
	c.U32()
	filename := trimZero(c.Bytes(n[0]))
	interpreter := c.Bytes(n[1])
	p.Executable = d.texts.Path(c.Bytes(n[2]))
	p.WorkingDirectory = d.texts.Path(c.Bytes(n[3]))
	p.CgroupPath = d.texts.Path(c.Bytes(n[4]))
	p.Args, p.CommandLine = splitArgs(c.Bytes(n[5]))
	var whole bool
	if p.Environment, whole = d.environments.of(a.PID, c.Bytes(n[6]), environment); !whole {
		e.Reason = "the environment was longer than what could be looked at"
	}
	p.Name = path.Base(p.Executable)
	e.File.Path = p.Executable
	if len(interpreter) > 0 && len(filename) > 0 {
		p.Script = d.absolute(p.WorkingDirectory, filename)
	}
}

func (d *decoder) absolute(dir string, name []byte) string {
	if name[0] == '/' {
		return d.texts.Name(name)
	}
	return path.Join(dir, string(name))
}

// splitArgs cuts the arguments of a process, each ended by a zero byte, and
// joins them with blanks. The arguments are parts of the line.
func splitArgs(b []byte) (args []string, line string) {
	if len(b) == 0 {
		return nil, ""
	}
	b = bytes.TrimSuffix(b, []byte{0})
	joined := bytes.ReplaceAll(b, []byte{0}, []byte{' '})
	line = string(joined)
	args = make([]string, 0, bytes.Count(b, []byte{0})+1)
	from := 0
	for i, x := range b {
		if x == 0 {
			args = append(args, line[from:i])
			from = i + 1
		}
	}
	return append(args, line[from:]), line
}

// fork reads the rest of a struct fork: the process is the child.
func (d *decoder) fork(e *event.Event, a kernel.Actor, c *kernel.Cursor) {
	child := kernel.Actor{Start: c.U64(), PID: c.U32()}
	nspid := c.U32()
	e.Process = d.clock.Process(child)
	if nspid != child.PID {
		e.Process.NSPID = int64(nspid)
	}
	e.Process.Name = d.texts.Name(c.Name(16))
	if a.PID != 0 {
		e.Process.Parent = &event.Parent{PID: int64(a.PID), EntityID: d.clock.EntityID(a.PID, a.Start)}
	}
}

// end reads the rest of a struct end.
func (d *decoder) end(e *event.Event, c *kernel.Cursor) {
	e.Process.ExitCode = event.Some(exitCode(c.U32()))
	c.U32()
	e.Process.Name = d.texts.Name(c.Name(16))
	e.Process.End = e.Time
}

// exitCode converts the kernel's wait status as a shell does: the code, or 128
// and the number of the signal.
func exitCode(status uint32) int64 {
	if signal := status & 0x7f; signal != 0 {
		return 128 + int64(signal)
	}
	return int64(status >> 8 & 0xff)
}

func trimZero(b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

func hex16(n uint64) []byte {
	const digits = "0123456789abcdef"
	b := make([]byte, 16)
	for i := range b {
		b[i] = digits[n>>(60-4*i)&15]
	}
	return b
}
