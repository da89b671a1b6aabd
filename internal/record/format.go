package record

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// Format reads one kind of input.
type Format struct {
	Name    string
	Accepts func(head []byte) bool // by the first bytes of the input, at most headSize
	Open    func(r io.Reader) (Blocks, error)
}

// Blocks cuts an input. Next is called by one goroutine; Decode by many, each
// with blocks and batches of its own.
type Blocks interface {
	// Next fills b with the next piece of the input; io.EOF when there is none.
	// After another error there are no more.
	Next(b *Block) error
	// Decode appends the records of b to out, and what could not be read.
	Decode(b *Block, out *Batch)
}

// Block is a piece of an input that can be decoded without the others.
type Block struct {
	First  int   // number of its first line or of the chunk, from 0
	Offset int64 // of its first byte in the input, unpacked
	Data   []byte
	Faults []Fault // found while cutting
}

// Reset makes b empty and keeps its room.
func (b *Block) Reset() { *b = Block{Data: b.Data[:0], Faults: b.Faults[:0]} }

// Fault is a part of an input that could not be read, and why.
type Fault struct {
	Place string // "line 7", "chunk 3 at offset 200704"
	Err   error
}

// Error returns the fault as one line.
func (f Fault) Error() string { return f.Place + ": " + f.Err.Error() }

// Unwrap returns the cause.
func (f Fault) Unwrap() error { return f.Err }

// Batch holds the records of a block. It is used again and again: records and
// their texts are good until Reset; who keeps a text longer clones it.
type Batch struct {
	Faults  []Fault
	Scratch any // what Decode keeps from one block to the next
	records []*Record
	n       int
	names   map[string]string // texts that repeat
	renamed map[string]string // names of other forms, as the flat form has them
	scan    scanner
	texts   arena
}

// Reset makes the batch empty and keeps its room.
func (b *Batch) Reset() {
	b.Faults, b.n = b.Faults[:0], 0
	b.texts.reset()
}

// Text returns a text of a record of the batch. It is good until Reset.
func (b *Batch) Text(text []byte) string { return b.texts.put(text) }

// Add returns a new empty record of the batch.
func (b *Batch) Add() *Record {
	if b.n == len(b.records) {
		b.records = append(b.records, &Record{})
	}
	r := b.records[b.n]
	b.n++
	r.Reset()
	return r
}

// Drop takes back the last record of Add.
func (b *Batch) Drop() { b.n-- }

// Records lists the records of the batch.
func (b *Batch) Records() []*Record { return b.records[:b.n] }

// maxInterned bounds how many texts a batch remembers.
const maxInterned = 8192

// Intern returns text as a string that equal texts share.
func (b *Batch) Intern(text []byte) string {
	if s, ok := b.names[string(text)]; ok {
		return s
	}
	if b.names == nil || len(b.names) >= maxInterned {
		b.names = make(map[string]string, 256)
	}
	s := string(text)
	b.names[s] = s
	return s
}

// Name returns the name of a value as rules write it, without spaces.
func (b *Batch) Name(text []byte) string {
	if bytes.IndexByte(text, ' ') < 0 {
		return b.Intern(text)
	}
	return b.Intern(bytes.ReplaceAll(text, []byte{' '}, nil))
}

// Fault notes what could not be read.
func (b *Batch) Fault(place string, err error) {
	b.Faults = append(b.Faults, Fault{Place: place, Err: err})
}

// ErrFormat says that an input has none of the known formats.
var ErrFormat = errors.New("not a format that is read here")

// headSize is how much of an input its format is recognised by, bytes.
const headSize = 64 << 10

// Open recognises the format of an input by its content and opens it; gzip is
// unpacked. An empty input has no records and no format.
func Open(formats []Format, r io.Reader) (Blocks, Format, error) {
	in, err := unpack(r)
	if err != nil {
		return nil, Format{}, err
	}
	if _, err := in.Peek(1); err == io.EOF {
		return empty{}, Format{Name: "empty"}, nil
	} else if err != nil {
		return nil, Format{}, fmt.Errorf("read: %w", err)
	}
	head, err := begin(in)
	if err != nil {
		return nil, Format{}, fmt.Errorf("read: %w", err)
	}
	for _, f := range formats {
		if !f.Accepts(head) {
			continue
		}
		blocks, err := f.Open(in)
		if err != nil {
			return nil, f, fmt.Errorf("open as %s: %w", f.Name, err)
		}
		return blocks, f, nil
	}
	return nil, Format{}, fmt.Errorf("%w; it begins with %q", ErrFormat, head[:min(len(head), 32)])
}

// begin returns what is there of the input without taking it, at least a line:
// a pipe may give the rest later.
func begin(in *bufio.Reader) ([]byte, error) {
	for {
		head, err := in.Peek(in.Buffered())
		if err != nil || bytes.IndexByte(head, '\n') >= 0 || len(head) == headSize {
			return head, err
		}
		if _, err := in.Peek(len(head) + 1); err == io.EOF {
			return in.Peek(in.Buffered()) // reading may have moved what is there
		} else if err != nil {
			return nil, err
		}
	}
}

// unpack unpacks gzip, once, and decodes UTF-16 with a byte order mark.
func unpack(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, headSize)
	if head, _ := in.Peek(2); bytes.Equal(head, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("unpack gzip: %w", err)
		}
		in = bufio.NewReaderSize(&fullReader{r: z}, headSize)
	}
	head, _ := in.Peek(3)
	switch {
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		_, err := in.Discard(3)
		return in, err
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return bufio.NewReaderSize(&utf16Reader{r: in, big: head[0] == 0xfe}, headSize), nil
	}
	return in, nil
}

// fullReader fills what it is given: unpacking yields small pieces.
type fullReader struct {
	r   io.Reader
	err error
}

func (f *fullReader) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && f.err == nil {
		var m int
		m, f.err = f.r.Read(p[n:])
		n += m
	}
	if n > 0 || len(p) == 0 {
		return n, nil
	}
	return 0, f.err
}

// empty is an input without bytes.
type empty struct{}

func (empty) Next(*Block) error     { return io.EOF }
func (empty) Decode(*Block, *Batch) {}
