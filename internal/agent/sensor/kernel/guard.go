package kernel

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"

	"github.com/vedette-edr/vedette/internal/event"
)

// guardEvery is how often the kernel's side is looked at.
const guardEvery = 10 * time.Second

// maxGuarded is how many entries of a list are compared in one look; longer
// lists are left to the renewals of those who own them.
const maxGuarded = 4096

// Tampering is a change of the kernel's side that was not ours: somebody with
// the rights of root took a program from its hook or an entry from a list.
type Tampering struct {
	What     string // for people
	From, To event.Time
	Mended   bool  // it is as it was
	Err      error // why not
}

// freeze forbids every change of a map through bpf(2), also by us; programs
// still write to it.
func (k *Kernel) freeze(names ...string) error {
	for _, n := range names {
		if err := k.maps[n].Freeze(); err != nil {
			return fmt.Errorf("freeze map %s: %w", n, err)
		}
	}
	return nil
}

// guard looks again and again until the reader has ended.
func (k *Kernel) guard(every time.Duration) {
	defer close(k.guarded)
	tick := time.NewTicker(every)
	defer tick.Stop()
	last := k.now()
	for {
		select {
		case <-k.done:
			return
		case <-tick.C:
		}
		now := k.now()
		for _, t := range k.look() {
			t.From, t.To = last, now
			k.o.Log.Warn("somebody changed what the sensors have in the kernel", "what", t.What, "mended", t.Mended, "error", t.Err)
			if k.o.Tampered != nil {
				k.o.Tampered(t)
			}
		}
		last = now
	}
}

func (k *Kernel) now() event.Time { return event.At(time.Now()) }

// look compares the kernel's side with what it should be, and mends it.
func (k *Kernel) look() []Tampering {
	out := append(k.lookAtReturns(), k.lookAtFunctions()...)
	out = append(out, k.lookAtLists()...)
	k.mu.Lock()
	programs := slices.Clone(k.programs)
	k.mu.Unlock()
	for _, p := range programs {
		out = append(out, p.lookAtLinks()...)
	}
	return out
}

// lookAtReturns puts programs back that were taken from the exits of system
// calls.
func (k *Kernel) lookAtReturns() []Tampering {
	k.returnsMu.Lock()
	defer k.returnsMu.Unlock()
	out := putBack(k.maps["returns"], k.returns.slots)
	for class, slots := range k.calls.slots {
		out = append(out, putBack(k.maps[callReturns(class)], slots)...)
	}
	return out
}

// putBack makes programs go on from the exits of system calls again.
func putBack(list *ebpf.Map, slots map[uint32]*ebpf.Program) []Tampering {
	var out []Tampering
	for slot, p := range slots {
		info, err := p.Info()
		if err != nil {
			continue
		}
		want, _ := info.ID()
		var have uint32
		if err := list.Lookup(slot, &have); err == nil && have == uint32(want) {
			continue
		}
		err = list.Put(slot, uint32(p.FD()))
		out = append(out, Tampering{What: fmt.Sprintf("program of slot %d taken from the exits of system calls", slot), Mended: err == nil, Err: err})
	}
	return out
}

// lookAtLists puts back what was taken from the lists of watched and urgent
// files, and takes out what is not ours.
func (k *Kernel) lookAtLists() []Tampering {
	k.listsMu.Lock()
	defer k.listsMu.Unlock()
	out := k.found
	k.found = nil
	for name, want := range k.lists {
		if len(want) > maxGuarded {
			continue
		}
		have, err := values(k.maps[name])
		if err != nil || maps.Equal(have, want) {
			continue
		}
		err = replaceValues(k.maps[name], want)
		out = append(out, Tampering{What: "list " + name + " changed", Mended: err == nil, Err: err})
	}
	return out
}

// setList makes want the content of a list, and what lookAtLists compares with.
func (k *Kernel) setList(name string, want map[string]byte) error {
	k.listsMu.Lock()
	defer k.listsMu.Unlock()
	if old := k.lists[name]; len(old) > 0 && len(old) <= maxGuarded {
		if have, err := values(k.maps[name]); err == nil && !maps.Equal(have, old) {
			k.found = append(k.found, Tampering{What: "list " + name + " changed", Mended: true})
		}
	}
	if err := replaceValues(k.maps[name], want); err != nil {
		return err
	}
	k.lists[name] = want
	return nil
}

// values reads a map whose values are one byte.
func values(m *ebpf.Map) (map[string]byte, error) {
	var key []byte
	var value byte
	out := map[string]byte{}
	it := m.Iterate()
	for it.Next(&key, &value) {
		out[string(key)] = value
	}
	return out, it.Err()
}

// lookAtLinks attaches programs again that were detached from their cgroup.
// The links of other hooks cannot be detached by others.
func (p *Programs) lookAtLinks() []Tampering {
	p.linksMu.Lock()
	defer p.linksMu.Unlock()
	var out []Tampering
	for _, l := range p.links {
		h, ok := l.(*hooked)
		if !ok {
			continue
		}
		at, ok := h.l.(link.Link)
		if !ok {
			continue
		}
		info, err := at.Info()
		if err != nil {
			continue
		}
		if c := info.Cgroup(); c == nil || c.CgroupId != 0 {
			continue
		}
		t := Tampering{What: "program " + h.name + " detached from its cgroup"}
		again, err := h.hook(h.name, p.coll.Programs[h.name])
		if t.Err = err; err == nil && again != nil {
			t.Mended = true
			_ = h.l.Close() // of nothing any more
			h.l = again
		}
		out = append(out, t)
	}
	return out
}
