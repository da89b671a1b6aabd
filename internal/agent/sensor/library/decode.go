package library

import (
	"fmt"
	"strconv"
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

// decoder turns records of library.bpf.c into events.
type decoder struct {
	clock clock
	texts *kernel.Texts
	rung  string
}

func (d *decoder) decode(r kernel.Record) (*event.Event, error) {
	c := kernel.NewCursor(r.Body)
	a := c.Actor()
	f := c.Image(d.texts)
	address, size, first, last := c.U64(), c.U64(), c.U64(), c.U64()
	call, protection, count, n := c.U32(), c.U32(), c.U32(), c.U32()
	path := c.Bytes(n)
	if err := c.Err(); err != nil {
		return nil, err
	}
	if event.Kind(r.Kind) != event.LibraryLoad {
		return nil, fmt.Errorf("%w: kind %d", kernel.ErrMalformed, r.Kind)
	}
	f.Path = d.texts.Path(path)
	e := &event.Event{
		Time: d.clock.Wall(r.Time), Kind: event.LibraryLoad,
		Provider: "library", Rung: d.rung, SensorSequence: int64(r.Number), Outcome: "success",
		Process: d.clock.Process(a), User: a.User(d.texts), File: f,
		Call: &event.Call{Name: callName(call), Address: int64(address), Size: int64(size), Flags: protectionName(protection)},
	}
	if count > 0 {
		e.Time, e.Call.Count = d.clock.Wall(last), int64(count)
		e.Call.First, e.Call.Last = d.clock.Wall(first), d.clock.Wall(last)
	}
	return e, nil
}

func callName(n uint32) string {
	switch n {
	case 1:
		return "mmap"
	case 2:
		return "mprotect"
	}
	return "pkey_mprotect"
}

// protectionName names the bits of a protection.
func protectionName(n uint32) string {
	if n == unix.PROT_READ|unix.PROT_EXEC {
		return "PROT_READ|PROT_EXEC"
	}
	var out []string
	for _, p := range []struct {
		bit  uint32
		name string
	}{{unix.PROT_READ, "PROT_READ"}, {unix.PROT_WRITE, "PROT_WRITE"}, {unix.PROT_EXEC, "PROT_EXEC"}} {
		if n&p.bit != 0 {
			out = append(out, p.name)
			n &^= p.bit
		}
	}
	if n != 0 {
		out = append(out, "0x"+strconv.FormatUint(uint64(n), 16))
	}
	return strings.Join(out, "|")
}
