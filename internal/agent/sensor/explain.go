package sensor

import "strings"

// Better is a rung that would see more than the one that is taken, and why it
// is not taken.
type Better struct {
	Rung  string `json:"rung"`
	Needs string `json:"needs"`
	Why   string `json:"why,omitempty"`
}

// Explain takes apart what an agent_sensor event said of the rung that was taken:
// which rungs would be better, and what this one does not see. Without a rung all
// of them would be.
func (s Spec) Explain(rung, reason string) (better []Better, unseen string) {
	limits := ""
	for _, r := range s.Rungs {
		if r.Name == rung {
			limits = r.Limits
			break
		}
		better = append(better, Better{Rung: r.Name, Needs: r.Needs})
	}
	if rung != "" {
		var told bool
		if reason, unseen, told = strings.Cut("; "+reason, "; "+rung+doesNotSee); !told {
			unseen = limits
		}
	} else {
		reason = "; " + reason
	}
	for i := range better {
		_, why, found := strings.Cut(reason, "; "+better[i].Rung+": ")
		if !found {
			continue
		}
		better[i].Why = why
		for _, next := range better[i+1:] {
			better[i].Why, _, _ = strings.Cut(better[i].Why, "; "+next.Rung+": ")
		}
	}
	return better, unseen
}

// doesNotSee stands between a rung and what it does not see.
const doesNotSee = " does not see: "
