package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

const (
	atTap     = "packet"
	tapLimits = always + ", other network namespaces, answers of the C library from files and by TLS, " +
		"and who asked when the process does not hold its socket any more"
	tapBytes  = 4096    // of a packet are kept
	tapBuffer = 4 << 20 // bytes in the kernel
)

// tap is the rung of packet sockets, which need no BPF but the classic filters.
// It belongs to one goroutine.
type tap struct {
	now    func() event.Time
	emit   sensor.Emit
	owners *holders
	number int64
	untold int64 // that cannot be told to be in the scope
	told   event.Time
	fds    [2]int
}

// listen runs the rung.
func (s *Sensor) listen(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	owners, err := newHolders(s.o.Proc, s.o.Scope)
	if err != nil {
		return err
	}
	t := &tap{now: s.o.Now, emit: emit, owners: owners, fds: [2]int{-1, -1}}
	defer t.close()
	for i := range t.fds {
		if t.fds[i], err = openTap(i == 1); err != nil {
			return err
		}
	}
	took()
	return t.follow(ctx)
}

// openTap opens a packet socket that is given what its filter wants. One of a
// protocol of its own would not be given what goes out.
func openTap(v6 bool) (int, error) {
	filter, err := bpf.Assemble(tapFilter(v6))
	if err != nil {
		return -1, fmt.Errorf("assemble the filter: %w", err)
	}
	// Without a protocol nothing comes before the filter is there.
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EAFNOSUPPORT) {
		return -1, fmt.Errorf("%w: no packet socket: %w: it needs CONFIG_PACKET and CAP_NET_RAW", sensor.ErrNotSupported, err)
	}
	if err != nil {
		return -1, fmt.Errorf("open a packet socket: %w", err)
	}
	raw := make([]unix.SockFilter, len(filter))
	for i, f := range filter {
		raw[i] = unix.SockFilter{Code: f.Op, Jt: f.Jt, Jf: f.Jf, K: f.K}
	}
	err = unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(raw)), Filter: &raw[0]})
	if err == nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, tapBuffer) // else what there is
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: binary.BigEndian.Uint16(binary.NativeEndian.AppendUint16(nil, unix.ETH_P_ALL))})
	}
	if err != nil {
		return -1, errors.Join(fmt.Errorf("set up a packet socket: %w", err), unix.Close(fd))
	}
	return fd, nil
}

func (t *tap) close() {
	for _, fd := range t.fds {
		if fd >= 0 {
			_ = unix.Close(fd) // nothing was written
		}
	}
}

// tapTick is how often the drop counters are read, and how late the end is seen.
const tapTick = 500 * time.Millisecond

func (t *tap) follow(ctx context.Context) error {
	buf := make([]byte, tapBytes)
	for ctx.Err() == nil {
		fds := []unix.PollFd{{Fd: int32(t.fds[0]), Events: unix.POLLIN}, {Fd: int32(t.fds[1]), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, int(tapTick.Milliseconds())); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for packets: %w", err)
		}
		for _, fd := range t.fds {
			if err := t.drain(ctx, fd, buf); err != nil {
				return err
			}
		}
		t.account()
	}
	return nil
}

func (t *tap) drain(ctx context.Context, fd int, buf []byte) error {
	for ctx.Err() == nil {
		n, from, err := unix.Recvfrom(fd, buf, unix.MSG_TRUNC)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ENETDOWN): // an interface went
			continue
		case err != nil:
			return fmt.Errorf("read packets: %w", err)
		}
		if at, ok := from.(*unix.SockaddrLinklayer); ok {
			t.packet(buf[:min(n, len(buf))], at.Pkttype == unix.PACKET_OUTGOING, at.Hatype == unix.ARPHRD_LOOPBACK)
		}
	}
	return nil
}

// packet tells what a packet is. On the loopback interface each comes twice, and
// the one that goes out counts.
func (t *tap) packet(b []byte, out, loopback bool) {
	p, ok := parsePacket(b)
	if !ok || loopback && !out {
		return
	}
	asks, answers := out && isName(p.destination.Port()), (!out || loopback) && isName(p.source.Port())
	e := &event.Event{Time: t.now(), Provider: "dns", Rung: atTap}
	own := p.source
	switch {
	case p.protocol == unix.IPPROTO_UDP && len(p.payload) > 2 && p.payload[2]&0x80 != 0:
		asks = false
	case p.protocol == unix.IPPROTO_UDP:
		answers = false
	}
	switch {
	case asks:
		e.Kind = event.DNSQuery
	case answers:
		e.Kind, own = event.DNSAnswer, p.destination
	case out && p.protocol == unix.IPPROTO_TCP && isHello(p.payload):
		e.Kind = event.TLSHello
	default:
		return
	}
	var known bool
	if e.Process, e.User, known = t.owners.of(p.protocol, own.Port(), e.Time); !known {
		t.untold++
		return
	}
	p.fill(e)
	switch {
	case e.Kind == event.TLSHello:
		hello(e, p)
		t.tell(e)
	case p.protocol == unix.IPPROTO_TCP:
		stream(e, p, t.tell)
	default:
		message(e, p.payload, int(p.length))
		t.tell(e)
	}
}

func (t *tap) tell(e *event.Event) {
	t.number++
	e.SensorSequence = t.number
	t.emit(e)
}

