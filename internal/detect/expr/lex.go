package expr

import (
	"strings"
)

// MaxText is the longest condition that Parse reads, bytes.
const MaxText = 256 << 10

type tokenKind uint8

const (
	tokEnd    tokenKind = iota
	tokWord             // bare word: keyword, field name, number
	tokQuoted           // 'text' or "text"
	tokField            // `field name`
	tokSymbol           // ( ) , = != > < >= <=
)

type token struct {
	kind tokenKind
	text string
	pos  int
}

// Error is a mistake in a condition.
type Error struct {
	Pos  int // bytes from the start
	What string
	Hint string // what to do; may be empty
}

// Error returns what is wrong, where, and what to do.
func (e *Error) Error() string {
	msg := "at character " + itoa(e.Pos+1) + ": " + e.What
	if e.Hint != "" {
		msg += "; " + e.Hint
	}
	return msg
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

func nameByte(c byte) bool {
	return c == '_' || c == '.' || c == '@' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// wordByte reports whether c may stand in a value without quotes.
func wordByte(c byte) bool {
	return nameByte(c) || c >= 0x80 || strings.IndexByte("/:+%*?\\$~#{}[]|&;^", c) >= 0
}

// lex cuts text into tokens; the last one is tokEnd.
func lex(text string) ([]token, *Error) {
	if len(text) > MaxText {
		return nil, &Error{What: "condition of " + itoa(len(text)) + " bytes", Hint: "at most " + itoa(MaxText)}
	}
	var out []token
	for i := 0; i < len(text); {
		c := text[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '\'' || c == '"' || c == '`':
			t, next, err := lexQuoted(text, i)
			if err != nil {
				return nil, err
			}
			out = append(out, t)
			i = next
		case strings.IndexByte("(),=!<>", c) >= 0:
			n := 1
			if i+1 < len(text) && text[i+1] == '=' && c != '(' && c != ')' && c != ',' {
				n = 2
			}
			out = append(out, token{tokSymbol, text[i : i+n], i})
			i += n
		case wordByte(c):
			end := i
			for end < len(text) && wordByte(text[end]) {
				end++
			}
			out = append(out, token{tokWord, text[i:end], i})
			i = end
		default:
			return nil, &Error{Pos: i, What: "unexpected character " + quote(string(rune(c))), Hint: "put values in quotes: 'value'"}
		}
	}
	return append(out, token{kind: tokEnd, pos: len(text)}), nil
}

// lexQuoted reads a text in quotes; the quote itself is written twice.
func lexQuoted(text string, start int) (token, int, *Error) {
	q := text[start]
	kind := tokQuoted
	if q == '`' {
		kind = tokField
	}
	var b strings.Builder
	for i := start + 1; i < len(text); i++ {
		if text[i] != q {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == q {
			b.WriteByte(q)
			i++
			continue
		}
		return token{kind, b.String(), start}, i + 1, nil
	}
	return token{}, 0, &Error{Pos: start, What: "the quote is not closed", Hint: "a quote inside a text is written twice: 'it''s'"}
}
