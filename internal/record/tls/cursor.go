package tls

import (
	"encoding/binary"
	"errors"
)

// errEnd says that a list ends before what it holds does.
var errEnd = errors.New("it ends too early")

// cursor reads bytes in order. After the end it returns zeros and err says so.
type cursor struct {
	b     []byte
	whole bool // nothing is missing at the end of b
	err   error
}

// more says whether there is more to read.
func (c *cursor) more() bool { return c.err == nil && len(c.b) > 0 }

func (c *cursor) bytes(n int) []byte {
	if c.err != nil || n > len(c.b) {
		c.err, c.b = errEnd, nil
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cursor) u8() byte {
	if b := c.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if b := c.bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// list8 and list16 return what stands behind its length. Of one whose end is
// missing they return what is there, and the end is met when that is read.
func (c *cursor) list8() cursor  { return c.list(int(c.u8())) }
func (c *cursor) list16() cursor { return c.list(int(c.u16())) }

func (c *cursor) list(n int) cursor {
	if c.err != nil {
		return cursor{err: c.err}
	}
	if n > len(c.b) && !c.whole {
		part := cursor{b: c.b}
		c.b = nil
		c.err = errEnd
		return part
	}
	return cursor{b: c.bytes(n), whole: true, err: c.err}
}