// account tells what was lost: what found no room in the kernel, and what cannot
// be told to be in the scope.
func (t *tap) account() {
	now := t.now()
	if now-t.told < event.Time(time.Second) && now >= t.told {
		return
	}
	t.told = now
	var dropped int64
	for _, fd := range t.fds {
		if s, err := unix.GetsockoptTpacketStats(fd, unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil { // reading clears them
			dropped += int64(s.Drops)
		}
	}
	t.loss(now, dropped, "the buffer of the packet socket was full")
	t.loss(now, t.untold, "whose packet it was cannot be told to be in the scope")
	t.untold = 0
}

func (t *tap) loss(now event.Time, n int64, why string) {
	if n > 0 {
		t.tell(&event.Event{Time: now, Kind: event.AgentLoss, Provider: "dns", Rung: atTap, Status: &event.Status{
			LossStage: "sensor", LossSensor: "dns", LossState: "lost", LossReason: why, LossCount: event.Some(n), From: now - event.Time(time.Second), To: now,
		}})
	}
}

// isName reports whether a port is one of DNS, multicast DNS or LLMNR.
func isName(port uint16) bool { return port == 53 || port == 5353 || port == 5355 }

// isHello reports whether bytes begin a connection of TLS.
func isHello(b []byte) bool { return len(b) > 5 && b[0] == 0x16 && b[1] == 3 && b[5] == 1 }

// parsePacket reads the heads of a packet that the filter let pass, of which the
// first bytes are there; false when it is not whole enough.
func parsePacket(b []byte) (packet, bool) {
	p, head, size := packet{}, 0, 0
	var from, to netip.Addr
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		p.version, p.protocol = 4, b[9]
		head, size = int(b[0]&0xf)*4, int(binary.BigEndian.Uint16(b[2:]))
		from, to = netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:]))
	case len(b) >= 40 && b[0]>>4 == 6:
		p.version, p.protocol = 6, b[6]
		head, size = 40, 40+int(binary.BigEndian.Uint16(b[4:]))
		from, to = netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:]))
	default:
		return p, false
	}
	if size == 0 { // segmentation is left to the interface
		size = len(b)
	}
	next := 8
	if head < 20 || len(b) < head+8 {
		return p, false
	}
	t := b[head:]
	if p.protocol == unix.IPPROTO_TCP {
		if len(t) < 20 {
			return p, false
		}
		next = int(t[12]>>4) * 4
	}
	if next < 8 || len(t) <= next || size <= head+next {
		return p, false // nothing is in it
	}
	p.source = netip.AddrPortFrom(from, binary.BigEndian.Uint16(t))
	p.destination = netip.AddrPortFrom(to, binary.BigEndian.Uint16(t[2:]))
	p.length = uint32(size - head - next)
	p.payload = t[next:min(len(t), next+int(p.length))]
	return p, true
}

// tapFilter lets pass the packets to and from the ports of names, and those of
// TCP that begin TLS.
func tapFilter(v6 bool) []bpf.Instruction {
	version := func(v uint32) []bpf.Instruction {
		return []bpf.Instruction{
			bpf.LoadAbsolute{Off: 0, Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0},
			bpf.JumpIf{Cond: bpf.JumpEqual, Val: v << 4, SkipTrue: 1}, bpf.RetConstant{Val: 0},
		}
	}
	begin := append(version(4),
		bpf.LoadAbsolute{Off: 6, Size: 2}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0x1fff}, // later fragments have no ports
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0, SkipTrue: 1}, bpf.RetConstant{Val: 0},
		bpf.LoadAbsolute{Off: 9, Size: 1}, bpf.LoadMemShift{Off: 0},
	)
	if v6 {
		begin = append(version(6), bpf.LoadConstant{Dst: bpf.RegX, Val: 40}, bpf.LoadAbsolute{Off: 6, Size: 1})
	}
	const accept, reject = 22, 23
	to := func(at, target int) uint8 { return uint8(target - at - 1) }
	equal := func(at int, v uint32, target int) bpf.Instruction {
		return bpf.JumpIf{Cond: bpf.JumpEqual, Val: v, SkipTrue: to(at, target)}
	}
	other := func(at int, v uint32, target int) bpf.Instruction {
		return bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: v, SkipTrue: to(at, target)}
	}
	return append(begin, // the protocol is in A, where the head of IP ends in X
		bpf.StoreScratch{Src: bpf.RegA, N: 0},
		equal(1, unix.IPPROTO_UDP, 3), other(2, unix.IPPROTO_TCP, reject),
		bpf.LoadIndirect{Off: 0, Size: 2}, equal(4, 53, accept), equal(5, 5353, accept), equal(6, 5355, accept),
		bpf.LoadIndirect{Off: 2, Size: 2}, equal(8, 53, accept), equal(9, 5353, accept), equal(10, 5355, accept),
		bpf.LoadScratch{Dst: bpf.RegA, N: 0}, other(12, unix.IPPROTO_TCP, reject),
		bpf.LoadIndirect{Off: 12, Size: 1}, bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0xf0}, bpf.ALUOpConstant{Op: bpf.ALUOpShiftRight, Val: 2},
		bpf.ALUOpX{Op: bpf.ALUOpAdd}, bpf.TAX{},
		bpf.LoadIndirect{Off: 0, Size: 1}, other(19, 0x16, reject), bpf.LoadIndirect{Off: 5, Size: 1}, other(21, 1, reject),
		bpf.RetConstant{Val: tapBytes}, bpf.RetConstant{Val: 0},
	)
}
