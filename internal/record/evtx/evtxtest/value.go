package evtxtest

import (
	"encoding/binary"
	"math"
	"time"
)

// Value is a value as a record holds it.
type Value struct {
	Kind byte
	Data []byte
}

const kindXML = 0x21

// Null returns a value that is absent.
func Null() Value { return Value{} }

// Raw returns a value of any kind with these bytes.
func Raw(kind byte, data ...byte) Value { return Value{kind, data} }

// String returns a text.
func String(s string) Value { return Value{0x01, utf16le(s)} }

// Strings returns a list of texts.
func Strings(list ...string) Value {
	v := Value{Kind: 0x81}
	for _, s := range list {
		v.Data = append(append(v.Data, utf16le(s)...), 0, 0)
	}
	return v
}

// ANSI returns a text of one byte a character.
func ANSI(s string) Value { return Value{0x02, []byte(s)} }

// Int8 returns a signed byte.
func Int8(n int8) Value { return Value{0x03, []byte{byte(n)}} }

// Uint8 returns a byte.
func Uint8(n uint8) Value { return Value{0x04, []byte{n}} }

// Int16 returns a signed number of two bytes.
func Int16(n int16) Value { return Value{0x05, binary.LittleEndian.AppendUint16(nil, uint16(n))} }

// Uint16 returns a number of two bytes.
func Uint16(n uint16) Value { return Value{0x06, binary.LittleEndian.AppendUint16(nil, n)} }

// Int32 returns a signed number of four bytes.
func Int32(n int32) Value { return Value{0x07, binary.LittleEndian.AppendUint32(nil, uint32(n))} }

// Uint32 returns a number of four bytes.
func Uint32(n uint32) Value { return Value{0x08, binary.LittleEndian.AppendUint32(nil, n)} }

// Int64 returns a signed number of eight bytes.
func Int64(n int64) Value { return Value{0x09, binary.LittleEndian.AppendUint64(nil, uint64(n))} }

// Uint64 returns a number of eight bytes.
func Uint64(n uint64) Value { return Value{0x0a, binary.LittleEndian.AppendUint64(nil, n)} }

// Float returns a floating-point number of four bytes.
func Float(f float32) Value {
	return Value{0x0b, binary.LittleEndian.AppendUint32(nil, math.Float32bits(f))}
}

// Double returns a floating-point number of eight bytes.
func Double(f float64) Value {
	return Value{0x0c, binary.LittleEndian.AppendUint64(nil, math.Float64bits(f))}
}

// Bool returns a truth value.
func Bool(b bool) Value {
	v := Uint32(0)
	if b {
		v = Uint32(1)
	}
	v.Kind = 0x0d
	return v
}

// Binary returns bytes.
func Binary(b ...byte) Value { return Value{0x0e, b} }

// GUID returns an id of 16 bytes as they lie in memory.
func GUID(b [16]byte) Value { return Value{0x0f, b[:]} }

// Time returns a FILETIME.
func Time(t time.Time) Value { return Value{0x11, binary.LittleEndian.AppendUint64(nil, Filetime(t))} }

// Systemtime returns a time as its parts.
func Systemtime(t time.Time) Value {
	v := Value{Kind: 0x12}
	for _, n := range []int{t.Year(), int(t.Month()), int(t.Weekday()), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond() / 1e6} {
		v.Data = binary.LittleEndian.AppendUint16(v.Data, uint16(n))
	}
	return v
}

// SID returns a security id.
func SID(b []byte) Value { return Value{0x13, b} }

// Hex32 returns a number of four bytes that is shown in hexadecimal.
func Hex32(n uint32) Value { return Value{0x14, binary.LittleEndian.AppendUint32(nil, n)} }

// Hex64 returns a number of eight bytes that is shown in hexadecimal.
func Hex64(n uint64) Value { return Value{0x15, binary.LittleEndian.AppendUint64(nil, n)} }

// Array returns a list of values of the kind of the first.
func Array(list ...Value) Value {
	v := Value{Kind: list[0].Kind | 0x80}
	for _, e := range list {
		v.Data = append(v.Data, e.Data...)
	}
	return v
}

// Filetime returns a time as Windows counts it: 100 ns since 1601.
func Filetime(t time.Time) uint64 {
	const epoch = 116444736000000000
	return uint64(t.Unix()*1e7+int64(t.Nanosecond()/100)) + epoch
}
