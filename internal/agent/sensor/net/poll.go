package net

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// patience is how many scans a socket waits for its process to be found.
const patience = 3

// PollOptions set up the rung that needs no BPF. Zero fields take the default.
type PollOptions struct {
	Proc     string           // where proc is mounted; default /proc
	Scope    string           // directory of a cgroup; default the whole host
	Interval *sensor.Pace     // between two scans; default 1 s
	Clock    func() time.Time // default time.Now
}

// Lower returns the rung that needs no BPF. A host on it is degraded, and its
// limits are told.
func Lower(o PollOptions) []sensor.Source {
	return []sensor.Source{{Rung: sensor.Rung{
		Name:   "sock_diag",
		Needs:  "netlink sock_diag and /proc",
		Limits: "connections that end between two scans or fail, those of other network namespaces",
		Only:   []event.Kind{event.NetConnect, event.NetAccept, event.NetListen},
	}, Run: o.poll}}
}

// poll is the rung sock_diag: it lists the sockets in turns and tells the new
// ones, with the process that holds them. The sockets of the first scan are
// not told. Scans that take long come less often, so that they take at most a
// twentieth of one core.
func (o PollOptions) poll(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	conn, err := netlink.Dial(unix.NETLINK_SOCK_DIAG, nil)
	if err != nil {
		return fmt.Errorf("open sock_diag: %w", err)
	}
	defer conn.Close()
	unseen, err := lacking(conn)
	if err != nil {
		return err
	}
	p, err := newPoller(o, func() ([]socket, error) { return sockets(conn) })
	if err != nil {
		return err
	}
	took(unseen...)
	pace := o.Interval
	if pace == nil {
		pace = sensor.NewPace(time.Second)
	}
	var rest time.Duration
	for pace.Wait(ctx, rest) {
		began := time.Now()
		if err := p.scan(emit); err != nil {
			return err
		}
		rest = 20 * time.Since(began)
	}
	return nil
}

// poller knows the sockets that were told. It belongs to one goroutine.
type poller struct {
	list   func() ([]socket, error)
	owners *Owners
	clock  func() time.Time
	known  map[uint64]*seen // by cookie
	ports  map[port]int     // that were listened on: last turn
	turn   int
	number int64 // of the last event
}

// seen is a socket that was told, or waits for its process.
type seen struct {
	turn  int
	tries int  // searches for the process
	told  bool // or there was nothing to tell
}

type port struct {
	protocol uint8
	number   uint16
}

func newPoller(o PollOptions, list func() ([]socket, error)) (*poller, error) {
	fs, scope, err := procfs.OpenScope(o.Proc, o.Scope)
	if err != nil {
		return nil, err
	}
	p := &poller{
		list: list, owners: NewOwners(fs, scope), clock: o.Clock,
		known: make(map[uint64]*seen), ports: make(map[port]int),
	}
	if p.clock == nil {
		p.clock = time.Now
	}
	all, err := list()
	if err != nil {
		return nil, err
	}
	p.note(all)
	for _, s := range p.known {
		s.told = true
	}
	return p, nil
}

// note remembers the sockets of a scan and returns those that are to be told.
func (p *poller) note(all []socket) []socket {
	p.turn++
	var fresh []socket
	for _, s := range all {
		if s.state == tcpListen {
			p.ports[port{s.protocol, s.local.Port()}] = p.turn
		}
		k := p.known[s.cookie]
		if k == nil {
			k = &seen{}
			p.known[s.cookie] = k
		}
		k.turn = p.turn
		if !k.told {
			fresh = append(fresh, s)
		}
	}
	for cookie, k := range p.known {
		if k.turn != p.turn {
			delete(p.known, cookie)
		}
	}
	for n, turn := range p.ports {
		if turn < p.turn-patience { // a connection may outlive its listener a little
			delete(p.ports, n)
		}
	}
	return fresh
}

// scan tells the sockets that are new. One whose process is not found is
// looked for again; then it is told without, unless a scope bounds what may be
// told.
func (p *poller) scan(emit sensor.Emit) error {
	all, err := p.list()
	if err != nil {
		return err
	}
	now := event.At(p.clock())
	fresh := p.note(all)
	wanted := make(map[uint32]bool)
	for _, s := range fresh {
		if s.inode != 0 {
			wanted[s.inode] = true
		}
	}
	found, _ := p.owners.Find(wanted)
	slices.SortFunc(fresh, func(a, b socket) int { return cmp.Compare(a.cookie, b.cookie) })
	for _, s := range fresh {
		k := p.known[s.cookie]
		k.tries++
		process := found[s.inode]
		if process == nil && k.tries < patience && s.inode != 0 {
			continue
		}
		k.told = true
		if process == nil && !p.owners.scope.Whole() {
			continue
		}
		e := p.eventOf(s, now)
		if process != nil {
			e.Process = &event.Process{EntityID: process.EntityID, PID: process.PID}
		}
		p.number++
		e.SensorSequence = p.number
		emit(e)
	}
	return nil
}

// eventOf says what a socket is: one that listens, one that was accepted (its
// port is listened on) or one that was connected.
func (p *poller) eventOf(s socket, now event.Time) *event.Event {
	uid := strconv.FormatUint(uint64(s.uid), 10)
	e := &event.Event{
		Time: now, Provider: "net", Rung: "sock_diag", Net: &event.Net{Transport: "tcp", Type: "ipv4"},
		User: &event.User{ID: uid, EffectiveID: uid},
	}
	n := e.Net
	if s.protocol == unix.IPPROTO_UDP {
		n.Transport = "udp"
	}
	if s.local.Addr().Is6() {
		n.Type = "ipv6"
	}
	local, remote := s.local, s.remote
	_, served := p.ports[port{s.protocol, s.local.Port()}]
	switch {
	case s.state == tcpListen:
		e.Kind, n.Direction, remote = event.NetListen, "listen", netip.AddrPort{}
	case served && s.state != tcpSynSent:
		e.Kind, n.Direction, e.Outcome = event.NetAccept, "ingress", "success"
		local, remote = remote, local
	default:
		e.Kind, n.Direction = event.NetConnect, "egress"
		if s.state != tcpSynSent {
			e.Outcome = "success"
		}
	}
	n.SourceIP, n.SourcePort = local.Addr(), int64(local.Port())
	if remote.IsValid() {
		n.DestinationIP, n.DestinationPort = remote.Addr(), int64(remote.Port())
	}
	return e
}
