// Package evtx reads Windows event logs as they lie on disk. A chunk of 64 kB
// is read on its own: its templates are compiled once and run for each record
// that uses them, which gives names and values without a tree between. The
// names are those of the flat form: header elements and their attributes as
// Element and Element_Attribute, members of EventData and UserData by name.
//
// What is damaged is told and the rest is read: the file header is not needed,
// chunks are found by their magic, records by theirs. Depth, tokens and text
// are bounded for each record and each chunk.
package evtx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/vedette-edr/vedette/internal/record"
)

const (
	fileMagic  = "ElfFile\x00"
	chunkMagic = "ElfChnk\x00"
	headerSize = 4096
	chunkSize  = 64 << 10
)

// Format returns the format for record.Open.
func Format() record.Format {
	return record.Format{Name: "evtx", Accepts: accepts, Open: Open}
}

func accepts(head []byte) bool {
	return bytes.HasPrefix(head, []byte(fileMagic)) || bytes.HasPrefix(head, []byte(chunkMagic)) ||
		len(head) > headerSize && bytes.HasPrefix(head[headerSize:], []byte(chunkMagic))
}

// Open returns the chunks of a log; r may also begin with a chunk.
func Open(r io.Reader) (record.Blocks, error) {
	f := &file{r: r}
	head := make([]byte, len(fileMagic))
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, fmt.Errorf("read file header: %w", err)
	}
	if string(head) == chunkMagic {
		f.begun = head
		return f, nil
	}
	rest := make([]byte, headerSize-len(head))
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, fmt.Errorf("read file header: %w", err)
	}
	head = append(head, rest...)
	f.offset = headerSize
	if f.fault = checkHeader(head); f.fault == nil {
		f.chunks = int(binary.LittleEndian.Uint16(head[42:]))
	}
	size := int(binary.LittleEndian.Uint16(head[40:]))
	if f.fault == nil && size > headerSize { // no known log has one
		if _, err := io.CopyN(io.Discard, r, int64(size-headerSize)); err != nil {
			return nil, fmt.Errorf("read file header of %d bytes: %w", size, err)
		}
		f.offset = int64(size)
	}
	return f, nil
}

func checkHeader(head []byte) error {
	if string(head[:8]) != fileMagic {
		return errors.New("file header: it does not begin with ElfFile")
	}
	if major := binary.LittleEndian.Uint16(head[38:]); major != 3 {
		return fmt.Errorf("file header: version %d.%d, known is 3", major, binary.LittleEndian.Uint16(head[36:]))
	}
	return nil
}

// file cuts a log into chunks.
type file struct {
	r      io.Reader
	begun  []byte // of the first chunk, already read
	offset int64
	chunk  int
	chunks int // that the header says there are; 0 when it is not known
	fault  error
}

// Next reads the next chunk that is not empty.
func (f *file) Next(b *record.Block) error {
	b.Reset()
	if cap(b.Data) < chunkSize {
		b.Data = make([]byte, 0, chunkSize)
	}
	for {
		data := append(b.Data[:0], f.begun...)
		f.begun = nil
		n, err := io.ReadFull(f.r, data[len(data):chunkSize])
		b.Data = data[:len(data)+n]
		if len(b.Data) == 0 {
			if errors.Is(err, io.EOF) {
				return io.EOF
			}
			return fmt.Errorf("%s: %w", place(f.chunk, f.offset), err)
		}
		b.First, b.Offset = f.chunk, f.offset
		f.chunk++
		f.offset += int64(len(b.Data))
		if f.fault != nil {
			b.Faults = append(b.Faults, record.Fault{Place: "offset 0", Err: f.fault})
			f.fault = nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			b.Faults = append(b.Faults, record.Fault{Place: place(b.First, b.Offset), Err: err})
		}
		if len(b.Faults) > 0 || !f.unused(b) {
			return nil
		}
	}
}

// unused reports whether a chunk was never written: logs are made larger before
// they need it, and what lies there then is zeros or anything.
func (f *file) unused(b *record.Block) bool {
	if blank(b.Data) {
		return true
	}
	return f.chunks > 0 && b.First >= f.chunks && !bytes.HasPrefix(b.Data, []byte(chunkMagic))
}

// Decode reads the records of a chunk.
func (f *file) Decode(b *record.Block, out *record.Batch) { decode(b, out) }

func decode(b *record.Block, out *record.Batch) {
	out.Faults = append(out.Faults, b.Faults...)
	d, ok := out.Scratch.(*decoder)
	if !ok {
		d = newDecoder()
		out.Scratch = d
	}
	before := len(out.Faults)
	d.chunk(b, out)
	if more := len(out.Faults) - before - maxFaults; more > 0 {
		last := out.Faults[len(out.Faults)-1] // of the chunk as a whole
		out.Faults = out.Faults[:before+maxFaults-1]
		out.Fault(place(b.First, b.Offset), fmt.Errorf("%d more like these", more))
		out.Faults = append(out.Faults, last)
	}
}

// maxFaults is how many faults of a chunk are told one by one.
const maxFaults = 8

// place names a chunk.
func place(chunk int, offset int64) string {
	return "chunk " + strconv.Itoa(chunk) + " at offset " + strconv.FormatInt(offset, 10)
}

// blank reports whether a chunk was never written.
func blank(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.LittleEndian.Uint64(b) != 0 {
			return false
		}
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
