package expr

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"
)

// FoldRune returns the one rune that stands for all that differ from r only in
// case, by Unicode simple folding; for ASCII letters the lower-case one.
func FoldRune(r rune) rune {
	if uint32(r) < uint32(len(folds)) {
		return rune(folds[r])
	}
	return foldRune(r)
}

// folds is FoldRune of the runes of two bytes and less. immutable
var folds = makeFolds()

func makeFolds() (out [0x800]uint16) {
	for r := range out {
		out[r] = uint16(foldRune(rune(r)))
	}
	return out
}

func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	low := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		low = min(low, next)
	}
	if low < utf8.RuneSelf && 'A' <= low && low <= 'Z' {
		low += 'a' - 'A'
	}
	return low
}

// AppendFold appends s without case. Bytes that are not UTF-8 stay as they are.
func AppendFold(dst []byte, s string) []byte {
	at := len(dst)
	dst = append(dst, s...)
	b := dst[at:]
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if x&highBits != 0 {
			return appendFoldRunes(dst[:at+i], s[i:])
		}
		// The high bit of each byte of upper is set for A to Z only.
		upper := (x + (0x80-'A')*lowBits) &^ (x + (0x80-'Z'-1)*lowBits) & highBits
		binary.LittleEndian.PutUint64(b[i:], x|upper>>2)
	}
	for ; i < len(b); i++ {
		switch c := b[i]; {
		case c >= utf8.RuneSelf:
			return appendFoldRunes(dst[:at+i], s[i:])
		case 'A' <= c && c <= 'Z':
			b[i] = c + 'a' - 'A'
		}
	}
	return dst
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

func appendFoldRunes(dst []byte, s string) []byte {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			dst = append(dst, byte(folds[s[i]]))
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[i])
		} else {
			dst = utf8.AppendRune(dst, FoldRune(r))
		}
		i += n
	}
	return dst
}

// Fold returns s without case.
func Fold(s string) string { return string(AppendFold(nil, s)) }
