package index

import (
	"math"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// atom is a literal that must stand in a field.
type atom struct {
	field expr.Field
	literal
}

// need is a set of atoms one of which every record has that a condition is
// true of; ok is false when no such set is known.
type need struct {
	atoms []atom
	cost  float64 // about how many records have one of them, relative
	ok    bool
}

// Selective reports whether every record that x is true of has one of a few
// literals of some length, so that the index evaluates x on few records.
func Selective(x *expr.Expr) bool {
	n := required(x.Root)
	for _, a := range n.atoms {
		if a.where == inside && len(a.text) < 2 {
			return false
		}
	}
	return n.ok
}

// maxAtoms bounds the atoms of one need.
const maxAtoms = 8192

// required returns the cheapest need of a condition.
func required(n expr.Node) need {
	switch n := n.(type) {
	case expr.And:
		best := need{cost: math.Inf(1)}
		for _, t := range n {
			if r := required(t); r.ok && r.cost < best.cost {
				best = r
			}
		}
		return best
	case expr.Or:
		all := need{ok: true}
		for _, t := range n {
			r := required(t)
			if !r.ok || len(all.atoms)+len(r.atoms) > maxAtoms {
				return need{}
			}
			all.atoms = append(all.atoms, r.atoms...)
			all.cost += r.cost
		}
		return all
	case *expr.Predicate:
		return ofPredicate(n)
	}
	return need{}
}

func ofPredicate(p *expr.Predicate) need {
	if p.Ref != nil {
		return need{}
	}
	switch p.Op {
	case expr.Equal, expr.Contains, expr.StartsWith, expr.EndsWith:
		return ofValues(p)
	case expr.Like:
		return ofPatterns(p)
	case expr.Matches, expr.Extract:
		return ofRegexps(p)
	}
	return need{}
}

func ofValues(p *expr.Predicate) need {
	out := need{ok: true}
	for _, v := range p.Values {
		l := literal{where: place(0), text: expr.Fold(v)}
		switch p.Op {
		case expr.Equal:
			l.where = whole
			var ok bool
			if l.text, ok = equalText(p, v); !ok {
				return need{}
			}
		case expr.StartsWith:
			l.where = atStart
		case expr.EndsWith:
			l.where = atEnd
		}
		if l.text == "" && l.where != whole {
			return need{}
		}
		out.add(p.Field, l)
	}
	return out
}

// equalText returns the one folded text of a field that equals v; false when
// several texts do.
func equalText(p *expr.Predicate, v string) (string, bool) {
	if p.Field.Scope == expr.Any {
		return "", false
	}
	if p.Field.Scope == expr.Known {
		switch p.Field.ID.Info().Type {
		case event.Int, event.OptInt64:
			n, err := strconv.ParseInt(v, 10, 64)
			return strconv.FormatInt(n, 10), err == nil
		case event.Bool:
			return "true", strings.EqualFold(v, "true")
		case event.String, event.Strings, event.KindName:
		default:
			return "", false
		}
	}
	return expr.Fold(v), p.Text || !expr.IsNumber(v)
}

func ofPatterns(p *expr.Predicate) need {
	out := need{ok: true}
	for _, v := range p.Values {
		best := ""
		for i, part := range expr.ParseGlob(v).Parts {
			single := expr.ParseGlob(v).Single[i]
			start := 0
			for j := 0; j <= len(part); j++ {
				if j == len(part) || single[j] {
					if j-start > len(best) {
						best = string(part[start:j])
					}
					start = j + 1
				}
			}
		}
		if best == "" {
			return need{}
		}
		out.add(p.Field, literal{inside, expr.Fold(best)})
	}
	return out
}

func ofRegexps(p *expr.Predicate) need {
	out := need{ok: true}
	for _, re := range p.Regexps() {
		lits, ok := regexpLiterals(re.String())
		if !ok {
			return need{}
		}
		for _, l := range lits {
			out.add(p.Field, literal{inside, l})
		}
	}
	return out
}

func (n *need) add(f expr.Field, l literal) {
	n.atoms = append(n.atoms, atom{f, l})
	n.cost += commonness(l)
}

// commonness estimates the share of records that have l.
func commonness(l literal) float64 {
	switch l.where {
	case whole:
		return 0.01
	case atStart, atEnd:
		return math.Pow(0.6, float64(min(len(l.text), 12)))/2 + 0.004
	}
	if len(l.text) == 1 {
		return 2
	}
	return math.Pow(0.55, float64(min(len(l.text), 12)))
}
