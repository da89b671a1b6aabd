package detect

import (
	"path"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// Urgent is what the kernel can test of an execution, so that the agent is
// woken at once when a rule with actions may match it.
type Urgent struct {
	Names        []string // base names of executables, folded by expr.Fold
	Hashes       []string // MD5, SHA-1 or SHA-256 of executables, lower case
	MemoryBacked bool     // executions from a memfd or an unlinked file
	UserChange   bool     // executions that change the effective user
	Batched      []string // ids of rules that no such test covers: they act after the batch
}

// Urgent returns what is urgent for the rules that asked picks; nil picks the
// rules with actions.
func (s *Set) Urgent(asked func(*Rule) bool) Urgent {
	if asked == nil {
		asked = func(r *Rule) bool { return len(r.Actions) > 0 }
	}
	var sum Urgent
	for _, r := range s.rules {
		if !asked(r) {
			continue
		}
		for _, v := range r.Variants {
			if len(v.Kinds) == 0 {
				continue
			}
			u, ok := urgentOf(v.Where.Root)
			if !ok || !slices.Contains(v.Kinds, event.ProcessStart) {
				sum.Batched = append(sum.Batched, r.ID)
				continue
			}
			sum.add(u)
		}
	}
	slices.Sort(sum.Names)
	slices.Sort(sum.Hashes)
	sum.Names, sum.Hashes = slices.Compact(sum.Names), slices.Compact(sum.Hashes)
	return sum
}

func (u *Urgent) add(o Urgent) {
	u.Names, u.Hashes = append(u.Names, o.Names...), append(u.Hashes, o.Hashes...)
	u.MemoryBacked = u.MemoryBacked || o.MemoryBacked
	u.UserChange = u.UserChange || o.UserChange
}

// urgentOf returns tests one of which is true of every execution that n is
// true of; false when there are none.
func urgentOf(n expr.Node) (Urgent, bool) {
	switch n := n.(type) {
	case expr.And:
		for _, t := range n {
			if u, ok := urgentOf(t); ok {
				return u, true
			}
		}
	case expr.Or:
		var sum Urgent
		for _, t := range n {
			u, ok := urgentOf(t)
			if !ok {
				return Urgent{}, false
			}
			sum.add(u)
		}
		return sum, len(n) > 0
	case expr.Not:
		if p, ok := n.Term.(*expr.Predicate); ok && p.Ref != nil && p.Op == expr.Equal {
			a, b := p.Field.Name, p.Ref.Name
			user := []string{"user.id", "user.effective.id"}
			return Urgent{UserChange: true}, slices.Contains(user, a) && slices.Contains(user, b)
		}
	case *expr.Predicate:
		return urgentPredicate(n)
	}
	return Urgent{}, false
}

func urgentPredicate(p *expr.Predicate) (Urgent, bool) {
	if p.Field.Scope != expr.Known || p.Ref != nil {
		return Urgent{}, false
	}
	switch p.Field.ID {
	case event.FieldProcessMemoryBacked:
		return Urgent{MemoryBacked: true}, true
	case event.FieldProcessHashMd5, event.FieldProcessHashSha1, event.FieldProcessHashSha256:
		var u Urgent
		for _, v := range p.Values {
			u.Hashes = append(u.Hashes, strings.ToLower(v))
		}
		return u, p.Op == expr.Equal
	case event.FieldProcessName:
		var u Urgent
		for _, v := range p.Values {
			u.Names = append(u.Names, expr.Fold(v))
		}
		return u, p.Op == expr.Equal
	case event.FieldProcessExecutable:
		return baseNames(p)
	}
	return Urgent{}, false
}

// baseNames takes the last components of executables that p names in full.
func baseNames(p *expr.Predicate) (Urgent, bool) {
	var u Urgent
	for _, v := range p.Values {
		if p.Op != expr.Equal && p.Op != expr.EndsWith || !strings.Contains(v, "/") || strings.HasSuffix(v, "/") {
			return Urgent{}, false
		}
		u.Names = append(u.Names, expr.Fold(path.Base(v)))
	}
	return u, len(u.Names) > 0
}
