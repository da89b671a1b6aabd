package dns_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
)

// TestMain is the name server too, in a process of its own: who asks is another.
func TestMain(m *testing.M) {
	if os.Getenv(serverVariable) != "" {
		if err := serve(); err != nil {
			fmt.Fprintln(os.Stderr, "name server:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if name := os.Getenv(askVariable); name != "" {
		if err := ask(name, os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, "ask:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	sensortest.Trigger()
	os.Exit(m.Run())
}

const (
	serverVariable = "VEDETTE_NAME_SERVER"
	askVariable    = "VEDETTE_ASK"
)

// askCommand asks for a name, or for so many names below it, in a process of its own.
func askCommand(name, times string) *exec.Cmd {
	c := sensortest.Command("", times)
	c.Env = append(os.Environ(), askVariable+"="+name)
	return c
}

func ask(name, times string) error {
	n, err := strconv.Atoi(times)
	if err != nil {
		return err
	}
	for i := range n {
		if n > 1 {
			_, err = resolver("udp").LookupHost(context.Background(), fmt.Sprintf("x%d.%s.", i, name))
		} else {
			_, err = resolver("udp").LookupHost(context.Background(), name+".")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// startServer starts the name server at port 53 of the loopback of the sandbox.
func startServer(t testing.TB) {
	t.Helper()
	c := sensortest.Command("")
	c.Env = append(os.Environ(), serverVariable+"=1")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := c.Wait(); err != nil {
			t.Error("name server:", err)
		}
	})
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		t.Fatal("the name server does not serve:", err)
	}
}

// serve answers over UDP and TCP until its input ends.
func serve() error {
	p, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:53")
	if err != nil {
		return err
	}
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := p.ReadFrom(b)
			if err != nil {
				return
			}
			if a := reply(b[:n], 512); a != nil {
				_, _ = p.WriteTo(a, from)
			}
		}
	}()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serveStream(c)
		}
	}()
	fmt.Print("1")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func serveStream(c net.Conn) {
	defer c.Close()
	for {
		var head [2]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return
		}
		q := make([]byte, binary.BigEndian.Uint16(head[:]))
		if _, err := io.ReadFull(c, q); err != nil {
			return
		}
		a := reply(q, 1<<16)
		if _, err := c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(a))), a...)); err != nil {
			return
		}
	}
}

// reply answers by the first label of a name: no..., alias..., text..., many...,
// any other has one address.
func reply(q []byte, most int) []byte {
	var m dnsmessage.Message
	if m.Unpack(q) != nil || len(m.Questions) == 0 {
		return nil
	}
	ask := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	add := func(name dnsmessage.Name, body dnsmessage.ResourceBody) {
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: name, Class: dnsmessage.ClassINET, TTL: 77}, Body: body})
	}
	addresses := func(name dnsmessage.Name, n int) {
		for i := range n {
			switch ask.Type {
			case dnsmessage.TypeA:
				add(name, &dnsmessage.AResource{A: [4]byte{127, 0, 9, byte(i + 1)}})
			case dnsmessage.TypeAAAA:
				add(name, &dnsmessage.AAAAResource{AAAA: [16]byte{0xfd, 15: byte(i + 1)}})
			}
		}
	}
	switch name := ask.Name.String(); {
	case strings.HasPrefix(name, "no"):
		m.RCode = dnsmessage.RCodeNameError
	case strings.HasPrefix(name, "alias"):
		target := dnsmessage.MustNewName("target.vedette.test.")
		add(ask.Name, &dnsmessage.CNAMEResource{CNAME: target})
		addresses(target, 1)
	case strings.HasPrefix(name, "text"):
		add(ask.Name, &dnsmessage.TXTResource{TXT: []string{"v=spf1", " -all"}})
	case strings.HasPrefix(name, "many"):
		addresses(ask.Name, 100)
	default:
		addresses(ask.Name, 1)
	}
	b, err := m.Pack()
	if err != nil {
		return nil
	}
	if len(b) > most {
		m.Answers, m.Truncated = nil, true
		b, _ = m.Pack()
	}
	return b
}
