package dns_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vedette-edr/vedette/internal/agent/sensor/dns"
	"github.com/vedette-edr/vedette/internal/agent/sensor/kernel"
	"github.com/vedette-edr/vedette/internal/agent/sensor/sensortest"
	"github.com/vedette-edr/vedette/internal/event"
)

// rungs are those that see messages.
func rungs() []string { return []string{"fentry", "cgroup_skb"} }

func start(t *testing.T, o dns.Options) (*sensortest.Recorder, *kernel.Kernel) {
	t.Helper()
	if o.Kernel == nil {
		o.Kernel = sensortest.KernelFor(t, o.Rung, kernel.Options{})
	}
	startServer(t)
	return sensortest.Run(t, dns.New(o)), o.Kernel
}

// resolver is Go's own, which asks the server of the test.
func resolver(network string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, asked, _ string) (net.Conn, error) {
		if network != "" {
			asked = network
		}
		return new(net.Dialer).DialContext(ctx, asked, "127.0.0.1:53")
	}}
}

// mine matches the events of a kind about a name, of this process.
func mine(kind event.Kind, name string) func(*event.Event) bool {
	return func(e *event.Event) bool {
		return e.Kind == kind && e.DNS != nil && e.DNS.Name == name && e.Process.PID == int64(os.Getpid())
	}
}

func of(kind event.Kind, name, question string) func(*event.Event) bool {
	match := mine(kind, name)
	return func(e *event.Event) bool { return match(e) && e.DNS.QuestionType == question }
}

func TestResolver(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		for _, network := range []string{"udp", "tcp"} {
			t.Run(network, func(t *testing.T) {
				r, _ := start(t, dns.Options{Rung: rung})
				res := resolver(network)
				ips, err := res.LookupHost(t.Context(), "alias.Vedette.test.")
				if err != nil {
					t.Fatal(err)
				}
				for _, q := range []string{"A", "AAAA"} {
					e := r.Wait(t, q+" query", 1, of(event.DNSQuery, "alias.vedette.test", q))[0]
					n := e.Net
					if n.DestinationIP != netip.MustParseAddr("127.0.0.1") || n.DestinationPort != 53 || n.Transport != network || n.SourcePort == 0 || n.Direction != "egress" || n.Type != "ipv4" {
						t.Errorf("%+v", n)
					}
					if d := e.DNS; d.Type != "query" || d.QuestionClass != "IN" || !slices.Contains(d.Flags, "RD") || d.ID == 0 || d.ViaLibrary || d.ResponseCode != "" {
						t.Errorf("%+v", d)
					}
					if e.User.ID != fmt.Sprint(os.Getuid()) || e.Process.EntityID == "" || e.Rung != rung {
						t.Errorf("%+v %+v", e.User, e.Process)
					}
					a := r.Wait(t, q+" answer", 1, of(event.DNSAnswer, "alias.vedette.test", q))[0]
					if d := a.DNS; d.ID != e.DNS.ID || d.ResponseCode != "NOERROR" || len(d.Resolved) != 1 || !slices.Contains(ips, d.Resolved[0]) || d.TTL != 77 ||
						!slices.Equal(d.AnswerNames, []string{"alias.vedette.test", "target.vedette.test"}) || !slices.Equal(d.AnswerTypes, []string{"CNAME", q}) || d.Answers[0] != "target.vedette.test" {
						t.Errorf("%+v", d)
					}
					if *a.Net != *e.Net || a.Outcome != "success" || a.Process.EntityID != e.Process.EntityID {
						t.Errorf("answer %+v, query %+v", a.Net, e.Net)
					}
				}
				if _, err := res.LookupHost(t.Context(), "nobody.vedette.test."); err == nil {
					t.Fatal("a name that does not exist was found")
				}
				if a := r.Wait(t, "answer", 1, mine(event.DNSAnswer, "nobody.vedette.test"))[0]; a.DNS.ResponseCode != "NXDOMAIN" || a.Outcome != "failure" {
					t.Errorf("%+v", a.DNS)
				}
				if _, err := res.LookupTXT(t.Context(), "text.vedette.test."); err != nil {
					t.Fatal(err)
				}
				if a := r.Wait(t, "answer", 1, mine(event.DNSAnswer, "text.vedette.test"))[0]; a.DNS.QuestionType != "TXT" || !slices.Equal(a.DNS.Answers, []string{"v=spf1 -all"}) {
					t.Errorf("%+v", a.DNS)
				}
			})
		}
	})
}

// Many answers come as far as they are kept, and how many there were is told.
func TestManyAnswers(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, _ := start(t, dns.Options{Rung: rung})
		// Over UDP the server says that it does not fit: the resolver comes again over TCP.
		if _, err := resolver("").LookupHost(t.Context(), "many.vedette.test."); err != nil {
			t.Fatal(err)
		}
		answers := r.Wait(t, "answers", 4, mine(event.DNSAnswer, "many.vedette.test"))
		for _, a := range answers {
			switch a.Net.Transport {
			case "udp":
				if !slices.Contains(a.DNS.Flags, "TC") || len(a.DNS.Answers) != 0 {
					t.Errorf("%+v", a.DNS)
				}
			case "tcp":
				if len(a.DNS.Answers) != 64 || a.Reason != "64 of 100 answers are told" {
					t.Errorf("%d answers, %s", len(a.DNS.Answers), a.Reason)
				}
			}
		}
	})
}

