package expr

import (
	"bytes"
	"net/netip"

	"github.com/vedette-edr/vedette/internal/event"
)

// MaxField is how much of a text is matched, bytes; the rest is not seen.
const MaxField = 64 << 10

// scratch is how many bytes of a folded text stay on the stack.
const scratch = 256

// Match reports whether the predicate is true of rec.
func (p *Predicate) Match(rec Record) bool {
	if p.Field.Scope != Any {
		if p.Ref != nil {
			return p.matchFields(p.Field.Of(rec), p.Ref.Of(rec))
		}
		return p.MatchValue(p.Field.Of(rec))
	}
	found := false
	rec.Each(func(_ string, v event.Value) bool {
		found = p.MatchValue(v)
		return !found
	})
	return found
}

// MatchValue reports whether the predicate is true of a value. An absent value
// fulfils nothing; of a list one element must. A predicate with Ref needs the
// whole record and is false here.
func (p *Predicate) MatchValue(v event.Value) bool {
	if !v.Present() || p.Ref != nil {
		return false
	}
	if p.Op == Exists {
		return true
	}
	switch v.Type {
	case event.String, event.KindName:
		return p.MatchText(v.Str)
	case event.Strings:
		for _, s := range v.List {
			if p.MatchText(s) {
				return true
			}
		}
		return false
	case event.Address:
		return p.matchAddress(v.IP)
	}
	if p.Op == Equal || p.Op.ordered() {
		if hit, done := p.matchNumber(v); done {
			return hit
		}
	}
	return p.MatchText(v.Text())
}

// matchNumber compares a number or a time; done is false when text decides.
func (p *Predicate) matchNumber(v event.Value) (hit, done bool) {
	num, isNum := numberOf(v)
	isTime := v.Type == event.Instant
	if !isNum && !isTime {
		return false, false
	}
	for i := range p.tests {
		t := &p.tests[i]
		switch {
		case isNum && t.numeric && p.Op.holds(num.compare(t.num)):
			return true, true
		case isTime && t.timed && p.Op.holds(compareInt(v.Num, int64(t.at))):
			return true, true
		}
	}
	return false, true
}

func compareInt(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (p *Predicate) matchAddress(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	switch p.Op {
	case CIDR:
		return p.inNetwork(ip)
	case Equal:
		for i := range p.tests {
			if p.tests[i].ip == ip {
				return true
			}
		}
		return false
	}
	return p.MatchText(ip.String())
}

// TextOf returns v as predicates on texts see it; an IPv4 address that is
// mapped to IPv6 is written as IPv4, without a zone.
func TextOf(v event.Value) string {
	if v.Type == event.Address {
		return v.IP.Unmap().WithZone("").String()
	}
	return v.Text()
}

// AppendTextOf appends TextOf(v) of a value that is not a list.
func AppendTextOf(dst []byte, v event.Value) []byte {
	if v.Type == event.Address {
		return v.IP.Unmap().WithZone("").AppendTo(dst)
	}
	return v.AppendText(dst)
}

func (p *Predicate) inNetwork(ip netip.Addr) bool {
	for i := range p.tests {
		if p.tests[i].prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// MatchText reports whether the predicate is true of a text that is present,
// the empty one included.
func (p *Predicate) MatchText(s string) bool {
	if len(s) > MaxField {
		s = s[:MaxField]
	}
	switch p.Op {
	case Exists:
		return true
	case Matches:
		for i := range p.tests {
			if p.tests[i].re.MatchString(s) {
				return true
			}
		}
		return false
	case Mask:
		n, ok := parseBits(s)
		return ok && p.hasBits(n)
	case Extract:
		return p.extracts(s)
	case CIDR:
		ip, err := netip.ParseAddr(s)
		return err == nil && p.inNetwork(ip.Unmap().WithZone(""))
	}
	var stack [scratch]byte
	b := stack[:0]
	if p.Cased {
		b = append(b, s...)
	} else {
		b = AppendFold(b, s)
	}
	num, numeric := number{}, false
	if (p.Op == Equal && !p.Text) || p.Op.ordered() {
		num, numeric = p.parse(s)
	}
	for i := range p.tests {
		if p.compare(&p.tests[i], b, num, numeric) {
			return true
		}
	}
	return false
}

// MatchFolded is MatchText for a text that is folded already. It is for
// predicates that are not Cased and compare texts: contains, startswith,
// endswith, like, and Equal when no value is a number or Text is set.
func (p *Predicate) MatchFolded(b []byte) bool {
	for i := range p.tests {
		if p.compare(&p.tests[i], b, number{}, false) {
			return true
		}
	}
	return false
}

// parse reads s as a number, as the predicate takes numbers.
func (p *Predicate) parse(s string) (number, bool) {
	if p.Number {
		return parseAnyBase(s)
	}
	return parseNumber(s)
}

// hasBits reports whether n has all bits of one of the values.
func (p *Predicate) hasBits(n int64) bool {
	for i := range p.tests {
		if m := p.tests[i].mask; n&m == m {
			return true
		}
	}
	return false
}

// extracts reports whether what an expression takes out of s is in the
// container.
func (p *Predicate) extracts(s string) bool {
	for i := range p.tests {
		t := &p.tests[i]
		at := t.re.FindStringSubmatchIndex(s)
		if at != nil && at[2*t.group] >= 0 && p.In.Has(s[at[2*t.group]:at[2*t.group+1]]) {
			return true
		}
	}
	return false
}

// compare tests the text b, which is folded unless Cased, against one value.
func (p *Predicate) compare(t *test, b []byte, num number, numeric bool) bool {
	switch p.Op {
	case Equal:
		return bytes.Equal(b, t.text) || numeric && t.numeric && num.compare(t.num) == 0
	case Contains:
		return bytes.Contains(b, t.text)
	case StartsWith:
		return bytes.HasPrefix(b, t.text)
	case EndsWith:
		return bytes.HasSuffix(b, t.text)
	case Like:
		return t.glob.Match(b)
	}
	if t.numeric { // a number is not compared with what is none
		return numeric && p.Op.holds(num.compare(t.num))
	}
	return p.Op.holds(bytes.Compare(b, t.text))
}

// matchFields compares two fields: true when one element of the left and one
// of the right fulfil the operator.
func (p *Predicate) matchFields(left, right event.Value) bool {
	if !left.Present() || !right.Present() {
		return false
	}
	for _, r := range texts(right) {
		r = r[:min(len(r), MaxField)]
		var room []byte
		q := Predicate{Op: p.Op, Cased: p.Cased, Text: p.Text}
		t, err := q.prepare(r, &room)
		if err != nil {
			return false
		}
		q.tests = []test{t}
		if q.MatchValue(left) {
			return true
		}
	}
	return false
}

func texts(v event.Value) []string {
	if v.Type == event.Strings {
		return v.List
	}
	return []string{TextOf(v)}
}
