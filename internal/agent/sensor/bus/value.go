package bus

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Bounds of what is decoded. The bus checks messages too; these hold for a bus
// that does not.
const (
	maxDepth  = 32
	maxValues = 16 << 10 // in one message
)

var (
	errShort     = errors.New("the message ends early")
	errSignature = errors.New("the signature is not one")
	errMany      = errors.New("the message has too many values")
)

// decoder reads values. Integers become int64 (y n q i u x h) or uint64 (t),
// strings, paths and signatures string, arrays and structures []any, an entry
// of a dictionary []any of two, bytes []byte, a variant its value.
type decoder struct {
	b     []byte
	at    int
	order binary.ByteOrder
	made  int
}

// all reads the values of a signature.
func (d *decoder) all(signature string) ([]any, error) {
	var out []any
	for signature != "" {
		one, rest, err := split(signature, 0)
		if err != nil {
			return nil, err
		}
		v, err := d.value(one, 0)
		if err != nil {
			return nil, err
		}
		out, signature = append(out, v), rest
	}
	return out, nil
}

func (d *decoder) value(s string, depth int) (any, error) {
	if d.made++; d.made > maxValues || depth > maxDepth {
		return nil, errMany
	}
	switch s[0] {
	case 's', 'o', 'g':
		return d.text(s[0])
	case 'v':
		return d.variant(depth)
	case 'a':
		return d.array(s[1:], depth)
	case '(', '{':
		return d.group(s[1:len(s)-1], depth)
	}
	return d.number(s[0])
}

func (d *decoder) number(code byte) (any, error) {
	size := width(code)
	b, err := d.take(size, size)
	if err != nil {
		return nil, err
	}
	switch code {
	case 'y':
		return int64(b[0]), nil
	case 'b':
		return d.order.Uint32(b) != 0, nil
	case 'n':
		return int64(int16(d.order.Uint16(b))), nil
	case 'q':
		return int64(d.order.Uint16(b)), nil
	case 'i':
		return int64(int32(d.order.Uint32(b))), nil
	case 'u', 'h':
		return int64(d.order.Uint32(b)), nil
	case 'x':
		return int64(d.order.Uint64(b)), nil
	case 't':
		return d.order.Uint64(b), nil
	}
	return math.Float64frombits(d.order.Uint64(b)), nil
}

func (d *decoder) text(code byte) (string, error) {
	var n int
	if code == 'g' {
		b, err := d.take(1, 1)
		if err != nil {
			return "", err
		}
		n = int(b[0])
	} else {
		b, err := d.take(4, 4)
		if err != nil {
			return "", err
		}
		if n = int(d.order.Uint32(b)); n > len(d.b) {
			return "", errShort
		}
	}
	b, err := d.take(n+1, 1)
	if err != nil {
		return "", err
	}
	return string(b[:n]), nil
}

func (d *decoder) variant(depth int) (any, error) {
	s, err := d.text('g')
	if err != nil {
		return nil, err
	}
	one, rest, err := split(s, 0)
	if err != nil || rest != "" {
		return nil, errSignature
	}
	return d.value(one, depth+1)
}

