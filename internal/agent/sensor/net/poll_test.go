package net

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/procfs/procfstest"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

func tcp(cookie uint64, inode uint32, state uint8, local, remote string) socket {
	return socket{cookie: cookie, protocol: unix.IPPROTO_TCP, state: state, inode: inode,
		local: netip.MustParseAddrPort(local), remote: netip.MustParseAddrPort(remote)}
}

// holds gives a made-up process a socket.
func holds(t *testing.T, p *procfstest.Proc, pid int64, inode uint32) {
	t.Helper()
	dir := filepath.Join(p.Dir, fmt.Sprint(pid), "fd")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(fmt.Sprintf("socket:[%d]", inode), filepath.Join(dir, fmt.Sprint(inode))); err != nil {
		t.Fatal(err)
	}
}

func line(e *event.Event) string {
	pid := int64(0)
	if e.Process != nil {
		pid = e.Process.PID
	}
	return fmt.Sprintf("%s %d %s:%d>%s:%d", e.Kind, pid, e.Net.SourceIP, e.Net.SourcePort, e.Net.DestinationIP, e.Net.DestinationPort)
}

func TestSockDiagTellsDifferences(t *testing.T) {
	p := procfstest.New(t)
	p.Put(procfstest.Process{PID: 10, Start: 5, Comm: "server"})
	p.Put(procfstest.Process{PID: 20, Start: 6, Comm: "client"})
	now := []socket{tcp(1, 100, tcpListen, "0.0.0.0:22", "0.0.0.0:0")}
	po, err := newPoller(PollOptions{Proc: p.Dir}, func() ([]socket, error) { return now, nil })
	if err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		name string
		do   func()
		want string
	}{
		{"what was there is not told", func() {}, ""},
		{"accept, connect and listen", func() {
			holds(t, p, 10, 101)
			holds(t, p, 20, 102)
			holds(t, p, 20, 103)
			now = append(now, tcp(2, 101, tcpEstablished, "10.0.0.1:22", "10.0.0.9:5555"),
				tcp(3, 102, tcpSynSent, "10.0.0.1:40000", "1.2.3.4:443"), tcp(4, 103, tcpListen, "[::]:8080", "[::]:0"))
		}, "net_accept 10 10.0.0.9:5555>10.0.0.1:22, net_connect 20 10.0.0.1:40000>1.2.3.4:443, net_listen 20 :::8080>invalid IP:0"},
		{"told once", func() { now[2].state = tcpEstablished }, ""},
		{"gone", func() { now = now[:1] }, ""},
		{"nobody's yet", func() { now = append(now, tcp(5, 104, tcpEstablished, "10.0.0.1:40001", "1.2.3.4:80")) }, ""},
		{"found at the second search", func() { holds(t, p, 20, 104) }, "net_connect 20 10.0.0.1:40001>1.2.3.4:80"},
		{"another of nobody", func() { now = append(now, tcp(6, 105, tcpEstablished, "10.0.0.1:40002", "1.2.3.4:80")) }, ""},
		{"still", func() {}, ""},
		{"told without a process", func() {}, "net_connect 0 10.0.0.1:40002>1.2.3.4:80"},
	}
	number := int64(0)
	for _, s := range steps {
		s.do()
		var got []string
		if err := po.scan(func(e *event.Event) {
			number++
			if e.SensorSequence != number || e.Process != nil && e.Process.EntityID == "" {
				t.Errorf("%s: number %d, process %+v", s.name, e.SensorSequence, e.Process)
			}
			got = append(got, line(e))
		}); err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, ", ") != s.want {
			t.Errorf("%s: told %q\nwant %q", s.name, strings.Join(got, ", "), s.want)
		}
	}
}

