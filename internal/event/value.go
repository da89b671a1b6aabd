package event

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// FieldID names a field of the list in field.go; the constants are generated.
// It is an index and may change between builds: store names or numbers.
type FieldID uint16

// Value is the value of one field of one event.
type Value struct {
	Type Type
	Str  string // String, KindName
	Num  int64  // Int, OptInt64, Bool (0 or 1), Instant
	Flt  float64
	List []string // Strings; read-only
	IP   netip.Addr
}

// Present reports whether v holds a value.
func (v Value) Present() bool {
	switch v.Type {
	case String, KindName:
		return v.Str != ""
	case Strings:
		return len(v.List) > 0
	case OptInt64:
		return v.Flt != 0
	case Float:
		return v.Flt != 0
	case Address:
		return v.IP.IsValid()
	default:
		return v.Num != 0
	}
}

func optValue(o OptInt) Value {
	v := Value{Type: OptInt64, Num: o.N}
	if o.OK {
		v.Flt = 1 // marks presence; see Present
	}
	return v
}

func boolValue(b bool) Value {
	v := Value{Type: Bool}
	if b {
		v.Num = 1
	}
	return v
}

// OptValue returns the value of a field of type OptInt64.
func OptValue(o OptInt) Value { return optValue(o) }

// Opt returns v as an OptInt.
func (v Value) Opt() OptInt { return OptInt{N: v.Num, OK: v.Flt != 0} }

// Text returns v as a person reads it: times as RFC 3339 in UTC with
// nanoseconds, lists joined with ", "; empty when absent.
func (v Value) Text() string {
	switch v.Type {
	case Strings:
		return strings.Join(v.List, ", ")
	case String, KindName:
		return v.Str
	default:
		return string(v.AppendText(nil))
	}
}

// AppendText appends the text of a value that is not a list.
func (v Value) AppendText(dst []byte) []byte {
	if !v.Present() {
		return dst
	}
	switch v.Type {
	case String, KindName:
		return append(dst, v.Str...)
	case Strings:
		return append(dst, strings.Join(v.List, ", ")...)
	case Float:
		return strconv.AppendFloat(dst, v.Flt, 'g', -1, 64)
	case Bool:
		return append(dst, "true"...)
	case Instant:
		return Time(v.Num).Std().AppendFormat(dst, time.RFC3339Nano)
	case Address:
		return v.IP.AppendTo(dst)
	default:
		return strconv.AppendInt(dst, v.Num, 10)
	}
}

// ParseValue reads the text form of a value of the given type. A text that is
// not of the type is an error that names the type.
func ParseValue(t Type, text string) (Value, error) {
	v := Value{Type: t}
	if text == "" {
		return v, nil
	}
	var err error
	switch t {
	case String, KindName:
		v.Str = text
	case Strings:
		v.List = []string{text}
	case Float:
		v.Flt, err = strconv.ParseFloat(text, 64)
	case Bool:
		var b bool
		b, err = strconv.ParseBool(text)
		v = boolValue(b)
	case Instant:
		var at time.Time
		at, err = time.Parse(time.RFC3339Nano, text)
		v.Num = int64(At(at))
	case Address:
		v.IP, err = netip.ParseAddr(text)
	case OptInt64:
		v.Num, err = strconv.ParseInt(text, 10, 64)
		v.Flt = 1
	default:
		v.Num, err = strconv.ParseInt(text, 10, 64)
	}
	return v, err
}

// immutable after the package is loaded
var (
	fieldList   = numberFields()
	fieldByName = indexFields()
)

func numberFields() []Field {
	fs := fields()
	for i := range fs {
		fs[i].ID = FieldID(i)
	}
	return fs
}

func indexFields() map[string]FieldID {
	m := make(map[string]FieldID, len(fieldList))
	for _, f := range fieldList {
		m[f.Name] = f.ID
	}
	return m
}

// Fields returns the list of fields in the order of field.go.
func Fields() []Field { return slices.Clone(fieldList) }

// FieldByName returns the field with the ECS name; false when there is none.
func FieldByName(name string) (Field, bool) {
	id, ok := fieldByName[name]
	if !ok {
		return Field{}, false
	}
	return fieldList[id], true
}

// Info returns the line of the list of fields for id.
func (id FieldID) Info() Field { return fieldList[id] }

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
