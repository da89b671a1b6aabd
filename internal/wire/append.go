package wire

import (
	"encoding/binary"
	"net/netip"
)

// The functions below append the value of one field of a protobuf message
// behind its key. The agent writes every event with them: going by the
// generated message would touch each of its fields thrice.

func appendText(b []byte, s string) []byte {
	return append(appendVarint(b, uint64(len(s))), s...)
}

func appendFixed(b []byte, n uint64) []byte { return binary.LittleEndian.AppendUint64(b, n) }

func zigzag(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) }

func appendAddress(b []byte, a netip.Addr) []byte {
	if a.Is4() {
		ip := a.As4()
		return append(append(b, 4), ip[:]...)
	}
	ip := a.As16()
	return append(append(b, 16), ip[:]...)
}

// appendVarint is binary.AppendUvarint, inlined for the small numbers that most are.
func appendVarint(b []byte, n uint64) []byte {
	if n < 0x80 {
		return append(b, byte(n))
	}
	return binary.AppendUvarint(b, n)
}
