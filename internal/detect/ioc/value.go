package ioc

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/tlsh"
)

func levels() []string { return detect.Levels() }

// severity returns 1 to 5 for a level, 0 for what is none.
func severity(level string) int64 {
	for i, l := range detect.Levels() {
		if l == level {
			return int64(i + 1)
		}
	}
	return 0
}

// Canonical returns the value of an indicator of the type in the form in which
// it is looked up; the error says why it is no such value.
func Canonical(t Type, value string) (string, error) {
	value = strings.TrimSpace(value)
	if value == "" {
		return "", errors.New("empty")
	}
	switch t {
	case MD5, Imphash:
		return canonicalHash(t, value, 32)
	case SHA1:
		return canonicalHash(t, value, 40)
	case SHA256:
		return canonicalHash(t, value, 64)
	case TLSH:
		d, err := tlsh.Parse(value)
		return d.String(), err
	case Address, Network:
		return canonicalAddress(t, refang(value))
	case Domain, Hostname:
		return canonicalDomain(t, refang(value))
	case URL:
		return canonicalURL(refang(value))
	case FileName:
		return canonicalPath(value)
	case Regexp:
		return value, checkRegexp(value)
	}
	return "", fmt.Errorf("unknown type %d", t)
}

func canonicalHash(t Type, value string, digits int) (string, error) {
	if len(value) != digits || !isHex(value) {
		return "", fmt.Errorf("%.80q is no %s: that has %d hexadecimal digits", value, t, digits)
	}
	value = strings.ToLower(value)
	switch value {
	case "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855":
		return "", errors.New("it is the hash of the empty file")
	}
	return value, nil
}

func isHex(s string) bool {
	for i := 0; i < len(s); i++ {
		if nibbles[s[i]] > 15 {
			return false
		}
	}
	return true
}

// nibbles has the value of each hexadecimal digit; others are above 15.
// immutable
var nibbles = hexDigits()

func hexDigits() (t [256]byte) {
	for c := range t {
		t[c] = 0xFF
	}
	for i := range 16 {
		t["0123456789abcdef"[i]], t["0123456789ABCDEF"[i]] = byte(i), byte(i)
	}
	return t
}

func canonicalAddress(t Type, value string) (string, error) {
	value = strings.Trim(value, "[]")
	if a, err := netip.ParseAddr(value); err == nil && a.Zone() == "" {
		a = a.Unmap()
		if a.IsUnspecified() || a.IsLoopback() {
			return "", fmt.Errorf("%s is the address of no other host", a)
		}
		if t == Network {
			return netip.PrefixFrom(a, a.BitLen()).String(), nil
		}
		return a.String(), nil
	}
	p, err := netip.ParsePrefix(value)
	if err != nil {
		return "", fmt.Errorf("%.80q is neither an address nor a network such as 192.0.2.0/24 or 2001:db8::/32", value)
	}
	if p.Addr().Is4In6() {
		return "", fmt.Errorf("%.80q: write a network of IPv4 addresses as IPv4", value)
	}
	if p.Bits() == 0 {
		return "", fmt.Errorf("%s is every address", p)
	}
	if p.IsSingleIP() && t == Address {
		return p.Addr().String(), nil
	}
	return p.Masked().String(), nil
}

func canonicalDomain(t Type, value string) (string, error) {
	name := strings.TrimPrefix(strings.TrimSuffix(value, "."), "*.")
	if !isASCII(name) {
		puny, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return "", fmt.Errorf("%.80q is no domain: %w", value, err)
		}
		name = puny
	}
	name = strings.ToLower(name)
	if err := checkDomain(name); err != nil {
		return "", fmt.Errorf("%.80q is no domain: %w", value, err)
	}
	if suffix, icann := publicsuffix.PublicSuffix(name); t == Domain && icann && suffix == name {
		return "", fmt.Errorf("%s is a suffix under which anybody has names; as type hostname it names itself alone", name)
	}
	return name, nil
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func checkDomain(name string) error {
	if len(name) > 253 {
		return errors.New("longer than 253 characters")
	}
	labels := strings.Split(name, ".")
	if len(labels) < 2 {
		return errors.New("it has no dot")
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return errors.New("a label is empty or longer than 63 characters")
		}
		for i := 0; i < len(l); i++ {
			c := l[i]
			if !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
				return fmt.Errorf("the character %q", c)
			}
		}
	}
	if _, err := netip.ParseAddr(name); err == nil || strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return errors.New("the last label is a number")
	}
	return nil
}

func canonicalURL(value string) (string, error) {
	scheme, _, ok := strings.Cut(value, "://")
	if !ok || !isScheme(scheme) {
		return "", fmt.Errorf("%.80q is no URL: it does not begin with a scheme such as https://", value)
	}
	if strings.ContainsAny(value, " \t\r\n\"<>") {
		return "", fmt.Errorf("%.80q is no URL: it has blanks, quotes or angle brackets", value)
	}
	host := hostOf(value)
	if host == "" {
		return "", fmt.Errorf("%.80q is no URL: it names no host", value)
	}
	return strings.ToLower(scheme) + "://" + string(appendURL(nil, value)), nil
}

func canonicalPath(value string) (string, error) {
	if strings.ContainsAny(value, "\x00\r\n") {
		return "", errors.New("a control character")
	}
	path := string(appendPath(nil, value))
	// what stands before the first known folder cannot be looked up
	for strings.HasPrefix(path, "%") || strings.HasPrefix(path, "~") || strings.HasPrefix(path, "$") {
		_, rest, ok := strings.Cut(path, "/")
		if !ok {
			break
		}
		path = strings.TrimSpace(rest)
	}
	switch {
	case path == "" || strings.HasSuffix(path, "/"):
		return "", fmt.Errorf("%.80q names no file", value)
	case strings.ContainsAny(path, "*?"):
		return "", fmt.Errorf("%.80q has wildcards: write it as a regex", value)
	case strings.Count(path, "/") > maxParts:
		return "", fmt.Errorf("%.80q has more than %d folders", value, maxParts)
	}
	return path, nil
}

// checkRegexp reports whether a text is a regular expression that can be used.
func checkRegexp(text string) error {
	if _, err := expr.NewPredicate(expr.Predicate{Op: expr.Matches, Values: []string{text}}); err != nil {
		return err
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return err
	}
	if re.MatchString("") {
		return errors.New("it matches the empty text, so every text")
	}
	return nil
}
