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

// setWatch has the files watched that rules look for by their paths, besides
// those of the policy.
func (d *detector) setWatch() {
	set, policy := d.live.Set(), d.policy.Load()
	if d.watch == nil || set == nil || policy == nil {
		return
	}
	all := slices.Clone(policy.Watch)
	for _, p := range set.Watch() {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	more := len(all) > len(policy.Watch)
	if before := d.watches.Swap(more); !before && !more {
		return // the policy's own list is in force already
	}
	if err := d.watch(all); err != nil {
		d.log.Error("files that rules look for are not watched: their opening is no event", "error", err)
	}
}
