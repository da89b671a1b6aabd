package detect

import (
	"slices"
	"strings"
)

// LevelOf returns the level and the severity of a criticality from 0 to 10:
// 1 to 4 is low, 5 to 7 medium, 8 and 9 high, 10 critical.
func LevelOf(criticality int64) (level string, severity int64) {
	switch {
	case criticality >= 10:
		severity = 5
	case criticality >= 8:
		severity = 4
	case criticality >= 5:
		severity = 3
	case criticality >= 1:
		severity = 2
	default:
		severity = 1
	}
	return Levels()[severity-1], severity
}

// Weight returns the criticality of the rule: its own, or that of its level.
func (r *Rule) Weight() int64 {
	if r.Criticality > 0 || r.Severity == 0 {
		return r.Criticality
	}
	return [...]int64{0, 3, 6, 8, 10}[min(max(r.Severity, 1), 5)-1]
}

// Detection is what all rules that match one event say together.
type Detection struct {
	Signature   []string `json:"signature"` // names of the rules
	Criticality int64    `json:"criticality"`
	Level       string   `json:"level"`
	Techniques  []string `json:"techniques,omitempty"`
	Tactics     []string `json:"tactics,omitempty"`
	Actions     []string `json:"actions,omitempty"`
	Filtered    bool     `json:"filtered,omitempty"` // a filter rule matched
}

// Sum returns what the matches on one event say together: the criticalities
// added up to at most 10, each technique and action once, and the actions that
// defaults has for the level of the sum. Filter rules only set Filtered.
func Sum(ms []Match, defaults map[string][]string) Detection {
	var d Detection
	for _, m := range ms {
		if m.Rule.Filter {
			d.Filtered = true
			continue
		}
		d.Signature = append(d.Signature, m.Rule.Name)
		d.Criticality = min(d.Criticality+m.Rule.Weight(), 10)
		d.Techniques = union(d.Techniques, m.Rule.Techniques)
		d.Tactics = union(d.Tactics, m.Rule.Tactics)
		d.Actions = union(d.Actions, m.Rule.Actions)
	}
	d.Level, _ = LevelOf(d.Criticality)
	if len(d.Signature) > 0 {
		d.Actions = union(d.Actions, defaults[d.Level])
	}
	return d
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.ContainsFunc(a, func(have string) bool { return strings.EqualFold(have, s) }) {
			a = append(a, s)
		}
	}
	return a
}
