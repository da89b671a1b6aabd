package ioc

import (
	"net/netip"
	"strings"
)

// address looks up an address and the networks that it is in.
func (s *scan) address(ip netip.Addr, value string) {
	d := s.d
	if !ip.IsValid() || !d.wanted(Address, Network) {
		return
	}
	ip = ip.Unmap().WithZone("")
	var raw [17]byte
	size, bits := 16, d.foot.Bits16
	if ip.Is4() {
		a := ip.As4()
		copy(raw[:], a[:])
		size, bits = 4, d.foot.Bits4
	} else {
		a := ip.As16()
		copy(raw[:], a[:])
	}
	n := len(s.hits)
	if d.foot.Counts[Address] > 0 {
		s.find(Address, hashKey(d.foot.Seed, Address, raw[:size]), raw[:size], value)
	}
	for _, b := range bits { // the longest first: bytes are only taken away
		if b > size*8 {
			continue
		}
		for i := b/8 + 1; i < size; i++ {
			raw[i] = 0
		}
		if b < size*8 {
			raw[b/8] &^= 0xFF >> (b % 8)
		}
		raw[size] = byte(b)
		s.find(Network, hashKey(d.foot.Seed, Network, raw[:size+1]), raw[:size+1], value)
	}
	if value == "" {
		for i := n; i < len(s.hits); i++ {
			s.hits[i].value = ip.String()
		}
	}
}

// addressText looks up an address that may have brackets, a zone or a port.
func (s *scan) addressText(text string) {
	if ip, err := netip.ParseAddr(text); err == nil {
		s.address(ip, text)
		return
	}
	if !strings.ContainsAny(text, ".:") || strings.ContainsAny(text, " \t/") || len(text) > 64 {
		return
	}
	if host, _, ok := strings.Cut(strings.TrimPrefix(text, "["), "]"); ok {
		text = host
	} else if i := strings.LastIndexByte(text, ':'); i > 0 && strings.IndexByte(text, ':') == i {
		text = text[:i]
	}
	if ip, err := netip.ParseAddr(text); err == nil {
		s.address(ip, text)
	}
}

// domainOrAddress looks up what a name stands for, which can be an address.
func (s *scan) domainOrAddress(text string) {
	if s.isAddress(text) {
		s.addressText(text)
		return
	}
	s.domain(text)
	s.expressions(text)
}

// isAddress reports whether a text is an address and not a name: it has a colon
// or ends with a digit as no usual name does.
func (s *scan) isAddress(text string) bool {
	if strings.IndexByte(text, ':') >= 0 {
		return true
	}
	if last := text[len(text)-1]; last < '0' || last > '9' {
		return false
	}
	_, err := netip.ParseAddr(text)
	return err == nil
}

// domain looks up a name, and all above it.
func (s *scan) domain(name string) {
	d := s.d
	name = strings.TrimSuffix(name, ".")
	if len(name) > 253 || !d.wanted(Domain, Hostname) {
		return
	}
	var stack [253]byte
	low := stack[:len(name)]
	h := hashBegin(d.foot.Seed, Domain)
	for i := len(name) - 1; i >= 0; i-- {
		c := lower(name[i])
		low[i] = c
		if c == '.' && i+1 < len(name) && d.foot.Counts[Domain] > 0 {
			s.find(Domain, hashEnd(h), low[i+1:], name)
		}
		h = hashByte(h, c)
	}
	if d.foot.Counts[Domain] > 0 {
		s.find(Domain, hashEnd(h), low, name)
	}
	if d.foot.Counts[Hostname] > 0 {
		s.find(Hostname, hashKey(d.foot.Seed, Hostname, low), low, name)
	}
}

// answers looks up what a DNS query gave: "type: 5 name;::ffff:192.0.2.1;" as
// Sysmon writes it, or one address or name.
func (s *scan) answers(text string) {
	for len(text) > 0 {
		part, rest, _ := strings.Cut(text, ";")
		text = rest
		if i := strings.LastIndexByte(strings.TrimRight(part, " "), ' '); i >= 0 {
			part = strings.TrimRight(part, " ")[i+1:]
		}
		if part != "" {
			s.domainOrAddress(part)
		}
	}
}

// url looks up a URL, without its query too, and its host.
func (s *scan) url(text string) {
	if !strings.Contains(text, "://") {
		return
	}
	d := s.d
	if d.foot.Counts[URL] > 0 {
		s.text = appendURL(s.text[:0], text)
		key := s.text
		s.find(URL, hashKey(d.foot.Seed, URL, key), key, text)
		for i, c := range key {
			if c == '?' {
				s.find(URL, hashKey(d.foot.Seed, URL, key[:i]), key[:i], text)
				break
			}
		}
	}
	if host := hostOf(text); host != "" && d.wanted(Address, Network, Domain, Hostname) {
		if s.isAddress(host) {
			s.addressText(host)
		} else {
			s.domain(host)
		}
	}
	s.expressions(text)
}

// maxURLs bounds how many URLs of one text are looked up.
const maxURLs = 64

// urlsIn looks up the URLs that stand in a text.
func (s *scan) urlsIn(text string) {
	if !s.d.wanted(URL, Address, Network, Domain, Hostname) {
		return
	}
	for range maxURLs {
		i := strings.Index(text, "://")
		if i < 0 {
			return
		}
		begin := i
		for begin > 0 && letter(text[begin-1]) {
			begin--
		}
		end := i + 3
		for end < len(text) && !endsURL(text[end]) {
			end++
		}
		if begin < i && end > i+3 {
			s.url(text[begin:end])
		}
		text = text[end:]
	}
}

// endsURL reports whether a byte ends a URL that stands in a text.
func endsURL(c byte) bool {
	return c <= ' ' || strings.IndexByte("\"'`<>|;,(){}\\^", c) >= 0 || c == 0x7F
}

// path looks up a path and its last parts.
func (s *scan) path(text string) {
	d := s.d
	if d.foot.Counts[FileName] > 0 && len(text) <= maxValue*2 {
		s.text = appendPath(s.text[:0], text)
		key := s.text
		h := hashBegin(d.foot.Seed, FileName)
		parts := 0
		for i := len(key) - 1; i >= 0 && parts <= maxParts; i-- {
			if key[i] == '/' && i+1 < len(key) {
				s.find(FileName, hashEnd(h), key[i+1:], text)
				parts++
			}
			h = hashByte(h, key[i])
			if i == 0 {
				s.find(FileName, hashEnd(h), key, text)
			}
		}
	}
	s.expressions(text)
}
