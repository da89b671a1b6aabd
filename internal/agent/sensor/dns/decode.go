package dns

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/dns"
	"github.com/vedette-edr/vedette/internal/record/tls"
)

// clock converts the kernel's times and makes ids; *kernel.Kernel is one.
type clock interface {
	Wall(boot uint64) event.Time
	Process(a kernel.Actor) *event.Process
}

// decoder turns records of dns.bpf.c into events.
type decoder struct {
	kernel clock
	texts  *kernel.Texts
	rung   string
}

// Marks of records, of dns.bpf.c.
const (
	headless  = 1
	ofLibrary = 1 << 8 // a flag of the head: a call, not a packet

	maxMessages = 8 // told of one packet
)

// packet is a struct packet.
type packet struct {
	source, destination netip.AddrPort
	version, protocol   byte
	flags               uint16
	length              uint32 // of the payload in the packet
	payload             []byte // what was kept
}

// decode emits the events of a record: one, or of a TCP packet one for each
// message in it.
func (d *decoder) decode(r kernel.Record, emit sensor.Emit) error {
	if r.Flags&ofLibrary != 0 {
		e, err := d.lookup(r)
		if err == nil {
			emit(e)
		}
		return err
	}
	c := kernel.NewCursor(r.Body)
	e := d.event(r, c.Actor())
	p, err := readPacket(&c)
	if err != nil {
		return err
	}
	p.fill(e)
	switch event.Kind(r.Kind) {
	case event.TLSHello:
		hello(e, p)
		emit(e)
		return nil
	case event.DNSQuery, event.DNSAnswer:
	default:
		return fmt.Errorf("%w: kind %d", kernel.ErrMalformed, r.Kind)
	}
	if p.protocol == unix.IPPROTO_TCP {
		stream(e, p, emit)
		return nil
	}
	message(e, p.payload, int(p.length))
	emit(e)
	return nil
}

func (d *decoder) event(r kernel.Record, a kernel.Actor) *event.Event {
	return &event.Event{
		Time: d.kernel.Wall(r.Time), Kind: event.Kind(r.Kind),
		Provider: "dns", Rung: d.rung, SensorSequence: int64(r.Number),
		Process: d.kernel.Process(a), User: a.User(d.texts),
	}
}

func readPacket(c *kernel.Cursor) (packet, error) {
	from, to := c.Bytes(16), c.Bytes(16)
	b := c.Bytes(8)
	p := packet{length: c.U32()}
	p.payload = c.Bytes(c.U32())
	if err := c.Err(); err != nil {
		return p, err
	}
	if uint64(len(p.payload)) > uint64(p.length) {
		return p, fmt.Errorf("%w: %d bytes of %d", kernel.ErrMalformed, len(p.payload), p.length)
	}
	p.version, p.protocol = b[4], b[5]
	p.flags = binary.LittleEndian.Uint16(b[6:])
	source, destination := netip.AddrFrom16([16]byte(from)), netip.AddrFrom16([16]byte(to))
	switch p.version {
	case 4:
		source, destination = netip.AddrFrom4([4]byte(from)), netip.AddrFrom4([4]byte(to))
	case 6:
	default:
		return p, fmt.Errorf("%w: version %d of IP", kernel.ErrMalformed, p.version)
	}
	p.source = netip.AddrPortFrom(source, binary.LittleEndian.Uint16(b))
	p.destination = netip.AddrPortFrom(destination, binary.LittleEndian.Uint16(b[2:]))
	return p, nil
}

// fill writes the sides: the source is who asks, also of an answer.
func (p packet) fill(e *event.Event) {
	from, to := p.source, p.destination
	if e.Kind == event.DNSAnswer {
		from, to = to, from
	}
	e.Net = &event.Net{
		SourceIP: from.Addr(), SourcePort: int64(from.Port()),
		DestinationIP: to.Addr(), DestinationPort: int64(to.Port()),
		Transport: "udp", Type: fmt.Sprintf("ipv%d", p.version), Direction: "egress",
	}
	if p.protocol == unix.IPPROTO_TCP {
		e.Net.Transport = "tcp"
	}
}

// stream emits an event for each message of a TCP packet; each stands behind
// its length.
func stream(e *event.Event, p packet, emit sensor.Emit) {
	rest, left := p.payload, int(p.length)
	size := -1
	if p.flags&headless != 0 {
		size = left
	}
	for n := 1; ; n++ {
		if size < 0 && len(rest) >= 2 {
			size = int(binary.BigEndian.Uint16(rest))
			rest, left = rest[2:], left-2
		}
		if size < 0 {
			return
		}
		one := *e
		message(&one, rest[:min(size, len(rest))], size)
		left -= size
		last := left <= 2 || len(rest) <= size // the end, or what was not kept
		if n == maxMessages && !last {
			last, one.Reason = true, fmt.Sprintf("%d more bytes of messages are in the packet", left)
		}
		emit(&one)
		if last {
			return
		}
		rest, size = rest[size:], -1
	}
}

// message writes what a message of so many bytes says, of which b is kept.
func message(e *event.Event, b []byte, size int) {
	m, err := dns.Parse(b, len(b) == size)
	e.DNS = &m.DNS
	if err != nil {
		e.Reason = err.Error()
		return
	}
	e.Reason = remark(m, len(b), size)
	if e.Kind != event.DNSAnswer {
		return
	}
	e.Outcome = "failure"
	if m.ResponseCode == "NOERROR" {
		e.Outcome = "success"
	}
}

// remark says what else there is to say of a message; nothing as a rule.
func remark(m dns.Message, kept, size int) string {
	switch {
	case m.Operation != "QUERY":
		return "operation " + m.Operation
	case m.Cut:
		return fmt.Sprintf("%d of %d bytes were kept, %d of %d answers", kept, size, len(m.Answers), m.Records)
	case m.Response && m.Records > len(m.Answers):
		return fmt.Sprintf("%d of %d answers are told", len(m.Answers), m.Records)
	case m.Questions > 1:
		return fmt.Sprintf("the first of %d questions", m.Questions)
	}
	return ""
}

// hello writes what a TLS client says first.
func hello(e *event.Event, p packet) {
	h, err := tls.Parse(p.payload)
	e.TLS = &h.TLS
	switch {
	case err != nil:
		e.Reason = err.Error()
	case h.Cut:
		e.Reason = fmt.Sprintf("the hello is longer than the %d bytes that were kept: no fingerprint", len(p.payload))
	}
	if e.TLS.ServerName != "" {
		e.Net.DestinationDomain = e.TLS.ServerName
	}
}
