package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxJSON is the largest JSON text of one event that UnmarshalJSON reads, bytes.
const MaxJSON = 1 << 20

// jsonPath is a field in the order in which nested JSON writes it.
type jsonPath struct {
	id    FieldID
	parts []string
}

// immutable after the package is loaded
var jsonOrder = orderJSON()

func orderJSON() []jsonPath {
	var ps []jsonPath
	for _, f := range fieldList {
		ps = append(ps, jsonPath{f.ID, strings.Split(f.Name, ".")})
	}
	slices.SortStableFunc(ps, func(a, b jsonPath) int { return slices.Compare(a.parts, b.parts) })
	return ps
}

// MarshalJSON returns the event as nested ECS objects without absent fields.
func (e *Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// AppendJSON appends the event as nested ECS objects without absent fields.
func (e *Event) AppendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	var open []string
	first := true
	for _, p := range jsonOrder {
		v := e.Get(p.id)
		if !v.Present() {
			continue
		}
		dir := p.parts[:len(p.parts)-1]
		common := 0
		for common < len(open) && common < len(dir) && open[common] == dir[common] {
			common++
		}
		for range open[common:] {
			dst = append(dst, '}')
			first = false
		}
		open = open[:common]
		for _, d := range dir[common:] {
			dst = appendKey(dst, d, first)
			dst = append(dst, '{')
			first = true
			open = append(open, d)
		}
		dst = appendKey(dst, p.parts[len(p.parts)-1], first)
		dst = appendValue(dst, v)
		first = false
	}
	for range open {
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func appendKey(dst []byte, key string, first bool) []byte {
	if !first {
		dst = append(dst, ',')
	}
	dst = append(dst, '"')
	dst = append(dst, key...)
	return append(dst, '"', ':')
}

func appendValue(dst []byte, v Value) []byte {
	switch v.Type {
	case Strings:
		dst = append(dst, '[')
		for i, s := range v.List {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendString(dst, s)
		}
		return append(dst, ']')
	case Int, OptInt64:
		return strconv.AppendInt(dst, v.Num, 10)
	case Float:
		return strconv.AppendFloat(dst, v.Flt, 'g', -1, 64)
	case Bool:
		return append(dst, "true"...)
	case Instant:
		dst = append(dst, '"')
		dst = Time(v.Num).Std().AppendFormat(dst, "2006-01-02T15:04:05.000000000Z")
		return append(dst, '"')
	case Address:
		dst = append(dst, '"')
		dst = v.IP.AppendTo(dst)
		return append(dst, '"')
	default:
		return appendString(dst, v.Str)
	}
}

const hexDigits = "0123456789abcdef"

// appendString writes s as a JSON string; bytes that are not UTF-8 become
// U+FFFD, as in encoding/json.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, '\\', 'n')
			case '\r':
				dst = append(dst, '\\', 'r')
			case '\t':
				dst = append(dst, '\\', 't')
			default:
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\ufffd"...)
			i++
			start = i
			continue
		}
		i += n
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// UnmarshalJSON reads nested ECS objects. An unknown field and a value of the
// wrong type are errors that name the field; derived fields are ignored.
func (e *Event) UnmarshalJSON(data []byte) error {
	if len(data) > MaxJSON {
		return fmt.Errorf("event of %d bytes: more than %d", len(data), MaxJSON)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var m map[string]any
	if err := dec.Decode(&m); err != nil {
		return fmt.Errorf("decode event: %w", err)
	}
	return e.setAll("", m)
}

func (e *Event) setAll(prefix string, m map[string]any) error {
	for k, v := range m {
		name := prefix + k
		if f, ok := FieldByName(name); ok {
			val, err := valueOf(f.Type, v)
			if err != nil {
				return fmt.Errorf("field %s: %w", name, err)
			}
			e.Set(f.ID, val)
			continue
		}
		sub, ok := v.(map[string]any)
		if !ok {
			return fmt.Errorf("unknown field %s: see docs/fields.md", name)
		}
		if err := e.setAll(name+".", sub); err != nil {
			return err
		}
	}
	return nil
}

func valueOf(t Type, v any) (Value, error) {
	switch x := v.(type) {
	case nil:
		return Value{Type: t}, nil
	case string:
		return ParseValue(t, x)
	case json.Number:
		if t == Strings || t == Bool || t == Instant || t == Address {
			return Value{}, fmt.Errorf("number %s where another type is due", x)
		}
		return ParseValue(t, x.String())
	case bool:
		if t != Bool {
			return Value{}, fmt.Errorf("boolean where another type is due")
		}
		return boolValue(x), nil
	case []any:
		if t != Strings {
			return Value{}, fmt.Errorf("list where one value is due")
		}
		out := Value{Type: Strings}
		for _, y := range x {
			s, ok := y.(string)
			if !ok {
				return Value{}, fmt.Errorf("list with an element that is not a string")
			}
			out.List = append(out.List, s)
		}
		return out, nil
	}
	return Value{}, fmt.Errorf("object where a value is due")
}
