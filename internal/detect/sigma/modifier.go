package sigma

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// How values become tests.
type method uint8

const (
	byText  method = iota // Sigma string with wildcards
	byRegex               // re
	byCIDR
	byExists
	byOrder // gt, gte, lt, lte
	byField // fieldref
)

// item is what a key of a selection says: a field and its modifiers.
type item struct {
	field   string
	line    int
	method  method
	order   expr.Op
	before  bool // contains, endswith: anything may stand before
	behind  bool
	all     bool
	cased   bool
	negate  bool
	expand  bool
	flags   string    // of a regular expression
	unit    expr.Unit // of a time
	changes []change
}

// change turns one text into the texts that it stands for.
type change struct {
	name  string
	apply func(text) ([]text, string) // the second is what is wrong
}

// keyOf reads "field|modifier|modifier".
func keyOf(key string, line int) (item, *mistake) {
	parts := strings.Split(key, "|")
	it := item{field: strings.TrimSpace(parts[0]), line: line}
	for _, m := range parts[1:] {
		if !it.modify(strings.TrimSpace(m)) {
			return it, wrong(line, "", "the modifiers are "+strings.Join(modifiers, ", "), "unknown modifier %q", m)
		}
	}
	if what := it.clash(); what != "" {
		return it, wrong(line, "", "", "%s", what)
	}
	return it, nil
}

// modifiers lists the modifiers that are understood. immutable
var modifiers = []string{"all", "base64", "base64offset", "cased", "cidr", "contains", "day", "endswith", "exists", "expand",
	"fieldref", "gt", "gte", "hour", "i", "lt", "lte", "m", "minute", "month", "neq", "re", "s", "startswith", "utf16", "utf16be",
	"utf16le", "week", "wide", "windash", "year"}

func (it *item) modify(m string) bool {
	switch m {
	case "all":
		it.all = true
	case "contains":
		it.before, it.behind = true, true
	case "startswith":
		it.behind = true
	case "endswith":
		it.before = true
	case "cased":
		it.cased = true
	case "neq":
		it.negate = true
	case "expand":
		it.expand = true
	case "exists":
		it.method = byExists
	case "cidr":
		it.method = byCIDR
	case "fieldref":
		it.method = byField
	case "re":
		it.method = byRegex
	case "i", "m", "s":
		if it.method != byRegex {
			return false
		}
		it.flags += m
	default:
		return it.modifyOrder(m) || it.modifyText(m)
	}
	return true
}

func (it *item) modifyOrder(m string) bool {
	ops := map[string]expr.Op{"gt": expr.Greater, "gte": expr.GreaterEqual, "lt": expr.Less, "lte": expr.LessEqual}
	if op, ok := ops[m]; ok {
		it.method, it.order = byOrder, op
		return true
	}
	u, ok := expr.ParseUnit(m)
	if ok {
		it.unit = u
	}
	return ok
}

// clash says which modifiers of the item do not go together.
func (it *item) clash() string {
	texts := it.before || it.behind || len(it.changes) > 0 || it.expand
	switch {
	case it.field == "" && (it.method == byOrder || it.method == byExists || it.method == byField || it.unit != expr.NoUnit):
		return "a keyword has no field that exists, is a number or a time, or can be compared"
	case it.unit != expr.NoUnit && (texts || it.cased || it.method != byText && it.method != byOrder):
		return it.unit.String() + " goes with numbers only"
	case it.method != byText && it.method != byField && (it.before || it.behind):
		return "contains, startswith and endswith go with texts and fieldref only"
	case it.method != byText && (len(it.changes) > 0 || it.expand && it.method != byRegex && it.method != byCIDR):
		return "what changes a text does not go with the other modifiers"
	case it.cased && it.method != byText && it.method != byField && it.method != byRegex:
		return "cased goes with texts only"
	}
	return ""
}

func (it *item) modifyText(m string) bool {
	var f func(text) ([]text, string)
	switch m {
	case "windash":
		f = windash
	case "base64":
		f = onBytes(func(b []byte) []string { return []string{base64.StdEncoding.EncodeToString(b)} })
	case "base64offset":
		f = onBytes(base64Offsets)
	case "wide", "utf16le":
		f = onBytes(func(b []byte) []string { return []string{wide(b, binary.LittleEndian)} })
	case "utf16be":
		f = onBytes(func(b []byte) []string { return []string{wide(b, binary.BigEndian)} })
	case "utf16":
		f = onBytes(func(b []byte) []string { return []string{"\xff\xfe" + wide(b, binary.LittleEndian)} })
	default:
		return false
	}
	it.changes = append(it.changes, change{m, f})
	return true
}

func windash(t text) ([]text, string) {
	out, ok := t.windash()
	if !ok {
		return nil, "too many dashes in one value"
	}
	return out, ""
}

// onBytes makes a change of a text without wildcards.
func onBytes(f func([]byte) []string) func(text) ([]text, string) {
	return func(t text) ([]text, string) {
		lit, ok := t.literal()
		if !ok {
			return nil, "an encoded value cannot have wildcards"
		}
		var out []text
		for _, s := range f([]byte(lit)) {
			out = append(out, text{{lit: s}})
		}
		return out, ""
	}
}

func wide(b []byte, order binary.AppendByteOrder) string {
	var out []byte
	for _, u := range utf16.Encode([]rune(string(b))) {
		out = order.AppendUint16(out, u)
	}
	return string(out)
}

// base64Offsets returns the parts that stay the same in the base64 of any text
// that holds b, one for each of the three places where b can begin.
func base64Offsets(b []byte) []string {
	starts, ends := [3]int{0, 2, 3}, [3]int{0, 3, 2}
	var out []string
	for i := range 3 {
		s := base64.StdEncoding.EncodeToString(append(slices.Repeat([]byte{' '}, i), b...))
		from, to := starts[i], len(s)-ends[(len(b)+i)%3]
		if from < to {
			out = append(out, s[from:to])
		}
	}
	return out
}
