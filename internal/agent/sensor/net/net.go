// Package net is the sensor of connections: who connects where, who accepts
// from where, who listens.
//
// The rung tp_btf takes TCP from the typed tracepoint of a socket's state and UDP
// from hooks of the cgroup. The rung fentry, where programs at functions of the
// kernel load, sees the same and costs less: at the function that makes the
// socket of an incoming connection, and at that of a connect of UDP, to which
// TCP does not come. The alternative, cgroup hooks for both, is called
// before the kernel has chosen a source address and cannot tell how a connect
// ended; the tracepoint runs a few times in the life of a connection, tells the
// outcome with its error, and sees connects of io_uring too. One connect is one
// event, when it is decided: until then (127 s when nobody answers) there is
// none. A connect that the kernel refuses before it sends anything (no route,
// for example) is not seen. An accept is told when the connection stands,
// under the process that called listen: a server that hands its listening
// socket to workers accepts in its own name.
//
// The hooks for UDP are attached to the cgroup of the scope, or to the root of
// the hierarchy. Where they cannot be, the rung works without them and the
// agent_sensor event says so. Of the datagrams that a process sends without
// connect the first to an address is told, and the next one after a minute
// without any.
//
// The end of a connection is told when its socket is closed for good, with the
// bytes of data that each side sent and its duration, in the name of the process
// that connected or listens, also when that has ended before.
//
// A Sensor has no goroutine of its own while a rung of the kernel delivers.
package net

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	Kernel *kernel.Kernel // nil when it could not be opened
	Reason error          // why Kernel is nil
	Now    func() event.Time
	Rung   string          // the only one to try; "" is all, best first
	Lower  []sensor.Source // rungs below the kernel's, best first
}

// Sensor makes events of connections.
type Sensor struct {
	o       Options
	sources []sensor.Source
}

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	s := &Sensor{o: o}
	s.sources = append([]sensor.Source{{
		Rung: sensor.Rung{Name: atFunctions, Needs: "Linux 5.12 or later with CONFIG_DEBUG_INFO_BTF on which programs at functions of the kernel (fentry, fexit) load, and root; for UDP a cgroup v2 hierarchy"},
		Run:  s.rung(atFunctions),
	}, {
		Rung: sensor.Rung{Name: atStates, Needs: "Linux 5.12 or later with CONFIG_DEBUG_INFO_BTF, and root (CAP_BPF and CAP_PERFMON); for UDP a cgroup v2 hierarchy"},
		Run:  s.rung(atStates),
	}}, o.Lower...)
	if o.Rung != "" {
		s.sources = slices.DeleteFunc(s.sources, func(r sensor.Source) bool { return r.Name != o.Rung })
	}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name:  "net",
		Doc:   "Connections that processes make and accept, and sockets that listen.",
		Kinds: []event.Kind{event.NetConnect, event.NetAccept, event.NetListen, event.NetClose},
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "net", s.sources, emit, s.o.Now)
}

// Names of rungs.
const (
	atFunctions = "fentry"
	atStates    = "tp_btf"
)

// rung returns what runs a rung of the typed tracepoint and the cgroup hooks.
func (s *Sensor) rung(name string) func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	return func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
		if s.o.Kernel == nil {
			return kernel.NotOpen(s.o.Reason)
		}
		programs, err := s.attach(emit, name, true)
		if err != nil {
			// Perhaps only the hooks for UDP cannot be had.
			reason := err
			if programs, err = s.attach(emit, name, false); err != nil {
				return err
			}
			took(fmt.Sprintf("UDP (%v)", reason))
		} else {
			took()
		}
		return errors.Join(s.o.Kernel.Wait(ctx), programs.Close())
	}
}

func (s *Sensor) attach(emit sensor.Emit, rung string, udp bool) (*kernel.Programs, error) {
	spec, err := loadProgram()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	if err := choose(spec, rung, udp); err != nil {
		return nil, err
	}
	dir := ""
	if udp {
		if dir, err = s.o.Kernel.Cgroup(); err != nil {
			return nil, err
		}
	}
	d := &decoder{kernel: s.o.Kernel, texts: kernel.NewTexts(), rung: rung}
	return s.o.Kernel.Attach(kernel.Source{
		ID: kernel.Net, Spec: spec,
		Handle: func(r kernel.Record) error {
			e, err := d.decode(r)
			if err == nil {
				emit(e)
			}
			return err
		},
		Hook: func(name string, p *ebpf.Program) (io.Closer, error) { return hook(dir, name, p) },
	})
}

// choose leaves in an object what a rung needs.
func choose(spec *ebpf.CollectionSpec, rung string, udp bool) error {
	other := []string{"on_clone", "on_connect4", "on_connect6"}
	if rung == atFunctions {
		other = []string{"udp_connect4", "udp_connect6"}
		spec.Maps["owners"].Flags &^= unix.BPF_F_CLONE
		if err := spec.Variables["vedette_hands_on"].Set(true); err != nil {
			return fmt.Errorf("set vedette_hands_on: %w", err)
		}
	}
	for name := range spec.Programs {
		if slices.Contains(other, name) || !udp && (strings.HasPrefix(name, "udp_") || strings.HasPrefix(name, "on_connect")) {
			delete(spec.Programs, name)
		}
	}
	return nil
}

// hook attaches the programs of net.bpf.c.
func hook(dir, name string, p *ebpf.Program) (io.Closer, error) {
	var at ebpf.AttachType
	switch name {
	case "udp_connect4":
		at = ebpf.AttachCGroupInet4Connect
	case "udp_connect6":
		at = ebpf.AttachCGroupInet6Connect
	case "udp_sendmsg4":
		at = ebpf.AttachCGroupUDP4Sendmsg
	case "udp_sendmsg6":
		at = ebpf.AttachCGroupUDP6Sendmsg
	case "udp_bind4":
		at = ebpf.AttachCGroupInet4PostBind
	case "udp_bind6":
		at = ebpf.AttachCGroupInet6PostBind
	case "on_clone", "on_connect4", "on_connect6":
		return kernel.Function(name, p)
	default:
		return kernel.Tracepoint(name, p)
	}
	return link.AttachCgroup(link.CgroupOptions{Path: dir, Attach: at, Program: p})
}
