package net_test

import (
	"net"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	vnet "github.com/vedette-edr/vedette/internal/agent/sensor/net"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

func TestSmoke(t *testing.T) {
	k := sensortest.Kernel(t, kernel.Options{})
	r := sensortest.Run(t, vnet.New(vnet.Options{Kernel: k}))
	for _, a := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		l, err := net.Listen("tcp", a)
		if err != nil {
			t.Fatal(err)
		}
		to := l.Addr().String()
		if a == ":0" {
			_, p, _ := net.SplitHostPort(to)
			to = "127.0.0.1:" + p
		}
		c, err := net.Dial("tcp", to)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := l.Accept()
		s.Close()
		c.Close()
		l.Close()
		_, err = net.Dial("tcp", to)
		t.Log(err)
	}
	u, err := net.Dial("udp", "127.0.0.1:53")
	t.Log(err)
	u.Close()
	u, err = net.Dial("udp", "[::1]:53")
	t.Log(err)
	u.Close()
	p, err := net.ListenPacket("udp", ":5353")
	t.Log(err)
	p.Close()
	k.Drain()
	for _, e := range r.All(func(*event.Event) bool { return true }) {
		t.Log(sensortest.Line(e))
	}
	t.Log(k.Costs())
}
