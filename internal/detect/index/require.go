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
	cost  float64 // about how many records have one of them, of one
	cut   bool    // an atom is only a part of its text
	ok    bool
}

// Selective reports whether every record that x is true of has one of a few
// literals that are not in most records, so that the index evaluates x on few
// of them.
func Selective(x *expr.Expr) bool {
	n := (&builder{}).required(x.Root)
	for _, a := range n.atoms {
		if commonness(a.literal) > mostCommon {
			return false
		}
	}
	return n.ok && n.cost <= maxCost
}

// mostCommon is the share of records from where on a literal is in most.
const mostCommon = 0.8

// maxAtoms bounds the atoms of one need.
const maxAtoms = 8192

// required returns the cheapest need of a condition.
func (b *builder) required(n expr.Node) need {
	switch n := n.(type) {
	case expr.And:
		best := need{cost: math.Inf(1)}
		for _, t := range n {
			if r := b.required(t); r.ok && r.cost < best.cost {
				best = r
			}
		}
		return best
	case expr.Or:
		all := need{ok: true}
		for _, t := range n {
			r := b.required(t)
			if !r.ok || len(all.atoms)+len(r.atoms) > maxAtoms {
				return need{}
			}
			all.atoms = append(all.atoms, r.atoms...)
			all.cost += r.cost
		}
		return all
	case *expr.Predicate:
		return b.weigh(ofPredicate(n))
	}
	return need{}
}

// weigh adds what the rules themselves say of an atom: one that many of them
// ask for is of a program or a place that is often used.
func (b *builder) weigh(n need) need {
	if len(b.popular) == 0 || !n.ok {
		return n
	}
	n.cost = 0
	for _, a := range n.atoms {
		n.cost += max(commonness(a.literal), min(0.001*float64(b.popular[a]-1), 0.3))
	}
	return n
}

// count notes which atoms the predicates of a condition ask for.
func (b *builder) count(x *expr.Expr) {
	for _, p := range x.Predicates() {
		if len(p.Values) > 50 {
			continue
		}
		for _, a := range ofPredicate(p).atoms {
			b.popular[a]++
		}
	}
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
	case expr.Matches:
		return ofRegexps(p)
	}
	return need{}
}

func ofValues(p *expr.Predicate) need {
	out := need{ok: true}
	for _, v := range p.Values {
		l := literal{text: expr.Fold(v)}
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
	switch p.Field.Scope {
	case expr.Data:
	case expr.Known:
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
	default:
		return "", false
	}
	return expr.Fold(v), p.Text || !expr.IsNumber(v)
}

func ofPatterns(p *expr.Predicate) need {
	out := need{ok: true}
	for _, v := range p.Values {
		best := literal{}
		for _, l := range globLiterals(expr.ParseGlob(v)) {
			if best.text == "" || commonness(l) < commonness(best) {
				best = l
			}
		}
		if best.text == "" {
			return need{}
		}
		out.add(p.Field, best)
	}
	return out
}

// globLiterals lists the texts between the wildcards of a pattern.
func globLiterals(g expr.Glob) []literal {
	var out []literal
	for i, part := range g.Parts {
		start := 0
		for j := 0; j <= len(part); j++ {
			if j < len(part) && !g.Single[i][j] {
				continue
			}
			if j > start {
				l := literal{inside, expr.Fold(string(part[start:j]))}
				switch {
				case i == 0 && start == 0:
					l.where = atStart
				case i == len(g.Parts)-1 && j == len(part):
					l.where = atEnd
				}
				out = append(out, l)
			}
			start = j + 1
		}
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
	if len(l.text) > maxLiteral {
		n.cut = true
		switch l.where {
		case whole:
			l.where, l.text = atStart, l.text[:maxLiteral]
		case atEnd:
			l.text = l.text[len(l.text)-maxLiteral:]
		default:
			l.text = l.text[:maxLiteral]
		}
	}
	n.atoms = append(n.atoms, atom{f, l})
	n.cost += commonness(l)
}