func TestSockDiagScope(t *testing.T) {
	p := procfstest.New(t)
	p.Put(procfstest.Process{PID: 10, Start: 5, Comm: "in", Cgroup: "/box"})
	p.Put(procfstest.Process{PID: 20, Start: 6, Comm: "out"})
	p.Members("box", 10)
	holds(t, p, 10, 101)
	holds(t, p, 20, 102)
	var now []socket
	po, err := newPoller(PollOptions{Proc: p.Dir, Scope: p.Cgroups() + "/box"}, func() ([]socket, error) { return now, nil })
	if err != nil {
		t.Fatal(err)
	}
	now = []socket{tcp(1, 101, tcpListen, "0.0.0.0:1", "0.0.0.0:0"), tcp(2, 102, tcpListen, "0.0.0.0:2", "0.0.0.0:0"), tcp(3, 0, 4, "10.0.0.1:3", "10.0.0.1:4")}
	var got []string
	for range patience + 2 {
		if err := po.scan(func(e *event.Event) { got = append(got, line(e)) }); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 1 || !strings.HasPrefix(got[0], "net_listen 10 ") {
		t.Errorf("told %q", got)
	}
}

// The rung sees a real listener, connect and accept of this process.
func TestSockDiagReal(t *testing.T) {
	c, err := netlink.Dial(unix.NETLINK_SOCK_DIAG, nil)
	if err != nil {
		t.Fatal(err)
	}
	unseen, err := lacking(c)
	c.Close()
	if errors.Is(err, sensor.ErrNotSupported) {
		t.Skip("SKIPPED: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Log("not seen: ", unseen)
	ctx, cancel := context.WithCancel(context.Background())
	events, done, ready := make(chan *event.Event, 4096), make(chan error, 1), make(chan struct{})
	go func() {
		done <- PollOptions{Interval: sensor.NewPace(5 * time.Millisecond)}.poll(ctx, func(e *event.Event) {
			select {
			case events <- e:
			default:
			}
		}, func(...string) { close(ready) })
	}()
	<-ready
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	port := int64(l.Addr().(*net.TCPAddr).Port)
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want := map[event.Kind]bool{event.NetListen: true, event.NetConnect: true, event.NetAccept: true}
	late := time.After(20 * time.Second)
	for len(want) > 0 {
		select {
		case e := <-events:
			ours := e.Process != nil && e.Process.PID == int64(os.Getpid())
			if n := e.Net; ours && (n.DestinationPort == port || e.Kind == event.NetListen && n.SourcePort == port) {
				delete(want, e.Kind)
			}
		case <-late:
			t.Fatalf("not seen: %v", want)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// without is a kernel that lacks the modules of some protocols.
type without []uint8

func (w without) Execute(m netlink.Message) ([]netlink.Message, error) {
	if slices.Contains(w, m.Data[1]) {
		return nil, &netlink.OpError{Op: "receive", Err: unix.ENOENT}
	}
	return nil, nil
}

// A kernel without a protocol's module answers like one without sockets; the
// rung says what is not seen, and is not taken without TCP.
func TestSockDiagSaysWhatTheKernelLacks(t *testing.T) {
	for _, tt := range []struct {
		name   string
		kernel without
		unseen string
		err    string
	}{
		{"nothing", nil, "[]", ""},
		{"UDP", without{unix.IPPROTO_UDP}, "[UDP (the kernel has not the module udp_diag: load it with `modprobe udp_diag`)]", ""},
		{"TCP", without{unix.IPPROTO_TCP}, "[]", "the kernel has not the module tcp_diag: load it with `modprobe tcp_diag`"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			unseen, err := lacking(tt.kernel)
			if fmt.Sprint(unseen) != tt.unseen {
				t.Errorf("not seen: %v, want %s", unseen, tt.unseen)
			}
			if tt.err == "" && err != nil || tt.err != "" && (!errors.Is(err, sensor.ErrNotSupported) || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
		})
	}
}

func diag(family uint8) []byte {
	b := make([]byte, diagMessage)
	b[0], b[1] = family, tcpEstablished
	binary.BigEndian.PutUint16(b[4:], 4000)
	binary.BigEndian.PutUint16(b[6:], 443)
	copy(b[8:], []byte{10, 0, 0, 1})
	copy(b[24:], []byte{10, 0, 0, 2})
	binary.NativeEndian.PutUint32(b[44:], 7)
	binary.NativeEndian.PutUint32(b[64:], 1000)
	binary.NativeEndian.PutUint32(b[68:], 4242)
	return b
}

func TestParseDiag(t *testing.T) {
	s, err := parseDiag(diag(unix.AF_INET), unix.IPPROTO_TCP)
	want := socket{7, unix.IPPROTO_TCP, tcpEstablished, netip.MustParseAddrPort("10.0.0.1:4000"), netip.MustParseAddrPort("10.0.0.2:443"), 1000, 4242}
	if err != nil || s != want {
		t.Errorf("%+v, %v", s, err)
	}
}

func FuzzParseDiag(f *testing.F) {
	f.Add(diag(unix.AF_INET))
	f.Add(diag(unix.AF_INET6))
	f.Add(diag(99))
	f.Add([]byte{2, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseDiag(b, unix.IPPROTO_TCP)
		if err == nil && (!s.local.IsValid() || !s.remote.IsValid()) {
			t.Errorf("no addresses and no error: %+v", s)
		}
	})
}

func FuzzSocketInode(f *testing.F) {
	f.Add("socket:[4242]")
	f.Add("pipe:[1]")
	f.Fuzz(func(t *testing.T, link string) {
		if n, ok := socketInode(link); ok && !strings.Contains(link, fmt.Sprint(n)) {
			t.Errorf("%q is %d", link, n)
		}
	})
}
