// Package dns reads messages of the Domain Name System (RFC 1035 and those
// after it) as they go over the network: what was asked and what was answered.
//
// A message may be cut off at its end, because a sensor keeps only so much of a
// packet: what is there is read, and Message.Cut says so. Everything is bounded:
// a name by its 255 bytes and the number of jumps in it, the list of answers by
// MaxAnswers, their data by MaxData.
package dns

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vedette-edr/vedette/internal/event"
)

// ErrMalformed says that bytes are no message of DNS; the text says why.
var ErrMalformed = errors.New("no DNS message")

// Bounds of what is kept of a message.
const (
	MaxAnswers = 64  // records of the answer
	MaxData    = 512 // bytes of the data of a record, as text
	MaxTTL     = 7 * 24 * 3600
)

const headSize = 12

// Message is what one message says.
type Message struct {
	event.DNS
	Response  bool
	Operation string // QUERY as a rule
	Questions int    // that the head promises
	Records   int    // of the answer, that the head promises
	Cut       bool   // the end of the message is missing
}

// Parse reads the message of which b is the beginning; whole says that it is
// all of it. An error is ErrMalformed.
func Parse(b []byte, whole bool) (Message, error) {
	if len(b) < headSize {
		return Message{}, fmt.Errorf("%w: %d bytes, its head has %d", ErrMalformed, len(b), headSize)
	}
	flags := binary.BigEndian.Uint16(b[2:])
	m := Message{
		Response: flags&0x8000 != 0, Operation: operationName(flags >> 11 & 15),
		Questions: int(binary.BigEndian.Uint16(b[4:])), Records: int(binary.BigEndian.Uint16(b[6:])),
	}
	m.ID = int64(binary.BigEndian.Uint16(b))
	m.Type, m.Flags = "query", flagNames(flags)
	if m.Response {
		m.Type, m.ResponseCode = "answer", codeName(flags&15)
	}
	r := reader{b: b, at: headSize}
	err := m.questions(&r)
	if err == nil && m.Response {
		err = m.answers(&r)
	}
	if errors.Is(err, errEnd) && !whole {
		m.Cut, err = true, nil
	}
	if errors.Is(err, errEnd) {
		err = fmt.Errorf("%w: it ends in the middle of a record", ErrMalformed)
	}
	return m, err
}

// questions reads the section of the questions; the first is kept.
func (m *Message) questions(r *reader) error {
	for i := range m.Questions {
		name, err := r.name()
		if err != nil {
			return err
		}
		kind, class := r.u16(), r.u16()
		if r.short {
			return errEnd
		}
		if i == 0 {
			m.Name, m.QuestionType, m.QuestionClass = name, typeName(kind), className(class)
		}
	}
	return nil
}

// answers reads the section of the answers.
func (m *Message) answers(r *reader) error {
	for range min(m.Records, MaxAnswers) {
		name, err := r.name()
		if err != nil {
			return err
		}
		kind := r.u16()
		r.u16() // class
		ttl := r.u32()
		data, end := r.piece(int(r.u16()))
		if r.short {
			return errEnd
		}
		text, err := r.data(kind, data, end)
		if err != nil {
			return err
		}
		m.AnswerNames = append(m.AnswerNames, name)
		m.AnswerTypes = append(m.AnswerTypes, typeName(kind))
		m.Answers = append(m.Answers, text)
		if kind == typeA || kind == typeAAAA {
			m.Resolved = append(m.Resolved, text)
			m.live(ttl)
		}
	}
	return nil
}

// live keeps the shortest time to live, at least one second.
func (m *Message) live(ttl uint32) {
	n := int64(min(max(ttl, 1), MaxTTL))
	if m.TTL == 0 || n < m.TTL {
		m.TTL = n
	}
}
