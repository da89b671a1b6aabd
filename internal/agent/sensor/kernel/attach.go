package kernel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"
)

// Numbers of the sensors, of vedette.h.
const (
	Exec    = 1
	File    = 2
	Net     = 3
	Calls   = 4
	Shell   = 5
	DNS     = 6
	Auth    = 7
	Library = 8
	Sysctl  = 9
	Trace   = 10
)

// sensorName returns the name of a numbered sensor.
func sensorName(id int) string {
	switch id {
	case Exec:
		return "exec"
	case File:
		return "file"
	case Net:
		return "net"
	case Calls:
		return "calls"
	case Shell:
		return "shell"
	case DNS:
		return "dns"
	case Auth:
		return "auth"
	case Library:
		return "library"
	case Sysctl:
		return "sysctl"
	case Trace:
		return "trace"
	}
	return fmt.Sprintf("sensor_%d", id)
}

// Source is a sensor's part in the kernel.
type Source struct {
	ID       uint8                // Exec, File, ...
	Spec     *ebpf.CollectionSpec // fresh: it is changed
	Handle   func(r Record) error // called by the reader; an error is a malformed record
	Hook     Hook                 // attaches a program; nil is Tracepoint for all
	Optional []string             // programs that are left out where the kernel lacks their tracepoint or function
	Calls    *CallEnds            // nil for none
}

// Hook attaches a program; closing what it returns detaches it. It returns nil
// for a program that is not attached. Besides Tracepoint there are Function,
// Kernel.OnReturn and Kernel.Uprobe.
type Hook func(name string, p *ebpf.Program) (io.Closer, error)

// Tracepoint attaches a program to the typed tracepoint that its section names.
func Tracepoint(_ string, p *ebpf.Program) (io.Closer, error) {
	return link.AttachTracing(link.TracingOptions{Program: p})
}

// Programs are the attached programs of one sensor.
type Programs struct {
	k    *Kernel
	id   uint8
	coll *ebpf.Collection

	functions bool // some are at functions; immutable

	linksMu sync.Mutex
	links   []io.Closer // guarded by linksMu; kept: a link that is collected is detached
	ended   bool        // guarded by linksMu: no more are added
}

// hooked is a program at its hook, and how it came there.
type hooked struct {
	name string
	hook Hook
	l    io.Closer
}

// Close detaches the program.
func (h *hooked) Close() error { return h.l.Close() }

type handler struct {
	handle func(r Record) error
}

// Attach loads and attaches the programs of a sensor, and calls its handler for
// each record from then on. Programs of a sensor attach all or none.
func (k *Kernel) Attach(s Source) (*Programs, error) {
	name := sensorName(int(s.ID))
	functions, refused := usesFunctions(s.Spec) || s.Calls != nil, refused
	if functions {
		if err := k.Functions(); err != nil {
			return nil, fmt.Errorf("load the programs of %s: %w", name, err)
		}
		refused = refusedFunctions
	}
	classes, err := k.prepareCalls(s)
	if err != nil {
		return nil, fmt.Errorf("load the programs of %s: %w", name, err)
	}
	if err := leaveOut(s.Spec, s.Optional); err != nil {
		return nil, fmt.Errorf("load the programs of %s: %w", name, err)
	}
	if err := k.prepare(s.Spec); err != nil {
		return nil, fmt.Errorf("load the programs of %s: %w", name, err)
	}
	coll, err := ebpf.NewCollectionWithOptions(s.Spec, ebpf.CollectionOptions{MapReplacements: k.shared(s.Spec)})
	if err != nil {
		return nil, refused("load the programs of "+name, err)
	}
	p := &Programs{k: k, id: s.ID, coll: coll, functions: functions}
	if !k.handlers[s.ID].CompareAndSwap(nil, &handler{s.Handle}) {
		coll.Close()
		return nil, fmt.Errorf("attach %s: it is attached already", name)
	}
	if functions {
		k.functions.used.Store(true)
	}
	if err := p.attach(s, refused); err != nil {
		return nil, errors.Join(err, p.release())
	}
	if err := p.attachCalls(s.Calls, classes); err != nil {
		return nil, errors.Join(err, p.release())
	}
	k.mu.Lock()
	k.programs = append(k.programs, p)
	k.mu.Unlock()
	return p, nil
}

// shared returns the maps of a spec that all sensors use.
func (k *Kernel) shared(spec *ebpf.CollectionSpec) map[string]*ebpf.Map {
	out := map[string]*ebpf.Map{}
	for n := range spec.Maps {
		if m := k.maps[n]; m != nil {
			out[n] = m
		}
	}
	return out
}

// leaveOut removes the optional programs whose tracepoint or function the
// kernel lacks.
func leaveOut(spec *ebpf.CollectionSpec, optional []string) error {
	if len(optional) == 0 {
		return nil
	}
	types, err := btf.LoadKernelSpec()
	if err != nil {
		return fmt.Errorf("read the kernel's types: %w", err)
	}
	for _, name := range optional {
		p := spec.Programs[name]
		if p == nil {
			continue
		}
		if _, err := types.AnyTypeByName(kernelName(p)); errors.Is(err, btf.ErrNotFound) {
			delete(spec.Programs, name)
		} else if err != nil {
			return fmt.Errorf("look for %s: %w", kernelName(p), err)
		}
	}
	return nil
}