// What is sent to the port of DNS and is none is told as such.
func TestNoMessage(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, _ := start(t, dns.Options{Rung: rung})
		c, err := net.Dial("udp", "127.0.0.1:53")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, s := range []string{"hi", "GET / HTTP/1.0\r\nHost: example.org\r\n\r\n"} {
			if _, err := c.Write([]byte(s)); err != nil {
				t.Fatal(err)
			}
		}
		es := r.Wait(t, "query", 2, func(e *event.Event) bool { return e.Kind == event.DNSQuery && e.Process.PID == int64(os.Getpid()) })
		for _, e := range es {
			if e.DNS.Name != "" || !strings.HasPrefix(e.Reason, "no DNS message: ") {
				t.Errorf("%+v, reason %q", e.DNS, e.Reason)
			}
		}
	})
}

// Messages over TCP, however they are cut into packets: one behind the other in
// one packet, the length alone, and one in two packets, of which the first is read.
func TestStream(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		r, k := start(t, dns.Options{Rung: rung})
		c, err := net.Dial("tcp", "127.0.0.1:53")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		one, two, three, four, five := question("one"), question("two"), question("three"), question("four"), question("five")
		answers := 0
		send := func(answered int, parts ...[]byte) {
			t.Helper()
			for _, b := range parts {
				if _, err := c.Write(b); err != nil {
					t.Fatal(err)
				}
			}
			for answers += answered; answered > 0; answered-- {
				var head [2]byte
				if _, err := io.ReadFull(c, head[:]); err != nil {
					t.Fatal(err)
				}
				if _, err := io.CopyN(io.Discard, c, int64(binary.BigEndian.Uint16(head[:]))); err != nil {
					t.Fatal(err)
				}
			}
		}
		send(2, slices.Concat(one, two))
		send(1, three[:2], three[2:])
		send(1, four[:20], four[20:])
		send(1, five)
		for _, name := range []string{"one", "two", "three", "five"} {
			name += ".vedette.test"
			if e := r.Wait(t, name, 1, mine(event.DNSQuery, name))[0]; e.Reason != "" {
				t.Errorf("%s: %s", name, e.Reason)
			}
		}
		k.Drain()
		var reasons []string
		for _, e := range r.All(func(e *event.Event) bool { return e.Kind == event.DNSQuery }) {
			if e.Reason != "" {
				reasons = append(reasons, e.Reason)
			}
		}
		if len(reasons) != 1 || !strings.HasPrefix(reasons[0], "18 of 35 bytes") {
			t.Errorf("one message came in two packets: %q", reasons)
		}
		if n := len(r.All(func(e *event.Event) bool { return e.Kind == event.DNSAnswer })); n != answers {
			t.Errorf("%d answers, want %d", n, answers)
		}
	})
}

// question returns a question about a name below vedette.test, behind its length.
func question(name string) []byte {
	b := []byte{0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}
	for _, l := range []string{name, "vedette", "test"} {
		b = append(append(b, byte(len(l))), l...)
	}
	b = append(b, 0, 0, 1, 0, 1)
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...)
}

func TestScope(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		inside, outside := sensortest.Cgroup(t, "inside"), sensortest.Cgroup(t, "outside")
		k := sensortest.KernelFor(t, rung, kernel.Options{Scope: inside})
		r, _ := start(t, dns.Options{Kernel: k, Rung: rung})
		ask := func(cgroup *os.File) int64 {
			c := askCommand("scoped.vedette.test", "1")
			c.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(cgroup.Fd())}
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			return int64(c.ProcessState.Pid())
		}
		ask(outside)
		seen := ask(inside)
		r.Wait(t, "answers", 2, func(e *event.Event) bool { return e.Kind == event.DNSAnswer && e.Process.PID == seen })
		k.Drain()
		for _, e := range r.All(func(e *event.Event) bool { return e.DNS != nil && e.Process.PID != seen }) {
			t.Error("seen from outside of the scope:", sensortest.Line(e))
		}
	})
}

// Each of many look-ups at full speed is told or counted as lost.
func TestStorm(t *testing.T) {
	sensortest.EachRung(t, rungs(), func(t *testing.T, rung string) {
		lookups := 20_000
		if os.Getenv("VEDETTE_GUEST") != "" { // emulated: a tenth of the speed
			lookups = 1000
		}
		r, k := start(t, dns.Options{Rung: rung})
		if out, err := askCommand("storm.vedette.test", fmt.Sprint(lookups)).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		k.Drain()
		told := map[event.Kind]int{}
		for _, e := range r.All(func(e *event.Event) bool { return e.DNS != nil && strings.HasSuffix(e.DNS.Name, "storm.vedette.test") }) {
			told[e.Kind]++
		}
		lost := map[event.Kind]int{}
		losses, err := k.Losses()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range losses {
			if l.Sensor == "dns" && l.State == "lost" {
				lost[l.Kind] += int(l.Count)
			}
		}
		t.Log("told", told, "lost", lost)
		// One name is asked for twice: A and AAAA.
		for _, kind := range []event.Kind{event.DNSQuery, event.DNSAnswer} {
			if told[kind]+lost[kind] != 2*lookups || told[kind] == 0 {
				t.Errorf("%s: %d told and %d lost of %d", kind, told[kind], lost[kind], 2*lookups)
			}
		}
	})
}
