package auditlog

import (
	"net/netip"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/auditd"
)

// socket is an open socket of a process.
type socket struct {
	process string
	fd      uint64
}

// bound is the address that a socket was given.
type bound struct {
	at   netip.AddrPort
	when event.Time
}

// maxBound bounds the sockets that were bound and do not listen yet.
const maxBound = 4096

// connections tells of a call about a socket of the internet.
func (r *reader) connections(e *auditd.Event) []*event.Event {
	failed := e.Syscall.Get("success") == "no"
	out, ok := r.begin(e)
	if !ok {
		return nil
	}
	id := socket{out.Process.EntityID, argument(e, 1)}
	peer, internet := e.Peer()
	n := &event.Net{}
	out.Net = n
	switch e.Call() {
	case "connect":
		if !internet || peer.Port() == 0 && peer.Addr().IsUnspecified() {
			return nil
		}
		out.Kind, n.Direction = event.NetConnect, "egress"
		n.DestinationIP, n.DestinationPort = peer.Addr(), int64(peer.Port())
		outcome(out, e, failed)
	case "accept", "accept4":
		if failed || !internet {
			return nil
		}
		out.Kind, n.Direction, n.Transport = event.NetAccept, "ingress", "tcp"
		n.SourceIP, n.SourcePort = peer.Addr(), int64(peer.Port())
		if at, ok := r.bound[id]; ok {
			n.DestinationIP, n.DestinationPort = at.at.Addr(), int64(at.at.Port())
		}
	case "bind":
		if !failed && internet {
			r.bind(id, bound{peer, e.Time})
		}
		return nil
	case "listen":
		at, ok := r.bound[id]
		if failed || !ok {
			return nil
		}
		out.Kind, n.Direction, n.Transport = event.NetListen, "listen", "tcp"
		n.SourceIP, n.SourcePort = at.at.Addr(), int64(at.at.Port())
		peer = at.at
	default:
		return nil
	}
	n.Type = "ipv4"
	if peer.Addr().Is6() {
		n.Type = "ipv6"
	}
	return []*event.Event{out}
}

// outcome says how a connect ended; one that does not wait has not ended.
func outcome(out *event.Event, e *auditd.Event, failed bool) {
	if !failed {
		return
	}
	out.Outcome = "failure"
	code, err := strconv.ParseInt(e.Syscall.Get("exit"), 10, 32)
	switch errno := syscall.Errno(-code); {
	case err != nil: // enriched logs have the name
		out.ErrorCode = e.Syscall.Get("exit")
	default:
		out.ErrorCode = unix.ErrnoName(errno)
	}
	if out.ErrorCode == "EINPROGRESS" {
		out.Outcome, out.ErrorCode = "", ""
	}
}

// bind remembers the address of a socket; the oldest ones go.
func (r *reader) bind(id socket, b bound) {
	if len(r.bound) >= maxBound {
		for old, x := range r.bound {
			if x.when < b.when-event.Time(60e9) || len(r.bound) >= maxBound {
				delete(r.bound, old)
			}
		}
	}
	r.bound[id] = b
}
