package kernel

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/cilium/ebpf"

	"github.com/vedette-edr/vedette/internal/event"
)

// Loss is a count of records of one sensor and kind that are not whole events.
type Loss struct {
	Sensor string
	Kind   event.Kind // KindNone when unknown
	State  string     // "lost": found no room in the ring, or unreadable; "cut": shortened
	Reason string
	Count  uint64 // since Open
}

// counters are the counts that the programs keep, read in place: no system call.
type counters struct{ numbers, drops *ebpf.Memory }

func openCounters(maps map[string]*ebpf.Map) (counters, error) {
	numbers, err := maps["numbers"].Memory()
	if err != nil {
		return counters{}, fmt.Errorf("map the numbers: %w", err)
	}
	drops, err := maps["drops"].Memory()
	if err != nil {
		return counters{}, fmt.Errorf("map the drop counters: %w", err)
	}
	return counters{numbers, drops}, nil
}

// Losses returns what was lost since Open; the counts only grow.
func (k *Kernel) Losses() ([]Loss, error) {
	var drops [sensors * kinds * 8]byte
	if _, err := k.counters.drops.ReadAt(drops[:], 0); err != nil {
		return nil, fmt.Errorf("read drop counters: %w", err)
	}
	var out []Loss
	for i := Exec * kinds; i < sensors*kinds; i++ {
		lost, cut := binary.NativeEndian.Uint64(drops[i*8:]), k.cut[i].Load()
		if lost == 0 && cut == 0 {
			continue
		}
		kind, name := event.Kind(i%kinds), sensorName(i/kinds)
		if lost > 0 {
			out = append(out, Loss{name, kind, "lost", "no room in the kernel's ring", lost})
		}
		if cut > 0 {
			out = append(out, Loss{name, kind, "cut", "longer than what is kept", cut})
		}
	}
	for i := range k.malformed {
		if n := k.malformed[i].Load(); n > 0 {
			out = append(out, Loss{sensorName(i), event.KindNone, "lost", "a record could not be decoded", n})
		}
	}
	for i, n := range k.missed() {
		if n > 0 {
			out = append(out, Loss{sensorName(i), event.KindNone, "lost", "the program at a function did not run, because it was interrupted by itself", n})
		}
	}
	return out, nil
}

// missedEvery is how often programs are asked what they missed: one system call
// for each, where all other counters are read in place.
const missedEvery = 10 * time.Second

// missed returns how often the kernel did not run a program of each sensor, as
// it was at most missedEvery ago.
func (k *Kernel) missed() [sensors]uint64 {
	now := time.Now()
	k.mu.Lock()
	out, known := k.missedNow, now.Sub(k.missedAt) < missedEvery
	k.mu.Unlock()
	if known {
		return out
	}
	out = k.countMissed()
	k.mu.Lock()
	k.missedNow, k.missedAt = out, now
	k.mu.Unlock()
	return out
}

// countMissed asks the programs what they missed: on a fully preemptible kernel
// one at a function can be interrupted by a task that comes to the same function.
func (k *Kernel) countMissed() [sensors]uint64 {
	k.mu.Lock()
	out := k.missedBefore
	for _, p := range k.programs {
		out[p.id] += p.missed()
	}
	k.mu.Unlock()
	k.returnsMu.Lock()
	defer k.returnsMu.Unlock()
	out[Calls] += k.calls.missed // of several sensors; the programs know no better
	for _, at := range k.calls.at {
		out[Calls] += missed(at.program)
	}
	return out
}

// missed returns how often the kernel did not run programs of a sensor that are
// at functions.
func (p *Programs) missed() uint64 {
	n := uint64(0)
	if p.functions {
		for _, prog := range p.coll.Programs {
			n += missed(prog)
		}
	}
	return n
}

func missed(p *ebpf.Program) uint64 {
	s, err := p.Stats()
	if err != nil {
		return 0
	}
	return s.RecursionMisses
}

// Numbered returns how many numbers a sensor has given, lost ones included.
func (k *Kernel) Numbered(sensor uint8) (uint64, error) {
	var n [8]byte
	if _, err := k.counters.numbers.ReadAt(n[:], int64(sensor)*8); err != nil {
		return 0, fmt.Errorf("read numbers: %w", err)
	}
	return binary.NativeEndian.Uint64(n[:]), nil
}
