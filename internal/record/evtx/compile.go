package evtx

// Tokens of binary XML. The bit 0x40 says that more follows.
const (
	tokenMask = 0x1f

	tokenEnd       = 0x00
	tokenOpen      = 0x01
	tokenCloseOpen = 0x02
	tokenCloseOne  = 0x03 // of an element without content
	tokenClose     = 0x04
	tokenText      = 0x05
	tokenAttribute = 0x06
	tokenCDATA     = 0x07
	tokenChar      = 0x08
	tokenEntity    = 0x09
	tokenPITarget  = 0x0a
	tokenPIData    = 0x0b
	tokenTemplate  = 0x0c
	tokenValue     = 0x0d
	tokenOptional  = 0x0e
	tokenFragment  = 0x0f

	moreFollows = 0x40
)

// op is a step of a program.
type op struct {
	kind  opKind
	index int    // of a value; where a nested template stands
	text  string // name or text
}

type opKind uint8

const (
	opOpen opKind = iota // element text begins
	opClose
	opAttribute // attribute text begins; what follows up to opAttributeEnd is its value
	opAttributeEnd
	opText
	opValue
	opNested // a template inside a template; index is its place
)

// compile makes a program of the tokens up to the end of the cursor; element
// headers inside a template definition are two bytes longer.
func (d *decoder) compile(u *cursor, definition bool) program {
	p := program{from: len(d.ops)}
	depth := 0
	for u.pos < u.end && d.spend() {
		token := u.u8()
		switch token & tokenMask {
		case tokenEnd:
			p.to = len(d.ops)
			return p
		case tokenFragment:
			u.take(3)
		case tokenOpen:
			if depth++; depth > maxDepth {
				d.fail("elements nested deeper than %d", maxDepth)
			}
			if d.open(u, token&moreFollows != 0, definition) {
				depth--
			}
		case tokenClose:
			depth--
			d.emit(opClose, 0, "")
			if depth < 0 {
				d.fail("more elements end than begin, at %d", u.pos-1)
			}
		case tokenTemplate:
			d.nested(u)
		default:
			u.pos--
			if !d.content(u) {
				d.fail("token %#x at %d", token, u.pos)
			}
		}
		if depth == 0 && !definition {
			break
		}
	}
	p.to = len(d.ops)
	return p
}

func (d *decoder) emit(kind opKind, index int, text string) {
	d.ops = append(d.ops, op{kind, index, text})
}

// open compiles the begin of an element with its attributes; ended when the
// element has no content.
func (d *decoder) open(u *cursor, attributes, definition bool) (ended bool) {
	if definition {
		u.take(2) // which value the element depends on
	}
	u.take(4) // size
	d.emit(opOpen, 0, u.name())
	if attributes {
		u.take(4) // size
		for d.spend() {
			token := u.u8()
			if token&tokenMask != tokenAttribute {
				u.pos--
				break
			}
			d.emit(opAttribute, 0, u.name())
			for d.err == nil && d.content(u) {
			}
			d.emit(opAttributeEnd, 0, "")
		}
	}
	switch token := u.u8(); token & tokenMask {
	case tokenCloseOne:
		d.emit(opClose, 0, "")
		return true
	case tokenCloseOpen:
	default:
		d.fail("token %#x at %d, where an element's begin ends", token, u.pos-1)
	}
	return false
}

// content compiles a piece of text or a value; false when another token stands
// there, which is not taken.
func (d *decoder) content(u *cursor) bool {
	if !d.spend() {
		return false
	}
	switch token := u.u8(); token & tokenMask {
	case tokenText:
		if kind := u.u8(); kind != typeString {
			d.fail("text of type %#x at %d", kind, u.pos-1)
		}
		d.emit(opText, 0, d.text(u.take(2*u.u16())))
	case tokenCDATA:
		d.emit(opText, 0, d.text(u.take(2*u.u16())))
	case tokenChar:
		d.emit(opText, 0, string(rune(u.u16())))
	case tokenEntity:
		d.emit(opText, 0, entity(u.name()))
	case tokenPITarget:
		u.name()
	case tokenPIData:
		u.take(2 * u.u16())
	case tokenValue, tokenOptional:
		d.emit(opValue, u.u16(), "")
		u.u8() // the type that the template expects
	default:
		u.pos--
		return false
	}
	return d.err == nil
}

func (d *decoder) text(b []byte) string {
	d.scratch = appendUTF16(d.scratch[:0], b)
	return d.batch.Intern(d.scratch)
}

// nested notes a template instance inside a definition, to be read when the
// definition runs.
func (d *decoder) nested(u *cursor) {
	d.emit(opNested, u.pos, "")
	u.take(5)
	at := u.u32()
	if at == u.pos { // its definition stands here
		u.take(20)
		u.take(u.u32())
	}
	n := u.u32()
	if n > maxValues {
		d.fail("template with %d values", n)
	}
	size := 0
	for range n {
		size += u.u16()
		u.take(2)
		if d.err != nil {
			return
		}
	}
	u.take(size)
}

func entity(name string) string {
	switch name {
	case "lt":
		return "<"
	case "gt":
		return ">"
	case "amp":
		return "&"
	case "quot":
		return `"`
	case "apos":
		return "'"
	}
	return "&" + name + ";"
}

// run gives the flattener what a program says with these values.
func (d *decoder) run(p program, values []value, depth int) {
	if depth > maxDepth {
		d.fail("templates nested deeper than %d", maxDepth)
		return
	}
	for i := p.from; i < p.to && d.spend(); i++ {
		switch o := d.ops[i]; o.kind {
		case opOpen:
			d.flat.open(o.text)
		case opClose:
			d.flat.close()
		case opAttribute:
			d.flat.attribute(o.text)
		case opAttributeEnd:
			d.flat.attributeEnd()
		case opText:
			d.flat.text(o.text)
		case opValue:
			if o.index < len(values) {
				d.value(values[o.index], depth)
			}
		case opNested:
			d.template(&cursor{d, o.index, len(d.c)}, depth+1)
		}
	}
}

// value gives the flattener a value; binary XML is run.
func (d *decoder) value(v value, depth int) {
	switch {
	case v.kind == typeNull || v.from == v.to && v.kind != typeString:
	case v.kind == typeXML:
		d.fragment(v.from, v.to, depth+1)
	case v.kind&typeArray != 0:
		d.flat.array(v.kind&^typeArray, d.c[v.from:v.to])
	default:
		d.flat.value(v.kind, d.c[v.from:v.to])
	}
}
