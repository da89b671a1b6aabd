package rank

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
)

func rule(name string, criticality int64, more ...string) *detect.Rule {
	level, severity := detect.LevelOf(criticality)
	return &detect.Rule{Name: name, Criticality: criticality, Level: level, Severity: severity, Techniques: more}
}

// TestGE6_Vector is the published example: one alert of criticality 10 on the
// only host.
func TestGE6_Vector(t *testing.T) {
	r := New()
	r.Add("h", event.Time(1e18), []*detect.Rule{rule("UntrustedDriverLoaded", 10)})
	h := r.Hosts()[0]
	if h.Alerts != 1 || h.Diversity != 100 || h.SignatureMetric != 10 || h.AlertMetric != 1000 || h.Score != 1010 || h.BoundedScore != 100 {
		t.Errorf("%+v", h)
	}
}

// TestGE6_SeveralHosts computes the formula by hand: two signatures on host a
// of three over all hosts.
func TestGE6_SeveralHosts(t *testing.T) {
	r := New()
	second := event.Time(1_000_000_000)
	r.Add("a", 10*second, []*detect.Rule{rule("x", 7, "T1003"), rule("y", 8)}) // an alert counts at most 10
	r.Add("a", 30*second, []*detect.Rule{rule("x", 7, "T1003")})
	r.Add("b", 20*second, []*detect.Rule{rule("z", 3)})
	r.Add("b", 0, nil)
	hosts := r.Hosts()
	if len(hosts) != 2 || hosts[0].Identifier != "a" {
		t.Fatalf("%+v", hosts)
	}
	a, b := hosts[0], hosts[1]
	// a: alerts 10 and 7, average 8.5; rules 7+8+7 = 22 over 3 = 7.33, rounded 7;
	// two of three signatures = 66.66; 2*7 + round(8.5*66.66) = 14 + 567.
	if a.AverageAlert != 8.5 || a.AverageSignature != 7.33 || a.Diversity != 66.66 || a.SignatureMetric != 14 || a.AlertMetric != 567 || a.Score != 581 || a.BoundedScore != 100 {
		t.Errorf("a: %+v", a)
	}
	if a.DeviationAlert != 1.5 || a.DeviationRule != 0.47 || a.BySignature["x"] != 2 || !slices.Equal(a.Techniques, []string{"T1003"}) {
		t.Errorf("a: %+v", a)
	}
	if a.Start != "1970-01-01T00:00:10Z" || a.Median != "1970-01-01T00:00:20Z" || a.Stop != "1970-01-01T00:00:30Z" {
		t.Errorf("a: %s, %s, %s", a.Start, a.Median, a.Stop)
	}
	// b: 1*3 + round(3*33.33) = 3 + 100 = 103; 103*100/581 = 17.7.
	if b.Score != 103 || b.BoundedScore != 17.7 || b.Alerts != 1 {
		t.Errorf("b: %+v", b)
	}
}

// TestGE6_ZeroCriticality checks that rules that only inform give zero, and no
// number that is none.
func TestGE6_ZeroCriticality(t *testing.T) {
	r := New()
	r.Add("h", 0, []*detect.Rule{rule("informs", 0)})
	h := r.Hosts()[0]
	if h.Score != 0 || h.BoundedScore != 0 || h.AverageSignature != 0 || h.DeviationRule != 0 || h.Alerts != 1 {
		t.Errorf("%+v", h)
	}
	text, err := json.Marshal(h)
	if err != nil || strings.Contains(string(text), "null") {
		t.Errorf("%s %v", text, err)
	}
	if len(New().Hosts()) != 0 {
		t.Error("hosts without alerts")
	}
}
