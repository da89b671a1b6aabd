package syslog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vedette-edr/vedette/internal/record"
)

// Export returns the export format of the systemd journal.
func Export() record.Format {
	return record.Format{Name: "journal", Accepts: acceptsExport, Open: func(r io.Reader) (record.Blocks, error) {
		return &export{r: r}, nil
	}}
}

func acceptsExport(head []byte) bool {
	return bytes.HasPrefix(head, []byte("__CURSOR=")) || bytes.HasPrefix(head, []byte("__REALTIME_TIMESTAMP="))
}

// export cuts a journal between its entries. A field with bytes that are no
// text has its length before it, so that an entry is only known by reading it.
type export struct {
	r     io.Reader
	rest  []byte
	entry int // number of the first entry in rest
	err   error
}

// maxEntry bounds an entry, bytes.
const maxEntry = 4 << 20

// Next fills b with whole entries; its lines are counted as entries.
func (e *export) Next(b *record.Block) error {
	b.Reset()
	b.First = e.entry
	b.Data = append(b.Data, e.rest...)
	for {
		end, entries := entriesEnd(b.Data)
		if end == 0 && e.err != nil {
			e.rest = nil
			if len(bytes.TrimSpace(b.Data)) == 0 || !errors.Is(e.err, io.EOF) {
				return e.err
			}
			end, entries = len(b.Data), 1 // the last entry has no blank line behind it
		}
		if end > 0 {
			e.rest = append(e.rest[:0], b.Data[end:]...)
			b.Data = b.Data[:end]
			e.entry += entries
			return nil
		}
		if len(b.Data) > maxEntry {
			e.err = fmt.Errorf("entry %d: more than %d bytes; what follows is not read", e.entry, maxEntry)
			return e.err
		}
		n := len(b.Data)
		b.Data = append(b.Data, make([]byte, record.BlockSize)...)
		var got int
		got, e.err = e.r.Read(b.Data[n:])
		b.Data = b.Data[:n+got]
	}
}

// entriesEnd returns where the last whole entry ends, and how many there are.
func entriesEnd(data []byte) (end, entries int) {
	for at := 0; ; {
		_, _, next, ok := field(data, at)
		if !ok {
			return end, entries
		}
		if next == at+1 { // a blank line
			end = next
			entries++
		}
		at = next
	}
}

// field reads the field at an offset: NAME=text, or NAME alone and then the
// length and the bytes. An empty name is the blank line between entries.
func field(data []byte, at int) (name, value []byte, next int, ok bool) {
	line, _, ok := bytes.Cut(data[at:], []byte{'\n'})
	if !ok {
		return nil, nil, at, false
	}
	next = at + len(line) + 1
	if name, value, ok := bytes.Cut(line, []byte{'='}); ok || len(line) == 0 {
		return name, value, next, true
	}
	if len(data) < next+8 {
		return nil, nil, at, false
	}
	size := binary.LittleEndian.Uint64(data[next:])
	next += 8
	if size > maxEntry || uint64(len(data)-next) < size+1 {
		return nil, nil, at, false
	}
	return line, data[next : next+int(size)], next + int(size) + 1, true
}

// maxFields bounds the fields of an entry.
const maxFields = 4096

// Decode reads the entries of b; the number of an entry is its line.
func (e *export) Decode(b *record.Block, out *record.Batch) {
	out.Faults = append(out.Faults, b.Faults...)
	number, at := b.First, 0
	data := b.Data
	if !bytes.HasSuffix(data, []byte("\n\n")) {
		data = append(data, "\n\n"...)
	}
	var r *record.Record
	for at < len(data) {
		name, value, next, ok := field(data, at)
		if !ok {
			out.Fault(fmt.Sprintf("entry %d", number), errors.New("a field is cut or has a wrong length"))
			if r != nil {
				out.Drop()
			}
			return
		}
		at = next
		switch {
		case len(name) == 0 && r == nil:
		case len(name) == 0:
			r.Journal()
			r = nil
			number++
		case r == nil:
			r = out.Add()
			r.Line, r.Log.Source = number, "journal"
			fallthrough
		default:
			if len(r.Log.Names) < maxFields {
				r.Log.Names = append(r.Log.Names, out.Intern(name))
				r.Log.Values = append(r.Log.Values, strings.ToValidUTF8(string(value), "\ufffd"))
			}
		}
	}
}
