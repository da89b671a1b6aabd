package evtx

import (
	"bytes"
	"fmt"
	"io"

	"github.com/vedette-edr/vedette/internal/record"
)

// Carve returns a format that takes any input and finds the chunks of event
// logs in it, wherever they begin: in an image of a disk or of memory, in the
// space that a removed log left. Records of a chunk that is not whole are read
// as far as it goes.
func Carve() record.Format {
	return record.Format{Name: "evtx carved", Accepts: func([]byte) bool { return true }, Open: func(r io.Reader) (record.Blocks, error) {
		return &carver{r: r}, nil
	}}
}

// carver searches an input.
type carver struct {
	r      io.Reader
	buf    []byte // read and not yet searched
	offset int64  // of buf
	chunk  int
	err    error
}

// searchSize is how much is read at once.
const searchSize = 1 << 20

// Next finds the next chunk.
func (c *carver) Next(b *record.Block) error {
	b.Reset()
	for {
		at := bytes.Index(c.buf, []byte(chunkMagic))
		if at >= 0 && (len(c.buf)-at >= chunkSize || c.err != nil) {
			c.drop(at)
			c.take(b)
			return nil
		}
		if c.err != nil {
			if c.err == io.EOF {
				return io.EOF
			}
			return fmt.Errorf("offset %d: %w", c.offset+int64(len(c.buf)), c.err)
		}
		switch {
		case at >= 0:
			c.drop(at)
		case len(c.buf) >= len(chunkMagic): // the magic may stand across two readings
			c.drop(len(c.buf) - len(chunkMagic) + 1)
		}
		n := len(c.buf)
		c.buf = append(c.buf, make([]byte, searchSize)...)
		got, err := io.ReadFull(c.r, c.buf[n:])
		c.buf = c.buf[:n+got]
		if err == io.ErrUnexpectedEOF {
			err = io.EOF
		}
		c.err = err
	}
}

func (c *carver) drop(n int) {
	c.buf = append(c.buf[:0], c.buf[n:]...)
	c.offset += int64(n)
}

// take gives b the chunk at the begin of the buffer. Where another one begins
// inside it, this one was overwritten.
func (c *carver) take(b *record.Block) {
	n := min(len(c.buf), chunkSize)
	if next := bytes.Index(c.buf[len(chunkMagic):n], []byte(chunkMagic)); next >= 0 {
		n = next + len(chunkMagic)
	}
	b.First, b.Offset = c.chunk, c.offset
	b.Data = append(b.Data, c.buf[:n]...)
	c.chunk++
	c.drop(n)
}

// Decode reads the records of a chunk.
func (c *carver) Decode(b *record.Block, out *record.Batch) { decode(b, out) }
