package record

import (
	"bytes"
	"fmt"
	"io"
)

// BlockSize is about how much of a text input a block holds, bytes.
const BlockSize = 128 << 10

// Cutter cuts a text at ends of lines into blocks.
type Cutter struct {
	r      io.Reader
	rest   []byte // begin of the next block
	line   int    // number of the first line in rest
	offset int64
	err    error // of reading, io.EOF at the end
}

// NewCutter returns a Cutter of r.
func NewCutter(r io.Reader) *Cutter { return &Cutter{r: r} }

// Next fills b with the lines that one reading gives, so that the lines of a
// pipe are not held back. A line longer than MaxLine is left out and
// told as a fault.
func (c *Cutter) Next(b *Block) error {
	b.Reset()
	b.First, b.Offset = c.line, c.offset
	b.Data = append(b.Data, c.rest...)
	c.rest = c.rest[:0]
	end := bytes.LastIndexByte(b.Data, '\n')
	for c.err == nil && end < 0 {
		n := len(b.Data)
		b.Data = c.read(b.Data)
		if at := bytes.LastIndexByte(b.Data[n:], '\n'); at >= 0 {
			end = n + at
		} else if len(b.Data) > MaxLine {
			c.skip(b)
			return nil
		}
	}
	if end < 0 {
		end = len(b.Data) - 1
	}
	c.rest = append(c.rest, b.Data[end+1:]...)
	b.Data = b.Data[:end+1]
	c.line += bytes.Count(b.Data, []byte{'\n'})
	c.offset += int64(len(b.Data))
	if len(b.Data) > 0 {
		return nil
	}
	if c.err != io.EOF {
		return fmt.Errorf("read after line %d: %w", c.line-1, c.err)
	}
	return io.EOF
}

// read appends what one reading gives.
func (c *Cutter) read(dst []byte) []byte {
	n := len(dst)
	if cap(dst)-n < 32<<10 {
		grown := make([]byte, n, n+n/2+BlockSize)
		copy(grown, dst)
		dst = grown
	}
	got, err := c.r.Read(dst[n:cap(dst)])
	c.err = err
	return dst[:n+got]
}

// skip leaves out the line at the begin of b, which is too long.
func (c *Cutter) skip(b *Block) {
	b.Faults = append(b.Faults, Fault{Place: fmt.Sprintf("line %d", c.line), Err: fmt.Errorf("longer than %d bytes", MaxLine)})
	buf := b.Data
	for {
		c.offset += int64(len(buf))
		buf = c.read(buf[:0])
		if at := bytes.IndexByte(buf, '\n'); at >= 0 {
			c.rest = append(c.rest, buf[at+1:]...)
			c.offset += int64(at + 1)
			c.line++
			break
		}
		if c.err != nil {
			c.offset += int64(len(buf))
			break
		}
	}
	b.Data = buf[:0]
}

// EachLine calls yield with the lines of the block that are not blank and
// their numbers.
func (b *Block) EachLine(yield func(n int, line []byte)) {
	data := b.Data
	for n := b.First; len(data) > 0; n++ {
		line := data
		if at := bytes.IndexByte(data, '\n'); at >= 0 {
			line, data = data[:at], data[at+1:]
		} else {
			data = nil
		}
		if line = bytes.TrimSuffix(line, []byte{'\r'}); len(bytes.TrimSpace(line)) > 0 {
			yield(n, line)
		}
	}
}

// Line returns the number of the line that the next block begins with.
func (c *Cutter) Line() int { return c.line }
