package ioc

import (
	"encoding/binary"
	"errors"
	"time"
)

// maxRecord bounds a record in a file, bytes.
const maxRecord = 16 << 10

var errRecord = errors.New("record is damaged")

// appendRecord appends an indicator that was checked: its length, then type,
// level, expiry, distance and the texts, each with its length.
func appendRecord(dst []byte, i Indicator) []byte {
	body := []byte{byte(i.Type), byte(severity(i.Level))}
	expires := int64(0)
	if !i.Expires.IsZero() {
		expires = i.Expires.Unix()
	}
	body = binary.AppendVarint(body, expires)
	body = binary.AppendUvarint(body, uint64(i.Distance))
	for _, s := range []string{i.Value, i.Source, i.Note, i.Ref} {
		body = appendString(body, s)
	}
	body = binary.AppendUvarint(body, uint64(len(i.Tags)))
	for _, t := range i.Tags {
		body = appendString(body, t)
	}
	dst = binary.AppendUvarint(dst, uint64(len(body)))
	return append(dst, body...)
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

// frame returns the body of the record that b begins with, and the length of
// the whole record, which may be more than b holds.
func frame(b []byte) (body []byte, size int, err error) {
	n, w := binary.Uvarint(b)
	if w <= 0 || n > maxRecord {
		return nil, 0, errRecord
	}
	size = w + int(n)
	if size > len(b) {
		return nil, size, nil
	}
	return b[w:size], size, nil
}

// reader takes a body apart.
type reader struct {
	b   []byte
	err error
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.err = errRecord
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.err = errRecord
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) text() []byte {
	n := r.uvarint()
	if r.err != nil || n > uint64(len(r.b)) {
		r.err = errRecord
		return nil
	}
	s := r.b[:n]
	r.b = r.b[n:]
	return s
}

// parseRecord reads a body.
func parseRecord(body []byte) (Indicator, error) {
	var i Indicator
	if len(body) < 2 || Type(body[0]) == None || Type(body[0]) >= types || int(body[1]) < 1 || int(body[1]) > len(levels()) {
		return i, errRecord
	}
	i.Type, i.Level = Type(body[0]), levels()[body[1]-1]
	r := &reader{b: body[2:]}
	if at := r.varint(); at != 0 {
		i.Expires = time.Unix(at, 0).UTC()
	}
	i.Distance = int(min(r.uvarint(), MaxDistance))
	i.Value, i.Source, i.Note, i.Ref = string(r.text()), string(r.text()), string(r.text()), string(r.text())
	n := r.uvarint()
	if r.err == nil && n > maxTags {
		return i, errRecord
	}
	for range n {
		i.Tags = append(i.Tags, string(r.text()))
	}
	if r.err != nil || len(r.b) > 0 {
		return i, errRecord
	}
	return i, nil
}
