package record

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
)

// JSONDocuments is the format of JSON objects over several lines, one after
// the other or in one list.
func JSONDocuments() Format {
	return Format{Name: "json", Accepts: acceptsDocuments, Open: func(r io.Reader) (Blocks, error) {
		return &documents{text: NewCutter(r)}, nil
	}}
}

func acceptsDocuments(head []byte) bool {
	text := bytes.TrimLeft(head, " \t\r\n")
	if bytes.HasPrefix(text, []byte{'['}) {
		text = bytes.TrimLeft(text[1:], " \t\r\n")
	}
	return bytes.HasPrefix(text, []byte{'{'})
}

// documents cuts a text between its objects.
type documents struct {
	text *Cutter
	rest []byte // begin of the next block
	line int    // of its first byte
	err  error
}

// Next fills b with the objects that are whole.
func (d *documents) Next(b *Block) error {
	var part Block
	faults := b.Faults[:0]
	b.Reset()
	b.First = d.line
	b.Data = append(b.Data, d.rest...)
	for {
		end := lastObject(b.Data)
		if end == 0 && d.err == nil {
			if len(b.Data) > MaxLine {
				d.err = fmt.Errorf("line %d: an object longer than %d bytes; what follows is not read", d.line, MaxLine)
				return d.err
			}
			if d.err = d.text.Next(&part); d.err == nil {
				faults = append(faults, part.Faults...)
				b.Data = append(b.Data, part.Data...)
			}
			continue
		}
		if end == 0 {
			d.rest = nil
			if d.err == io.EOF && len(bytes.Trim(b.Data, " \t\r\n,[]")) > 0 {
				end = len(b.Data) // what is left is told by Decode
			} else {
				return d.err
			}
		}
		d.rest = append(d.rest[:0], b.Data[end:]...)
		b.Data, b.Faults = b.Data[:end], faults
		d.line += bytes.Count(b.Data, []byte{'\n'})
		return nil
	}
}

// Decode reads the objects of b.
func (d *documents) Decode(b *Block, out *Batch) {
	out.Faults = append(out.Faults, b.Faults...)
	line, at := b.First, 0
	for {
		from := bytes.IndexByte(b.Data[at:], '{')
		if from < 0 {
			from = len(b.Data) - at
		}
		gap := b.Data[at : at+from]
		if text := bytes.Trim(gap, " \t\r\n,[]"); len(text) > 0 {
			out.Fault("line "+strconv.Itoa(line), fmt.Errorf("%q between the objects", text[:min(len(text), 32)]))
		}
		line += bytes.Count(gap, []byte{'\n'})
		at += from
		if at == len(b.Data) {
			return
		}
		end := objectEnd(b.Data, at)
		if end < 0 {
			end = len(b.Data)
		}
		r := out.Add()
		r.Line = line
		if err := out.parseJSON(b.Data[at:end], r); err != nil {
			out.Drop()
			out.Fault("line "+strconv.Itoa(line), err)
		}
		line += bytes.Count(b.Data[at:end], []byte{'\n'})
		at = end
	}
}

// lastObject returns where the last whole object of data ends, 0 without one.
func lastObject(data []byte) int {
	last := 0
	for {
		from := bytes.IndexByte(data[last:], '{')
		if from < 0 {
			return last
		}
		end := objectEnd(data, last+from)
		if end < 0 {
			return last
		}
		last = end
	}
}

// objectEnd returns where the object that begins at from ends, -1 when it does
// not.
func objectEnd(data []byte, from int) int {
	depth, quoted := 0, false
	for i := from; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}
