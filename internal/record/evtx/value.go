package evtx

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Types of values.
const (
	typeNull    = 0x00
	typeString  = 0x01
	typeANSI    = 0x02
	typeInt8    = 0x03
	typeUint8   = 0x04
	typeInt16   = 0x05
	typeUint16  = 0x06
	typeInt32   = 0x07
	typeUint32  = 0x08
	typeInt64   = 0x09
	typeUint64  = 0x0a
	typeFloat   = 0x0b
	typeDouble  = 0x0c
	typeBool    = 0x0d
	typeBinary  = 0x0e
	typeGUID    = 0x0f
	typeSize    = 0x10
	typeTime    = 0x11 // FILETIME
	typeSystime = 0x12
	typeSID     = 0x13
	typeHex32   = 0x14
	typeHex64   = 0x15
	typeXML     = 0x21
	typeArray   = 0x80 // bit
)

// sizeOf is the size of a value of a fixed type, 0 for others.
func sizeOf(kind byte) int {
	switch kind {
	case typeInt8, typeUint8:
		return 1
	case typeInt16, typeUint16:
		return 2
	case typeInt32, typeUint32, typeFloat, typeBool, typeHex32:
		return 4
	case typeInt64, typeUint64, typeDouble, typeTime, typeHex64:
		return 8
	case typeGUID, typeSystime:
		return 16
	}
	return 0
}

// appendValue appends the text of a value; a value that is shorter than its
// type is given in hexadecimal.
func appendValue(dst []byte, kind byte, b []byte) []byte {
	if len(b) < sizeOf(kind) {
		return appendHex(dst, b)
	}
	le := binary.LittleEndian
	switch kind {
	case typeString:
		return appendUTF16(dst, b)
	case typeANSI:
		return appendANSI(dst, b)
	case typeInt8:
		return strconv.AppendInt(dst, int64(int8(b[0])), 10)
	case typeUint8:
		return strconv.AppendUint(dst, uint64(b[0]), 10)
	case typeInt16:
		return strconv.AppendInt(dst, int64(int16(le.Uint16(b))), 10)
	case typeUint16:
		return strconv.AppendUint(dst, uint64(le.Uint16(b)), 10)
	case typeInt32:
		return strconv.AppendInt(dst, int64(int32(le.Uint32(b))), 10)
	case typeUint32:
		return strconv.AppendUint(dst, uint64(le.Uint32(b)), 10)
	case typeInt64:
		return strconv.AppendInt(dst, int64(le.Uint64(b)), 10)
	case typeUint64:
		return strconv.AppendUint(dst, le.Uint64(b), 10)
	case typeFloat:
		return strconv.AppendFloat(dst, float64(math.Float32frombits(le.Uint32(b))), 'g', -1, 32)
	case typeDouble:
		return strconv.AppendFloat(dst, math.Float64frombits(le.Uint64(b)), 'g', -1, 64)
	case typeBool:
		return strconv.AppendBool(dst, le.Uint32(b) != 0)
	case typeGUID:
		return appendGUID(dst, b)
	case typeTime:
		return appendTime(dst, le.Uint64(b))
	case typeSystime:
		return appendSystime(dst, b)
	case typeSID:
		return appendSID(dst, b)
	case typeSize, typeHex32, typeHex64:
		return appendHexNumber(dst, b)
	}
	return appendHex(dst, b)
}

// appendHexNumber appends a number that Windows writes in hexadecimal.
func appendHexNumber(dst, b []byte) []byte {
	dst = append(dst, "0x"...)
	switch {
	case len(b) >= 8:
		return strconv.AppendUint(dst, binary.LittleEndian.Uint64(b), 16)
	case len(b) >= 4:
		return strconv.AppendUint(dst, uint64(binary.LittleEndian.Uint32(b)), 16)
	}
	return appendHex(dst, b)
}

// appendHex appends bytes as upper-case hexadecimal.
func appendHex(dst, b []byte) []byte {
	const digits = "0123456789ABCDEF"
	for _, c := range b {
		dst = append(dst, digits[c>>4], digits[c&15])
	}
	return dst
}

// appendUTF16 appends a text without the zeros at its end.
func appendUTF16(dst, b []byte) []byte {
	for len(b) >= 2 && b[len(b)&^1-1] == 0 && b[len(b)&^1-2] == 0 {
		b = b[:len(b)&^1-2]
	}
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(b[i]) | rune(b[i+1])<<8
		if r < utf8.RuneSelf {
			dst = append(dst, byte(r))
			continue
		}
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if i+3 < len(b) {
				low = rune(b[i+2]) | rune(b[i+3])<<8
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				i += 2
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// appendANSI appends a text of one byte a character, taken for Latin-1.
func appendANSI(dst, b []byte) []byte {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	for _, c := range b {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst
}

func appendGUID(dst, b []byte) []byte {
	order := [...]int{3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15}
	for _, i := range order {
		if i < 0 {
			dst = append(dst, '-')
			continue
		}
		dst = appendHex(dst, b[i:i+1])
	}
	return dst
}

func appendSID(dst, b []byte) []byte {
	if len(b) < 8 || len(b) < 8+4*int(b[1]) {
		return append(dst, hex.EncodeToString(b)...)
	}
	dst = append(dst, "S-"...)
	dst = strconv.AppendUint(dst, uint64(b[0]), 10)
	authority := uint64(binary.BigEndian.Uint16(b[2:]))<<32 | uint64(binary.BigEndian.Uint32(b[4:]))
	dst = append(dst, '-')
	dst = strconv.AppendUint(dst, authority, 10)
	for i := range int(b[1]) {
		dst = append(dst, '-')
		dst = strconv.AppendUint(dst, uint64(binary.LittleEndian.Uint32(b[8+4*i:])), 10)
	}
	return dst
}

// unixEpoch is 1970-01-01 as FILETIME: units of 100 ns since 1601.
const unixEpoch = 116444736000000000

// unix returns a FILETIME as nanoseconds since 1970; 0 when it is none that a
// log can have.
func unix(t uint64) int64 {
	if t < unixEpoch || t-unixEpoch > math.MaxInt64/100 {
		return 0
	}
	return int64(t-unixEpoch) * 100
}

// appendTime appends a FILETIME as RFC 3339 with its 100 ns.
func appendTime(dst []byte, t uint64) []byte {
	if t > math.MaxInt64 { // "never"
		return append(append(dst, "0x"...), strconv.FormatUint(t, 16)...)
	}
	d := int64(t) - unixEpoch
	return time.Unix(d/1e7, d%1e7*100).UTC().AppendFormat(dst, "2006-01-02T15:04:05.0000000Z")
}

func appendSystime(dst, b []byte) []byte {
	var n [8]int
	for i := range n {
		n[i] = int(binary.LittleEndian.Uint16(b[2*i:]))
	}
	at := time.Date(n[0], time.Month(n[1]), n[3], n[4], n[5], n[6], n[7]*1e6, time.UTC)
	return at.AppendFormat(dst, "2006-01-02T15:04:05.000Z")
}
