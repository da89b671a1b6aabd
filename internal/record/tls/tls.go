// Package tls reads the first message of a TLS connection, the hello of the
// client: which server it asks for, what it can do, and the JA4 fingerprint of
// it. What follows is encrypted or says less.
//
// A hello may be cut off at its end, because a sensor keeps only so much of a
// packet. What is there is read; a fingerprint needs all of it.
package tls

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// ErrMalformed says that bytes are no hello of a TLS client; the text says why.
var ErrMalformed = errors.New("no hello of a TLS client")

// Bounds of a hello. Real ones have some hundred bytes, with keys that stand
// against quantum computers two thousand.
const (
	maxSize      = 128 << 10 // bytes, what clients and servers bear
	maxCiphers   = 256
	maxProtocols = 16
)

// Types of records and messages, and of extensions that are read.
const (
	recordHandshake  = 22
	messageHello     = 1
	extServerName    = 0x0000
	extSignatures    = 0x000d
	extProtocols     = 0x0010
	extVersions      = 0x002b
	nameTypeHost     = 0
	recordHeadSize   = 5
	messageHeadSize  = 4
	legacyVersion    = 0x0301
	versionTLS13     = 0x0304
	highestSSLRecord = 0x03ff
)

// Hello is what a client says first.
type Hello struct {
	event.TLS
	Cut bool // its end is missing, and with it the fingerprint

	version    uint16 // the highest that is offered
	named      bool   // it has the extension of the server's name
	ciphers    []uint16
	extensions []uint16
	signatures []uint16
}

// Parse reads the hello that b begins with. An error is ErrMalformed.
func Parse(b []byte) (Hello, error) {
	message, whole, err := join(b)
	if err != nil {
		return Hello{}, err
	}
	h := Hello{Cut: !whole}
	if err := h.read(cursor{b: message, whole: whole}); err != nil {
		return h, err
	}
	h.Version = versionName(h.version)
	for _, c := range h.ciphers[:min(len(h.ciphers), maxCiphers)] {
		h.Ciphers = append(h.Ciphers, fmt.Sprintf("%04x", c))
	}
	if !h.Cut {
		h.JA4 = h.fingerprint()
	}
	return h, nil
}

// join puts the pieces of the message together, which may stand in several
// records, and says whether it is whole.
func join(b []byte) (message []byte, whole bool, err error) {
	size := -1
	for len(b) >= recordHeadSize {
		if b[0] != recordHandshake || b[1] != 3 {
			return nil, false, fmt.Errorf("%w: a record of type %d, version %d.%d", ErrMalformed, b[0], b[1], b[2])
		}
		n := int(binary.BigEndian.Uint16(b[3:]))
		b = b[recordHeadSize:]
		message = append(message, b[:min(n, len(b))]...)
		b = b[min(n, len(b)):]
		if size < 0 && len(message) >= messageHeadSize {
			if message[0] != messageHello {
				return nil, false, fmt.Errorf("%w: a message of type %d", ErrMalformed, message[0])
			}
			size = messageHeadSize + (int(message[1])<<16 | int(binary.BigEndian.Uint16(message[2:])))
			if size > maxSize {
				return nil, false, fmt.Errorf("%w: it says it has %d bytes", ErrMalformed, size)
			}
		}
		if size >= 0 && len(message) >= size {
			return message[messageHeadSize:size], true, nil
		}
	}
	if size < 0 {
		return nil, false, fmt.Errorf("%w: too short", ErrMalformed)
	}
	return message[messageHeadSize:], false, nil
}

// read reads the message without its head.
func (h *Hello) read(c cursor) error {
	h.version = c.u16()
	c.bytes(32) // random
	c.list8()   // session
	ciphers := c.list16()
	for ciphers.more() {
		if n := ciphers.u16(); !grease(n) {
			h.ciphers = append(h.ciphers, n)
		}
	}
	c.list8() // compression
	if err := errors.Join(c.err, ciphers.err); err != nil {
		return h.cut(err)
	}
	if !c.more() {
		return nil // a client of before extensions
	}
	extensions := c.list16()
	for extensions.more() {
		kind, body := extensions.u16(), extensions.list16()
		if err := extensions.err; err != nil {
			return h.cut(err)
		}
		if grease(kind) {
			continue
		}
		h.extensions = append(h.extensions, kind)
		if err := h.extension(kind, body); err != nil {
			return h.cut(err)
		}
	}
	return h.cut(c.err)
}

// cut takes the end of what was kept for no error.
func (h *Hello) cut(err error) error {
	if errors.Is(err, errEnd) && h.Cut {
		return nil
	}
	if errors.Is(err, errEnd) {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return err
}

func (h *Hello) extension(kind uint16, c cursor) error {
	switch kind {
	case extServerName:
		h.named = true
		for names := c.list16(); names.more(); {
			t, name := names.u8(), names.list16()
			if names.err != nil {
				return names.err
			}
			if t == nameTypeHost && h.ServerName == "" {
				h.ServerName = hostName(name.b)
			}
		}
	case extProtocols:
		for names := c.list16(); names.more(); {
			name := names.list8()
			if names.err != nil {
				return names.err
			}
			if len(h.Protocols) < maxProtocols {
				h.Protocols = append(h.Protocols, string(name.b))
			}
		}
	case extVersions:
		return h.versions(c.list8())
	case extSignatures:
		list := c.list16()
		for list.more() {
			if n := list.u16(); !grease(n) {
				h.signatures = append(h.signatures, n)
			}
		}
		return list.err
	}
	return c.err
}

func (h *Hello) versions(list cursor) error {
	highest := uint16(0)
	for list.more() {
		if n := list.u16(); !grease(n) && n > highest {
			highest = n
		}
	}
	if highest != 0 {
		h.version = highest
	}
	return list.err
}

// hostName writes a name as dns.question.name is written. An address is no
// name, but some clients send one.
func hostName(b []byte) string {
	s := strings.TrimSuffix(strings.ToLower(string(b)), ".")
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String()
	}
	var out strings.Builder
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 127 {
			fmt.Fprintf(&out, "\\%03d", c)
		} else {
			out.WriteByte(c)
		}
	}
	return out.String()
}

// grease says whether a value is one of those that clients strew in so that
// servers bear values that they do not know (RFC 8701).
func grease(n uint16) bool { return n&0x0f0f == 0x0a0a && n>>8 == n&0xff }

// versionName names a version as ECS does.
func versionName(n uint16) string {
	switch {
	case n == 0x0300:
		return "3.0" // SSL
	case n >= legacyVersion && n <= highestSSLRecord:
		return fmt.Sprintf("1.%d", n-legacyVersion)
	}
	return fmt.Sprintf("%04x", n)
}
