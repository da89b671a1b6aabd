package ioc

import (
	"math/bits"
)

// table is an open hash table: of each indicator 32 bits of the hash of its key
// and the place of its record in the file. Empty slots are 0; no record is at
// place 0.
type table []uint64

// slotsFor returns the size of a table for n indicators: a third is empty.
func slotsFor(n int) int { return n + n/2 + 8 }

// start returns the slot where the search for a hash begins.
func (t table) start(hash uint64) int {
	hi, _ := bits.Mul64(hash, uint64(len(t)))
	return int(hi)
}

func (t table) insert(hash uint64, place uint32) {
	i := t.start(hash)
	for t[i] != 0 {
		if i++; i == len(t) {
			i = 0
		}
	}
	t[i] = hash<<32 | uint64(place)
}

// next returns the place of the next record whose key may have the hash, and
// the slot to go on from; false when there is none. The search begins at
// start(hash).
func (t table) next(hash uint64, slot int) (place uint32, after int, ok bool) {
	want := uint32(hash)
	for range t {
		e := t[slot]
		if e == 0 {
			return 0, slot, false
		}
		if slot++; slot == len(t) {
			slot = 0
		}
		if uint32(e>>32) == want {
			return uint32(e), slot, true
		}
	}
	return 0, slot, false
}
