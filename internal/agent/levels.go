package agent

import (
	"slices"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
)

// addLevels adds the actions that the policy has for the level of all findings
// on one event together, to the finding of the weightiest rule. The findings
// are those of ms, in their order.
func (d *detector) addLevels(findings []*event.Event, ms []detect.Match) {
	policy := d.policy.Load()
	if policy == nil || len(policy.Levels) == 0 || len(findings) == 0 {
		return
	}
	most, at := int64(-1), 0
	i := 0
	for _, m := range ms {
		if !m.Rule.Raises() {
			continue
		}
		if w := m.Rule.Weight(); w > most {
			most, at = w, i
		}
		i++
	}
	f := findings[at].Finding
	sum := detect.Sum(ms, nil)
	for _, a := range policy.Levels[sum.Level] {
		if !slices.Contains(f.Actions, a) {
			f.Actions = append(slices.Clone(f.Actions), a)
		}
	}
}
