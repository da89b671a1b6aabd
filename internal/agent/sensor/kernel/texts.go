package kernel

import (
	"strconv"
)

// maxTexts bounds what a Texts keeps; then it forgets all and begins again.
const maxTexts = 8192

// Texts makes strings of bytes and numbers and keeps those that come again, so
// that most need no memory. It is for one goroutine.
type Texts struct {
	names map[string]string // text
	paths map[string]string // components as in the record -> path
	ids   map[uint32]string
	modes [0o10000]string
}

// NewTexts returns an empty Texts.
func NewTexts() *Texts {
	return &Texts{names: map[string]string{}, paths: map[string]string{}, ids: map[uint32]string{}}
}

// Name returns b as a string.
func (t *Texts) Name(b []byte) string {
	if s, ok := t.names[string(b)]; ok {
		return s
	}
	if len(t.names) >= maxTexts {
		clear(t.names)
	}
	s := string(b)
	t.names[s] = s
	return s
}

// Path returns the path whose components stand in b, the last first, each ended
// by a zero byte. None is "/".
func (t *Texts) Path(b []byte) string {
	if s, ok := t.paths[string(b)]; ok {
		return s
	}
	if len(t.paths) >= maxTexts {
		clear(t.paths)
	}
	s := joinPath(b)
	t.paths[string(b)] = s
	return s
}

func joinPath(b []byte) string {
	if n := len(b); n > 0 && b[n-1] == 0 {
		b = b[:n-1]
	}
	if len(b) == 0 {
		return "/"
	}
	out := make([]byte, 0, len(b)+1)
	for end := len(b); ; {
		i := end - 1
		for i >= 0 && b[i] != 0 {
			i--
		}
		out = append(out, '/')
		out = append(out, b[i+1:end]...)
		if i < 0 {
			return string(out)
		}
		end = i
	}
}

// ID returns a user, group or audit id as text; the id that was never set is
// empty.
func (t *Texts) ID(n uint32) string {
	if n == ^uint32(0) {
		return ""
	}
	if s, ok := t.ids[n]; ok {
		return s
	}
	if len(t.ids) >= maxTexts {
		clear(t.ids)
	}
	s := strconv.FormatUint(uint64(n), 10)
	t.ids[n] = s
	return s
}

// Mode returns the permission bits of a mode as four octal digits.
func (t *Texts) Mode(mode uint32) string {
	m := mode & 0o7777
	if t.modes[m] == "" {
		d := [4]byte{'0' + byte(m>>9), '0' + byte(m>>6&7), '0' + byte(m>>3&7), '0' + byte(m&7)}
		t.modes[m] = string(d[:])
	}
	return t.modes[m]
}
