package feed

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// The bounds of a STIX pattern.
const (
	maxPattern = 64 << 10 // bytes
	maxValues  = 1000
	maxNesting = 64
)

// pattern reads the part of STIX patterning that names single values:
// comparisons with =, IN, LIKE, MATCHES and ISSUBSET, joined with OR. AND joins
// hashes of one file only, which say the same.
type pattern struct {
	text  string
	rest  string
	token string // the current one; a string literal with its first quote
	depth int
	count int
}

// errAnd says why AND is refused.
var errAnd = errors.New("AND joins what is no hash of one file: an indicator is one value; write it as a rule")

// stixPattern returns the indicators of a pattern; the error says what of it
// cannot be one.
func stixPattern(text string) ([]ioc.Indicator, error) {
	if len(text) > maxPattern {
		return nil, fmt.Errorf("%d bytes: more than %d", len(text), maxPattern)
	}
	p := &pattern{text: text, rest: text}
	if err := p.next(); err != nil {
		return nil, err
	}
	out, err := p.observations()
	if err != nil || p.token == "" {
		return out, err
	}
	switch word := strings.ToUpper(p.token); word {
	case "WITHIN", "REPEATS", "START", "FOLLOWEDBY", "AND":
		return nil, fmt.Errorf("%s joins observations over time: write it as a correlation rule", word)
	}
	return nil, fmt.Errorf("%.20q stands after the end", p.token)
}

// next reads the next token.
func (p *pattern) next() error {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		p.token = ""
		return nil
	}
	n := 0
	switch c := p.rest[0]; {
	case c == '\'':
		for n = 1; n < len(p.rest) && p.rest[n] != '\''; n++ {
			if p.rest[n] == '\\' {
				n++
			}
		}
		if n++; n > len(p.rest) {
			return errors.New("a quote is not closed")
		}
	case strings.IndexByte("[]()=,", c) >= 0:
		n = 1
	case strings.IndexByte("!<>", c) >= 0:
		n = 1
		if len(p.rest) > 1 && p.rest[1] == '=' {
			n = 2
		}
	default:
		n = p.path()
	}
	p.token, p.rest = p.rest[:n], p.rest[n:]
	return nil
}

// path returns the length of a word or an object path, which may have quoted
// parts and lists: file:hashes.'SHA-256', x[*].
func (p *pattern) path() int {
	n := 0
	for n < len(p.rest) && strings.IndexByte(" \t\r\n=!<>(),]", p.rest[n]) < 0 {
		switch p.rest[n] {
		case '\'':
			end := strings.IndexByte(p.rest[n+1:], '\'')
			if end < 0 {
				return len(p.rest)
			}
			n += end + 2
		case '[':
			end := strings.IndexByte(p.rest[n:], ']')
			if end < 0 {
				return len(p.rest)
			}
			n += end + 1
		default:
			n++
		}
	}
	return max(n, 1)
}

func (p *pattern) is(word string) bool { return strings.EqualFold(p.token, word) }

func (p *pattern) want(token string) error {
	if p.token != token {
		return fmt.Errorf("%q is missing before %.30q", token, p.token+p.rest)
	}
	return p.next()
}

// deeper bounds nesting.
func (p *pattern) deeper() error {
	if p.depth++; p.depth > maxNesting {
		return fmt.Errorf("nested deeper than %d", maxNesting)
	}
	return nil
}

