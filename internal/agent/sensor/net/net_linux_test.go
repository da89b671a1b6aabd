package net_test

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor/exec"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	vnet "github.com/vedette-edr/vedette/internal/agent/sensor/net"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestMain(m *testing.M) {
	sensortest.Trigger()
	os.Exit(m.Run())
}

// rungs are those that have a program in the kernel.
func rungs() []string { return []string{"fentry", "tp_btf"} }

func start(t *testing.T, rung string) (*sensortest.Recorder, *kernel.Kernel) {
	t.Helper()
	k := sensortest.KernelFor(t, rung, kernel.Options{})
	return sensortest.Run(t, vnet.New(vnet.Options{Kernel: k, Rung: rung})), k
}

// mine matches the events of a kind of this process.
func mine(kind event.Kind) func(*event.Event) bool {
	return func(e *event.Event) bool { return e.Kind == kind && e.Process.PID == int64(os.Getpid()) }
}

func listen(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// One connection on the same host is a listen, a connect and an accept.
func TestTCP(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		for _, c := range []struct{ name, network, listen, host, kind string }{
			{"ipv4", "tcp4", "127.0.0.1:0", "127.0.0.1", "ipv4"},
			{"ipv6", "tcp6", "[::1]:0", "::1", "ipv6"},
			{"ipv4 to a socket of both", "tcp", "[::]:0", "127.0.0.1", "ipv4"},
		} {
			t.Run(c.name, func(t *testing.T) {
				r, _ := start(t, rung)
				l := listen(t, c.network, c.listen)
				port := int64(l.Addr().(*net.TCPAddr).Port)
				conn, err := net.Dial("tcp", net.JoinHostPort(c.host, fmt.Sprint(port)))
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				host, own := netip.MustParseAddr(c.host), int64(conn.LocalAddr().(*net.TCPAddr).Port)
				want := event.Net{SourceIP: host, SourcePort: own, DestinationIP: host, DestinationPort: port, Transport: "tcp", Type: c.kind}

				listening := r.Wait(t, "listen", 1, mine(event.NetListen))[0]
				if n := listening.Net; n.SourcePort != port || n.Direction != "listen" || n.DestinationIP.IsValid() || n.Transport != "tcp" {
					t.Errorf("listen: %+v", n)
				}
				connected := r.Wait(t, "connect", 1, mine(event.NetConnect))[0]
				want.Direction = "egress"
				if *connected.Net != want || connected.Outcome != "success" {
					t.Errorf("connect: %+v %s, want %+v", connected.Net, connected.Outcome, want)
				}
				accepted := r.Wait(t, "accept", 1, mine(event.NetAccept))[0]
				want.Direction = "ingress"
				if *accepted.Net != want {
					t.Errorf("accept: %+v, want %+v", accepted.Net, want)
				}
				for _, e := range []*event.Event{listening, connected, accepted} {
					if e.Process.EntityID == "" || e.Process.Start == 0 || e.User.ID != "0" || e.Provider != "net" || e.SensorSequence == 0 {
						t.Errorf("who: %+v %+v", e.Process, e.User)
					}
				}
			})
		}
	})
}

func TestRefused(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, _ := start(t, rung)
		l := listen(t, "tcp4", "127.0.0.1:0")
		to := l.Addr().String()
		l.Close()
		if _, err := net.Dial("tcp", to); err == nil {
			t.Fatal("connected")
		}
		e := r.Wait(t, "connect", 1, mine(event.NetConnect))[0]
		if e.Outcome != "failure" || e.ErrorCode != "ECONNREFUSED" || e.Net.DestinationIP.String() != "127.0.0.1" {
			t.Errorf("%s", sensortest.Line(e))
		}
	})
}

// An address of IPv4 in the form of IPv6 is shown as one of IPv4.
func TestMapped(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, _ := start(t, rung)
		l := listen(t, "tcp4", "127.0.0.1:0")
		fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		to := &unix.SockaddrInet6{Port: l.Addr().(*net.TCPAddr).Port, Addr: netip.MustParseAddr("::ffff:127.0.0.1").As16()}
		if err := unix.Connect(fd, to); err != nil {
			t.Fatal(err)
		}
		e := r.Wait(t, "connect", 1, mine(event.NetConnect))[0]
		if n := e.Net; n.DestinationIP != netip.MustParseAddr("127.0.0.1") || n.SourceIP != n.DestinationIP || n.Type != "ipv4" {
			t.Errorf("%+v", n)
		}
	})
}

