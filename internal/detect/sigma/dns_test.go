package sigma_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
)

func titles(set *detect.Set, e *event.Event) []string {
	var out []string
	for _, m := range set.Match(e, nil) {
		out = append(out, m.Rule.Name)
	}
	return out
}

// The public rules about names, which are written for whoever sees them, find
// what they are about in our events.
func TestPublicRulesSeeNames(t *testing.T) {
	set, _ := detect.Load(detect.Options{Formats: all.Formats()}, publicRules(t))
	ask := func(name, kind string) *event.Event {
		return &event.Event{Kind: event.DNSQuery, DNS: &event.DNS{Type: "query", Name: name, QuestionType: kind}}
	}
	for _, c := range []struct {
		e    *event.Event
		want string
	}{
		{ask("aaa.stage.14919005.example.org", "TXT"), "Cobalt Strike DNS Beaconing"},
		{ask("xmr-eu1.nanopool.org", "A"), "Monero Crypto Coin Mining Pool Lookup"},
		{ask("abc.interact.sh", "A"), "DNS Query to External Service Interaction Domains"},
		{&event.Event{Kind: event.DNSAnswer, DNS: &event.DNS{Name: "t.example.org", QuestionType: "TXT", AnswerTypes: []string{"TXT"}, Answers: []string{"x", "IEX (New-Object)"}}},
			"DNS TXT Answer with Possible Execution Strings"},
	} {
		if got := titles(set, c.e); !slices.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.e.DNS.Name, got, c.want)
		}
	}
	if got := titles(set, ask("www.example.org", "A")); len(got) > 0 {
		t.Errorf("an ordinary name: %q", got)
	}
}

// A rule of the category dns_query for Linux, with the names of Sysmon.
func TestQueriesOfLinux(t *testing.T) {
	const text = `title: names
id: 6d34bb93-d70c-4a43-8b4f-000000000001
level: low
logsource: {product: linux, category: dns_query}
detection:
  name: {QueryName|endswith: .example.org, Image|endswith: /curl}
  status: {QueryStatus: '9003'}
  condition: name or status
`
	set, problems := detect.Load(detect.Options{Formats: all.Formats()}, []detect.File{{Path: "r.yml", Text: text}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	curl := &event.Process{Executable: "/usr/bin/curl"}
	for _, c := range []struct {
		e    *event.Event
		want bool
	}{
		{&event.Event{Kind: event.DNSQuery, Process: curl, DNS: &event.DNS{Name: "www.example.org"}}, true},
		{&event.Event{Kind: event.DNSQuery, Process: curl, DNS: &event.DNS{Name: "www.example.com"}}, false},
		{&event.Event{Kind: event.DNSQuery, DNS: &event.DNS{Name: "www.example.org"}}, false},
		{&event.Event{Kind: event.DNSQuery, DNS: &event.DNS{Name: "www.example.com", ResponseCode: "NXDOMAIN"}}, true},
	} {
		if got := titles(set, c.e); (len(got) > 0) != c.want {
			t.Errorf("%s: %s", c.e.DNS.Name, strings.Join(got, ", "))
		}
	}
}
