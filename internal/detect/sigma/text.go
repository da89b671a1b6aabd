package sigma

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// text is a Sigma string: literal runs and wildcards. A part that is * or ? as
// wildcard has wild set.
type text []part

type part struct {
	lit  string
	wild byte // '*', '?' or 0 for a literal
}

// parseText reads a Sigma string: * and ? are wildcards, a backslash before
// *, ? or \ takes that character literally, before any other it is itself.
func parseText(s string) text {
	var t text
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			t = append(t, part{lit: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && i+1 < len(s) && strings.IndexByte(`*?\`, s[i+1]) >= 0:
			i++
			lit.WriteByte(s[i])
		case c == '*' || c == '?':
			flush()
			t = append(t, part{wild: c})
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	return t
}

// literal returns the text without wildcards; false when it has some.
func (t text) literal() (string, bool) {
	switch {
	case len(t) == 0:
		return "", true
	case len(t) == 1 && t[0].wild == 0:
		return t[0].lit, true
	}
	return "", false
}

func (t text) startsStar() bool { return len(t) > 0 && t[0].wild == '*' }
func (t text) endsStar() bool   { return len(t) > 0 && t[len(t)-1].wild == '*' }

// around adds a * before and behind where there is none.
func (t text) around(before, behind bool) text {
	var out text
	if before && !t.startsStar() {
		out = append(out, part{wild: '*'})
	}
	out = append(out, t...)
	if behind && !out.endsStar() {
		out = append(out, part{wild: '*'})
	}
	return out
}

// test is an operator with its value.
type test struct {
	op    expr.Op
	value string
}

// test returns the simplest operator that means t.
func (t text) test() test {
	if lit, ok := t.literal(); ok {
		return test{expr.Equal, lit}
	}
	before, behind := t.startsStar(), t.endsStar()
	mid := t
	for len(mid) > 0 && mid[0].wild == '*' {
		mid = mid[1:]
	}
	for len(mid) > 0 && mid[len(mid)-1].wild == '*' {
		mid = mid[:len(mid)-1]
	}
	if len(mid) == 0 {
		return test{op: expr.Exists}
	}
	if lit, ok := mid.literal(); ok {
		switch {
		case before && behind:
			return test{expr.Contains, lit}
		case before:
			return test{expr.EndsWith, lit}
		case behind:
			return test{expr.StartsWith, lit}
		}
	}
	return test{expr.Like, t.glob()}
}

// glob writes t for the operator like.
func (t text) glob() string {
	var b strings.Builder
	for _, p := range t {
		if p.wild != 0 {
			b.WriteByte(p.wild)
		} else {
			b.WriteString(expr.EscapeGlob(p.lit))
		}
	}
	return b.String()
}

// dashes are what windash puts in the place of a dash or slash that begins an
// option.
var dashes = []string{"-", "/", "–", "—", "―"} // immutable

// maxExpansion bounds the texts that one value stands for.
const maxExpansion = 4096

// windash returns t with every combination of dashes at the beginnings of
// options: one of the dashes with no letter, digit or _ before and one behind.
func (t text) windash() ([]text, bool) {
	out := []text{nil}
	for _, p := range t {
		forms := []string{p.lit}
		if p.wild == 0 {
			forms = dashForms(p.lit)
		}
		if len(out)*len(forms) > maxExpansion {
			return nil, false
		}
		var next []text
		for _, head := range out {
			for _, f := range forms {
				next = append(next, append(head[:len(head):len(head)], part{f, p.wild}))
			}
		}
		out = next
	}
	return out, true
}

func dashForms(s string) []string {
	out := []string{""}
	start := 0
	before := rune(0)
	for i, r := range s {
		end := i + utf8.RuneLen(r)
		option := slices.Contains(dashes, string(r)) && !wordRune(before) && end < len(s)
		if option {
			behind, _ := utf8.DecodeRuneInString(s[end:])
			option = wordRune(behind)
		}
		before = r
		if !option || len(out) > maxExpansion {
			continue
		}
		var next []string
		for _, head := range out {
			for _, d := range dashes {
				next = append(next, head+s[start:i]+d)
			}
		}
		out, start = next, end
	}
	for i := range out {
		out[i] += s[start:]
	}
	return out
}

// wordRune reports whether r is part of a word.
func wordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
