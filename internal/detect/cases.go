package detect

import (
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/event"
)

// Test runs the events of r through the set and returns what is wrong: an
// event that the rule must match and does not, or the other way round.
func (s *Set) Test(r *Rule) []string {
	var wrong []string
	for _, c := range r.Cases {
		got := s.matches(r, c)
		switch {
		case c.Match && !got:
			wrong = append(wrong, fmt.Sprintf("%s:%d: must match and does not; see vedette rules explain", r.Path, c.Line))
		case !c.Match && got:
			wrong = append(wrong, fmt.Sprintf("%s:%d: must not match and does; see vedette rules explain", r.Path, c.Line))
		}
	}
	return wrong
}

func (s *Set) matches(r *Rule, c Case) bool {
	var ms []Match
	if c.Rec != nil {
		ms = s.Match(c.Rec, nil)
	}
	k := s.Correlator(correlate.Options{})
	for i, rec := range c.Sequence {
		at := event.Time(rec.Get(event.FieldTimestamp).Num)
		if at == 0 { // events without a time come one second after the other
			at = event.Time(i+1) * event.Time(time.Second)
		}
		ms = k.Match(rec, at, correlate.Ref{Number: int64(i) + 1}, s.Match(rec, nil), ms)
	}
	for _, m := range ms {
		if m.Rule == r {
			return true
		}
	}
	return false
}
