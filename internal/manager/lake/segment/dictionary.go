package segment

import (
	"hash/maphash"
	"math/bits"
	"strings"
)

// slot is a place of a hash table: the code of an entry, plus one, and the
// upper half of its hash, so that most entries that differ are told without
// being looked at.
type slot struct{ code, hash uint32 }

// dictionary gives texts codes in the order in which they come.
type dictionary struct {
	texts []string
	slots []slot // a power of two, at most half of them used
}

// lookup returns the code of a text, -1 when it has none, and where to put it.
func (d *dictionary) lookup(h uint64, text string) (code int32, at int) {
	mask := len(d.slots) - 1
	if mask < 0 {
		return -1, 0
	}
	high := uint32(h >> 32)
	for at = int(h) & mask; ; at = (at + 1) & mask {
		s := d.slots[at]
		if s.code == 0 {
			return -1, at
		}
		if s.hash == high && d.texts[s.code-1] == text {
			return int32(s.code - 1), at
		}
	}
}

// add gives a text that has no code the next one; the dictionary keeps it.
func (d *dictionary) add(seed maphash.Seed, h uint64, text string, at int) int32 {
	if 2*len(d.texts) >= len(d.slots) {
		d.grow(seed)
		_, at = d.lookup(h, text)
	}
	d.texts = append(d.texts, text)
	d.slots[at] = slot{uint32(len(d.texts)), uint32(h >> 32)}
	return int32(len(d.texts) - 1)
}

func (d *dictionary) grow(seed maphash.Seed) {
	d.slots = make([]slot, max(16, 4*len(d.slots)))
	mask := len(d.slots) - 1
	for i, text := range d.texts {
		h := maphash.String(seed, text)
		at := int(h) & mask
		for d.slots[at].code != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = slot{uint32(i + 1), uint32(h >> 32)}
	}
}

// reset empties a dictionary.
func (d *dictionary) reset() {
	clear(d.slots)
	clear(d.texts)
	d.texts = d.texts[:0]
}

// numbers gives numbers codes, as dictionary does texts.
type numbers struct {
	values []int64
	slots  []uint32 // code plus one
}

// code returns the code of a number, a new one when it has none.
func (n *numbers) code(v int64) uint32 {
	if 2*len(n.values) >= len(n.slots) {
		n.grow()
	}
	at := n.place(v)
	if c := n.slots[at]; c != 0 {
		return c - 1
	}
	n.values = append(n.values, v)
	n.slots[at] = uint32(len(n.values))
	return uint32(len(n.values) - 1)
}

// place returns the slot of a number, or the empty one for it.
func (n *numbers) place(v int64) int {
	mask := len(n.slots) - 1
	at := int(uint64(v)*0x9e3779b97f4a7c15>>(64-uint(bits.Len(uint(mask))))) & mask
	for n.slots[at] != 0 && n.values[n.slots[at]-1] != v {
		at = (at + 1) & mask
	}
	return at
}

func (n *numbers) grow() {
	n.slots = make([]uint32, max(64, 4*len(n.slots)))
	for i, v := range n.values {
		n.slots[n.place(v)] = uint32(i + 1)
	}
}

func (n *numbers) reset() {
	clear(n.slots)
	n.values = n.values[:0]
}

// arena keeps texts in few blocks. What it returned stays valid.
type arena struct {
	block []byte
	bytes int64
}

const arenaBlock = 64 << 10

// keep returns a copy of a text.
func (a *arena) keep(text string) string {
	a.bytes += int64(len(text))
	if len(text) > arenaBlock/8 {
		return strings.Clone(text)
	}
	if cap(a.block)-len(a.block) < len(text) {
		a.block = make([]byte, 0, arenaBlock)
	}
	start := len(a.block)
	a.block = append(a.block, text...)
	return textOf(a.block[start:])
}