func TestUDP(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, _ := start(t, rung)
		for i, to := range []string{"127.0.0.1:53", "[::1]:5353"} {
			c, err := net.Dial("udp", to)
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
			n := r.Wait(t, "connect", i+1, mine(event.NetConnect))[i].Net
			if got := netip.AddrPortFrom(n.DestinationIP, uint16(n.DestinationPort)); got.String() != to || n.Transport != "udp" || n.Direction != "egress" {
				t.Errorf("%+v, want %s", n, to)
			}
		}
		p, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		n := r.Wait(t, "bind", 1, mine(event.NetListen))[0].Net
		if n.SourcePort != int64(p.LocalAddr().(*net.UDPAddr).Port) || n.Transport != "udp" || n.SourceIP.String() != "127.0.0.1" {
			t.Errorf("bind: %+v", n)
		}
	})
}

// A connection is told under the process that began it, with both ends, also
// when the answer comes in the context of another: what a baseline counts.
func TestGM10_ConnectionsOfProcesses(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, _ := start(t, rung)
		l := listen(t, "tcp4", "127.0.0.1:0")
		c := sensortest.Command("connect", l.Addr().String())
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1234, Gid: 2345}}
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		pid := int64(c.ProcessState.Pid())
		e := r.Wait(t, "connect", 1, func(e *event.Event) bool { return e.Kind == event.NetConnect && e.Process.PID == pid })[0]
		if e.User.ID != "1234" || e.User.GroupID != "2345" {
			t.Errorf("user %+v", e.User)
		}
		if at := l.Addr().(*net.TCPAddr); e.Net.DestinationIP.String() != "127.0.0.1" || e.Net.DestinationPort != int64(at.Port) ||
			e.Net.SourceIP.String() != "127.0.0.1" || e.Net.SourcePort == 0 || e.Net.Direction != "egress" || e.Process.EntityID == "" {
			t.Errorf("%+v of %q, want %s", e.Net, e.Process.EntityID, at)
		}
		accepted := r.Wait(t, "accept", 1, mine(event.NetAccept))[0]
		if accepted.Net.SourcePort != e.Net.SourcePort {
			t.Errorf("accept of %d, connect of %d", accepted.Net.SourcePort, e.Net.SourcePort)
		}
	})
}

// Events of different sensors come in the order in which they happened.
func TestConnectComesAfterExec(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		k := sensortest.KernelFor(t, rung, kernel.Options{})
		r := sensortest.Run(t, exec.New(exec.Options{Kernel: k}), vnet.New(vnet.Options{Kernel: k, Rung: rung}))
		l := listen(t, "tcp4", "127.0.0.1:0")
		for range 10 {
			c := sensortest.Command("connect", l.Addr().String())
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			pid := int64(c.ProcessState.Pid())
			r.Wait(t, "end", 1, func(e *event.Event) bool { return e.Kind == event.ProcessEnd && e.Process.PID == pid })
			var order []event.Kind
			id := ""
			for _, e := range r.All(func(e *event.Event) bool { return e.Process != nil && e.Process.PID == pid }) {
				if e.Kind != event.NetClose { // the socket may outlive the process
					order = append(order, e.Kind)
				}
				if id == "" {
					id = e.Process.EntityID
				}
				if e.Process.EntityID != id {
					t.Fatalf("entity id %s of %s, want %s", e.Process.EntityID, e.Kind, id)
				}
			}
			want := fmt.Sprint([]event.Kind{event.ProcessStart, event.NetConnect, event.ProcessEnd})
			if fmt.Sprint(order) != want {
				t.Fatalf("%v, want %s", order, want)
			}
		}
	})
}

func TestScope(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		inside, outside := sensortest.Cgroup(t, "inside"), sensortest.Cgroup(t, "outside")
		k := sensortest.KernelFor(t, rung, kernel.Options{Scope: inside})
		r := sensortest.Run(t, vnet.New(vnet.Options{Kernel: k, Rung: rung}))
		l := listen(t, "tcp4", "127.0.0.1:0")
		connect := func(cgroup *os.File) int64 {
			c := sensortest.Command("connect", l.Addr().String())
			c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
			var out []byte
			var err error
			if out, err = c.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			return int64(c.ProcessState.Pid())
		}
		connect(outside)
		seen := connect(inside)
		r.Wait(t, "connect", 1, func(e *event.Event) bool { return e.Kind == event.NetConnect && e.Process.PID == seen })
		k.Drain()
		for _, e := range r.All(func(e *event.Event) bool { return e.Net != nil && e.Process.PID != seen }) {
			t.Error("seen from outside of the scope:", sensortest.Line(e))
		}
	})
}
