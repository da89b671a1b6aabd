package dns_test

import (
	"crypto/tls"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/dns"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// way is one in which a program asks a name server and takes the answer: what it
// hands the kernel in which pieces, over which socket.
type way struct {
	name   string
	family int
	kind   int
	to     unix.Sockaddr
	joined bool // with connect
	out    []int
	in     []int
}

func ways() []way {
	v4 := &unix.SockaddrInet4{Port: 53, Addr: [4]byte{127, 0, 0, 1}}
	mapped := &unix.SockaddrInet6{Port: 53, Addr: netip.MustParseAddr("::ffff:127.0.0.1").As16()}
	return []way{
		{name: "connected", family: unix.AF_INET, kind: unix.SOCK_DGRAM, to: v4, joined: true, out: []int{512}, in: []int{512}},
		{name: "without connect", family: unix.AF_INET, kind: unix.SOCK_DGRAM, to: v4, out: []int{512}, in: []int{512}},
		{name: "IPv4 over IPv6", family: unix.AF_INET6, kind: unix.SOCK_DGRAM, to: mapped, out: []int{512}, in: []int{512}},
		{name: "in pieces", family: unix.AF_INET, kind: unix.SOCK_DGRAM, to: v4, out: []int{12, 512}, in: []int{12, 512}},
		{name: "stream", family: unix.AF_INET, kind: unix.SOCK_STREAM, to: v4, joined: true, out: []int{512}, in: []int{512}},
		{name: "stream in pieces", family: unix.AF_INET, kind: unix.SOCK_STREAM, to: v4, joined: true, out: []int{2, 512}, in: []int{2, 512}},
		{name: "stream of IPv4 over IPv6", family: unix.AF_INET6, kind: unix.SOCK_STREAM, to: mapped, joined: true, out: []int{2, 512}, in: []int{512}},
	}
}

// pieces cuts bytes as sizes say.
func pieces(b []byte, sizes []int) [][]byte {
	var out [][]byte
	for _, n := range sizes {
		n = min(n, len(b))
		out, b = append(out, b[:n]), b[n:]
	}
	return out
}

// ask asks a name server in that way for a message that stands behind its length,
// and takes the answer.
func (w way) ask(t *testing.T, message []byte) {
	t.Helper()
	fd, err := unix.Socket(w.family, w.kind|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 20}); err != nil {
		t.Fatal(err)
	}
	to := w.to
	if w.joined {
		if err := unix.Connect(fd, to); err != nil {
			t.Fatal(err)
		}
		to = nil
	}
	if w.kind == unix.SOCK_DGRAM {
		message = message[2:]
	}
	if _, err := unix.SendmsgBuffers(fd, pieces(message, w.out), nil, to, 0); err != nil {
		t.Fatal(err)
	}
	if n, _, _, _, err := unix.RecvmsgBuffers(fd, pieces(make([]byte, 2048), w.in), nil, 0); err != nil || n < 12 {
		t.Fatalf("%d bytes of an answer: %v", n, err)
	}
}

// However a program talks to a name server, question and answer are told whole,
// with the same ends.
func TestWays(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, _ := start(t, dns.Options{Rung: rung})
		for _, w := range ways() {
			t.Run(w.name, func(t *testing.T) {
				known := len(r.All(mine(event.DNSQuery, "ways.vedette.test")))
				w.ask(t, question("ways"))
				q := r.Wait(t, "query", known+1, mine(event.DNSQuery, "ways.vedette.test"))[known]
				a := r.Wait(t, "answer", known+1, mine(event.DNSAnswer, "ways.vedette.test"))[known]
				n := q.Net
				if n.SourceIP.String() != "127.0.0.1" || n.SourcePort == 0 || n.DestinationIP != n.SourceIP || n.DestinationPort != 53 || n.Type != "ipv4" {
					t.Errorf("%+v", n)
				}
				if *a.Net != *n || len(a.DNS.Resolved) != 1 || a.DNS.ID != q.DNS.ID || q.Reason != "" || a.Reason != "" {
					t.Errorf("%+v %+v %q, question %+v %q", a.Net, a.DNS, a.Reason, q.Net, q.Reason)
				}
			})
		}
	})
}

// firstHello returns the first message of a TLS client.
func firstHello(t *testing.T, name string) []byte {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	go func() {
		_ = tls.Client(far, &tls.Config{ServerName: name, InsecureSkipVerify: true}).Handshake() // ends with the pipe
		far.Close()
	}()
	b := make([]byte, 4096)
	n, err := near.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

// A hello is told whole when the program hands it to the kernel in two pieces.
func TestHelloInPieces(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		k := sensortest.KernelFor(t, rung, kernel.Options{})
		r := sensortest.Run(t, dns.New(dns.Options{Kernel: k, Rung: rung}))
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		if err := unix.Connect(fd, &unix.SockaddrInet4{Port: l.Addr().(*net.TCPAddr).Port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
		if _, err := unix.Writev(fd, pieces(firstHello(t, "pieces.vedette.test"), []int{5, 4096})); err != nil {
			t.Fatal(err)
		}
		if e := r.Wait(t, "hello", 1, hello)[0]; e.TLS.ServerName != "pieces.vedette.test" || e.TLS.JA4 == "" || e.Reason != "" {
			t.Errorf("%+v %q", e.TLS, e.Reason)
		}
	})
}
