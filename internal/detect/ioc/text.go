package ioc

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
)

// maxParts is how many parts of a path an indicator may have, the name included
// less one: so many ends of each path are looked up.
const maxParts = 15

// refang undoes the ways in which people write bad addresses so that nobody
// opens them by mistake: hxxp://, [.], (.), [dot], [:], [at].
func refang(s string) string {
	if strings.ContainsAny(s, "[({\\") {
		s = opened(s)
	}
	for _, p := range [][2]string{{"hxxps://", "https://"}, {"hxxp://", "http://"}, {"fxp://", "ftp://"}} {
		if len(s) >= len(p[0]) && strings.EqualFold(s[:len(p[0])], p[0]) {
			return p[1] + s[len(p[0]):]
		}
	}
	return s
}

func opened(s string) string {
	return strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "[DOT]", ".", "\\.", ".",
		"[:]", ":", "[:", ":", "[://]", "://", "[/]", "/", "[at]", "@", "[@]", "@").Replace(s)
}

func isScheme(s string) bool {
	if s == "" || len(s) > 16 || !letter(s[0]) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !letter(s[i]) && !('0' <= s[i] && s[i] <= '9') && s[i] != '+' && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// authority returns the part of a URL that names user, host and port, and what
// follows it.
func authority(url string) (string, string) {
	_, rest, _ := strings.Cut(url, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host := rest[:end]
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		host = host[at+1:]
	}
	return host, rest[end:]
}

// hostOf returns the host of a URL, an IPv6 address without brackets.
func hostOf(url string) string {
	host, _ := authority(url)
	if strings.HasPrefix(host, "[") {
		inner, _, _ := strings.Cut(host[1:], "]")
		return inner
	}
	host, _, _ = strings.Cut(host, ":")
	return strings.TrimSuffix(host, ".")
}

// appendURL appends a URL as it is looked up: without scheme, user, usual port
// and fragment; the host in lower case; the path as it is, at least "/". So
// http and https, which often serve the same, are one.
func appendURL(dst []byte, url string) []byte {
	host, rest := authority(url)
	for _, port := range [...]string{":80", ":443", ":"} {
		if strings.HasSuffix(host, port) && strings.LastIndexByte(host, ']') < len(host)-len(port) {
			host = host[:len(host)-len(port)]
			break
		}
	}
	for i := 0; i < len(host); i++ {
		dst = append(dst, lower(host[i]))
	}
	if i := strings.IndexByte(rest, '#'); i >= 0 {
		rest = rest[:i]
	}
	if rest == "" || rest[0] != '/' {
		dst = append(dst, '/')
	}
	return append(dst, rest...)
}

// appendPath appends a path as it is looked up: without case, with slashes.
func appendPath(dst []byte, path string) []byte {
	n := len(dst)
	dst = expr.AppendFold(dst, path)
	for i := n; i < len(dst); i++ {
		if dst[i] == '\\' {
			dst[i] = '/'
		}
	}
	return dst
}
