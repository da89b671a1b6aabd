package expr

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Predicate compares one field with values; it is true when it is true for one
// of them. Make it with NewPredicate; it is immutable afterwards.
type Predicate struct {
	Field  Field
	Op     Op
	Values []string   // none for Exists and with Ref
	Cased  bool       // upper and lower case differ
	Text   bool       // compare as text also what looks like numbers; only Equal asks
	Number bool       // compare numbers of any base (16, 0x10, 0o20), and nothing else; only orders ask
	In     *Container // of Extract
	Ref    *Field     // the other side is this field instead of Values
	Pos    int        // where the text syntax has it, in bytes

	tests []test // parallel with Values
}

// test is a value made ready for its operator. Most values are texts only.
type test struct {
	text []byte // folded unless Cased
	*details
}

// details is what a value is besides a text.
type details struct {
	num     number
	mask    int64
	numeric bool
	at      event.Time
	timed   bool
	ip      netip.Addr
	prefix  netip.Prefix
	re      *regexp.Regexp
	group   int // of re, what Extract takes
	glob    Glob
}

// noDetails are those of a value that is a text only. immutable
var noDetails = &details{}

// MaxValues is the largest number of values of one predicate.
const MaxValues = 20000

// NewPredicate checks p and makes it ready to match. The error says what is
// wrong with which value.
func NewPredicate(p Predicate) (*Predicate, error) {
	p.Text, p.Number = p.Text && p.Op == Equal, p.Number && p.Op.ordered()
	if p.Ref != nil || p.Op == Exists {
		if p.Ref != nil && (p.Op > EndsWith || len(p.Values) > 0) {
			return nil, fmt.Errorf("%s does not compare with a field", p.Op)
		}
		if p.Op == Exists && len(p.Values) > 0 {
			return nil, fmt.Errorf("exists takes no value")
		}
		return &p, nil
	}
	if len(p.Values) == 0 {
		return nil, fmt.Errorf("%s needs a value", p.Op)
	}
	if (p.Op == Extract) != (p.In != nil) {
		return nil, fmt.Errorf("extract and a container go together")
	}
	if len(p.Values) > MaxValues {
		return nil, fmt.Errorf("%d values: more than %d", len(p.Values), MaxValues)
	}
	p.tests = make([]test, len(p.Values))
	size := 0
	for _, v := range p.Values {
		size += len(v)
	}
	room := make([]byte, 0, size)
	for i, v := range p.Values {
		t, err := p.prepare(v, &room)
		if err != nil {
			return nil, err
		}
		p.tests[i] = t
	}
	return &p, nil
}

// prepare makes a value ready; its text is put behind those that are in room.
func (p *Predicate) prepare(v string, room *[]byte) (test, error) {
	at := len(*room)
	if p.Cased {
		*room = append(*room, v...)
	} else {
		*room = AppendFold(*room, v)
	}
	t := test{text: (*room)[at:len(*room):len(*room)], details: noDetails}
	if p.onlyText(v) {
		return t, nil
	}
	t.details = &details{}
	var err error
	switch p.Op {
	case Equal, Less, LessEqual, Greater, GreaterEqual:
		t.num, t.numeric = parseNumber(v)
		if len(v) >= len(time.DateOnly) && '0' <= v[0] && v[0] <= '9' {
			t.at, t.timed = parseTime(v)
		}
		t.ip, _ = netip.ParseAddr(v)
		t.ip = t.ip.Unmap()
		if p.Number {
			t.num, t.numeric = parseAnyBase(v)
			if !t.numeric {
				err = fmt.Errorf("%q is not a number", v)
			}
		}
	case Mask:
		if t.mask, t.numeric = parseBits(v); !t.numeric {
			err = fmt.Errorf("%q is not a whole number of 64 bits", v)
		}
	case Extract:
		t.re, t.group, err = compileExtract(v)
	case Like:
		t.glob = ParseGlob(v)
		if !p.Cased {
			t.glob = t.glob.fold()
		}
	case Matches:
		t.re, err = compileRegexp(v, p.Cased)
	case CIDR:
		t.prefix, err = parsePrefix(v)
	}
	return t, err
}

// onlyText reports whether v can be no more than a text to p.
func (p *Predicate) onlyText(v string) bool {
	switch p.Op {
	case Contains, StartsWith, EndsWith:
		return true
	case Equal: // numbers, times and addresses have a digit or a colon
		return !strings.ContainsAny(v, "0123456789:")
	}
	return false
}

// maxRegexp bounds the text of a regular expression, bytes.
const maxRegexp = 8192

func compileRegexp(text string, cased bool) (*regexp.Regexp, error) {
	if len(text) > maxRegexp {
		return nil, fmt.Errorf("regular expression of %d bytes: more than %d", len(text), maxRegexp)
	}
	if !cased {
		text = "(?i)" + text
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, fmt.Errorf("regular expression: %s; RE2 syntax has no look-around and no back-references", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	return re, nil
}

// compileExtract compiles the expression of Extract; its first named group is
// what it takes.
func compileExtract(text string) (*regexp.Regexp, int, error) {
	re, err := compileRegexp(text, true)
	if err != nil {
		return nil, 0, err
	}
	for i, name := range re.SubexpNames() {
		if name != "" {
			return re, i, nil
		}
	}
	return nil, 0, fmt.Errorf("regular expression %s has no named group (?P<name>...) to extract", text)
}

func parsePrefix(v string) (netip.Prefix, error) {
	if a, err := netip.ParseAddr(v); err == nil {
		a = a.Unmap().WithZone("")
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	pre, err := netip.ParsePrefix(v)
	if err != nil {
		return pre, fmt.Errorf("%q is not a network such as 10.0.0.0/8 or 2001:db8::/32", v)
	}
	return pre.Masked(), nil
}

// Prefixes returns the networks of a CIDR predicate.
func (p *Predicate) Prefixes() []netip.Prefix {
	var out []netip.Prefix
	for _, t := range p.tests {
		if p.Op == CIDR {
			out = append(out, t.prefix)
		}
	}
	return out
}

// Regexps returns the compiled expressions of a Matches or Extract predicate.
func (p *Predicate) Regexps() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, t := range p.tests {
		if t.re != nil {
			out = append(out, t.re)
		}
	}
	return out
}
