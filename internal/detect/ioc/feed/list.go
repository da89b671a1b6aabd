package feed

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/ioc"
)

// lines calls do with each line and its number, from 1. A line that is too long
// is refused.
func (r *reading) lines(b *bufio.Reader, do func(line int, text string) error) error {
	size := 0
	for n := 1; ; n++ {
		text, err := b.ReadSlice('\n')
		size += len(text)
		if errors.Is(err, bufio.ErrBufferFull) || len(text) > MaxLine {
			r.refuse(place{line: n}, fmt.Sprintf("a line of more than %d bytes", MaxLine))
			for errors.Is(err, bufio.ErrBufferFull) {
				text, err = b.ReadSlice('\n')
				size += len(text)
			}
			text = nil
		}
		if size > MaxFile {
			return fmt.Errorf("more than %d bytes: split the file", MaxFile)
		}
		if s := strings.TrimSpace(string(text)); s != "" {
			if err := do(n, s); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// list reads one indicator a line, with or without a note behind it.
func (r *reading) list(b *bufio.Reader) error {
	return r.lines(b, func(n int, text string) error {
		if text[0] == '#' || strings.HasPrefix(text, "//") || text[0] == ';' {
			return nil
		}
		i, why := r.entry(text)
		if why != "" {
			r.refuse(place{line: n}, why)
			return nil
		}
		return r.add(place{line: n}, i)
	})
}

// entry takes a line apart: the indicator and what follows it. why says why it
// is none.
func (r *reading) entry(text string) (i ioc.Indicator, why string) {
	if r.o.Type == ioc.Regexp {
		return r.pattern(text)
	}
	value, note := text, ""
	if at := strings.IndexAny(text, ";\t"); at >= 0 {
		value, note = text[:at], text[at+1:]
	} else if at := strings.Index(text, " #"); at >= 0 {
		value, note = text[:at], text[at+2:]
	} else if at := strings.IndexByte(text, ','); at >= 0 && ioc.Guess(text) == ioc.None {
		value, note = text[:at], text[at+1:]
	}
	value, note = strings.TrimSpace(value), strings.TrimSpace(note)
	if first, rest, ok := strings.Cut(value, " "); ok { // of a hosts file: where the name leads, and the name
		if _, err := netip.ParseAddr(first); err == nil {
			value = strings.TrimSpace(rest)
		}
	}
	if t := strings.Trim(value, "/"); len(value) > len(t)+1 && len(t) > 0 && value[0] == '/' && ioc.Guess(value) == ioc.Regexp {
		value = t
		return ioc.Indicator{Type: ioc.Regexp, Value: value, Note: note}, ""
	}
	if rest, ok := strings.CutPrefix(value, "re:"); ok {
		return ioc.Indicator{Type: ioc.Regexp, Value: rest, Note: note}, ""
	}
	t := r.typeFor(value)
	if t == ioc.None {
		return i, fmt.Sprintf("%.80q is no hash, address, network, domain, URL or file name; a type can be given", value)
	}
	return ioc.Indicator{Type: t, Value: plainValue(t, value), Note: note}, ""
}

// pattern takes a line with a regular expression apart, and the score that may
// follow it.
func (r *reading) pattern(text string) (i ioc.Indicator, why string) {
	parts := strings.Split(text, ";")
	if len(parts) > 2 && strings.TrimSpace(parts[2]) != "" {
		return i, "an expression with exceptions: write it as a rule"
	}
	i = ioc.Indicator{Type: ioc.Regexp, Value: strings.TrimSpace(parts[0])}
	if len(parts) > 1 && strings.TrimSpace(parts[1]) != "" {
		i.Note = "score " + strings.TrimSpace(parts[1])
	}
	return i, ""
}

// plainValue takes away what a guess allows around a value: the port of an
// address, and it adds the scheme that a URL lacks.
func plainValue(t ioc.Type, value string) string {
	switch t {
	case ioc.Address:
		if p, err := netip.ParseAddrPort(ioc.Refang(value)); err == nil {
			return p.Addr().String()
		}
	case ioc.URL:
		if !strings.Contains(ioc.Refang(value), "://") {
			return "http://" + value
		}
	}
	return value
}
