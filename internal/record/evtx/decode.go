package evtx

import (
	"encoding/binary"
	"fmt"

	"github.com/vedette-edr/vedette/internal/record"
)

// Limits of one record.
const (
	maxDepth  = 32
	maxTokens = 100_000
	maxValues = 4096
	maxText   = 4 << 20 // bytes of values
)

// decoder reads the chunks that one goroutine is given.
type decoder struct {
	c         []byte // the chunk; offsets are from its begin
	batch     *record.Batch
	names     map[int]string
	templates map[int]program
	ops       []op    // of all programs
	values    []value // of the templates that run, a stack
	flat      flattener
	scratch   []byte
	budget    int // tokens left for the record
	tokens    int // of the chunk
	total     int // bytes of values of the chunk
	err       error
}

// program is a template made ready to run: a part of decoder.ops.
type program struct{ from, to int }

// value is a value that a record gives to a template.
type value struct {
	kind     byte
	from, to int
}

func newDecoder() *decoder {
	d := &decoder{names: map[int]string{}, templates: map[int]program{}}
	d.flat.d = d
	return d
}

// begin makes the decoder ready for another chunk.
func (d *decoder) begin(chunk []byte, out *record.Batch) {
	d.c, d.batch, d.err = chunk, out, nil
	clear(d.names)
	clear(d.templates)
	d.ops, d.values = d.ops[:0], d.values[:0]
	d.tokens, d.total = 0, 0
}

// fail keeps the first error; readers below return zeros from then on.
func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
}

// spend counts a token; false when there are too many.
func (d *decoder) spend() bool {
	d.budget--
	d.tokens++
	if d.budget < 0 {
		d.fail("more than %d tokens", maxTokens)
	}
	return d.err == nil
}

// cursor reads binary XML from a part of the chunk.
type cursor struct {
	d        *decoder
	pos, end int
}

// take returns the next n bytes; nil when there are not that many.
func (u *cursor) take(n int) []byte {
	if u.d.err != nil {
		return nil
	}
	if n < 0 || u.pos+n > u.end || u.end > len(u.d.c) {
		u.d.fail("%d bytes wanted at %d, the data ends at %d", n, u.pos, u.end)
		return nil
	}
	b := u.d.c[u.pos : u.pos+n]
	u.pos += n
	return b
}

func (u *cursor) u8() byte {
	if b := u.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (u *cursor) u16() int {
	if b := u.take(2); b != nil {
		return int(binary.LittleEndian.Uint16(b))
	}
	return 0
}

func (u *cursor) u32() int {
	if b := u.take(4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

// name reads a reference to a name; the name itself may follow at once.
func (u *cursor) name() string {
	at := u.u32()
	if u.d.err != nil {
		return ""
	}
	if at == u.pos {
		if n := u.d.nameSize(at); n > 0 {
			u.take(n)
		}
	}
	return u.d.nameAt(at)
}

// nameSize is how many bytes the name at an offset has with its frame.
func (d *decoder) nameSize(at int) int {
	if at < 0 || at+8 > len(d.c) {
		d.fail("name at %d, outside the chunk", at)
		return 0
	}
	n := 8 + 2*int(binary.LittleEndian.Uint16(d.c[at+6:])) + 2
	if at+n > len(d.c) {
		d.fail("name at %d of %d bytes, outside the chunk", at, n)
		return 0
	}
	return n
}

func (d *decoder) nameAt(at int) string {
	if s, ok := d.names[at]; ok {
		return s
	}
	n := d.nameSize(at)
	if n == 0 {
		return ""
	}
	d.scratch = appendUTF16(d.scratch[:0], d.c[at+8:at+n-2])
	s := d.batch.Intern(d.scratch)
	d.names[at] = s
	return s
}

// fragment reads binary XML from a record or a value: a template and its
// values, or elements as they are.
func (d *decoder) fragment(from, to, depth int) {
	if depth > maxDepth {
		d.fail("nested deeper than %d", maxDepth)
		return
	}
	u := cursor{d, from, to}
	for u.pos < u.end && d.spend() {
		switch token := u.u8() & tokenMask; token {
		case tokenEnd:
			return
		case tokenFragment:
			u.take(3)
		case tokenTemplate:
			d.template(&u, depth)
		default:
			u.pos--
			d.direct(&u, depth)
		}
	}
}

// direct runs elements that stand outside a template.
func (d *decoder) direct(u *cursor, depth int) {
	p := d.compile(u, false)
	d.run(p, nil, depth)
}

// template runs a template with the values that follow.
func (d *decoder) template(u *cursor, depth int) {
	u.take(5) // a byte whose meaning is not known, the id
	at := u.u32()
	p := d.templateAt(u, at)
	n := u.u32()
	if n > maxValues {
		d.fail("template with %d values", n)
	}
	kinds := u.take(4 * n)
	if d.err != nil {
		return
	}
	base := len(d.values)
	for i := range n {
		size := int(binary.LittleEndian.Uint16(kinds[4*i:]))
		d.values = append(d.values, value{kinds[4*i+2], u.pos, u.pos + size})
		u.take(size)
	}
	if d.err == nil {
		d.run(p, d.values[base:], depth+1)
	}
	d.values = d.values[:base]
}

// templateHeader is what stands before the elements of a template: the next
// one, its id, the size.
const templateHeader = 24

// templateAt compiles the template at an offset, once for each chunk, and goes
// past it where it stands in the record itself.
func (d *decoder) templateAt(u *cursor, at int) program {
	if d.err != nil {
		return program{}
	}
	if at < 0 || at+templateHeader > len(d.c) {
		d.fail("template at %d, outside the chunk", at)
		return program{}
	}
	size := int(binary.LittleEndian.Uint32(d.c[at+20:]))
	if size < 0 || at+templateHeader+size > len(d.c) {
		d.fail("template at %d of %d bytes, outside the chunk", at, size)
		return program{}
	}
	if at == u.pos {
		u.take(templateHeader + size)
	}
	if p, ok := d.templates[at]; ok {
		return p
	}
	p := d.compile(&cursor{d, at + templateHeader, at + templateHeader + size}, true)
	if d.err == nil {
		d.templates[at] = p
	}
	return p
}
