package ioc

import (
	"net/netip"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Guess returns the type that a value seems to have, None when it seems to have
// none. A name under a registered suffix is a domain, another name with a dot a
// file; a text in slashes is a regular expression.
func Guess(value string) Type {
	value = strings.TrimSpace(value)
	if len(value) > 2 && value[0] == '/' && value[len(value)-1] == '/' && strings.ContainsAny(value, `\[(*+?^$|`) {
		return Regexp
	}
	if isHex(value) {
		switch len(value) {
		case 32:
			return MD5
		case 40:
			return SHA1
		case 64:
			return SHA256
		case 70:
			return TLSH
		}
	}
	if len(value) == 72 && strings.EqualFold(value[:2], "T1") && isHex(value[2:]) {
		return TLSH
	}
	plain := refang(value)
	if _, err := netip.ParseAddr(strings.Trim(plain, "[]")); err == nil {
		return Address
	}
	if _, err := netip.ParseAddrPort(plain); err == nil {
		return Address
	}
	if _, err := netip.ParsePrefix(plain); err == nil {
		return Network
	}
	return guessName(value, plain)
}

// guessName tells URLs, domains and file names.
func guessName(value, plain string) Type {
	if scheme, _, ok := strings.Cut(plain, "://"); ok {
		if isScheme(scheme) {
			return URL
		}
		return None
	}
	if strings.ContainsAny(value, "*<>|\"\x00") || value == "" {
		return None
	}
	if host, _, ok := strings.Cut(plain, "/"); ok && registered(host) {
		return URL
	}
	if strings.ContainsAny(value, `/\`) {
		if _, err := canonicalPath(value); err == nil {
			return FileName
		}
		return None
	}
	if registered(plain) || suffix(plain) { // a suffix alone is refused with its reason
		return Domain
	}
	if at := strings.LastIndexByte(value, '.'); at > 0 && len(value)-at <= 6 && len(value)-at > 1 && strings.Count(value, " ") < 4 && !strings.Contains(value, "@") {
		return FileName
	}
	return None
}

// registered reports whether a name is a domain below a suffix that registries
// hand out, or a hidden service.
func registered(name string) bool {
	name = strings.TrimPrefix(strings.TrimSuffix(name, "."), "*.")
	canonical, err := canonicalDomain(Domain, name)
	if err != nil {
		return false
	}
	_, icann := publicsuffix.PublicSuffix(canonical)
	return icann || strings.HasSuffix(canonical, ".onion") || privateSuffix(canonical)
}

// suffix reports whether a name is one under which a registry hands out names.
func suffix(name string) bool {
	found, icann := publicsuffix.PublicSuffix(strings.ToLower(name))
	return icann && found == strings.ToLower(name) && strings.Contains(name, ".")
}

// privateSuffix reports whether a name is below a suffix of the list that is not
// of a registry but of a provider.
func privateSuffix(name string) bool {
	suffix, _ := publicsuffix.PublicSuffix(name)
	return strings.Contains(suffix, ".")
}

// Refang undoes the ways in which people write bad addresses so that nobody
// opens them by mistake.
func Refang(s string) string { return refang(s) }
