package record

import (
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Reader makes UTF-8 of UTF-16, as Windows tools write it.
type utf16Reader struct {
	r    io.Reader
	big  bool // big endian
	raw  []byte
	text []byte // decoded and not yet read
	mark bool   // the byte order mark was read
	err  error
}

func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.text) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		u.fill()
	}
	n := copy(p, u.text)
	u.text = u.text[n:]
	return n, nil
}

func (u *utf16Reader) fill() {
	var buf [8192]byte
	n, err := u.r.Read(buf[:])
	u.raw = append(u.raw, buf[:n]...)
	u.err = err
	u.text = u.text[:0]
	i := 0
	for i+1 < len(u.raw) {
		r, size := u.rune(i)
		if size == 0 {
			break
		}
		i += size
		if !u.mark {
			u.mark = true
			if r == 0xfeff {
				continue
			}
		}
		u.text = utf8.AppendRune(u.text, r)
	}
	u.raw = append(u.raw[:0], u.raw[i:]...)
}

// rune decodes the character at i; size 0 when the rest of it is not there yet.
func (u *utf16Reader) rune(i int) (r rune, size int) {
	c := u.unit(i)
	if !utf16.IsSurrogate(c) {
		return c, 2
	}
	if i+3 >= len(u.raw) {
		if u.err == nil {
			return 0, 0
		}
		return utf8.RuneError, 2
	}
	if r := utf16.DecodeRune(c, u.unit(i+2)); r != utf8.RuneError {
		return r, 4
	}
	return utf8.RuneError, 2
}

func (u *utf16Reader) unit(i int) rune {
	if u.big {
		return rune(u.raw[i])<<8 | rune(u.raw[i+1])
	}
	return rune(u.raw[i+1])<<8 | rune(u.raw[i])
}
