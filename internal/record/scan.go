package record

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads one JSON object to names and values. It takes what RFC 8259
// allows and nothing else, except that names may repeat and that bytes that
// are not UTF-8 become U+FFFD.
type scanner struct {
	in     []byte
	at     int
	valid  bool // in is UTF-8
	name   []byte
	text   []byte // all values, one after the other
	found  []found
	intern func([]byte) string
}

// found is a value: its name, and where it stands in text.
type found struct {
	name     string
	from, to int
}

var (
	errEnd     = errors.New("read JSON object: unexpected EOF")
	errControl = errors.New("control character in a string")
	errEscape  = errors.New("invalid escape in a string")
)

// object reads the line, which must be one object.
func (s *scanner) object(line []byte) error {
	s.in, s.at, s.name, s.text, s.found = line, 0, s.name[:0], s.text[:0], s.found[:0]
	s.valid = utf8.Valid(line)
	switch s.next() {
	case 0:
		return errEnd
	case '{':
	default:
		return errors.New("the line is not a JSON object")
	}
	s.at++
	if err := s.members(0); err != nil {
		return err
	}
	if s.next() != 0 || s.at < len(s.in) {
		return errors.New("more than one JSON value on the line")
	}
	return nil
}

// next skips blanks and returns the byte that follows, 0 at the end.
func (s *scanner) next() byte {
	for ; s.at < len(s.in); s.at++ {
		switch c := s.in[s.at]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// members reads an object after its brace; names are added to s.name.
func (s *scanner) members(depth int) error {
	prefix := len(s.name)
	if s.next() == '}' {
		s.at++
		return nil
	}
	for {
		if c := s.next(); c != '"' {
			return s.unexpected(c, "a name")
		}
		var err error
		if s.name, err = s.str(s.name[:prefix]); err != nil {
			return err
		}
		if c := s.next(); c != ':' {
			return s.unexpected(c, "a colon")
		}
		s.at++
		if err := s.value(depth); err != nil {
			return err
		}
		s.name = s.name[:prefix]
		more, err := s.more('}')
		if !more {
			return err
		}
	}
}

// more reads the comma or the end after a value.
func (s *scanner) more(end byte) (bool, error) {
	switch c := s.next(); c {
	case ',':
		s.at++
		return true, nil
	case end:
		s.at++
		return false, nil
	default:
		return false, s.unexpected(c, "a comma")
	}
}

func (s *scanner) unexpected(c byte, want string) error {
	if c == 0 && s.at >= len(s.in) {
		return errEnd
	}
	return fmt.Errorf("byte %d: %q where %s was expected", s.at, c, want)
}

func (s *scanner) value(depth int) error {
	c := s.next()
	switch c {
	case '{', '[':
		if depth >= maxDepth {
			return fmt.Errorf("value %s: nested deeper than %d", s.name, maxDepth)
		}
		s.at++
		if c == '[' {
			return s.list(depth + 1)
		}
		n := len(s.name)
		s.name = append(s.name, '.')
		err := s.members(depth + 1)
		s.name = s.name[:n]
		return err
	}
	from := len(s.text)
	keep, err := s.scalar(c)
	if err != nil {
		return fmt.Errorf("value %s: %w", s.name, err)
	}
	if !keep {
		s.text = s.text[:from]
		return nil
	}
	if len(s.found) >= maxNames {
		return fmt.Errorf("more than %d values", maxNames)
	}
	s.found = append(s.found, found{s.intern(s.name), from, len(s.text)})
	return nil
}

func (s *scanner) list(depth int) error {
	if s.next() == ']' {
		s.at++
		return nil
	}
	for {
		if err := s.value(depth); err != nil {
			return err
		}
		more, err := s.more(']')
		if !more {
			return err
		}
	}
}

// scalar appends a value to s.text; null is none.
func (s *scanner) scalar(c byte) (keep bool, err error) {
	switch {
	case c == '"':
		s.text, err = s.str(s.text)
		return true, err
	case c == '-' || c >= '0' && c <= '9':
		from := s.at
		if !s.number() {
			return false, s.unexpected(s.next(), "a digit")
		}
		s.text = append(s.text, s.in[from:s.at]...)
		return true, nil
	}
	for _, word := range [...]string{"null", "true", "false"} {
		if rest := s.in[s.at:]; len(rest) >= len(word) && string(rest[:len(word)]) == word {
			s.at += len(word)
			s.text = append(s.text, word...)
			return word != "null", nil
		}
	}
	return false, s.unexpected(c, "a value")
}

func (s *scanner) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scanner) take(c byte) bool {
	if s.at < len(s.in) && s.in[s.at] == c {
		s.at++
		return true
	}
	return false
}

func (s *scanner) digits() bool {
	from := s.at
	for s.at < len(s.in) && s.in[s.at] >= '0' && s.in[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}

// str appends the string at hand without its escapes.
func (s *scanner) str(dst []byte) ([]byte, error) {
	s.at++
	from := len(dst)
	for {
		run := s.at
		for s.at < len(s.in) && plainByte(s.in[s.at]) {
			s.at++
		}
		dst = append(dst, s.in[run:s.at]...)
		if s.at >= len(s.in) {
			return dst, errEnd
		}
		switch s.in[s.at] {
		case '"':
			s.at++
			if !s.valid {
				dst = append(dst[:from], repair(dst[from:])...)
			}
			return dst, nil
		case '\\':
			var err error
			if dst, err = s.escape(dst); err != nil {
				return dst, err
			}
		default:
			return dst, errControl
		}
	}
}

func plainByte(c byte) bool { return c >= ' ' && c != '"' && c != '\\' }

// repair replaces each byte that is not UTF-8.
func repair(b []byte) []byte {
	return []byte(string([]rune(string(b))))
}

func (s *scanner) escape(dst []byte) ([]byte, error) {
	s.at++
	if s.at >= len(s.in) {
		return dst, errEnd
	}
	c := s.in[s.at]
	s.at++
	if c == 'u' {
		return s.unicode(dst)
	}
	at := bytes.IndexByte([]byte(`"\/bfnrt`), c)
	if at < 0 {
		return dst, errEscape
	}
	return append(dst, "\"\\/\b\f\n\r\t"[at]), nil
}

// unicode appends the character of \uXXXX; half a surrogate pair is U+FFFD.
func (s *scanner) unicode(dst []byte) ([]byte, error) {
	r, ok := s.hex4(s.at)
	if !ok {
		return dst, errEscape
	}
	s.at += 4
	if utf16.IsSurrogate(r) {
		if low, ok := s.low(); ok && utf16.DecodeRune(r, low) != utf8.RuneError {
			s.at += 6
			return utf8.AppendRune(dst, utf16.DecodeRune(r, low)), nil
		}
		r = utf8.RuneError
	}
	return utf8.AppendRune(dst, r), nil
}

// low reads the \uXXXX that follows without taking it.
func (s *scanner) low() (rune, bool) {
	if s.at+6 > len(s.in) || s.in[s.at] != '\\' || s.in[s.at+1] != 'u' {
		return 0, false
	}
	return s.hex4(s.at + 2)
}

func (s *scanner) hex4(at int) (rune, bool) {
	if at+4 > len(s.in) {
		return 0, false
	}
	var r rune
	for _, c := range s.in[at : at+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, true
}
