// Package utmp reads what Unix keeps of logons in files of equal records: utmp
// (who is logged on now), wtmp (every logon, logout and boot) and btmp (logons
// that failed) have one form, lastlog (the last logon of each user) and faillog
// (how often each user failed) are indexed by the user's number.
//
// The records are the C library's struct utmp and have two layouts: hosts whose
// 32-bit programs share the file keep the time in 32 bits (x86-64: 384 bytes a
// record, 292 in lastlog), others in 64 (arm64: 400 and 296). lastlog2 and
// wtmpdb, their successors, are SQLite databases and are not read here.
package utmp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"github.com/vedette-edr/vedette/internal/event"
)

// ErrMalformed says that bytes are no record of their file.
var ErrMalformed = errors.New("malformed logon record")

// Layout is how the C library of a processor lays out the records.
type Layout struct {
	size, lastlog int
	wide          bool // times and session have 64 bits
}

// Narrow is the layout with times of 32 bits, of x86-64.
func Narrow() Layout { return Layout{size: 384, lastlog: 292} }

// Wide is the layout with times of 64 bits, of arm64.
func Wide() Layout { return Layout{size: 400, lastlog: 296, wide: true} }

// Size returns the bytes of a record of utmp, wtmp and btmp.
func (l Layout) Size() int { return l.size }

// LastSize returns the bytes of a record of lastlog.
func (l Layout) LastSize() int { return l.lastlog }

// Type says what a record of utmp, wtmp or btmp is about.
type Type int16

// The types, of utmp(5).
const (
	Empty        Type = 0
	RunLevel     Type = 1
	BootTime     Type = 2
	NewTime      Type = 3
	OldTime      Type = 4
	InitProcess  Type = 5
	LoginProcess Type = 6
	UserProcess  Type = 7
	DeadProcess  Type = 8
	Accounting   Type = 9
)

// String returns the name of the type as C has it.
func (t Type) String() string {
	names := [...]string{
		"EMPTY", "RUN_LVL", "BOOT_TIME", "NEW_TIME", "OLD_TIME", "INIT_PROCESS", "LOGIN_PROCESS",
		"USER_PROCESS", "DEAD_PROCESS", "ACCOUNTING",
	}
	if t < 0 || int(t) >= len(names) {
		return fmt.Sprintf("type %d", int16(t))
	}
	return names[t]
}

// Record is one record of utmp, wtmp or btmp. Its texts are as the program wrote
// them, up to the first zero byte: any bytes.
type Record struct {
	Type        Type
	PID         int64
	Line        string // terminal without /dev/; "~" for the host itself
	ID          string
	User        string
	Host        string // name or address where the user comes from, or the kernel's release
	Termination int64
	Exit        int64
	Session     int64
	Time        event.Time
	Address     netip.Addr
}

// Where the members are; those after the exit status move with the layout.
const (
	atPID, atLine, atID, atUser, atHost, atExit, atSession = 4, 8, 40, 44, 76, 332, 336

	lineSize, idSize, userSize, hostSize, addressSize = 32, 4, 32, 256, 16
)

func (l Layout) atTime() int {
	if l.wide {
		return atSession + 8
	}
	return atSession + 4
}

func (l Layout) atAddress() int {
	if l.wide {
		return l.atTime() + 16
	}
	return l.atTime() + 8
}

// Parse reads a record. A type that does not exist and a time before 1970 are
// ErrMalformed; a record of zeros is an empty record without time.
func (l Layout) Parse(b []byte) (Record, error) {
	if len(b) != l.size {
		return Record{}, fmt.Errorf("%w: %d bytes, a record has %d", ErrMalformed, len(b), l.size)
	}
	le := binary.LittleEndian
	r := Record{
		Type: Type(le.Uint16(b)), PID: int64(int32(le.Uint32(b[atPID:]))),
		Line: text(b[atLine:], lineSize), ID: text(b[atID:], idSize),
		User: text(b[atUser:], userSize), Host: text(b[atHost:], hostSize),
		Termination: int64(int16(le.Uint16(b[atExit:]))), Exit: int64(int16(le.Uint16(b[atExit+2:]))),
		Address: address(b[l.atAddress():]),
	}
	if r.Type < Empty || r.Type > Accounting {
		return r, fmt.Errorf("%w: %s", ErrMalformed, r.Type)
	}
	var seconds, micros int64
	if l.wide {
		r.Session = int64(le.Uint64(b[atSession:]))
		seconds, micros = int64(le.Uint64(b[l.atTime():])), int64(le.Uint64(b[l.atTime()+8:]))
	} else {
		r.Session = int64(int32(le.Uint32(b[atSession:])))
		// Without a sign the 32 bits last until 2106.
		seconds, micros = int64(le.Uint32(b[l.atTime():])), int64(int32(le.Uint32(b[l.atTime()+4:])))
	}
	var err error
	r.Time, err = instant(seconds, micros)
	return r, err
}

// Append appends the bytes of r to b. What does not fit is cut.
func (l Layout) Append(b []byte, r Record) []byte {
	start := len(b)
	b = append(b, make([]byte, l.size)...)
	p, le := b[start:], binary.LittleEndian
	le.PutUint16(p, uint16(r.Type))
	le.PutUint32(p[atPID:], uint32(r.PID))
	copy(p[atLine:atLine+lineSize], r.Line)
	copy(p[atID:atID+idSize], r.ID)
	copy(p[atUser:atUser+userSize], r.User)
	copy(p[atHost:atHost+hostSize], r.Host)
	le.PutUint16(p[atExit:], uint16(r.Termination))
	le.PutUint16(p[atExit+2:], uint16(r.Exit))
	seconds, micros := int64(r.Time)/1e9, int64(r.Time)%1e9/1e3
	if l.wide {
		le.PutUint64(p[atSession:], uint64(r.Session))
		le.PutUint64(p[l.atTime():], uint64(seconds))
		le.PutUint64(p[l.atTime()+8:], uint64(micros))
	} else {
		le.PutUint32(p[atSession:], uint32(r.Session))
		le.PutUint32(p[l.atTime():], uint32(seconds))
		le.PutUint32(p[l.atTime()+4:], uint32(micros))
	}
	switch {
	case r.Address.Is4():
		a := r.Address.As4()
		copy(p[l.atAddress():], a[:])
	case r.Address.Is6():
		a := r.Address.As16()
		copy(p[l.atAddress():], a[:])
	}
	return b
}

// latest bounds times: what is later is no time.
const latest = 1 << 33 // seconds, the year 2242

func instant(seconds, micros int64) (event.Time, error) {
	if seconds < 0 || seconds > latest || micros < 0 || micros >= 1e6 {
		return 0, fmt.Errorf("%w: no time: %d s and %d us", ErrMalformed, seconds, micros)
	}
	return event.Time(seconds*1e9 + micros*1e3), nil
}

// address reads four words, of which an IPv4 address uses the first.
func address(b []byte) netip.Addr {
	b = b[:addressSize]
	switch {
	case zeros(b):
		return netip.Addr{}
	case zeros(b[4:]):
		return netip.AddrFrom4([4]byte(b))
	}
	return netip.AddrFrom16([16]byte(b)).Unmap()
}

func text(b []byte, size int) string {
	b = b[:size]
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}

func zeros(b []byte) bool {
	for _, x := range b {
		if x != 0 {
			return false
		}
	}
	return true
}
