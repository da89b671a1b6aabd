package script

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxText = 64 << 10 // bytes of a script that are told
	maxHash = 1 << 20  // bytes of a script that are read and hashed
	look    = 512      // bytes by which text is told from other files
)

// readable makes of the bytes of a file the text that is told: valid UTF-8, at
// most maxText bytes. cut says that some is missing; ok is false for a file
// that is no text.
func readable(b []byte) (text string, cut, ok bool) {
	b = wide(b)
	b, _ = bytes.CutPrefix(b, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(b[:min(len(b), look)], 0) >= 0 {
		return "", false, false
	}
	if i := bytes.IndexByte(b, 0); i >= 0 { // an archive behind a script, for example
		b, cut = b[:i], true
	}
	text, more := bounded(string(b[:min(len(b), maxText)]))
	return text, cut || more || len(b) > maxText, true
}

// bounded makes a text valid UTF-8 of at most maxText bytes.
func bounded(s string) (text string, cut bool) {
	if len(s) > maxText {
		s, cut = s[:maxText], true
	}
	if cut || len(s) == maxText {
		s = whole(s)
	}
	s = strings.ToValidUTF8(s, string(utf8.RuneError))
	if len(s) > maxText { // a replacement is longer than what it replaces
		s, cut = whole(s[:maxText]), true
	}
	return s, cut
}

// whole removes the beginning of a character at the end of a text that was cut.
func whole(s string) string {
	for i := 1; i < utf8.UTFMax && i <= len(s); i++ {
		if c := s[len(s)-i]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(s[len(s)-i:]) {
				return s[:len(s)-i]
			}
			break
		}
	}
	return s
}

// wide turns UTF-16 with a mark at its beginning into UTF-8.
func wide(b []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return b
	}
	b = b[2:min(len(b), 2+2*maxText)]
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}
