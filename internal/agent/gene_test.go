package agent

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	formats "github.com/vedette-edr/vedette/internal/detect/all"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

const geneRules = `{"Name":"LogCleared","Meta":{"Events":{"Security":[1102]},"Criticality":8,"Schema":"2.0.0"},"Matches":[],"Condition":"","Actions":["kill"]}
{"Name":"KeepConfigChange","Meta":{"Events":{"Microsoft-Windows-Sysmon/Operational":[16]},"Filter":true,"Schema":"2.0.0"},"Matches":[],"Condition":"","Actions":[]}
{"Name":"HashIoC","Meta":{"Events":{"Microsoft-Windows-Sysmon/Operational":[1,6,7]},"Criticality":10,"Schema":"2.0.0"},"Matches":["$h: extract('SHA256=(?P<h>[A-F0-9]{64})', Hashes) in edr_iocs"],"Condition":"$h","Actions":[]}
{"Name":"DomainIoC","Meta":{"Events":{"Microsoft-Windows-Sysmon/Operational":[22]},"Criticality":10,"Schema":"2.0.0"},"Matches":["$d: extract('(?P<d>[\\w\\-]+(\\.[\\w\\-]+)+)$', QueryName) in edr_iocs"],"Condition":"$d","Actions":[]}
`

const badHash = "0A6E788FDBCBF925112F9CF57124F68CCAA30F3AC1F10904CE46FFE54E930F11"

func newDetector() *detector {
	return &detector{formats: formats.Formats(), enrich: &enricher{}, log: slog.New(slog.DiscardHandler)}
}

func geneDocument(rules, iocs string) wire.Rules {
	return wire.Rules{Files: []wire.RuleFile{{Path: "own/database.gen", Text: rules}, {Path: "own/edr_iocs.cont", Text: iocs}}}
}

func logRecord(channel, code string, pairs ...string) *event.Event {
	e := &event.Event{Kind: event.LogRecord, Log: &event.Log{Channel: channel, Code: code}}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Log.Names, e.Log.Values = append(e.Log.Names, pairs[i]), append(e.Log.Values, pairs[i+1])
	}
	return e
}

func names(found []*event.Event) string {
	var out []string
	for _, f := range found {
		out = append(out, f.Finding.RuleID)
	}
	return strings.Join(out, " ")
}

// TestWA6_GeneRulesOnEachEvent checks that Gene rules raise findings with their
// name, criticality as level, and action.
func TestWA6_GeneRulesOnEachEvent(t *testing.T) {
	d := newDetector()
	if found := d.findings(logRecord("Security", "1102"), nil); len(found) != 0 {
		t.Errorf("findings without rules: %v", names(found))
	}
	if err := d.document(1, geneDocument(geneRules, "")); err != nil {
		t.Fatal(err)
	}
	found := d.findings(logRecord("Security", "1102"), nil)
	if names(found) != "LogCleared" {
		t.Fatalf("found %q", names(found))
	}
	f := found[0].Finding
	if f.RuleFormat != "gene" || f.Level != "high" || f.Severity != 4 || len(f.Actions) != 1 || f.Actions[0] != "kill" {
		t.Errorf("the finding is %+v", f)
	}
	if found := d.findings(logRecord("Security", "1103"), nil); len(found) != 0 {
		t.Errorf("another event gives %v", names(found))
	}
}

// TestWA7_FilterRules checks that an event that only a filter rule matches
// raises no finding and is counted.
func TestWA7_FilterRules(t *testing.T) {
	d := newDetector()
	if err := d.document(1, geneDocument(geneRules, "")); err != nil {
		t.Fatal(err)
	}
	e := logRecord("Microsoft-Windows-Sysmon/Operational", "16", "Configuration", "c.xml")
	if found := d.findings(e, nil); len(found) != 0 {
		t.Errorf("a filter rule raised %v", names(found))
	}
	if e.Finding != nil || d.status.Filtered != 1 || d.status.Raised != 0 {
		t.Errorf("the event has %+v, counted are %d filtered and %d findings", e.Finding, d.status.Filtered, d.status.Raised)
	}
}

// TestWA20_RulesAndContainersAreReplacedAsAWhole checks that a set with a
// mistake leaves the old one in force, and that new IOCs count at once.
func TestWA20_RulesAndContainersAreReplacedAsAWhole(t *testing.T) {
	d := newDetector()
	e := logRecord("Microsoft-Windows-Sysmon/Operational", "1", "Hashes", "SHA256="+badHash)
	if err := d.document(1, geneDocument(geneRules, "")); err != nil {
		t.Fatal(err)
	}
	if found := d.findings(e, nil); len(found) != 0 {
		t.Errorf("without IOCs: %v", names(found))
	}
	if err := d.document(2, geneDocument(geneRules, strings.ToLower(badHash)+"\n")); err != nil {
		t.Fatal(err)
	}
	if found := d.findings(e, nil); names(found) != "HashIoC" {
		t.Errorf("with the IOC: %q", names(found))
	}
	bad := geneDocument(strings.Replace(geneRules, `"Condition":"$h"`, `"Condition":"$x"`, 1), "")
	if err := d.document(3, bad); err == nil || !strings.Contains(err.Error(), "there is no match $x") {
		t.Errorf("a set with a mistake gives %v", err)
	}
	if found := d.findings(e, nil); names(found) != "HashIoC" || d.status.Version != 2 {
		t.Errorf("after a bad set: %q of version %d", names(found), d.status.Version)
	}
}

// TestWA21_ContainersOfIOCs checks hashes and domains, also domains with hyphens
// and more than four labels, which the first engine missed.
func TestWA21_ContainersOfIOCs(t *testing.T) {
	iocs := badHash + "\nvery-bad.example\na.b.c.d.e.example\n"
	set, problems := detect.Load(detect.Options{Formats: formats.Formats()}, []detect.File{
		{Path: "database.gen", Text: geneRules}, {Path: "edr_iocs.cont", Text: iocs},
	})
	for _, p := range problems {
		t.Error(p)
	}
	const sysmon = "Microsoft-Windows-Sysmon/Operational"
	for _, c := range []struct {
		rec  *event.Event
		want string
	}{
		{logRecord(sysmon, "7", "Hashes", "MD5=X,SHA256="+badHash+",IMPHASH=0"), "HashIoC"},
		{logRecord(sysmon, "3", "Hashes", "SHA256="+badHash), ""},
		{logRecord(sysmon, "22", "QueryName", "VERY-bad.example"), "DomainIoC"},
		{logRecord(sysmon, "22", "QueryName", "a.b.c.d.e.example"), "DomainIoC"},
		{logRecord(sysmon, "22", "QueryName", "good.example"), ""},
	} {
		got := ""
		for _, m := range set.Match(c.rec, nil) {
			got = m.Rule.ID
		}
		if got != c.want {
			t.Errorf("%v %v: %q, want %q", c.rec.Log.Code, c.rec.Log.Values, got, c.want)
		}
	}
}
