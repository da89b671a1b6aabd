package kernel

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// CallEnds says which system calls a program of a sensor sees when they end, on
// kernels where programs at functions load. It is written for tp_btf/sys_exit,
// and sees the same as through OnReturn; but the other calls of the host pay
// nothing.
type CallEnds struct {
	Program string   // of the spec
	Slot    uint32   // ReturnFile, ReturnCalls, ...
	Names   []string // in the order in which they are attached
}

// prototypes is how many prototypes the functions of system calls may have: what
// can be left out of a kernel has its argument named otherwise in the types.
const prototypes = 2

// callReturns names the list of the programs of a prototype: the kernel lets only
// programs of one prototype follow each other.
func callReturns(class int) string { return "call_returns" + strconv.Itoa(class) }

// atCalls are the programs at the ends of single system calls, which the sensors
// share: one copy of on_any_return for each call that some sensor asks for.
type atCalls struct {
	at      map[string]*atCall
	slots   [prototypes]map[uint32]*ebpf.Program // what they go on to
	classes []btf.TypeID                         // the prototypes, in the order of the lists
	missed  uint64                               // by programs that are gone
}

// atCall is a program at the end of one system call.
type atCall struct {
	program *ebpf.Program
	l       io.Closer
	users   int
}

// copyOf names the copy of a program for a prototype.
func copyOf(program string, class int) string {
	if class == 0 {
		return program
	}
	return program + "_" + strconv.Itoa(class)
}

// class returns the number of the prototype of a call.
func (c *atCalls) class(types *btf.Spec, call string) (int, error) {
	id, err := prototype(types, call)
	if err != nil {
		return 0, err
	}
	for i, known := range c.classes {
		if known == id {
			return i, nil
		}
	}
	if len(c.classes) == prototypes {
		return 0, fmt.Errorf("%w: the functions of system calls have more than %d prototypes; that of %s is another", ErrNoFunctions, prototypes, callFunction(call))
	}
	c.classes = append(c.classes, id)
	return len(c.classes) - 1, nil
}

// classes are calls by the number of their prototype.
type classes struct {
	types *btf.Spec // of the kernel
	calls [prototypes][]string
}

// SeesCalls returns nil where CallEnds of the calls can be had, and else
// ErrNoFunctions with the reason.
func (k *Kernel) SeesCalls(calls ...string) error {
	if err := k.Functions(); err != nil {
		return err
	}
	_, err := k.classesOf(calls)
	return err
}

func (k *Kernel) classesOf(calls []string) (out classes, err error) {
	if out.types, err = btf.LoadKernelSpec(); err != nil {
		return out, fmt.Errorf("read the kernel's types: %w", err)
	}
	k.returnsMu.Lock()
	defer k.returnsMu.Unlock()
	for _, call := range calls {
		class, err := k.calls.class(out.types, call)
		if err != nil {
			return out, err
		}
		out.calls[class] = append(out.calls[class], call)
	}
	return out, nil
}

// forClasses replaces a program at tp_btf/sys_exit by copies of section fexit,
// one for each prototype that has calls. Each goes on by the list of its
// prototype.
func forClasses(spec *ebpf.CollectionSpec, program string, c classes) error {
	p := spec.Programs[program]
	if p == nil {
		return fmt.Errorf("prepare %s for calls: the object has no such program", program)
	}
	delete(spec.Programs, program)
	list := spec.Maps["returns"]
	delete(spec.Maps, "returns")
	for class, calls := range c.calls {
		if len(calls) == 0 {
			continue
		}
		p := p.Copy()
		p.AttachType, p.AttachTo = ebpf.AttachTraceFExit, callFunction(calls[0])
		for i := range p.Instructions {
			if p.Instructions[i].Reference() == "returns" {
				p.Instructions[i] = p.Instructions[i].WithReference(callReturns(class))
			}
		}
		spec.Programs[copyOf(program, class)] = p
		if list != nil {
			spec.Maps[callReturns(class)] = list.Copy()
		}
	}
	return nil
}

// prepareCalls makes the copies of the program of a sensor for its calls, and
// returns the calls by the number of their prototype.
func (k *Kernel) prepareCalls(s Source) (c classes, err error) {
	if s.Calls == nil {
		return c, nil
	}
	if c, err = k.classesOf(s.Calls.Names); err != nil {
		return c, err
	}
	return c, forClasses(s.Spec, s.Calls.Program, c)
}

// has says whether a program is a copy of that for calls.
func (c *CallEnds) has(program string) bool {
	for class := range prototypes {
		if c != nil && copyOf(c.Program, class) == program {
			return true
		}
	}
	return false
}

