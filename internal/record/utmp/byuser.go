package utmp

import (
	"encoding/binary"
	"fmt"

	"github.com/vedette-edr/vedette/internal/event"
)

// Last is the record of a user in lastlog.
type Last struct {
	Time event.Time // 0: never logged on
	Line string
	Host string
}

// ParseLast reads the record of a user in lastlog, which stands at the user's
// number times LastSize.
func (l Layout) ParseLast(b []byte) (Last, error) {
	if len(b) != l.lastlog {
		return Last{}, fmt.Errorf("%w: %d bytes, a record of lastlog has %d", ErrMalformed, len(b), l.lastlog)
	}
	seconds, rest := int64(binary.LittleEndian.Uint32(b)), b[4:]
	if l.wide {
		seconds, rest = int64(binary.LittleEndian.Uint64(b)), b[8:]
	}
	r := Last{Line: text(rest, lineSize), Host: text(rest[lineSize:], hostSize)}
	var err error
	r.Time, err = instant(seconds, 0)
	return r, err
}

// AppendLast appends the bytes of r to b.
func (l Layout) AppendLast(b []byte, r Last) []byte {
	if seconds := uint64(r.Time) / 1e9; l.wide {
		b = binary.LittleEndian.AppendUint64(b, seconds)
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(seconds))
	}
	texts := make([]byte, lineSize+hostSize)
	copy(texts[:lineSize], r.Line)
	copy(texts[lineSize:], r.Host)
	return append(b, texts...)
}

// FailSize is the bytes of a record of faillog on hosts of 64 bits.
const FailSize = 32

// Fail is the record of a user in faillog.
type Fail struct {
	Count int64 // failed logons since the last that did not
	Most  int64 // after which the account is locked; 0 is never
	Line  string
	Time  event.Time
}

// ParseFail reads the record of a user in faillog, which stands at the user's
// number times FailSize.
func ParseFail(b []byte) (Fail, error) {
	if len(b) != FailSize {
		return Fail{}, fmt.Errorf("%w: %d bytes, a record of faillog has %d", ErrMalformed, len(b), FailSize)
	}
	le := binary.LittleEndian
	r := Fail{Count: int64(int16(le.Uint16(b))), Most: int64(int16(le.Uint16(b[2:]))), Line: text(b[4:], 12)}
	if r.Count < 0 {
		return r, fmt.Errorf("%w: %d failures", ErrMalformed, r.Count)
	}
	var err error
	r.Time, err = instant(int64(le.Uint64(b[16:])), 0)
	return r, err
}
