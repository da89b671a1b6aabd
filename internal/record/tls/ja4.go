package tls

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// fingerprint returns the JA4 of the hello, for TLS over TCP: what the client
// offers in short, then digests of its cipher suites and of its extensions with
// its signature algorithms.
//
// Format: https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md
func (h *Hello) fingerprint() string {
	name := "i"
	if h.named {
		name = "d"
	}
	return fmt.Sprintf("t%s%s%02d%02d%s_%s_%s", ja4Version(h.version), name,
		min(len(h.ciphers), 99), min(len(h.extensions), 99), h.ja4Protocol(), digest(sorted(h.ciphers)), h.ja4Extensions())
}

func ja4Version(n uint16) string {
	switch n {
	case 0x0300:
		return "s3"
	case 0x0002:
		return "s2"
	case 0x0301, 0x0302, 0x0303, versionTLS13:
		return fmt.Sprintf("1%d", n-legacyVersion)
	}
	return "00"
}

// ja4Protocol returns the first and the last character of the first protocol;
// of one that is no text, those of its hexadecimal digits.
func (h *Hello) ja4Protocol() string {
	if len(h.Protocols) == 0 || h.Protocols[0] == "" {
		return "00"
	}
	p := h.Protocols[0]
	if !alphanumeric(p[0]) || !alphanumeric(p[len(p)-1]) {
		p = hex.EncodeToString([]byte(p))
	}
	return string([]byte{p[0], p[len(p)-1]})
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func (h *Hello) ja4Extensions() string {
	if len(h.extensions) == 0 {
		return digest("")
	}
	list := slices.DeleteFunc(slices.Clone(h.extensions), func(n uint16) bool {
		return n == extServerName || n == extProtocols
	})
	text := sorted(list)
	if len(h.signatures) > 0 {
		text += "_" + joined(h.signatures)
	}
	return digest(text)
}

func sorted(list []uint16) string {
	list = slices.Clone(list)
	slices.Sort(list)
	return joined(list)
}

func joined(list []uint16) string {
	var out strings.Builder
	for i, n := range list {
		if i > 0 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%04x", n)
	}
	return out.String()
}

// digest returns the first twelve digits of the SHA-256 of a text; of none, zeros.
func digest(s string) string {
	if s == "" {
		return "000000000000"
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:6])
}
