package detect

import "fmt"

// Test runs the events of r through the set and returns what is wrong: an
// event that the rule must match and does not, or the other way round.
func (s *Set) Test(r *Rule) []string {
	var wrong []string
	for _, c := range r.Cases {
		got := false
		for _, m := range s.Match(c.Rec, nil) {
			got = got || m.Rule == r
		}
		switch {
		case c.Match && !got:
			wrong = append(wrong, fmt.Sprintf("%s:%d: must match and does not; see vedette rules explain", r.Path, c.Line))
		case !c.Match && got:
			wrong = append(wrong, fmt.Sprintf("%s:%d: must not match and does; see vedette rules explain", r.Path, c.Line))
		}
	}
	return wrong
}