// attachCalls has the programs of a sensor see the ends of its calls.
func (p *Programs) attachCalls(c *CallEnds, by classes) error {
	if c == nil {
		return nil
	}
	l, err := p.k.onCalls(c, p.coll, by)
	if err != nil {
		return err
	}
	p.linksMu.Lock()
	p.links = append(p.links, l)
	p.linksMu.Unlock()
	return nil
}

// calling is the programs of a sensor at calls.
type calling struct {
	k     *Kernel
	slot  uint32
	calls []string
}

// onCalls has the programs that forClasses made see the ends of the calls of
// their class, until what it returns is closed: all, or, with an error, none.
func (k *Kernel) onCalls(c *CallEnds, coll *ebpf.Collection, by classes) (io.Closer, error) {
	k.returnsMu.Lock()
	defer k.returnsMu.Unlock()
	for _, slots := range k.calls.slots {
		if slots[c.Slot] != nil {
			return nil, fmt.Errorf("see the ends of system calls: slot %d is taken", c.Slot)
		}
	}
	out := &calling{k: k, slot: c.Slot}
	for class, calls := range by.calls {
		if len(calls) == 0 {
			continue
		}
		if err := out.goOn(class, coll.Programs[copyOf(c.Program, class)]); err != nil {
			return nil, errors.Join(err, out.end())
		}
	}
	if err := out.begin(c.Names, by); err != nil {
		return nil, errors.Join(err, out.end())
	}
	return out, nil
}

// goOn puts a program into the slot of its class.
func (c *calling) goOn(class int, p *ebpf.Program) error {
	if err := c.k.maps[callReturns(class)].Put(c.slot, uint32(p.FD())); err != nil {
		return refusedFunctions("go on from the ends of system calls", err)
	}
	if c.k.calls.slots[class] == nil {
		c.k.calls.slots[class] = map[uint32]*ebpf.Program{}
	}
	c.k.calls.slots[class][c.slot] = p
	return nil
}

// begin loads and attaches what is not there yet, in the order of the names;
// returnsMu is held.
func (c *calling) begin(names []string, by classes) error {
	for class, calls := range by.calls {
		by.calls[class] = slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return c.k.calls.at[call] != nil })
	}
	spec, err := loadReturns()
	if err != nil {
		return fmt.Errorf("read the object of the exits of system calls: %w", err)
	}
	if err := forClasses(spec, anyReturn, by); err != nil {
		return err
	}
	for class, calls := range by.calls {
		if len(calls) == 0 {
			continue
		}
		if _, err := spread(by.types, spec, copyOf(anyReturn, class), calls, nil); err != nil {
			return err
		}
	}
	if err := c.k.prepare(spec); err != nil {
		return fmt.Errorf("load the programs at the ends of system calls: %w", err)
	}
	coll, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{MapReplacements: c.k.shared(spec)})
	if err != nil {
		return refusedFunctions("load the programs at the ends of system calls", err)
	}
	defer coll.Close() // of what was not taken over
	for _, call := range names {
		if err := c.attach(call, coll); err != nil {
			return err
		}
	}
	return nil
}

// attach adds the end of a call.
func (c *calling) attach(call string, coll *ebpf.Collection) error {
	at := c.k.calls.at[call]
	if at == nil {
		var p *ebpf.Program
		for class := 0; class < prototypes && p == nil; class++ {
			p = coll.DetachProgram(copyOf(anyReturn, class) + "_" + call)
		}
		l, err := Function("", p)
		if err != nil {
			return errors.Join(refusedFunctions("attach to "+callFunction(call), err), p.Close())
		}
		at = &atCall{program: p, l: l}
		if c.k.calls.at == nil {
			c.k.calls.at = map[string]*atCall{}
		}
		c.k.calls.at[call] = at
	}
	at.users++
	c.calls = append(c.calls, call)
	return nil
}

// Close takes the programs out of their slots, and detaches from the calls that
// nobody else asks for.
func (c *calling) Close() error {
	c.k.returnsMu.Lock()
	defer c.k.returnsMu.Unlock()
	return c.end()
}

// end is Close with returnsMu held.
func (c *calling) end() error {
	var errs []error
	for class, slots := range c.k.calls.slots {
		if slots[c.slot] == nil {
			continue
		}
		delete(slots, c.slot)
		if err := c.k.maps[callReturns(class)].Delete(c.slot); err != nil && !errors.Is(err, ebpf.ErrKeyNotExist) { // else somebody else took it
			errs = append(errs, err)
		}
	}
	for _, call := range c.calls {
		at := c.k.calls.at[call]
		if at.users--; at.users == 0 {
			delete(c.k.calls.at, call)
			c.k.calls.missed += missed(at.program)
			errs = append(errs, at.l.Close(), at.program.Close())
		}
	}
	c.calls = nil
	return errors.Join(errs...)
}
