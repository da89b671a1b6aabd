package fleet

import "github.com/vedette-edr/vedette/internal/api"

// Counts are numbers of the fleet.
type Counts struct {
	Hosts, Online, Rules int64
	EventRate            float64
	RuleProblems         []api.RuleProblem
}

// Counts returns what is in memory, without asking the database.
func (f *Fleet) Counts() Counts {
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	c := Counts{Hosts: int64(len(f.hosts)), Rules: int64(len(f.rules.set.Rules())), RuleProblems: f.bad}
	for _, h := range f.hosts {
		if h.online(now) {
			c.Online++
		}
		c.EventRate += h.rate.perSecond(now)
	}
	return c
}
