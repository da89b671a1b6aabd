package dns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// errEnd says that the bytes end before a record does.
var errEnd = errors.New("ends")

const (
	maxName  = 255 // bytes on the wire, RFC 1035
	maxJumps = 64  // of compression in one name
)

// reader reads a message. After the end its numbers are 0 and short says so.
type reader struct {
	b     []byte
	at    int
	short bool
}

func (r *reader) u16() uint16 {
	if r.short || len(r.b)-r.at < 2 {
		r.short = true
		return 0
	}
	n := binary.BigEndian.Uint16(r.b[r.at:])
	r.at += 2
	return n
}

func (r *reader) u32() uint32 { return uint32(r.u16())<<16 | uint32(r.u16()) }

// piece steps over n bytes and returns where they begin and end.
func (r *reader) piece(n int) (begin, end int) {
	if r.short || len(r.b)-r.at < n {
		r.short = true
		return 0, 0
	}
	begin = r.at
	r.at += n
	return begin, r.at
}

// name reads a name and steps over it.
func (r *reader) name() (string, error) {
	name, next, err := r.nameAt(r.at)
	if err == nil {
		r.at = next
	}
	return name, err
}

// nameAt reads the name that begins at a place, and where what follows begins.
// A jump must go back, so that a name ends whatever the message says.
func (r *reader) nameAt(at int) (name string, next int, err error) {
	var out strings.Builder
	size, jumps, lowest := 0, 0, at
	for {
		if at >= len(r.b) {
			return "", 0, errEnd
		}
		n := int(r.b[at])
		switch {
		case n == 0:
			if jumps == 0 {
				next = at + 1
			}
			return out.String(), next, nil
		case n < 64:
			if len(r.b)-at-1 < n {
				return "", 0, errEnd
			}
			if size += n + 1; size >= maxName {
				return "", 0, fmt.Errorf("%w: a name of more than %d bytes", ErrMalformed, maxName)
			}
			if out.Len() > 0 {
				out.WriteByte('.')
			}
			writeLabel(&out, r.b[at+1:at+1+n])
			at += 1 + n
		case n >= 192:
			if len(r.b)-at < 2 {
				return "", 0, errEnd
			}
			if jumps == 0 {
				next = at + 2
			}
			to := int(binary.BigEndian.Uint16(r.b[at:]) & 0x3fff)
			if jumps++; to >= lowest || jumps > maxJumps {
				return "", 0, fmt.Errorf("%w: a name that leads to itself", ErrMalformed)
			}
			at, lowest = to, to
		default:
			return "", 0, fmt.Errorf("%w: a label of type %d", ErrMalformed, n>>6)
		}
	}
}

// writeLabel writes a label in lower case; bytes that are no printable ASCII
// are written as \DDD, dots and backslashes with a backslash.
func writeLabel(out *strings.Builder, label []byte) {
	for _, c := range label {
		switch {
		case c >= 'A' && c <= 'Z':
			out.WriteByte(c + 'a' - 'A')
		case c == '.' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c <= ' ' || c >= 127:
			fmt.Fprintf(out, "\\%03d", c)
		default:
			out.WriteByte(c)
		}
	}
}
