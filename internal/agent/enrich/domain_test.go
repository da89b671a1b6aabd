package enrich

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

func answered(at event.Time, entity, name string, ttl int64, addresses ...string) *event.Event {
	return &event.Event{Time: at, Kind: event.DNSAnswer, Process: &event.Process{EntityID: entity},
		DNS: &event.DNS{Name: name, TTL: ttl, Resolved: addresses}}
}

func connected(at event.Time, entity, address string) *event.Event {
	return &event.Event{Time: at, Kind: event.NetConnect, Process: &event.Process{EntityID: entity},
		Net: &event.Net{DestinationIP: netip.MustParseAddr(address)}}
}

func TestDomains(t *testing.T) {
	d := newDomains(100)
	for _, e := range []*event.Event{
		answered(1*second, "curl", "a.example", 300, "192.0.2.1", "2001:db8::1"),
		answered(2*second, "wget", "b.example", 300, "192.0.2.1"),
		answered(3*second, "curl", "short.example", 1, "192.0.2.2"),
		answered(4*second, "curl", "long.example", 1<<30, "192.0.2.3"),
		answered(5*second, "getent", "call.example", 0, "192.0.2.4"),
		answered(6*second, "curl", "odd.example", 300, "no address", "::ffff:192.0.2.5"),
	} {
		d.see(e)
	}
	for _, c := range []struct {
		what, entity, address string
		at                    event.Time
		want                  string
	}{
		{"its own answer", "curl", "192.0.2.1", 10, "a.example"},
		{"the other's own", "wget", "192.0.2.1", 10, "b.example"},
		{"the last of the host", "nc", "192.0.2.1", 10, "b.example"},
		{"IPv6", "nc", "2001:db8::1", 10, "a.example"},
		{"nobody asked", "curl", "192.0.2.77", 10, ""},
		{"a short life is a minute", "curl", "192.0.2.2", 60, "short.example"},
		{"and no more", "curl", "192.0.2.2", 64, ""},
		{"a long life is an hour", "curl", "192.0.2.3", 3600, "long.example"},
		{"and no more", "curl", "192.0.2.3", 3605, ""},
		{"of the library", "nc", "192.0.2.4", 300, "call.example"},
		{"IPv4 in IPv6", "curl", "192.0.2.5", 20, "odd.example"},
	} {
		t.Run(c.what, func(t *testing.T) {
			e := connected(c.at*second, c.entity, c.address)
			d.see(e)
			if e.Net.DestinationDomain != c.want {
				t.Errorf("%q, want %q", e.Net.DestinationDomain, c.want)
			}
		})
	}
}

// What is known already stays; what comes too often pushes out the oldest.
func TestDomainsBounded(t *testing.T) {
	d := newDomains(10)
	d.see(answered(1, "", "kept.example", 60, "192.0.2.1"))
	for i := range 1000 {
		d.see(answered(2, "p", fmt.Sprintf("n%d.example", i), 60, fmt.Sprintf("10.0.%d.%d", i/256, i%256)))
		e := connected(3, "", "192.0.2.1") // keeps it in use
		if d.see(e); e.Net.DestinationDomain != "kept.example" {
			t.Fatalf("after %d names: %q", i, e.Net.DestinationDomain)
		}
	}
	if len(d.byKey) != 10 || d.order.Len() != 10 {
		t.Errorf("%d names, %d in order", len(d.byKey), d.order.Len())
	}
	e := connected(3, "", "10.0.0.1")
	e.Net.DestinationDomain = "told.example"
	if d.see(e); e.Net.DestinationDomain != "told.example" {
		t.Error("a name that was told is replaced")
	}
}
