package ioc

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/vedette-edr/vedette/internal/event"
)

// Indicators are looked up in names that are asked for, in the addresses of
// answers, and in the name that a TLS client asks for.
func TestNames(t *testing.T) {
	d := open(t, Indicator{Type: Domain, Value: "bad.example"}, Indicator{Type: Address, Value: "192.0.2.66"}, Indicator{Type: Address, Value: "2001:db8::66"})
	net := &event.Net{DestinationIP: netip.MustParseAddr("192.0.2.53"), DestinationPort: 53}
	for _, c := range []struct {
		what string
		e    *event.Event
		want []string // fields
	}{
		{"query below it", &event.Event{Kind: event.DNSQuery, Net: net, DNS: &event.DNS{Name: "a.b.bad.example"}}, []string{"dns.question.name"}},
		{"query of the library", &event.Event{Kind: event.DNSQuery, DNS: &event.DNS{Name: "bad.example", ViaLibrary: true}}, []string{"dns.question.name"}},
		{"alias in the answer", &event.Event{Kind: event.DNSAnswer, Net: net, DNS: &event.DNS{Name: "good.example", AnswerTypes: []string{"CNAME"}, Answers: []string{"bad.example"}}}, []string{"dns.answers.data"}},
		{"second address", &event.Event{Kind: event.DNSAnswer, Net: net, DNS: &event.DNS{Name: "good.example", Resolved: []string{"192.0.2.1", "192.0.2.66"}}}, []string{"dns.resolved_ip"}},
		{"IPv6", &event.Event{Kind: event.DNSAnswer, Net: net, DNS: &event.DNS{Name: "good.example", Resolved: []string{"2001:db8::66"}}}, []string{"dns.resolved_ip"}},
		{"hello", &event.Event{Kind: event.TLSHello, Net: net, TLS: &event.TLS{ServerName: "www.bad.example"}}, []string{"tls.client.server_name"}},
		{"none", &event.Event{Kind: event.TLSHello, Net: net, DNS: &event.DNS{Name: "notbad.example", Resolved: []string{"192.0.2.6"}}, TLS: &event.TLS{ServerName: "bad.example.org"}}, nil},
	} {
		t.Run(c.what, func(t *testing.T) {
			var got []string
			for _, m := range d.Match(c.e, nil) {
				got = append(got, m.Fields[0].Name)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
