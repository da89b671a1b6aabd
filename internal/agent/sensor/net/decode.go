package net

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
)

// clock converts the kernel's times and makes ids; *kernel.Kernel is one.
type clock interface {
	Wall(boot uint64) event.Time
	Process(a kernel.Actor) *event.Process
}

// decoder turns records of net.bpf.c into events.
type decoder struct {
	kernel clock
	texts  *kernel.Texts
	rung   string
}

// connection is the rest of a struct conn.
type connection struct {
	local, remote netip.AddrPort
	protocol      byte
	outcome       byte
	errno         uint32
	accepted      bool
	sent          uint64
	received      uint64
	duration      uint64
}

func (d *decoder) decode(r kernel.Record) (*event.Event, error) {
	c := kernel.NewCursor(r.Body)
	a := c.Actor()
	n, err := readConnection(&c)
	if err != nil {
		return nil, err
	}
	e := &event.Event{
		Time: d.kernel.Wall(r.Time), Kind: event.Kind(r.Kind),
		Provider: "net", Rung: d.rung, SensorSequence: int64(r.Number),
		Process: d.kernel.Process(a), User: a.User(d.texts), Net: &event.Net{},
	}
	if err := n.fill(e); err != nil {
		return nil, err
	}
	switch n.outcome {
	case 1:
		e.Outcome = "success"
	case 2:
		e.Outcome = "failure"
		e.ErrorCode = unix.ErrnoName(syscall.Errno(n.errno))
	}
	return e, nil
}

func readConnection(c *kernel.Cursor) (connection, error) {
	local, remote := c.Bytes(16), c.Bytes(16)
	ports, rest := c.Bytes(4), c.Bytes(4)
	n := connection{errno: c.U32(), accepted: c.U32() != 0}
	n.sent, n.received, n.duration = c.U64(), c.U64(), c.U64()
	if err := c.Err(); err != nil {
		return n, err
	}
	family := binary.LittleEndian.Uint16(rest)
	n.protocol, n.outcome = rest[2], rest[3]
	at, err := address(family, local)
	if err != nil {
		return n, err
	}
	to, err := address(family, remote)
	if err != nil {
		return n, err
	}
	n.local = netip.AddrPortFrom(at, binary.LittleEndian.Uint16(ports))
	n.remote = netip.AddrPortFrom(to, binary.LittleEndian.Uint16(ports[2:]))
	return n, nil
}

// address reads an address; one of IPv4 in the form of IPv6 is one of IPv4.
func address(family uint16, b []byte) (netip.Addr, error) {
	switch family {
	case unix.AF_INET:
		return netip.AddrFrom4([4]byte(b)), nil
	case unix.AF_INET6:
		return netip.AddrFrom16([16]byte(b)).Unmap(), nil
	}
	return netip.Addr{}, fmt.Errorf("%w: address family %d", kernel.ErrMalformed, family)
}

// fill writes the sides: the source is who began the connection, or the socket
// that listens.
func (n connection) fill(e *event.Event) error {
	s := e.Net
	local, remote := n.local, n.remote
	switch e.Kind {
	case event.NetConnect:
		s.Direction = "egress"
	case event.NetAccept:
		s.Direction = "ingress"
		local, remote = remote, local
	case event.NetClose:
		s.Direction = "egress"
		sent, received := n.sent, n.received
		if n.accepted {
			s.Direction = "ingress"
			local, remote = remote, local
			sent, received = received, sent
		}
		s.SourceBytes, s.DestinationBytes = event.Some(int64(sent)), event.Some(int64(received))
		s.Bytes, s.Duration = event.Some(int64(sent+received)), int64(n.duration)
	case event.NetListen:
		s.Direction = "listen"
		remote = netip.AddrPort{}
	default:
		return fmt.Errorf("%w: kind %d", kernel.ErrMalformed, e.Kind)
	}
	switch n.protocol {
	case unix.IPPROTO_TCP:
		s.Transport = "tcp"
	case unix.IPPROTO_UDP:
		s.Transport = "udp"
	}
	s.Type = "ipv4"
	if n.local.Addr().Is6() && (n.remote.Addr().Is6() || e.Kind == event.NetListen) {
		s.Type = "ipv6"
	}
	if local.Port() != 0 || !local.Addr().IsUnspecified() || e.Kind == event.NetListen {
		s.SourceIP, s.SourcePort = local.Addr(), int64(local.Port())
	}
	if remote.IsValid() {
		s.DestinationIP, s.DestinationPort = remote.Addr(), int64(remote.Port())
	}
	return nil
}
