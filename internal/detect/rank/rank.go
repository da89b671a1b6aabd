// Package rank says which hosts deserve attention first: it reduces the
// findings of each to counts, averages and one score, by the formula of Gene's
// reducer. An alert is all that rules found in one event.
//
// A Ranking belongs to one goroutine.
package rank

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
)

// MaxHosts is the largest number of hosts that are told apart; what is found on
// more is counted under the empty name.
const MaxHosts = 100_000

// Host is what was found on one host.
type Host struct {
	Identifier       string         `json:"identifier"`
	Alerts           int64          `json:"alert-count"`
	BySignature      map[string]int `json:"count-by-signature"`
	Signatures       []string       `json:"signatures"`
	Techniques       []string       `json:"techniques"`
	Tactics          []string       `json:"tactics"`
	SignatureCount   int64          `json:"signature-count"`
	SumAlert         int64          `json:"sum-alert-criticality"`
	AverageAlert     float64        `json:"avg-alert-criticality"`
	DeviationAlert   float64        `json:"std-dev-alert-criticality"`
	SumRule          int64          `json:"sum-rule-criticality"`
	AverageSignature float64        `json:"avg-signature-criticality"`
	DeviationRule    float64        `json:"std-dev-signature-criticality"`
	Diversity        float64        `json:"signature-diversity"`
	UniqueSignatures int            `json:"count-uniq-signatures"`
	SignatureMetric  int64          `json:"signature-criticality-metric"`
	AlertMetric      int64          `json:"alert-criticality-metric"`
	Score            int64          `json:"score"`
	BoundedScore     float64        `json:"bounded-score"`
	Start            string         `json:"start-time,omitempty"`
	Median           string         `json:"median-time,omitempty"`
	Stop             string         `json:"stop-time,omitempty"`
}

// tally is what is counted of one host.
type tally struct {
	alerts, signatures int64
	bySignature        map[string]int
	techniques         map[string]bool
	tactics            map[string]bool
	alert, rule        moments
	first, last        event.Time
}

// moments are the sums that an average and a deviation need.
type moments struct {
	n, sum, squares int64
}

func (m *moments) add(x int64) {
	m.n++
	m.sum += x
	m.squares += x * x
}

func (m *moments) deviation() float64 {
	if m.n == 0 {
		return 0
	}
	mean := float64(m.sum) / float64(m.n)
	return math.Sqrt(max(float64(m.squares)/float64(m.n)-mean*mean, 0))
}

// Ranking collects alerts.
type Ranking struct {
	hosts      map[string]*tally
	signatures map[string]bool
}

// New returns a Ranking without alerts.
func New() *Ranking { return &Ranking{hosts: map[string]*tally{}, signatures: map[string]bool{}} }

// Add counts an alert: the rules that matched one event of a host.
func (r *Ranking) Add(host string, at event.Time, rules []*detect.Rule) {
	if len(rules) == 0 {
		return
	}
	if r.hosts[host] == nil && len(r.hosts) >= MaxHosts {
		host = ""
	}
	t := r.hosts[host]
	if t == nil {
		t = &tally{bySignature: map[string]int{}, techniques: map[string]bool{}, tactics: map[string]bool{}}
		r.hosts[host] = t
	}
	if at != 0 {
		if t.first == 0 || at < t.first {
			t.first = at
		}
		t.last = max(t.last, at)
	}
	sum := int64(0)
	for _, rule := range rules {
		r.signatures[rule.Name] = true
		t.bySignature[rule.Name]++
		t.signatures++
		for _, id := range rule.Techniques {
			t.techniques[id] = true
		}
		for _, name := range rule.Tactics {
			t.tactics[name] = true
		}
		if w := rule.Weight(); w != 0 { // rules that only inform do not count
			t.rule.add(w)
			sum += w
		}
	}
	t.alert.add(min(sum, 10))
	t.alerts++
}

// Hosts returns the hosts, those with the highest score first.
func (r *Ranking) Hosts() []Host {
	var out []Host
	most := int64(0)
	for name, t := range r.hosts {
		h := t.host(name, len(r.signatures))
		most = max(most, h.Score)
		out = append(out, h)
	}
	for i := range out {
		if most > 0 {
			out[i].BoundedScore = cut(float64(out[i].Score)*100/float64(most), 1)
		}
	}
	slices.SortFunc(out, func(a, b Host) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Identifier, b.Identifier))
	})
	return out
}

func (t *tally) host(name string, signatures int) Host {
	h := Host{
		Identifier: name, Alerts: t.alerts, BySignature: t.bySignature, SignatureCount: t.signatures, UniqueSignatures: len(t.bySignature),
		Signatures: sorted(t.bySignature), Techniques: sorted(t.techniques), Tactics: sorted(t.tactics),
		SumAlert: t.alert.sum, SumRule: t.rule.sum, DeviationAlert: cut(t.alert.deviation(), 2), DeviationRule: cut(t.rule.deviation(), 2),
	}
	h.AverageAlert = cut(float64(t.alert.sum)/float64(t.alerts), 2)
	h.AverageSignature = cut(float64(t.rule.sum)/float64(t.signatures), 2)
	h.Diversity = cut(float64(h.UniqueSignatures)*100/float64(signatures), 2)
	h.SignatureMetric = int64(h.UniqueSignatures) * int64(math.Round(h.AverageSignature))
	h.AlertMetric = int64(math.Round(h.AverageAlert * h.Diversity))
	h.Score = h.SignatureMetric + h.AlertMetric
	if t.first != 0 {
		middle := t.first + (t.last-t.first)/2
		h.Start, h.Median, h.Stop = stamp(t.first), stamp(middle), stamp(t.last)
	}
	return h
}

func stamp(t event.Time) string { return t.Std().UTC().Format(time.RFC3339Nano) }

// cut drops the decimals behind the given number.
func cut(x float64, decimals int) float64 {
	unit := math.Pow10(decimals)
	return math.Trunc(x*unit+1e-9) / unit
}

func sorted[V any](m map[string]V) []string {
	out := slices.Sorted(maps.Keys(m))
	if out == nil {
		return []string{}
	}
	return out
}
