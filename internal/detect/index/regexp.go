package index

import (
	"math"
	"regexp/syntax"
	"slices"
	"unicode/utf8"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// maxAlternatives bounds the literals of one regular expression.
const maxAlternatives = 64

// regexpLiterals returns folded texts one of which every match holds; false
// when there are none.
func regexpLiterals(text string) ([]string, bool) {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, false
	}
	l := literalsIn(re.Simplify())
	set := l.any()
	return set, set != nil
}

// literals is what is known of the texts that an expression matches.
type literals struct {
	exact []string // all of them, folded, when they are few
	start []string // each of them begins with one of these; nil is unknown
	some  []string // one of these is in each of them; nil is unknown
}

// head returns what each of the texts begins with, nil when it is unknown.
func (l literals) head() []string {
	if l.exact != nil {
		return l.exact
	}
	return l.start
}

// any returns the better of both, nil when a match can be without text.
func (l literals) any() []string {
	if usable(l.exact) && costOf(l.exact) <= costOf(l.some) {
		return l.exact
	}
	return l.some
}

func usable(set []string) bool { return len(set) > 0 && !slices.Contains(set, "") }

// costOf estimates how many texts have one of the literals; none is infinite.
func costOf(set []string) float64 {
	if !usable(set) {
		return math.Inf(1)
	}
	sum := 0.0
	for _, s := range set {
		sum += commonness(literal{inside, s})
	}
	return sum
}

func literalsIn(re *syntax.Regexp) literals {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return literals{exact: []string{""}}
	case syntax.OpLiteral:
		if slices.Contains(re.Rune, utf8.RuneError) { // matches bytes that are no text
			return literals{}
		}
		return literals{exact: []string{expr.Fold(string(re.Rune))}}
	case syntax.OpCharClass:
		return literals{exact: classLiterals(re.Rune)}
	case syntax.OpCapture:
		return literalsIn(re.Sub[0])
	case syntax.OpQuest:
		if l := literalsIn(re.Sub[0]); l.exact != nil {
			return literals{exact: addAll(slices.Clone(l.exact), []string{""})}
		}
	case syntax.OpPlus:
		return repeated(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return repeated(re.Sub[0])
		}
	case syntax.OpAlternate:
		return alternate(re.Sub)
	case syntax.OpConcat:
		return concat(re.Sub)
	}
	return literals{}
}

// repeated is of an expression that stands once or more.
func repeated(re *syntax.Regexp) literals {
	l := literalsIn(re)
	return literals{start: l.head(), some: l.any()}
}

// classLiterals lists the members of a small character class.
func classLiterals(ranges []rune) []string {
	var out []string
	for i := 0; i+1 < len(ranges); i += 2 {
		if ranges[i+1]-ranges[i] > 8 {
			return nil
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if r == utf8.RuneError {
				return nil
			}
			out = addAll(out, []string{expr.Fold(string(r))})
		}
	}
	if len(out) > 8 {
		return nil
	}
	return out
}

func addAll(set, more []string) []string {
	for _, s := range more {
		if !slices.Contains(set, s) {
			set = append(set, s)
		}
	}
	return set
}

func alternate(subs []*syntax.Regexp) literals {
	var l literals
	exact, begins, known := true, true, true
	for _, sub := range subs {
		k := literalsIn(sub)
		exact = exact && k.exact != nil
		l.exact = addAll(l.exact, k.exact)
		begins = begins && k.head() != nil
		l.start = addAll(l.start, k.head())
		set := k.any()
		known = known && set != nil
		l.some = addAll(l.some, set)
	}
	l.exact = few(l.exact, exact)
	l.start = few(l.start, begins)
	l.some = few(l.some, known)
	return l
}

// few returns set when it is complete and not too large, else nil.
func few(set []string, complete bool) []string {
	if !complete || len(set) > maxAlternatives {
		return nil
	}
	return set
}

// concat joins the exact texts of neighbours and keeps the rarest set.
func concat(subs []*syntax.Regexp) literals {
	run := []string{""}
	var best, start []string
	whole := true
	end := func(set []string) { // a run of texts is over
		if costOf(set) < costOf(best) {
			best = set
		}
		if whole {
			start, whole = set, false
		}
	}
	for _, sub := range subs {
		k := literalsIn(sub)
		if k.exact != nil && len(run)*len(k.exact) <= maxAlternatives {
			run = cross(run, k.exact)
			continue
		}
		last := run
		if h := k.head(); h != nil && len(run)*len(h) <= maxAlternatives {
			last = cross(run, h)
		}
		end(last)
		end(k.any())
		run = []string{""}
		if k.exact != nil {
			run = k.exact
		}
	}
	if whole {
		return literals{exact: run}
	}
	end(run)
	return literals{start: start, some: best}
}

func cross(heads, tails []string) []string {
	var out []string
	for _, h := range heads {
		for _, t := range tails {
			out = addAll(out, []string{h + t})
		}
	}
	return out
}
