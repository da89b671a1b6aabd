package kernel

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrMalformed says that a record is not what its program writes.
var ErrMalformed = errors.New("malformed record")

// Flags of a record, of vedette.h.
const (
	FlagUrgent     = 1
	FlagCut        = 2  // a text was longer than what is kept
	FlagSecure     = 4  // the program runs with more rights than its caller
	FlagMemory     = 8  // the program has no name in a file system
	FlagUnreadable = 16 // memory of the process could not be read
	FlagFirst      = 32 // woke the reader, as the first after a rest
)

// Record is one record of the ring. It is valid during the call of the handler.
type Record struct {
	Sensor, Kind uint8
	Flags        uint16
	Time         uint64 // nanoseconds since boot
	Number       uint64 // of the sensor, from 1
	Body         []byte // after the head
}

const headSize = 24

// ParseRecord reads the head of a record.
func ParseRecord(raw []byte) (Record, error) {
	if len(raw) < headSize {
		return Record{}, fmt.Errorf("%w: %d bytes, a head has %d", ErrMalformed, len(raw), headSize)
	}
	r := Record{
		Sensor: raw[0], Kind: raw[1], Flags: binary.LittleEndian.Uint16(raw[2:]),
		Time: binary.LittleEndian.Uint64(raw[8:]), Number: binary.LittleEndian.Uint64(raw[16:]),
	}
	size := binary.LittleEndian.Uint32(raw[4:])
	if r.Sensor >= sensors || r.Kind >= kinds {
		return Record{}, fmt.Errorf("%w: sensor %d, kind %d", ErrMalformed, r.Sensor, r.Kind)
	}
	if size < headSize || uint64(size) > uint64(len(raw)) {
		return Record{}, fmt.Errorf("%w: says %d bytes, has %d", ErrMalformed, size, len(raw))
	}
	r.Body = raw[headSize:size]
	return r, nil
}

// Cursor reads the members of a record in order. After the end it returns
// zeros and Err says so.
type Cursor struct {
	b     []byte
	short bool
}

// NewCursor reads b.
func NewCursor(b []byte) Cursor { return Cursor{b: b} }

// Err returns ErrMalformed when more was read than there is.
func (c *Cursor) Err() error {
	if c.short {
		return fmt.Errorf("%w: too short", ErrMalformed)
	}
	return nil
}

// Bytes returns the next n bytes; they belong to the record.
func (c *Cursor) Bytes(n uint32) []byte {
	if uint64(n) > uint64(len(c.b)) {
		c.short, c.b = true, nil
		return nil
	}
	b := c.b[:n:n]
	c.b = c.b[n:]
	return b
}

// U32 returns the next 32-bit number.
func (c *Cursor) U32() uint32 {
	if b := c.Bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// U64 returns the next 64-bit number.
func (c *Cursor) U64() uint64 {
	if b := c.Bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// Name returns the text of the next n bytes up to a zero byte.
func (c *Cursor) Name(n uint32) []byte {
	b := c.Bytes(n)
	for i, x := range b {
		if x == 0 {
			return b[:i]
		}
	}
	return b
}
