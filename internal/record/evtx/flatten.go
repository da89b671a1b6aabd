package evtx

import (
	"encoding/binary"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// flattener makes names and values of the elements of one record. What it
// keeps lies in one text, which becomes the values of the record at the end.
type flattener struct {
	d        *decoder
	all      []byte
	found    []found
	stack    []element
	attr     string // name of the attribute at hand
	inAttr   bool
	from     int // of the attribute's value
	elements int
	time     event.Time
}

// found is a value and where it stands in all.
type found struct {
	name     string
	from, to int
}

// element is one that has begun and not ended.
type element struct {
	name  string
	key   string // name of the value, for Data
	part  part
	from  int // of its text
	kids  bool
	attrs bool // it has attributes that are values
}

// part is the part of an event that an element stands in.
type part uint8

const (
	partRoot   part = iota
	partEvent       // Event
	partSystem      // System and all below it
	partData        // EventData
	partUser        // UserData
	partOther       // RenderingInfo and others
)

func (f *flattener) reset() {
	f.all, f.found, f.stack = f.all[:0], f.found[:0], f.stack[:0]
	f.attr, f.inAttr, f.elements, f.time = "", false, 0, 0
}

// partOf is where the children of an element belong.
func partOf(parent part, depth int, name string) part {
	switch {
	case depth == 0:
		return partEvent
	case depth > 1:
		return parent
	case name == "System":
		return partSystem
	case name == "EventData":
		return partData
	case name == "UserData":
		return partUser
	}
	return partOther
}

func (f *flattener) open(name string) {
	f.elements++
	depth, parent := len(f.stack), partRoot
	if depth > 0 {
		f.stack[depth-1].kids = true
		parent = f.stack[depth-1].part
	}
	if depth > maxDepth {
		f.d.fail("elements nested deeper than %d", maxDepth)
		return
	}
	f.stack = append(f.stack, element{name: name, part: partOf(parent, depth, name), from: len(f.all)})
}

func (f *flattener) attribute(name string) {
	f.attr, f.inAttr, f.from = name, true, len(f.all)
}

func (f *flattener) attributeEnd() {
	f.inAttr = false
	if len(f.stack) == 0 || f.attr == "xmlns" || len(f.all) == f.from {
		return
	}
	e := &f.stack[len(f.stack)-1]
	switch {
	case e.part == partSystem && len(f.stack) > 2:
		f.keep(f.join(e.name, f.attr), f.from)
	case e.part == partData && len(f.stack) > 2 && f.attr == "Name":
		e.key = f.d.batch.Name(f.all[f.from:])
	case e.part == partData && len(f.stack) == 2, e.part == partUser && len(f.stack) > 2:
		f.keep(f.attr, f.from)
		e.attrs = true
	}
	e.from = len(f.all)
}

// join returns Element_Attribute, the same string each time.
func (f *flattener) join(element, attribute string) string {
	f.d.scratch = append(append(append(f.d.scratch[:0], element...), '_'), attribute...)
	return f.d.batch.Intern(f.d.scratch)
}

func (f *flattener) text(s string) {
	f.all = append(f.all, s...)
	f.bound()
}

func (f *flattener) value(kind byte, b []byte) {
	if kind == typeTime && f.inAttr && f.attr == "SystemTime" && len(b) >= 8 {
		f.time = event.Time(unix(binary.LittleEndian.Uint64(b)))
	}
	f.all = appendValue(f.all, kind, b)
	f.bound()
}

// array appends the members of an array, a line each.
func (f *flattener) array(kind byte, b []byte) {
	switch n := sizeOf(kind); {
	case kind == typeString:
		f.all = appendStrings(f.all, b)
	case n == 0:
		f.all = appendHex(f.all, b)
	default:
		for i := 0; i+n <= len(b); i += n {
			if i > 0 {
				f.all = append(f.all, '\n')
			}
			f.all = appendValue(f.all, kind, b[i:i+n])
		}
	}
	f.bound()
}

// appendStrings appends texts that end with a zero each.
func appendStrings(dst, b []byte) []byte {
	from := 0
	for i := 0; i+1 < len(b); i += 2 {
		if b[i] != 0 || b[i+1] != 0 {
			continue
		}
		if from > 0 {
			dst = append(dst, '\n')
		}
		dst = appendUTF16(dst, b[from:i])
		from = i + 2
	}
	if from < len(b)-1 {
		if from > 0 {
			dst = append(dst, '\n')
		}
		dst = appendUTF16(dst, b[from:])
	}
	return dst
}

// bound bounds the text.
func (f *flattener) bound() {
	if len(f.all) > maxText {
		f.d.fail("values of more than %d bytes", maxText)
	}
}

func (f *flattener) close() {
	n := len(f.stack) - 1
	if n < 0 {
		f.d.fail("an element ends that has not begun")
		return
	}
	e := f.stack[n]
	f.stack = f.stack[:n]
	empty := len(f.all) == e.from
	switch {
	case e.kids || n == 0:
	case n == 1 && (e.part == partUser || !empty):
		f.keep(e.name, e.from)
	case n == 1:
	case e.part == partSystem && !empty:
		f.keep(e.name, e.from)
	case e.part == partSystem, e.attrs && empty:
	case e.part == partData && e.key != "":
		f.keep(e.key, e.from)
	case e.part == partOther && (e.name != "Message" || f.stack[1].name != "RenderingInfo"):
		f.keep(f.join(f.stack[1].name, e.name), e.from)
	default:
		f.keep(e.name, e.from)
	}
}

// maxHeader is how many names are compared with those of UserData.
const maxHeader = 64

// keep keeps the text from an offset on as a value.
// A name of UserData that is there already gets its part's name before it.
func (f *flattener) keep(name string, from int) {
	if len(f.stack) > 1 && f.stack[1].part == partUser && f.has(name) {
		name = f.join("UserData", name)
	}
	if len(f.found) >= maxValues {
		f.d.fail("more than %d values", maxValues)
		return
	}
	f.found = append(f.found, found{name, from, len(f.all)})
}

// has reports whether the record has a value of the name among its first ones,
// which are those of the header.
func (f *flattener) has(name string) bool {
	for i := range f.found[:min(len(f.found), maxHeader)] {
		if f.found[i].name == name {
			return true
		}
	}
	return false
}

// into gives the record its names and values.
func (f *flattener) into(r *record.Record) {
	f.d.total += len(f.all)
	all := f.d.batch.Text(f.all)
	data := -1
	var lines strings.Builder // of Data without a name: one value, a line each
	for _, v := range f.found {
		text := all[v.from:v.to]
		switch {
		case v.name == "Data" && data < 0:
			data = len(r.Log.Names)
			lines.WriteString(text)
		case v.name == "Data":
			lines.WriteByte('\n')
			lines.WriteString(text)
			continue
		}
		r.Log.Names, r.Log.Values = append(r.Log.Names, v.name), append(r.Log.Values, text)
		r.Fill(v.name, text)
	}
	if data >= 0 {
		r.Log.Values[data] = lines.String()
	}
	r.Time = f.time
}