// observations reads [ ... ] OR [ ... ], with parentheses.
func (p *pattern) observations() ([]ioc.Indicator, error) {
	var out []ioc.Indicator
	for {
		more, err := p.observation()
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
		if !p.is("OR") {
			return out, nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *pattern) observation() ([]ioc.Indicator, error) {
	open, closed, inner := "[", "]", p.either
	if p.token == "(" {
		open, closed, inner = "(", ")", p.observations
	}
	return p.enclosed(open, closed, inner)
}

func (p *pattern) enclosed(open, closed string, inner func() ([]ioc.Indicator, error)) ([]ioc.Indicator, error) {
	if err := p.deeper(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	if err := p.want(open); err != nil {
		return nil, err
	}
	out, err := inner()
	if err != nil {
		return nil, err
	}
	return out, p.want(closed)
}

// either reads comparisons joined with OR.
func (p *pattern) either() ([]ioc.Indicator, error) {
	var out []ioc.Indicator
	for {
		more, err := p.both()
		if err != nil {
			return nil, err
		}
		out = append(out, more...)
		if !p.is("OR") {
			return out, nil
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

// both reads comparisons joined with AND and keeps the strongest hash of them.
func (p *pattern) both() ([]ioc.Indicator, error) {
	best, err := p.comparison()
	for err == nil && p.is("AND") {
		if err = p.next(); err != nil {
			break
		}
		var more []ioc.Indicator
		if more, err = p.comparison(); err != nil {
			break
		}
		if len(best) != 1 || len(more) != 1 || hashStrength(best[0].Type) == 0 || hashStrength(more[0].Type) == 0 {
			return nil, errAnd
		}
		if hashStrength(more[0].Type) > hashStrength(best[0].Type) {
			best = more
		}
	}
	return best, err
}

// comparison reads one comparison, or some in parentheses.
func (p *pattern) comparison() ([]ioc.Indicator, error) {
	if p.token == "(" {
		return p.enclosed("(", ")", p.either)
	}
	path := strings.ToLower(strings.NewReplacer("'", "", `"`, "").Replace(p.token))
	if err := p.next(); err != nil {
		return nil, err
	}
	op := strings.ToUpper(p.token)
	switch op {
	case "=", "IN", "LIKE", "MATCHES", "ISSUBSET":
	case "NOT", "!=":
		return nil, errors.New("NOT: an indicator is a value that is bad; write it as a rule")
	default:
		return nil, fmt.Errorf("the operator %.20q is not read", op)
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	values, err := p.values(op)
	if err != nil {
		return nil, err
	}
	var out []ioc.Indicator
	for _, v := range values {
		i, err := compared(path, op, v)
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	if p.count += len(out); p.count > maxValues {
		return nil, fmt.Errorf("more than %d values", maxValues)
	}
	return out, nil
}

// values reads what follows an operator: a literal, or a list of them.
func (p *pattern) values(op string) ([]string, error) {
	if op != "IN" {
		v, err := p.literal()
		return []string{v}, err
	}
	if err := p.want("("); err != nil {
		return nil, err
	}
	var out []string
	for {
		v, err := p.literal()
		if err != nil {
			return nil, err
		}
		if out = append(out, v); len(out) > maxValues {
			return nil, fmt.Errorf("more than %d values", maxValues)
		}
		if p.token != "," {
			return out, p.want(")")
		}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
}

func (p *pattern) literal() (string, error) {
	t := p.token
	if len(t) < 2 || t[0] != '\'' {
		return "", fmt.Errorf("%.30q is no text in quotes", t)
	}
	text := strings.NewReplacer(`\\`, `\`, `\'`, `'`).Replace(t[1 : len(t)-1])
	return text, p.next()
}

// compared returns the indicator of a comparison.
func compared(path, op, value string) (ioc.Indicator, error) {
	var i ioc.Indicator
	t, ok := stixType(path)
	if !ok {
		return i, fmt.Errorf("%.60q cannot be looked up", path)
	}
	i = ioc.Indicator{Type: t, Value: value}
	switch op {
	case "=", "IN":
		if t == ioc.Regexp {
			i.Value = "^" + regexp.QuoteMeta(value) + "$"
		}
	case "ISSUBSET":
		if t != ioc.Address {
			return i, fmt.Errorf("%s of %.60q: only addresses are in networks", op, path)
		}
		i.Type = ioc.Network
	case "MATCHES":
		i.Type = ioc.Regexp
	case "LIKE":
		i.Type, i.Value = ioc.Regexp, likeRegexp(value)
	}
	if i.Type == ioc.Regexp && t != ioc.FileName && t != ioc.URL && t != ioc.Domain && t != ioc.Regexp {
		return i, fmt.Errorf("%s of %.60q: only names, URLs and command lines are matched so", op, path)
	}
	return i, nil
}

func stixType(path string) (ioc.Type, bool) {
	switch path {
	case "file:hashes.md5":
		return ioc.MD5, true
	case "file:hashes.sha-1", "file:hashes.sha1":
		return ioc.SHA1, true
	case "file:hashes.sha-256", "file:hashes.sha256":
		return ioc.SHA256, true
	case "file:hashes.tlsh":
		return ioc.TLSH, true
	case "file:extensions.windows-pebinary-ext.imphash", "file:hashes.imphash":
		return ioc.Imphash, true
	case "file:name", "process:image_ref.name", "process:binary_ref.name":
		return ioc.FileName, true
	case "process:command_line":
		return ioc.Regexp, true
	case "ipv4-addr:value", "ipv6-addr:value", "network-traffic:dst_ref.value", "network-traffic:src_ref.value":
		return ioc.Address, true
	case "domain-name:value":
		return ioc.Domain, true
	case "url:value":
		return ioc.URL, true
	}
	return ioc.None, false
}

// likeRegexp writes a pattern of LIKE as a regular expression.
func likeRegexp(like string) string {
	var b strings.Builder
	b.WriteByte('^')
	for _, c := range like {
		switch c {
		case '%':
			b.WriteString(".*")
		case '_':
			b.WriteByte('.')
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	b.WriteByte('$')
	return b.String()
}