func (d *decoder) array(element string, depth int) (any, error) {
	b, err := d.take(4, 4)
	if err != nil {
		return nil, err
	}
	n := int(d.order.Uint32(b))
	if _, err := d.take(0, alignment(element[0])); err != nil {
		return nil, err
	}
	if n > len(d.b)-d.at {
		return nil, errShort
	}
	if element == "y" {
		b, err := d.take(n, 1)
		return append([]byte(nil), b...), err
	}
	out := []any{}
	for end := d.at + n; d.at < end; {
		v, err := d.value(element, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (d *decoder) group(members string, depth int) (any, error) {
	if _, err := d.take(0, 8); err != nil {
		return nil, err
	}
	var out []any
	for members != "" {
		one, rest, err := split(members, 0)
		if err != nil {
			return nil, err
		}
		v, err := d.value(one, depth+1)
		if err != nil {
			return nil, err
		}
		out, members = append(out, v), rest
	}
	return out, nil
}

// take returns the next n bytes, which begin at a multiple of align.
func (d *decoder) take(n, align int) ([]byte, error) {
	at := (d.at + align - 1) &^ (align - 1)
	if n < 0 || at > len(d.b) || n > len(d.b)-at {
		return nil, errShort
	}
	d.at = at + n
	return d.b[at:d.at], nil
}

func width(code byte) int {
	switch code {
	case 'y':
		return 1
	case 'n', 'q':
		return 2
	case 'x', 't', 'd':
		return 8
	}
	return 4
}

func alignment(code byte) int {
	switch code {
	case '(', '{':
		return 8
	case 'g', 'v':
		return 1
	}
	return width(code)
}

// split returns the first whole type of a signature and what follows it.
func split(s string, depth int) (one, rest string, err error) {
	if s == "" || depth > maxDepth {
		return "", "", errSignature
	}
	switch s[0] {
	case 'a':
		one, rest, err := split(s[1:], depth+1)
		return s[:1+len(one)], rest, err
	case '(', '{':
		in := s[1:]
		for n := 0; ; n++ {
			if in != "" && (in[0] == ')' && s[0] == '(' && n > 0 || in[0] == '}' && s[0] == '{' && n == 2) {
				return s[:len(s)-len(in)+1], in[1:], nil
			}
			if _, in, err = split(in, depth+1); err != nil {
				return "", "", err
			}
		}
	}
	if !strings.ContainsRune("ybnqiuxtdsogvh", rune(s[0])) {
		return "", "", errSignature
	}
	return s[:1], s[1:], nil
}

// encoder writes values, little-endian; it takes what decoder gives, and int
// for any number. A variant is a Variant.
type encoder struct{ b []byte }

// Variant is a value with its signature, for messages that are sent.
type Variant struct {
	Signature string
	Value     any
}

func (e *encoder) all(signature string, values []any) error {
	for _, v := range values {
		one, rest, err := split(signature, 0)
		if err != nil {
			return err
		}
		if err := e.value(one, v); err != nil {
			return err
		}
		signature = rest
	}
	if signature != "" {
		return errSignature
	}
	return nil
}

func (e *encoder) value(s string, v any) error {
	switch v := v.(type) {
	case string:
		if s == "s" || s == "o" || s == "g" {
			e.text(s[0], v)
			return nil
		}
	case bool:
		if s == "b" {
			n := 0
			if v {
				n = 1
			}
			e.number(4, uint64(n))
			return nil
		}
	case float64:
		if s == "d" {
			e.number(8, math.Float64bits(v))
			return nil
		}
	case Variant:
		if s == "v" {
			e.text('g', v.Signature)
			return e.value(v.Signature, v.Value)
		}
	case []string:
		if s == "as" || s == "ao" {
			list := make([]any, len(v))
			for i, x := range v {
				list[i] = x
			}
			return e.array(s[1:], list)
		}
	case []any:
		switch s[0] {
		case 'a':
			return e.array(s[1:], v)
		case '(', '{':
			e.pad(8)
			return e.all(s[1:len(s)-1], v)
		}
	case []byte:
		if s == "ay" {
			e.number(4, uint64(len(v)))
			e.b = append(e.b, v...)
			return nil
		}
	}
	if n, ok := integer(v); ok && len(s) == 1 && strings.Contains("ynqiuxth", s) {
		e.number(width(s[0]), n)
		return nil
	}
	return fmt.Errorf("%T cannot be sent as %q", v, s)
}

func integer(v any) (uint64, bool) {
	switch n := v.(type) {
	case int:
		return uint64(n), true
	case int64:
		return uint64(n), true
	case uint64:
		return n, true
	}
	return 0, false
}

func (e *encoder) array(element string, list []any) error {
	e.number(4, 0)
	size := len(e.b) - 4
	e.pad(alignment(element[0]))
	begin := len(e.b)
	for _, v := range list {
		if err := e.value(element, v); err != nil {
			return err
		}
	}
	binary.LittleEndian.PutUint32(e.b[size:], uint32(len(e.b)-begin))
	return nil
}

func (e *encoder) text(code byte, s string) {
	if code == 'g' {
		e.b = append(e.b, byte(len(s)))
	} else {
		e.number(4, uint64(len(s)))
	}
	e.b = append(append(e.b, s...), 0)
}

func (e *encoder) number(size int, n uint64) {
	e.pad(size)
	e.b = append(e.b, binary.LittleEndian.AppendUint64(nil, n)[:size]...)
}

func (e *encoder) pad(align int) {
	for len(e.b)%align != 0 {
		e.b = append(e.b, 0)
	}
}
