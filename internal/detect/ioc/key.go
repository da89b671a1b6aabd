package ioc

import (
	"encoding/hex"
	"net/netip"
)

// keyOf returns the bytes under which a checked value is looked up; nil for
// types that are compared with all their indicators.
func keyOf(t Type, value string) []byte {
	switch t {
	case MD5, SHA1, SHA256, Imphash:
		key, _ := hex.DecodeString(value) // was checked
		return key
	case Address:
		a, err := netip.ParseAddr(value)
		if err != nil {
			return nil
		}
		return a.AsSlice()
	case Network:
		p, err := netip.ParsePrefix(value)
		if err != nil {
			return nil
		}
		return append(p.Addr().AsSlice(), byte(p.Bits()))
	case URL:
		return appendURL(nil, value)
	case Domain, Hostname, FileName:
		return []byte(value)
	}
	return nil
}

// A key is hashed from its last byte to its first, so that one pass gives the
// hashes of all ends of a name: those of the parents of a domain and of the
// last parts of a path.

// hashBegin is the state before the last byte.
func hashBegin(seed uint64, t Type) uint64 { return (seed ^ uint64(t)*0x9E3779B97F4A7C15) | 1 }

// hashByte takes the byte before.
func hashByte(h uint64, c byte) uint64 { return (h ^ uint64(c)) * 0x9FB21C651E98DF25 }

// hashEnd mixes the state, which goes on being usable.
func hashEnd(h uint64) uint64 {
	h ^= h >> 32
	h *= 0xD6E8FEB86659FD93
	h ^= h >> 32
	h *= 0xD6E8FEB86659FD93
	return h ^ h>>32
}

func hashKey(seed uint64, t Type, key []byte) uint64 {
	h := hashBegin(seed, t)
	for i := len(key) - 1; i >= 0; i-- {
		h = hashByte(h, key[i])
	}
	return hashEnd(h)
}
