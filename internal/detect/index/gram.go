package index

import (
	"bytes"
	"math/bits"
)

// mix is an odd number near 2^32 divided by the golden ratio: multiplied with
// a window, its high bits are a good hash.
const mix = 2654435769

// grams is a hash table from a window of bytes to the literals that have it,
// behind a bitmap that says no for nearly all windows.
type grams struct {
	bits  []uint64
	shift uint32 // of the hash for the bitmap
	keys  []uint32
	lists [][]entry // parallel with keys; nil is free
	slots uint32    // shift of the hash for the table
}

type gramEntry struct {
	key uint32
	entry
}

func buildGrams(es []gramEntry) grams {
	if len(es) == 0 {
		return grams{}
	}
	// 32 bits for each literal leave 3 % of the windows to look up.
	width := uint32(bits.Len(uint(len(es)*32 - 1)))
	width = min(max(width, 9), 20)
	room := uint32(bits.Len(uint(len(es)*2 - 1)))
	room = max(room, 1)
	g := grams{
		bits:  make([]uint64, 1<<(width-6)),
		shift: 32 - width,
		keys:  make([]uint32, 1<<room),
		lists: make([][]entry, 1<<room),
		slots: 32 - room,
	}
	for _, e := range es {
		h := e.key * mix >> g.shift
		g.bits[h>>6] |= 1 << (h & 63)
		i := g.find(e.key)
		g.keys[i] = e.key
		g.lists[i] = append(g.lists[i], e.entry)
	}
	return g
}

// find returns the slot of key, or the free one where it would be.
func (g *grams) find(key uint32) uint32 {
	mask := uint32(len(g.keys) - 1)
	i := key * mix >> g.slots
	for g.lists[i] != nil && g.keys[i] != key {
		i = (i + 1) & mask
	}
	return i
}

// verify gives s the literals whose window is the one at b[at:].
func (g *grams) verify(b []byte, at int, key uint32, s *sink) bool {
	for _, e := range g.lists[g.find(key)] {
		start := at - e.off
		if start >= 0 && bytes.HasPrefix(b[start:], e.text) && s.take(e.ids) {
			return true
		}
	}
	return false
}

func (g *grams) scanFour(b []byte, s *sink) bool {
	if len(b) < 4 {
		return false
	}
	x := uint32(b[0])<<8 | uint32(b[1])<<16 | uint32(b[2])<<24
	for i, c := range b[3:] {
		x = x>>8 | uint32(c)<<24
		h := x * mix >> g.shift
		if g.bits[h>>6]&(1<<(h&63)) != 0 && g.verify(b, i, x, s) {
			return true
		}
	}
	return false
}

func (g *grams) scanTwo(b []byte, s *sink) bool {
	for i := 1; i < len(b); i++ {
		x := uint32(b[i-1]) | uint32(b[i])<<8
		h := x * mix >> g.shift
		if g.bits[h>>6]&(1<<(h&63)) != 0 && g.verify(b, i-1, x, s) {
			return true
		}
	}
	return false
}

func (g *grams) size() int { return len(g.bits)*8 + len(g.keys)*28 }

// common are windows that stand in very many texts; a literal avoids them.
const common = "/usr/bin/local/sbin/lib/etc/home/var/ c:\\windows\\system32\\program files (x86)\\microsoft.exe .dll.com http:// https:// --config -c powershell users\\public appdata\\local"

// rarestWindow returns the offset of the four bytes of text that are likely to
// be the rarest in other texts.
func rarestWindow(text string) int {
	best, score := 0, -1
	for i := 0; i+4 <= len(text); i++ {
		s := 0
		for j := i; j < i+4; j++ {
			s += rarity(text[j])
		}
		if bytes.Contains([]byte(common), []byte(text[i:i+4])) {
			s /= 4
		}
		if s > score {
			best, score = i, s
		}
	}
	return best
}

// rarity is a rough measure of how seldom c stands in paths and command lines.
func rarity(c byte) int {
	switch {
	case c == 'e' || c == 's' || c == 't' || c == 'i' || c == ' ' || c == 'o' || c == 'r' || c == 'n' || c == 'a':
		return 1
	case c == '/' || c == '\\' || c == '.' || c == '-' || c == 'l' || c == 'c' || c == 'd' || c == 'm' || c == 'u' || c == 'p':
		return 2
	case 'a' <= c && c <= 'z':
		return 3
	case '0' <= c && c <= '9':
		return 3
	}
	return 4
}
