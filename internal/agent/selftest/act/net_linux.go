package act

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// patience bounds what an act waits for.
const patience = 3 * time.Second

// connect connects over TCP to a listener of ours.
func connect(s *stage) error {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	s.wantOwn("net_connect", is("destination.ip", "127.0.0.1"), is("destination.port", number(port)), is("network.transport", "tcp"))
	c, err := net.DialTimeout("tcp4", l.Addr().String(), patience)
	if err != nil {
		return err
	}
	return c.Close()
}

func listen(s *stage) error {
	const port = 12345 // nobody else is in this network
	s.wantOwn("net_listen", is("source.ip", "0.0.0.0"), is("source.port", number(port)))
	l, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
	if err != nil {
		return err
	}
	return l.Close()
}

func openRaw(s *stage) error {
	s.wantOwn("net_raw", is("network.transport", "packet"))
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// ask asks a resolver of ours for a name and gets an address.
func ask(s *stage) error {
	server, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 53})
	if err != nil {
		return err
	}
	defer server.Close()
	name := s.token + ".example.com"
	answered := make(chan error, 1)
	go func() { answered <- answer(server) }()
	s.wantOwn("dns_query", is("dns.question.name", name), is("dns.question.type", "A"))
	s.want("dns_answer", is("dns.question.name", name), is("dns.resolved_ip", "192.0.2.7"))
	c, err := net.Dial("udp4", server.LocalAddr().String())
	if err != nil {
		return err
	}
	defer c.Close()
	buf := make([]byte, 512)
	err = errors.Join(c.SetDeadline(time.Now().Add(patience)), server.SetDeadline(time.Now().Add(patience)))
	if err == nil {
		_, err = c.Write(question(name))
	}
	if err == nil {
		_, err = c.Read(buf)
	}
	return errors.Join(err, <-answered)
}

// question is a DNS message that asks for the IPv4 address of name.
func question(name string) []byte {
	b := []byte{0x56, 0x44, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for label := range strings.SplitSeq(name, ".") {
		b = append(append(b, byte(len(label))), label...)
	}
	return append(b, 0, 0, 1, 0, 1)
}

// answer answers one question with an address of the documentation's network.
func answer(server *net.UDPConn) error {
	buf := make([]byte, 512)
	n, from, err := server.ReadFromUDP(buf)
	if err != nil {
		return err
	}
	b := append([]byte(nil), buf[:n]...)
	b[2], b[3], b[7] = 0x81, 0x80, 1
	b = append(b, 0xc0, 12, 0, 1, 0, 1)
	b = binary.BigEndian.AppendUint32(b, 60)
	b = append(b, 0, 4, 192, 0, 2, 7)
	_, err = server.WriteToUDP(b, from)
	return err
}

// hello begins a TLS connection that nobody answers.
func hello(s *stage) error {
	l, err := net.Listen("tcp4", "127.0.0.1:443")
	if err != nil {
		return err
	}
	defer l.Close()
	read := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			_, err = c.Read(make([]byte, 4096))
			err = errors.Join(err, c.Close())
		}
		read <- err
	}()
	name := s.token + ".example.com"
	s.wantOwn("tls_hello", is("tls.client.server_name", name), some("tls.client.ja4"))
	c, err := net.DialTimeout("tcp4", l.Addr().String(), patience)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	_ = tls.Client(c, &tls.Config{ServerName: name}).Handshake() // nobody answers
	return <-read
}
