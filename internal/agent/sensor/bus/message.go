package bus

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Type is the type of a message.
type Type byte

// The types of messages.
const (
	Call Type = 1 + iota
	Return
	Failure
	Signal
)

// Message is one message of the bus.
type Message struct {
	Type        Type
	Serial      uint32
	Reply       uint32 // serial of the call that a Return or a Failure answers
	Path        string // object
	Interface   string // a caller may leave it out
	Member      string // method or signal
	Error       string // name of a Failure
	Destination string
	Sender      string // unique name, set by the bus
	Signature   string
	NoReply     bool // the caller of a Call wants no answer
	Cut         bool // the body is larger than Options.MaxBody, or was not wanted, and is gone

	order binary.ByteOrder
	body  []byte
}

// Body decodes the values of the message; see the package comment for their
// Go types.
func (m *Message) Body() ([]any, error) {
	if m.Cut {
		return nil, errors.New("the body was too large to be kept")
	}
	d := decoder{b: m.body, order: m.order}
	values, err := d.all(m.Signature)
	if err != nil {
		return nil, fmt.Errorf("body of %s.%s: %w", m.Interface, m.Member, err)
	}
	return values, nil
}

// Bounds of what the protocol permits and of what is kept.
const (
	fixedSize  = 16 // of a header
	noReply    = 1  // flag of a header
	maxMessage = 128 << 20
	maxFields  = 64 << 10 // of the header, kept
)

var errProtocol = errors.New("what came is no message of D-Bus")

// read reads one message. A message whose header is too large is skipped: nil.
func read(r *bufio.Reader, maxBody int, want func(*Message) bool) (*Message, error) {
	var fixed [fixedSize]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return nil, err
	}
	m := &Message{Type: Type(fixed[1]), NoReply: fixed[2]&noReply != 0}
	switch fixed[0] {
	case 'l':
		m.order = binary.LittleEndian
	case 'B':
		m.order = binary.BigEndian
	default:
		return nil, errProtocol
	}
	m.Serial = m.order.Uint32(fixed[8:])
	body, fields := int64(m.order.Uint32(fixed[4:])), int64(m.order.Uint32(fixed[12:]))
	padded := (fields + 7) &^ 7
	if fixed[3] != 1 || body+padded > maxMessage {
		return nil, errProtocol
	}
	if padded > maxFields {
		return nil, skip(r, padded+body)
	}
	b := make([]byte, padded)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	if err := m.header(b[:fields]); err != nil {
		return nil, fmt.Errorf("%w: %w", errProtocol, err)
	}
	if body > int64(maxBody) || want != nil && !want(m) {
		m.Cut = true
		return m, skip(r, body)
	}
	m.body = make([]byte, body)
	_, err := io.ReadFull(r, m.body)
	return m, err
}

func skip(r *bufio.Reader, n int64) error {
	_, err := io.CopyN(io.Discard, r, n)
	return err
}

// header reads the fields: an array of a number and a variant each.
func (m *Message) header(b []byte) error {
	d := decoder{b: b, order: m.order}
	for d.at < len(b) {
		v, err := d.value("(yv)", 0)
		if err != nil {
			return err
		}
		field := v.([]any)
		switch x := field[1].(type) {
		case string:
			m.text(field[0].(int64), x)
		case int64:
			if field[0] == int64(5) {
				m.Reply = uint32(x)
			}
		}
	}
	return nil
}

func (m *Message) text(field int64, s string) {
	switch field {
	case 1:
		m.Path = s
	case 2:
		m.Interface = s
	case 3:
		m.Member = s
	case 4:
		m.Error = s
	case 6:
		m.Destination = s
	case 7:
		m.Sender = s
	case 8:
		m.Signature = s
	}
}

// encode makes the bytes of a message with a body.
func (m *Message) encode(values []any) ([]byte, error) {
	var body encoder
	if err := body.all(m.Signature, values); err != nil {
		return nil, err
	}
	var fields []any
	add := func(number int, signature string, v any) {
		if v != "" && v != int64(0) {
			fields = append(fields, []any{number, Variant{signature, v}})
		}
	}
	add(1, "o", m.Path)
	add(2, "s", m.Interface)
	add(3, "s", m.Member)
	add(4, "s", m.Error)
	add(5, "u", int64(m.Reply))
	add(6, "s", m.Destination)
	add(8, "g", m.Signature)
	var flags byte
	if m.NoReply {
		flags = noReply
	}
	e := encoder{b: []byte{'l', byte(m.Type), flags, 1}}
	e.number(4, uint64(len(body.b)))
	e.number(4, uint64(m.Serial))
	if err := e.array("(yv)", fields); err != nil {
		return nil, err
	}
	e.pad(8)
	return append(e.b, body.b...), nil
}
