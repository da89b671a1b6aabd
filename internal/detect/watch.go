package detect

import (
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// maxWatch bounds the paths that rules may have watched.
const maxWatch = 1000

// Watch lists the files whose opening for reading rules look for by their whole
// paths. Such events exist for watched paths only; folders are the business of
// the policy.
func (s *Set) Watch() []string {
	var out []string
	for _, r := range s.rules {
		for _, v := range r.Variants {
			if !slices.Contains(v.Kinds, event.FileOpen) {
				continue
			}
			expr.Walk(v.Where.Root, func(n expr.Node) bool {
				if p, ok := n.(*expr.Predicate); ok {
					out = append(out, watched(p)...)
				}
				_, not := n.(expr.Not)
				return !not
			})
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxWatch)]
}

func watched(p *expr.Predicate) []string {
	if p.Field.Scope != expr.Known || p.Field.ID != event.FieldFilePath || p.Op != expr.Equal || p.Ref != nil {
		return nil
	}
	var out []string
	for _, v := range p.Values {
		if strings.HasPrefix(v, "/") && !strings.HasSuffix(v, "/") && !strings.Contains(v, "*") {
			out = append(out, v)
		}
	}
	return out
}
