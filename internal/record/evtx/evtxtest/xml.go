package evtxtest

import (
	"encoding/binary"
	"hash/crc32"
	"strings"
	"unicode/utf16"
)

// buffer is bytes that grow.
type buffer struct{ b []byte }

func (w *buffer) u8(v ...byte) { w.b = append(w.b, v...) }
func (w *buffer) u16(v uint16) { w.b = binary.LittleEndian.AppendUint16(w.b, v) }
func (w *buffer) u32(v uint32) { w.b = binary.LittleEndian.AppendUint32(w.b, v) }
func (w *buffer) u64(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }

func (w *buffer) text(s string) { w.b = append(w.b, utf16le(s)...) }

func utf16le(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// later writes a number of four bytes that becomes the count of what follows.
func (w *buffer) later() func() {
	at := len(w.b)
	w.u32(0)
	return func() { binary.LittleEndian.PutUint32(w.b[at:], uint32(len(w.b)-at-4)) }
}

// name writes a reference to a name, and the name when it is new.
func (c *chunk) name(s string) {
	if at, ok := c.names[s]; ok {
		c.u32(uint32(at))
		return
	}
	at := len(c.b) + 4
	c.u32(uint32(at))
	c.names[s] = at
	hash := uint32(0)
	units := utf16.Encode([]rune(s))
	for _, u := range units {
		hash = hash*65599 + uint32(u)
	}
	slot := 128 + 4*int(hash&0xffff%64)
	c.u32(binary.LittleEndian.Uint32(c.b[slot:]))
	binary.LittleEndian.PutUint32(c.b[slot:], uint32(at))
	c.u16(uint16(hash))
	c.u16(uint16(len(units)))
	c.text(s)
	c.u16(0)
}

// attribute of an element: a text, or a value by its number.
type attribute struct {
	name  string
	text  string
	value int
}

// element writes an element in a template; body is nil for one without content.
func (c *chunk) element(name string, attributes []attribute, body func()) {
	open := byte(0x01)
	if len(attributes) > 0 {
		open |= 0x40
	}
	c.u8(open)
	c.u16(0xffff)
	end := c.later()
	c.name(name)
	if len(attributes) > 0 {
		done := c.later()
		for i, a := range attributes {
			token := byte(0x06)
			if i < len(attributes)-1 {
				token |= 0x40
			}
			c.u8(token)
			c.name(a.name)
			if a.text == "" {
				c.value(a.value)
				continue
			}
			c.literal(a.text)
		}
		done()
	}
	if body == nil {
		c.u8(0x03)
	} else {
		c.u8(0x02)
		body()
		c.u8(0x04)
	}
	end()
}

// literal writes a text as it is; & < > as references to entities.
func (c *chunk) literal(s string) {
	for s != "" {
		at := strings.IndexAny(s, "&<>")
		if at < 0 {
			at = len(s)
		}
		if at > 0 {
			c.u8(0x05, 0x01)
			c.u16(uint16(len(utf16le(s[:at])) / 2))
			c.text(s[:at])
		}
		if s = s[at:]; s != "" {
			c.u8(0x09)
			c.name(map[byte]string{'&': "amp", '<': "lt", '>': "gt"}[s[0]])
			s = s[1:]
		}
	}
}

// value writes the place of a value; it may be absent.
func (c *chunk) value(i int) {
	c.u8(0x0e)
	c.u16(uint16(i))
	c.u8(0)
}

// instance writes a template with its values, and its definition when it is
// new. A last value that is XML itself is written by last.
func (c *chunk) instance(key string, values []Value, define, last func()) {
	id := crc32.ChecksumIEEE([]byte(key))
	c.u8(0x0f, 0x01, 0x01, 0x00, 0x0c, 0x01)
	c.u32(id)
	if at, ok := c.templates[key]; ok {
		c.u32(uint32(at))
	} else {
		at := len(c.b) + 4
		c.u32(uint32(at))
		c.templates[key] = at
		slot := 384 + 4*int(id%32)
		c.u32(binary.LittleEndian.Uint32(c.b[slot:]))
		binary.LittleEndian.PutUint32(c.b[slot:], uint32(at))
		c.u32(id)
		c.b = append(c.b, make([]byte, 12)...)
		end := c.later()
		c.u8(0x0f, 0x01, 0x01, 0x00)
		define()
		c.u8(0)
		end()
	}
	n := len(values)
	if last != nil {
		n++
	}
	c.u32(uint32(n))
	for _, v := range values {
		c.u16(uint16(len(v.Data)))
		c.u8(v.Kind, 0)
	}
	length := len(c.b)
	if last != nil {
		c.u16(0)
		c.u8(kindXML, 0)
	}
	for _, v := range values {
		c.b = append(c.b, v.Data...)
	}
	if last != nil {
		from := len(c.b)
		last()
		binary.LittleEndian.PutUint16(c.b[length:], uint16(len(c.b)-from))
	}
	c.u8(0)
}

// event writes the XML of an event.
func (c *chunk) event(e Event) {
	values := []Value{
		Uint16(e.Code), Uint8(e.Level), Time(e.Time), Uint64(e.Record), Uint32(e.PID), Uint32(e.TID), String(e.Channel), String(e.Computer), {},
	}
	if e.User != nil {
		values[8] = SID(e.User)
	}
	c.instance("head "+e.Provider, values, func() { c.head(e.Provider) }, func() { c.data(e) })
}

// data writes the data of an event, with a template of its own.
func (c *chunk) data(e Event) {
	key := e.Part + " " + e.Name
	var values []Value
	for _, m := range e.Data {
		key += "\x00" + m.Name
		values = append(values, m.Value)
	}
	c.instance(key, values, func() {
		if e.Part == "UserData" {
			c.element(e.Part, nil, func() {
				c.element("Event", []attribute{{name: "xmlns", text: "urn:test"}}, func() { c.members(e.Data, true) })
			})
			return
		}
		var attributes []attribute
		if e.Name != "" {
			attributes = []attribute{{name: "Name", text: e.Name}}
		}
		c.element("EventData", attributes, func() { c.members(e.Data, false) })
	}, nil)
}

func (c *chunk) members(members []Member, user bool) {
	for i, m := range members {
		switch {
		case user:
			c.element(m.Name, nil, func() { c.value(i) })
		case m.Name == "":
			c.element("Data", nil, func() { c.value(i) })
		default:
			c.element("Data", []attribute{{name: "Name", text: m.Name}}, func() { c.value(i) })
		}
	}
}

func (c *chunk) head(provider string) {
	c.element("Event", []attribute{{name: "xmlns", text: "http://schemas.microsoft.com/win/2004/08/events/event"}}, func() {
		c.element("System", nil, func() {
			c.element("Provider", []attribute{{name: "Name", text: provider}}, nil)
			c.element("EventID", nil, func() { c.value(0) })
			c.element("Level", nil, func() { c.value(1) })
			c.element("TimeCreated", []attribute{{name: "SystemTime", value: 2}}, nil)
			c.element("EventRecordID", nil, func() { c.value(3) })
			c.element("Correlation", nil, nil)
			c.element("Execution", []attribute{{name: "ProcessID", value: 4}, {name: "ThreadID", value: 5}}, nil)
			c.element("Channel", nil, func() { c.value(6) })
			c.element("Computer", nil, func() { c.value(7) })
			c.element("Security", []attribute{{name: "UserID", value: 8}}, nil)
		})
		c.value(9)
	})
}
