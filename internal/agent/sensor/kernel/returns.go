package kernel

import (
	"errors"
	"fmt"
	"io"

	"github.com/cilium/ebpf"
)

// The slots of returns.h: each is the program of one sensor that sees the exits
// of its system calls.
const (
	ReturnFile    = 0
	ReturnCalls   = 1
	ReturnLibrary = 2
	returnSlots   = 3
)

// anyReturn is the program of returns.bpf.c.
const anyReturn = "on_any_return"

// returns is the program at the exit of every system call, which the sensors
// share: attached while one of them asks.
type returns struct {
	programs *Programs // nil while nobody asks
	users    int
	slots    map[uint32]*ebpf.Program
}

// OnReturn has the program p of type tp_btf/sys_exit see the exits of the system
// calls of a slot, until what it returns is closed. It costs the other calls of
// the host nothing when another sensor sees exits already.
func (k *Kernel) OnReturn(slot uint32, p *ebpf.Program) (io.Closer, error) {
	k.returnsMu.Lock()
	defer k.returnsMu.Unlock()
	if k.returns.users == 0 {
		if err := k.attachReturns(); err != nil {
			return nil, err
		}
	}
	k.returns.users++
	if err := k.maps["returns"].Put(slot, uint32(p.FD())); err != nil {
		return nil, errors.Join(fmt.Errorf("go on from the exit of system calls: %w", err), k.leaveReturns())
	}
	if k.returns.slots == nil {
		k.returns.slots = map[uint32]*ebpf.Program{}
	}
	k.returns.slots[slot] = p
	return &returning{k, slot}, nil
}

func (k *Kernel) attachReturns() error {
	spec, err := loadReturns()
	if err != nil {
		return fmt.Errorf("read the object of the exits of system calls: %w", err)
	}
	if err := k.prepare(spec); err != nil {
		return fmt.Errorf("load the program at the exits of system calls: %w", err)
	}
	coll, err := ebpf.NewCollectionWithOptions(spec, ebpf.CollectionOptions{MapReplacements: k.shared(spec)})
	if err != nil {
		return refused("load the program at the exits of system calls", err)
	}
	p := &Programs{k: k, coll: coll}
	if err := p.attach(Source{}, refused); err != nil {
		return errors.Join(err, p.discard())
	}
	k.returns.programs = p
	return nil
}

// leaveReturns detaches the shared program with its last user; returnsMu is held.
func (k *Kernel) leaveReturns() error {
	if k.returns.users--; k.returns.users > 0 {
		return nil
	}
	p := k.returns.programs
	k.returns.programs = nil
	return p.discard()
}

// discard detaches programs that have no records of their own.
func (p *Programs) discard() error {
	err := p.unlink()
	p.coll.Close()
	return err
}

// returning is a program in a slot.
type returning struct {
	k    *Kernel
	slot uint32
}

// Close takes the program out of its slot.
func (r *returning) Close() error {
	r.k.returnsMu.Lock()
	defer r.k.returnsMu.Unlock()
	delete(r.k.returns.slots, r.slot)
	err := r.k.maps["returns"].Delete(r.slot)
	if errors.Is(err, ebpf.ErrKeyNotExist) { // somebody else took it
		err = nil
	}
	return errors.Join(err, r.k.leaveReturns())
}
