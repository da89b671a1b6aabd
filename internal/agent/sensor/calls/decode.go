package calls

import (
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// clock converts the kernel's times and makes ids; *kernel.Kernel is one.
type clock interface {
	Wall(boot uint64) event.Time
	Process(a kernel.Actor) *event.Process
	EntityID(pid uint32, start uint64) string
}

// decoder turns records of calls.bpf.c into events.
type decoder struct {
	clock clock
	texts *kernel.Texts
	rung  string
}

// call is the rest of a struct call of record.h, behind the actor.
type call struct {
	args            [4]uint64
	result          int64
	first, last     uint64
	targetStart     uint64
	capabilities    uint64
	target          uint32
	targetNamespace uint32
	call, op, count uint32
	text            [3][]byte // each ended by a zero byte, or empty
}

func readCall(c *kernel.Cursor) (call, error) {
	var r call
	for i := range r.args {
		r.args[i] = c.U64()
	}
	r.result = int64(c.U64())
	r.first, r.last, r.targetStart, r.capabilities = c.U64(), c.U64(), c.U64(), c.U64()
	r.target, r.targetNamespace = c.U32(), c.U32()
	r.call, r.op, r.count = c.U32(), c.U32(), c.U32()
	sizes := [3]uint32{c.U32(), c.U32(), c.U32()}
	for i, n := range sizes {
		r.text[i] = c.Bytes(n)
	}
	return r, c.Err()
}

func (d *decoder) decode(r kernel.Record) (*event.Event, error) {
	c := kernel.NewCursor(r.Body)
	a := c.Actor()
	n, err := readCall(&c)
	if err != nil {
		return nil, err
	}
	if n.call >= uint32(len(callNames)) || n.call == 0 {
		return nil, fmt.Errorf("%w: call %d", kernel.ErrMalformed, n.call)
	}
	e := &event.Event{
		Time: d.clock.Wall(r.Time), Kind: event.Kind(r.Kind),
		Provider: "calls", Rung: d.rung, SensorSequence: int64(r.Number), Outcome: "success",
		Process: d.clock.Process(a), User: a.User(d.texts), Call: &event.Call{Name: callNames[n.call]},
	}
	if n.result < 0 {
		e.Outcome, e.ErrorCode = "failure", unix.ErrnoName(syscall.Errno(-n.result))
	}
	if n.last != 0 { // several
		e.Time, e.Call.Count = d.clock.Wall(n.last), int64(n.count)
		e.Call.First, e.Call.Last = d.clock.Wall(n.first), d.clock.Wall(n.last)
	}
	if n.target != 0 {
		e.Target = &event.Target{PID: int64(n.target), PIDNamespace: int64(n.targetNamespace)}
		if n.targetStart != 0 {
			e.Target.EntityID = d.clock.EntityID(n.target, n.targetStart)
		}
	}
	return e, d.fill(e, n)
}

// fill writes what depends on the kind.
func (d *decoder) fill(e *event.Event, n call) error {
	c := e.Call
	switch e.Kind {
	case event.ProcessAccess, event.ProcessTamper:
		if c.Name == "ptrace" {
			c.Operation, c.Address = requestName(n.op), int64(n.args[0])
		}
	case event.ProcessSignal:
		c.Signal = signalName(n.op)
		c.Operation = groupName(int32(n.args[0]), e.Target)
	case event.CredentialChange:
		e.Process.Capabilities = fmt.Sprintf("%016x", n.capabilities)
	case event.ModuleLoad:
		c.ModuleName, c.ModuleArguments = d.name(n.text[0]), d.name(n.text[1])
		c.Flags = bits(n.args[0], moduleFlags[:])
		if len(n.text[2]) > 0 {
			e.File = &event.File{Path: d.texts.Path(n.text[2])}
		}
	case event.ModuleUnload:
		c.ModuleName = d.name(n.text[0])
		c.Flags = bits(n.args[0], deleteFlags[:])
	case event.BPFLoad, event.BPFAttach:
		d.program(c, n)
	case event.MountCreate, event.MountRemove:
		c.MountSource, c.MountDirectory, c.MountFilesystem = d.name(n.text[0]), d.name(n.text[1]), d.name(n.text[2])
		c.Flags = mountNames(c.Name, n.args[0])
	case event.NamespaceChange:
		c.Flags = bits(n.args[0], namespaceFlags[:])
		c.Operation = d.name(n.text[0])
	case event.MemfdCreate:
		name := d.name(n.text[0])
		e.File = &event.File{Path: "memfd:" + name, Name: name, Type: "file"}
		c.Flags = bits(n.args[0], memfdFlags[:])
	case event.MemoryExecute:
		c.Address, c.Size = int64(n.args[0]), int64(n.args[1])
		c.Flags = bits(n.args[2], protections[:])
		c.Operation = pick(memoryNames[:], n.op)
	case event.KernelLogClear:
		c.Operation = pick(logNames[:], n.op)
	case event.UringCreate:
		c.Size, c.Flags = int64(n.op), bits(n.args[0], uringFlags[:])
	case event.NetRaw:
		socket(e, n)
	default:
		return fmt.Errorf("%w: kind %d", kernel.ErrMalformed, e.Kind)
	}
	return nil
}

func (d *decoder) program(c *event.Call, n call) {
	c.Operation = pick(bpfCommands[:], n.op)
	if n.call == callIoctl {
		c.Operation = "PERF_EVENT_IOC_SET_BPF"
	}
	c.BPFType, c.BPFID = pick(programTypes[:], uint32(n.args[0])), int64(n.args[2])
	if n.args[1] != ^uint64(0) {
		c.BPFAttach = pick(attachTypes[:], uint32(n.args[1]))
	}
	c.BPFName, c.BPFFunction = d.name(n.text[0]), d.name(n.text[1])
}

// name returns a text without its end.
func (d *decoder) name(b []byte) string {
	if n := len(b); n > 0 && b[n-1] == 0 {
		b = b[:n-1]
	}
	return d.texts.Name(b)
}
