// Package dns is the sensor of names: what is asked of name servers and what
// they answer, and the name that a TLS client asks a server for.
//
// The rung cgroup_skb sees the packets of the sockets of a cgroup, the scope's
// or the root of the hierarchy: datagrams to and from the ports 53 (DNS), 5353
// (multicast DNS) and 5355 (LLMNR), DNS over TCP at port 53, and the first
// bytes of each TCP connection, at any port, when they are the hello of a TLS
// client. A packet that is none of these leaves after a few comparisons. What a
// packet says is read here, not in the kernel: there only its first 4,096 bytes
// are kept. A packet to a port of names that is no message of theirs is told
// too, with event.reason: something else may hide there.
//
// The rung fentry, where programs at functions of the kernel load, has the same
// from the functions through which processes send and get data, so that packets
// which carry nothing for a process cost nothing. An answer is told there when a
// process takes it. What is sent through a raw socket with a head of IP of its
// own, multipath TCP, and what goes from a file or the memory of the kernel to a
// connection are not seen.
//
// A question is attributed to the process that sends it, an answer to the one
// that last asked over the same socket. Answers that nobody asked for over that
// socket are not told, nor what a server of names is asked. Of a message over
// TCP that comes in several packets only the first is read, unless that holds
// nothing but the length. A hello that comes later in a connection (STARTTLS,
// CONNECT of a proxy), QUIC, packets of IPv6 with extension headers, and sockets
// of another cgroup are not seen. Of a socket that was made in one cgroup and
// used in another the first counts.
//
// Names that are not asked for by DNS in the clear (DNS over TLS or HTTPS,
// systemd-resolved over its own socket, /etc/hosts) are seen in the C library:
// its functions getaddrinfo, gethostbyname_r and gethostbyname2_r, which the
// other functions of the kind call, are told as a dns_query with dns.library,
// when they return, with the outcome and the addresses. Such a call is an event
// of its own beside those of the packets that it causes. Programs that bring
// their own resolver (Go's without cgo) or their own C library (static ones)
// do not come there. The libraries are those of the host, and those of
// containers when a process is seen loading one. On a host without cgroup v2
// this is all there is: the rung uprobe. A breakpoint costs each process that maps
// the library a copy of its page; a host for which that is too much has uprobe
// among kernel.rungs_off, and only what goes through packets is told.
//
// Below both there is the rung packet, for kernels without BPF tracing: packet
// sockets with a filter, in the agent's network namespace. The process is the one
// that has the local port open when the packet is read.
//
// While it runs, the sensor has one goroutine, which finds libraries.
package dns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
	"github.com/cilium/ebpf/link"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// Options are what the sensor needs.
type Options struct {
	Kernel    *kernel.Kernel // nil when it could not be opened
	Reason    error          // why Kernel is nil
	Proc      string         // where proc is mounted; "" is /proc
	Scope     string         // directory of a cgroup, for the rung that needs no BPF; "" is the whole host
	Cgroup    string         // directory of a cgroup v2 hierarchy; "" is the scope's, or the root
	Libraries []string       // C libraries, as patterns; nil is where they usually are
	Upgrades  time.Duration  // between looks whether these are others now; 0 is 30 s
	Rung      string         // the only one to try; "" is all, best first
	Now       func() event.Time
	Log       *slog.Logger // nil discards
}

// Sensor makes events of names.
type Sensor struct {
	o       Options
	sources []sensor.Source
	loads   *sensor.Backlog
}

// Names of rungs.
const (
	atHooks    = "fentry"
	atPackets  = "cgroup_skb"
	atFunction = "uprobe"

	always = "QUIC, TLS that begins later in a connection" // is not seen on any rung
)

