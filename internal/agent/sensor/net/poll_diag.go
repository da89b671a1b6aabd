package net

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
)

// Layout of struct inet_diag_req_v2 and inet_diag_msg of the kernel's
// linux/inet_diag.h.
const (
	diagByFamily = 20 // SOCK_DIAG_BY_FAMILY
	diagRequest  = 56
	diagMessage  = 72

	tcpEstablished = 1
	tcpSynSent     = 2
	tcpListen      = 10
	// Finished connections (TIME_WAIT, CLOSE) belong to nobody any more; half
	// open ones (SYN_RECV) do not yet.
	tcpStates = 1<<tcpEstablished | 1<<tcpSynSent | 1<<4 | 1<<5 | 1<<8 | 1<<9 | 1<<tcpListen | 1<<11
	udpStates = 1 << tcpEstablished // connected
)

var errDiag = errors.New("malformed message of sock_diag")

// executor asks the kernel; netlink.Conn is one.
type executor interface {
	Execute(netlink.Message) ([]netlink.Message, error)
}

// lacking says of which sockets the kernel does not tell, for people. Without
// the module of a protocol it answers as if there were no socket, so the rung
// asks before it is taken.
func lacking(c executor) ([]string, error) {
	for _, q := range []struct {
		protocol uint8
		module   string
	}{{unix.IPPROTO_TCP, "tcp_diag"}, {unix.IPPROTO_UDP, "udp_diag"}} {
		_, err := c.Execute(dump(unix.AF_INET, q.protocol, 0))
		switch {
		case err == nil:
		case !errors.Is(err, unix.ENOENT):
			return nil, fmt.Errorf("ask for sockets: %w", err)
		case q.protocol == unix.IPPROTO_TCP:
			return nil, fmt.Errorf("%w: the kernel has not the module %s: load it with `modprobe %s`", sensor.ErrNotSupported, q.module, q.module)
		default:
			return []string{fmt.Sprintf("UDP (the kernel has not the module %s: load it with `modprobe %s`)", q.module, q.module)}, nil
		}
	}
	return nil, nil
}

// socket is one socket of this network namespace.
type socket struct {
	cookie        uint64 // of the kernel's, never reused
	protocol      uint8
	state         uint8
	local, remote netip.AddrPort
	uid           uint32
	inode         uint32 // 0: no process has it
}

// sockets lists the connections and listening sockets.
func sockets(c executor) ([]socket, error) {
	var out []socket
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		for _, q := range []struct {
			protocol uint8
			states   uint32
		}{{unix.IPPROTO_TCP, tcpStates}, {unix.IPPROTO_UDP, udpStates}} {
			answer, err := c.Execute(dump(family, q.protocol, q.states))
			if errors.Is(err, unix.ENOENT) {
				continue // no such family or protocol: see lacking
			}
			if err != nil {
				return nil, fmt.Errorf("list sockets: %w", err)
			}
			for _, m := range answer {
				s, err := parseDiag(m.Data, q.protocol)
				if err != nil {
					return nil, err
				}
				out = append(out, s)
			}
		}
	}
	return out, nil
}

func dump(family, protocol uint8, states uint32) netlink.Message {
	return netlink.Message{
		Header: netlink.Header{Type: diagByFamily, Flags: netlink.Request | netlink.Dump},
		Data:   diagQuery(family, protocol, states),
	}
}

func diagQuery(family, protocol uint8, states uint32) []byte {
	b := make([]byte, diagRequest)
	b[0], b[1] = family, protocol
	binary.NativeEndian.PutUint32(b[4:], states)
	return b
}

// parseDiag reads one struct inet_diag_msg; attributes behind it are left.
func parseDiag(b []byte, protocol uint8) (socket, error) {
	if len(b) < diagMessage {
		return socket{}, errDiag
	}
	ne, be := binary.NativeEndian, binary.BigEndian
	s := socket{
		protocol: protocol, state: b[1],
		cookie: uint64(ne.Uint32(b[44:])) | uint64(ne.Uint32(b[48:]))<<32,
		uid:    ne.Uint32(b[64:]), inode: ne.Uint32(b[68:]),
	}
	var local, remote netip.Addr
	switch b[0] {
	case unix.AF_INET:
		local, remote = netip.AddrFrom4([4]byte(b[8:12])), netip.AddrFrom4([4]byte(b[24:28]))
	case unix.AF_INET6:
		local, remote = netip.AddrFrom16([16]byte(b[8:24])).Unmap(), netip.AddrFrom16([16]byte(b[24:40])).Unmap()
	default:
		return socket{}, fmt.Errorf("%w: address family %d", errDiag, b[0])
	}
	s.local = netip.AddrPortFrom(local, be.Uint16(b[4:]))
	s.remote = netip.AddrPortFrom(remote, be.Uint16(b[6:]))
	return s, nil
}
