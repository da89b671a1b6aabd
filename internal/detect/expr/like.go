package expr

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// anyChar stands for ? in the parts of a glob; no UTF-8 text holds this byte.
const anyChar = 0xff

// Glob is a pattern cut at its *.
type Glob struct {
	Parts  [][]byte // texts between the *, in order; anyChar is one character
	Single [][]bool // parallel with Parts: the byte is a ?
}

// ParseGlob reads a pattern with * and ?; a backslash before *, ? or \ takes
// that character literally, before any other it is itself.
func ParseGlob(pattern string) Glob {
	var g Glob
	var part []byte
	var single []bool
	flush := func() {
		g.Parts, g.Single = append(g.Parts, part), append(g.Single, single)
		part, single = nil, nil
	}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern) && strings.IndexByte(`*?\`, pattern[i+1]) >= 0:
			i++
			part, single = append(part, pattern[i]), append(single, false)
		case c == '*':
			flush()
		case c == '?':
			part, single = append(part, anyChar), append(single, true)
		default:
			part, single = append(part, c), append(single, false)
		}
	}
	flush()
	return g
}

// EscapeGlob returns a pattern that matches s alone.
func EscapeGlob(s string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`).Replace(s)
}

// fold brings the literal bytes of g to folded form.
func (g Glob) fold() Glob {
	for i, part := range g.Parts {
		var out []byte
		var single []bool
		start := 0
		emit := func(end int) {
			lit := AppendFold(nil, string(part[start:end]))
			out, single = append(out, lit...), append(single, make([]bool, len(lit))...)
		}
		for j, q := range g.Single[i] {
			if q {
				emit(j)
				out, single = append(out, anyChar), append(single, true)
				start = j + 1
			}
		}
		emit(len(part))
		g.Parts[i], g.Single[i] = out, single
	}
	return g
}

// Match reports whether the whole of b fits.
func (g Glob) Match(b []byte) bool {
	last := len(g.Parts) - 1
	n, ok := g.prefix(0, b)
	if !ok {
		return false
	}
	if last == 0 {
		return n == len(b)
	}
	b = b[n:]
	for i := 1; i < last; i++ {
		n, ok := g.find(i, b)
		if !ok {
			return false
		}
		b = b[n:]
	}
	return g.suffix(last, b)
}

// prefix matches part i at the start of b and returns its length there.
func (g Glob) prefix(i int, b []byte) (int, bool) {
	part, single := g.Parts[i], g.Single[i]
	n := 0
	for j := range part {
		if n >= len(b) {
			return 0, false
		}
		if single[j] {
			_, size := utf8.DecodeRune(b[n:])
			n += size
			continue
		}
		if b[n] != part[j] {
			return 0, false
		}
		n++
	}
	return n, true
}

// find matches part i anywhere in b, leftmost, and returns where it ends.
func (g Glob) find(i int, b []byte) (int, bool) {
	part := g.Parts[i]
	if len(part) == 0 {
		return 0, true
	}
	if bytes.IndexByte(part, anyChar) < 0 {
		at := bytes.Index(b, part)
		return at + len(part), at >= 0
	}
	for at := 0; at < len(b); {
		if n, ok := g.prefix(i, b[at:]); ok {
			return at + n, true
		}
		step := 1
		if g.Single[i][0] {
			_, step = utf8.DecodeRune(b[at:])
		}
		at += step
	}
	return 0, false
}

// suffix matches part i at the end of b.
func (g Glob) suffix(i int, b []byte) bool {
	part, single := g.Parts[i], g.Single[i]
	for j := len(part) - 1; j >= 0; j-- {
		if len(b) == 0 {
			return false
		}
		if single[j] {
			_, size := utf8.DecodeLastRune(b)
			b = b[:len(b)-size]
			continue
		}
		if b[len(b)-1] != part[j] {
			return false
		}
		b = b[:len(b)-1]
	}
	return true
}
