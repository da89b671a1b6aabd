package expr

import (
	"cmp"
	"math"
	"strconv"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// number is a decimal number; whole numbers of 64 bits stay exact.
type number struct {
	whole bool
	n     int64
	f     float64
}

// parseNumber reads a decimal number without exponent: digits, an optional
// sign before and an optional fraction behind. Anything else is a text.
func parseNumber(s string) (number, bool) {
	if !looksNumeric(s) {
		return number{}, false
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return number{whole: true, n: n, f: float64(n)}, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return number{f: f}, err == nil
}

func looksNumeric(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	i := 0
	if s[0] == '-' || s[0] == '+' {
		i = 1
	}
	digits, dots := 0, 0
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case c == '.' && digits > 0:
			dots++
		default:
			return false
		}
	}
	return digits > 0 && dots <= 1 && s[len(s)-1] != '.'
}

func (a number) compare(b number) int {
	if a.whole && b.whole {
		return cmp.Compare(a.n, b.n)
	}
	return cmp.Compare(a.f, b.f)
}

// parseAnyBase reads a whole number of any base, as 16, 0x10, 0o20, 020 or
// 0b10000, or a decimal fraction.
func parseAnyBase(s string) (number, bool) {
	if n, ok := parseBits(s); ok {
		return number{whole: true, n: n, f: float64(n)}, true
	}
	if len(s) > maxNumber {
		return number{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return number{f: f}, err == nil && !math.IsNaN(f)
}

// maxNumber bounds the text of a number, bytes.
const maxNumber = 80

// parseBits reads a whole number of any base.
func parseBits(s string) (int64, bool) {
	if s == "" || len(s) > maxNumber || s[0] != '-' && s[0] != '+' && (s[0] < '0' || s[0] > '9') {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 0, 64)
	return n, err == nil
}

// numberOf returns v as a number when its type is one.
func numberOf(v event.Value) (number, bool) {
	switch v.Type {
	case event.Int, event.OptInt64:
		return number{whole: true, n: v.Num, f: float64(v.Num)}, true
	case event.Float:
		return number{f: v.Flt}, true
	}
	return number{}, false
}

// parseTime reads RFC 3339, a date, or a date and a time without zone (UTC).
func parseTime(s string) (event.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return event.At(t), true
		}
	}
	return 0, false
}

// IsNumber reports whether comparisons take s as a number.
func IsNumber(s string) bool { return looksNumeric(s) }
