package dfa

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxWork bounds what dividing the runes into classes costs.
const maxWork = 4 << 20

// Compile makes an automaton of an expression as regexp.Compile reads it. An
// error says that the expression is wrong, or too large to be an automaton.
func Compile(text string) (*Regexp, error) {
	tree, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	tree = shorten(tree)
	r := &Regexp{byKey: map[string]uint32{}, least: leastBytes(tree)}
	if class, n := runOf(tree); n > 0 {
		r.run, tree = n, class
	}
	r.prog, err = syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, err
	}
	r.anchored = r.prog.StartCond()&syntax.EmptyBeginText != 0
	for i := range r.prog.Inst {
		if in := &r.prog.Inst[i]; in.Op == syntax.InstEmptyWidth {
			r.context |= contextOf(syntax.EmptyOp(in.Arg))
		}
	}
	if err := r.classes(); err != nil {
		return nil, err
	}
	r.start()
	return r, nil
}

// runOf returns the class and the count when re is so many characters of one
// class; else 0.
func runOf(re *syntax.Regexp) (*syntax.Regexp, int) {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	if re.Op != syntax.OpRepeat || re.Min != re.Max || re.Min < 2 {
		return nil, 0
	}
	switch sub := re.Sub[0]; sub.Op {
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return sub, re.Min
	}
	return nil, 0
}

// classes divides all runes into classes that no instruction tells apart.
func (r *Regexp) classes() error {
	insts, sets := r.runeSets()
	cuts := r.cuts(sets)
	if len(cuts)*(len(sets)+1) > maxWork {
		return fmt.Errorf("%d ranges of characters in %d classes: too many for an automaton", len(cuts), len(sets))
	}
	byTaker := map[string]uint8{}
	taker := make([]byte, len(sets)+1)
	for _, c := range cuts {
		for i, in := range sets {
			taker[i] = 0
			if in.MatchRune(c) {
				taker[i] = 1
			}
		}
		taker[len(sets)] = flagsBefore(c) & r.context
		class, ok := byTaker[string(taker)]
		if !ok {
			if len(r.rep) >= 250 {
				return fmt.Errorf("more than %d classes of characters: too many for an automaton", len(r.rep))
			}
			class = uint8(len(r.rep))
			byTaker[string(taker)] = class
			r.rep = append(r.rep, c)
		}
		r.from, r.of = append(r.from, c), append(r.of, class)
	}
	if r.run > 0 {
		r.numberRun(sets[0])
	}
	r.spread()
	r.rep = append(r.rep, -1)
	r.matches = make([]bool, len(r.prog.Inst)*len(r.rep))
	for pc, set := range insts {
		for class, c := range r.rep {
			if set >= 0 && c >= 0 {
				r.matches[pc*len(r.rep)+class] = sets[set].MatchRune(c)
			}
		}
	}
	return nil
}

// numberRun makes 1 the class of the characters that in takes, 0 all others.
func (r *Regexp) numberRun(in *syntax.Inst) {
	for i, c := range r.from {
		r.of[i] = 0
		if in.MatchRune(c) {
			r.of[i] = 1
		}
	}
	r.rep = r.rep[:1]
}

// spread fills the table of ASCII and keeps ranges for the other runes only.
func (r *Regexp) spread() {
	for c := range r.ascii {
		r.ascii[c] = r.classOf(rune(c))
	}
	other := r.classOf(utf8.RuneSelf)
	n, _ := slices.BinarySearch(r.from, utf8.RuneSelf)
	r.from = slices.Insert(slices.Clone(r.from[n:]), 0, utf8.RuneSelf)
	r.of = slices.Insert(slices.Clone(r.of[n:]), 0, other)
}

// runeSets returns for each instruction the number of its set of runes, -1 for
// none, and an instruction for each different set.
func (r *Regexp) runeSets() ([]int, []*syntax.Inst) {
	out := make([]int, len(r.prog.Inst))
	seen := map[string]int{}
	var sets []*syntax.Inst
	for pc := range r.prog.Inst {
		in := &r.prog.Inst[pc]
		out[pc] = -1
		switch in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		default:
			continue
		}
		key := fmt.Sprint(in.Op, in.Arg, in.Rune)
		n, ok := seen[key]
		if !ok {
			n = len(sets)
			seen[key] = n
			sets = append(sets, in)
		}
		out[pc] = n
	}
	return out, sets
}

// cuts returns the first runes of ranges that no set tells apart, in order.
func (r *Regexp) cuts(sets []*syntax.Inst) []rune {
	cuts := []rune{0, '\n', '\n' + 1}
	if r.context&afterWord != 0 {
		cuts = append(cuts, '0', '9'+1, 'A', 'Z'+1, '_', '_'+1, 'a', 'z'+1)
	}
	add := func(lo, hi rune) { cuts = append(cuts, lo, hi+1) }
	for _, in := range sets {
		if len(in.Rune) == 1 {
			c := in.Rune[0]
			add(c, c)
			if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
				for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
					add(f, f)
				}
			}
			continue
		}
		for i := 0; i+1 < len(in.Rune); i += 2 {
			add(in.Rune[i], in.Rune[i+1])
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	return slices.DeleteFunc(cuts, func(c rune) bool { return c > unicode.MaxRune })
}

// shorten takes off what no match needs at the beginning and at the end: of a
// repetition there the least number is enough.
func shorten(re *syntax.Regexp) *syntax.Regexp {
	return shortenEnd(shortenEnd(re, true), false)
}

func shortenEnd(re *syntax.Regexp, first bool) *syntax.Regexp {
	empty := &syntax.Regexp{Op: syntax.OpEmptyMatch}
	switch re.Op {
	case syntax.OpStar, syntax.OpQuest:
		return empty
	case syntax.OpPlus:
		return shortenEnd(re.Sub[0], first)
	case syntax.OpCapture:
		return shortenEnd(re.Sub[0], first)
	case syntax.OpRepeat:
		switch {
		case re.Min == 0:
			return empty
		case re.Min == 1:
			return shortenEnd(re.Sub[0], first)
		}
		out := *re
		out.Max = re.Min
		return &out
	case syntax.OpAlternate:
		out := *re
		out.Sub = slices.Clone(re.Sub)
		for i := range out.Sub {
			out.Sub[i] = shortenEnd(out.Sub[i], first)
		}
		return &out
	case syntax.OpConcat:
		return shortenConcat(re, first)
	}
	return re
}

func shortenConcat(re *syntax.Regexp, first bool) *syntax.Regexp {
	out := *re
	out.Sub = slices.Clone(re.Sub)
	for len(out.Sub) > 1 {
		at := len(out.Sub) - 1
		if first {
			at = 0
		}
		sub := shortenEnd(out.Sub[at], first)
		if sub.Op != syntax.OpEmptyMatch {
			out.Sub[at] = sub
			return &out
		}
		out.Sub = slices.Delete(out.Sub, at, at+1)
	}
	return shortenEnd(out.Sub[0], first)
}

// leastBytes returns how many bytes every match of re has at least.
func leastBytes(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return leastBytes(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min * leastBytes(re.Sub[0])
	case syntax.OpConcat:
		n := 0
		for _, sub := range re.Sub {
			n += leastBytes(sub)
		}
		return n
	case syntax.OpAlternate:
		n := leastBytes(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			n = min(n, leastBytes(sub))
		}
		return n
	}
	return 0
}