// New returns the sensor.
func New(o Options) *Sensor {
	if o.Now == nil {
		o.Now = func() event.Time { return event.At(time.Now()) }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Upgrades == 0 {
		o.Upgrades = upgrades
	}
	s := &Sensor{o: o, loads: sensor.NewBacklog(maxLoads)}
	s.sources = []sensor.Source{{
		Rung: sensor.Rung{
			Name: atHooks, Needs: "Linux 6.0 or later with CONFIG_DEBUG_INFO_BTF on which programs at functions of the kernel (fentry, fexit) load, and root",
			Limits: always + ", packets with a head of the sender's own, multipath TCP, what is spliced, registered buffers of io_uring, " +
				"a message behind its second piece of memory, answers that nobody takes",
		},
		Run: s.rung(atHooks),
	}, {
		Rung: sensor.Rung{
			Name: atPackets, Needs: "Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF, a cgroup v2 hierarchy, and root (CAP_BPF and CAP_PERFMON)",
			Limits: always,
		},
		Run: s.rung(atPackets),
	}, {
		Rung: sensor.Rung{
			Name: atFunction, Needs: "Linux 5.17 or later with CONFIG_DEBUG_INFO_BTF and CONFIG_UPROBE_EVENTS, and root (CAP_BPF and CAP_PERFMON)",
			Limits: "names that are not asked for through the C library, answers, TLS",
			Only:   []event.Kind{event.DNSQuery},
		},
		Run: s.rung(atFunction),
	}, {
		Rung: sensor.Rung{Name: atTap, Needs: "packet sockets (CONFIG_PACKET) and CAP_NET_RAW", Limits: tapLimits},
		Run:  s.listen,
	}}
	if o.Rung != "" {
		s.sources = slices.DeleteFunc(s.sources, func(r sensor.Source) bool { return r.Name != o.Rung })
	}
	return s
}

// Spec implements sensor.Sensor.
func (s *Sensor) Spec() sensor.Spec {
	return sensor.Spec{
		Name:  "dns",
		Doc:   "Names that processes ask for, what they are answered, and the first message of TLS connections.",
		Kinds: []event.Kind{event.DNSQuery, event.DNSAnswer, event.TLSHello},
		Rungs: sensor.Rungs(s.sources),
	}
}

// Run implements sensor.Sensor.
func (s *Sensor) Run(ctx context.Context, emit sensor.Emit) error {
	return sensor.Descend(ctx, "dns", s.sources, emit, s.o.Now)
}

// rung returns what runs a rung: packets and functions of the C library, or
// those alone.
func (s *Sensor) rung(name string) func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	return func(ctx context.Context, emit sensor.Emit, took func(...string)) error {
		if s.o.Kernel == nil {
			return kernel.NotOpen(s.o.Reason)
		}
		programs, err := s.attach(emit, name)
		if err != nil {
			return err
		}
		if off := sensor.Off(ctx, atFunction); off != nil && name != atFunction {
			took("look-ups in the C library: " + off.Error())
			return errors.Join(s.o.Kernel.Wait(ctx), programs.Close())
		}
		l := newLibraries(s.o, programs)
		reason := l.place()
		if reason != nil && name == atFunction {
			return errors.Join(reason, programs.Close())
		}
		if reason != nil {
			took("look-ups in the C library: " + reason.Error())
		} else {
			took()
		}
		full := func() { took("look-ups in more than " + strconv.Itoa(maxLibraries) + " different C libraries") }
		return errors.Join(l.follow(ctx, s.loads, full), programs.Close())
	}
}

func (s *Sensor) attach(emit sensor.Emit, rung string) (*kernel.Programs, error) {
	spec, err := object(rung)
	if err != nil {
		return nil, err
	}
	dir := s.o.Cgroup
	if rung == atPackets && dir == "" {
		if dir, err = s.o.Kernel.Cgroup(); err != nil {
			return nil, fmt.Errorf("%w: %w", sensor.ErrNotSupported, err)
		}
	}
	d := &decoder{kernel: s.o.Kernel, texts: kernel.NewTexts(), rung: rung}
	return s.o.Kernel.Attach(kernel.Source{
		ID: kernel.DNS, Spec: spec,
		Handle: func(r kernel.Record) error { return d.decode(r, emit) },
		Hook:   func(name string, p *ebpf.Program) (io.Closer, error) { return hook(dir, name, p) },
	})
}

// object returns the programs of a rung.
func object(rung string) (*ebpf.CollectionSpec, error) {
	read := loadProgram
	if rung == atHooks {
		if err := takesFive("udp_recvmsg", "udpv6_recvmsg", "tcp_recvmsg"); err != nil {
			return nil, err
		}
		read = loadHooks
	}
	spec, err := read()
	if err != nil {
		return nil, fmt.Errorf("read the object: %w", err)
	}
	if rung == atFunction {
		maps.DeleteFunc(spec.Programs, func(name string, _ *ebpf.ProgramSpec) bool { return strings.HasPrefix(name, "on_packet_") })
	}
	return spec, nil
}

// takesFive says whether functions of the kernel have five parameters, as those
// that hand on what came have since Linux 5.19: a program would take one for
// another.
func takesFive(functions ...string) error {
	types, err := btf.LoadKernelSpec()
	if err != nil {
		return fmt.Errorf("read the kernel's types: %w", err)
	}
	for _, name := range functions {
		var f *btf.Func
		if err := types.TypeByName(name, &f); err != nil {
			return fmt.Errorf("%w: look for %s in the kernel's types: %w", kernel.ErrNoFunctions, name, err)
		}
		if p, ok := f.Type.(*btf.FuncProto); !ok || len(p.Params) != 5 {
			return fmt.Errorf("%w: the kernel's %s has not five parameters", kernel.ErrNoFunctions, name)
		}
	}
	return nil
}

// hook attaches the programs of messages; those of the C library get their places
// later.
func hook(dir, name string, p *ebpf.Program) (io.Closer, error) {
	switch name {
	case "on_packet_out":
		return link.AttachCgroup(link.CgroupOptions{Path: dir, Attach: ebpf.AttachCGroupInetEgress, Program: p})
	case "on_packet_in":
		return link.AttachCgroup(link.CgroupOptions{Path: dir, Attach: ebpf.AttachCGroupInetIngress, Program: p})
	case "on_lookup", "on_lookup_return":
		return nil, nil
	}
	return kernel.Function(name, p)
}
