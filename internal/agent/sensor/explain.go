package sensor

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// Better is a rung that would see more than the one that is taken, and why it
// is not taken.
type Better struct {
	Rung  string `json:"rung"`
	Needs string `json:"needs"`
	Why   string `json:"why,omitempty"`

	below bool // the one that is taken, where all that work are taken together
}

// Explain takes apart what an agent_sensor event said of the rung that was taken:
// which rungs would be better, and what this one does not see. Without a rung all
// of them would be.
func (s Spec) Explain(rung, reason string) (better []Better, unseen string) {
	limits, below := "", false
	var all []Better
	for _, r := range s.Rungs {
		if r.Name == rung {
			limits, below = r.Limits, true
			continue
		}
		all = append(all, Better{Rung: r.Name, Needs: r.Needs, below: below})
	}
	if rung != "" {
		var told bool
		if reason, unseen, told = strings.Cut("; "+reason, "; "+rung+doesNotSee); !told {
			unseen = limits
		}
	} else {
		reason = "; " + reason
	}
	for i, b := range all {
		_, why, found := strings.Cut(reason, "; "+b.Rung+": ")
		for _, next := range all[i+1:] {
			why, _, _ = strings.Cut(why, "; "+next.Rung+": ")
		}
		if b.Why = why; found || !b.below {
			better = append(better, b)
		}
	}
	return better, unseen
}

// Makes lists the kinds that a rung makes; of no rung it is none.
func (s Spec) Makes(rung string) []event.Kind {
	for _, r := range s.Rungs {
		switch {
		case r.Name != rung:
		case r.Only != nil:
			return r.Only
		default:
			return s.Kinds
		}
	}
	return nil
}

// doesNotSee stands between a rung and what it does not see.
const doesNotSee = " does not see: "