// kernelName is the name in the kernel's types of what a program is attached to.
func kernelName(p *ebpf.ProgramSpec) string {
	switch {
	case p.AttachType == ebpf.AttachLSMMac:
		return "bpf_lsm_" + p.AttachTo
	case atFunction(p):
		return p.AttachTo
	}
	return "btf_trace_" + p.AttachTo
}

// prepare sets the constants of the programs and the sizes of their maps.
func (k *Kernel) prepare(spec *ebpf.CollectionSpec) error {
	for name, value := range map[string]any{
		"vedette_scoped": k.Scoped(), "vedette_pidns": k.pidns, "vedette_fill": uint32(k.o.RingSize / 8),
		"vedette_since": time.Now().UnixNano(),
	} {
		if v := spec.Variables[name]; v != nil {
			if err := v.Set(value); err != nil {
				return fmt.Errorf("set %s: %w", name, err)
			}
		}
	}
	if m := spec.Maps["ring"]; m != nil {
		m.MaxEntries = uint32(k.o.RingSize)
	}
	for _, name := range []string{"scratches", "holders"} {
		m := spec.Maps[name]
		if m == nil {
			continue
		}
		n, err := ebpf.PossibleCPU()
		if err != nil {
			return err
		}
		m.MaxEntries = uint32(n)
	}
	return nil
}

func (p *Programs) attach(s Source, refused func(what string, err error) error) error {
	hook := s.Hook
	if hook == nil {
		hook = Tracepoint
	}
	names := make([]string, 0, len(p.coll.Programs))
	for n := range p.coll.Programs {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if s.Calls.has(n) {
			continue
		}
		l, err := hook(n, p.coll.Programs[n])
		if err != nil {
			return refused("attach "+n, err)
		}
		if l != nil {
			p.linksMu.Lock()
			p.links = append(p.links, &hooked{n, hook, l})
			p.linksMu.Unlock()
		}
	}
	return nil
}

// Run runs a program of type syscall once, with what in points to as its context.
func (p *Programs) Run(name string, in any) error {
	prog := p.coll.Programs[name]
	if prog == nil {
		return fmt.Errorf("run %s: no such program", name)
	}
	if _, err := prog.Run(&ebpf.RunOptions{Context: in}); err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	return nil
}

// Sweep runs a program of type syscall again and again until ctx is done: it
// tells what the kernel only counts or holds back once that is of an age, and at
// the end all of it, with the age 0. in makes the program's context.
func (p *Programs) Sweep(ctx context.Context, name string, age time.Duration, in func(age time.Duration) any) error {
	due, stop := p.k.Beat(age / 2)
	defer stop()
	for {
		select {
		case <-due:
			if err := p.Run(name, in(age)); err != nil {
				return err
			}
		case <-ctx.Done():
			return p.Run(name, in(0))
		case <-p.k.done:
			if ctx.Err() == nil {
				return ErrEnded
			}
			return nil
		}
	}
}

// Map returns a map of the sensor's own, nil when there is none of that name.
func (p *Programs) Map(name string) *ebpf.Map { return p.coll.Maps[name] }

// Close detaches the programs; what they wrote before is handled first.
func (p *Programs) Close() error {
	p.k.mu.Lock()
	i := slices.Index(p.k.programs, p)
	if i >= 0 {
		p.k.programs = slices.Delete(p.k.programs, i, i+1)
		p.k.missedBefore[p.id] += p.missed()
	}
	p.k.mu.Unlock()
	if i < 0 {
		return nil // Kernel.Close was faster
	}
	return p.release()
}

func (p *Programs) release() error {
	err := p.unlink()
	p.k.Drain()
	p.k.handlers[p.id].Store(nil)
	p.coll.Close()
	return err
}

func (p *Programs) unlink() error {
	p.linksMu.Lock()
	links := p.links
	p.links, p.ended = nil, true
	p.linksMu.Unlock()
	var errs []error
	for _, l := range links {
		if placed, ok := l.(*place); ok {
			l = placed.l
		}
		errs = append(errs, l.Close())
	}
	return errors.Join(errs...)
}

// Cost is what a program used since it was loaded; the kernel counts only while
// statistics of BPF are on.
type Cost struct {
	Runs uint64
	Time time.Duration
}

// Costs returns the cost of each program.
func (p *Programs) Costs() map[string]Cost {
	out := map[string]Cost{}
	for n, prog := range p.coll.Programs {
		if s, err := prog.Stats(); err == nil {
			out[n] = Cost{s.RunCount, s.Runtime}
		}
	}
	return out
}

// Costs returns the cost of each attached program of all sensors.
func (k *Kernel) Costs() map[string]Cost {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := map[string]Cost{}
	for _, p := range k.programs {
		for n, c := range p.Costs() {
			out[n] = c
		}
	}
	k.returnsMu.Lock()
	defer k.returnsMu.Unlock()
	for call, at := range k.calls.at {
		if s, err := at.program.Stats(); err == nil {
			out[anyReturn+"_"+call] = Cost{s.RunCount, s.Runtime}
		}
	}
	if p := k.returns.programs; p != nil {
		for n, c := range p.Costs() {
			out[n] = c
		}
	}
	return out
}
