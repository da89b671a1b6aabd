package query

import (
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// kinds returns the kinds of events that a condition could be true of, for the
// question how whole their telemetry is; nil when it could be any.
func (s *selection) kinds() []event.Kind {
	var out []event.Kind
	all := event.Kinds()
	for _, k := range all {
		if yes, _ := could(s.where.Root, k); yes {
			out = append(out, k)
		}
	}
	if len(out) == len(all) {
		return nil
	}
	return out
}

// could reports whether a condition could be true, and whether it could be
// false, of an event of which only the kind is known.
func could(n expr.Node, k event.Kind) (yes, no bool) {
	switch n := n.(type) {
	case expr.And:
		yes = true
		for _, t := range n {
			y, f := could(t, k)
			yes, no = yes && y, no || f
		}
		return yes, no
	case expr.Or:
		no = true
		for _, t := range n {
			y, f := could(t, k)
			yes, no = yes || y, no && f
		}
		return yes, no
	case expr.Not:
		yes, no = could(n.Term, k)
		return no, yes
	case *expr.Predicate:
		if n.Ref == nil && n.Field.Scope == expr.Known && ofKind(n.Field.ID) {
			e := event.Event{Kind: k}
			yes = n.MatchValue(e.Get(n.Field.ID))
			return yes, !yes
		}
	}
	return true, true
}

// ofKind reports whether the kind alone decides a field.
func ofKind(id event.FieldID) bool {
	return id == event.FieldEventAction || id == event.FieldEventCategory || id == event.FieldEventType
}
