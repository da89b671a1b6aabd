package index

import (
	"encoding/binary"
	"slices"
)

// place says where in a text a literal must stand.
type place uint8

const (
	inside place = iota
	atStart
	atEnd
	whole
)

// literal is a folded text that must stand somewhere in a field.
type literal struct {
	where place
	text  string
}

// matcher finds which of many literals a text holds. It reads ASCII texts as
// they are, in any case, and all other texts folded. Literals inside a text are
// found by a window of four bytes: of the long ones, which have four windows in
// the table, at every fourth place; of those of five bytes at every second; of
// the others everywhere.
type matcher struct {
	long     table  // 7 bytes or more
	five     table  // 5 and 6 bytes
	four     table  // 4 bytes
	two      table  // 2 and 3 bytes
	one      table  // 1 byte
	bytes    []byte // the keys of one
	heads    *[len(endLengths)]table
	tails    *[len(endLengths)]table
	exact    table
	onlyLong bool     // all literals are in long and wide
	least    int      // length of the shortest literal
	share    int      // bits of a filter for each key
	wide     *matcher // of the literals that are not ASCII, for texts that are not

	entries []entry
	text    []byte
	ids     []int32
}

// endLengths are how many bytes at an end of a literal are hashed: the longest
// that the literal has.
var endLengths = [...]int{8, 4, 2, 1} // immutable

// entry is a literal under one of its keys.
type entry struct {
	text  uint32 // where it begins in matcher.text
	ids   uint32 // where they begin in matcher.ids
	count uint32 // of ids
	size  uint16 // of the text
	off   uint16 // of the window in the text
	last  bool   // of its key
}

// lower makes ASCII letters lower case, and other bytes some other byte, in a
// window of a text.
const lower = 0x2020202020202020

type matcherBuilder struct {
	order []literal
	lits  map[literal][]int32
	wide  *matcherBuilder
	share int
	guard func() int32 // a new id that stands for a list of ids; nil when ids do not matter
}

func (b *matcherBuilder) add(l literal, id int32) {
	if b.wide != nil && !isASCII([]byte(l.text)) {
		b.wide.add(l, id)
		return
	}
	if b.lits == nil {
		b.lits = map[literal][]int32{}
	}
	ids, ok := b.lits[l]
	if !ok {
		b.order = append(b.order, l)
	}
	if len(ids) == 0 || ids[len(ids)-1] != id {
		b.lits[l] = append(ids, id)
	}
}

// maxLiteral bounds the text of a literal, so that its size fits an entry.
const maxLiteral = 1 << 12

func newMatcherBuilder(share int, guard func() int32) *matcherBuilder {
	return &matcherBuilder{wide: &matcherBuilder{share: lessUsed, guard: guard}, share: share, guard: guard}
}

func (b *matcherBuilder) build(from *slabs) *matcher {
	m := &matcher{least: 1 << 30, share: b.share}
	if b.wide != nil && len(b.wide.lits) > 0 {
		m.wide = b.wide.build(from)
	}
	var parts tableParts
	for _, l := range b.order {
		ids := b.lits[l]
		if len(ids) > manyIDs && b.guard != nil {
			ids = slices.Insert(slices.Clone(ids), 0, b.guard())
		}
		e := entry{text: uint32(len(m.text)), size: uint16(len(l.text)), ids: uint32(len(m.ids)), count: uint32(len(ids))}
		m.text, m.ids = append(m.text, l.text...), append(m.ids, ids...)
		text := []byte(l.text)
		m.least = min(m.least, len(text))
		switch {
		case l.where == whole:
			parts.exact = append(parts.exact, keyed{exactKey(text), e})
		case l.where == atStart:
			k := endClass(len(text))
			parts.heads[k] = append(parts.heads[k], keyed{headKey(text, endLengths[k]), e})
		case l.where == atEnd:
			k := endClass(len(text))
			parts.tails[k] = append(parts.tails[k], keyed{tailKey(text, endLengths[k]), e})
		case len(text) >= longLiteral:
			parts.long = addWindows(parts.long, text, e, 4)
		case len(text) >= 5:
			parts.five = addWindows(parts.five, text, e, 2)
		case len(text) == 4:
			parts.four = append(parts.four, keyed{fourKey(text[e.off:]), e})
		case len(text) >= 2:
			parts.two = append(parts.two, keyed{twoKey(text), e})
		case len(text) == 1:
			parts.one = append(parts.one, keyed{uint32(text[0]), e})
		}
	}
	parts.build(m, from)
	m.onlyLong = len(parts.long) > 0 && len(m.entries) == len(parts.long)
	m.entries, m.text, m.ids = from.entries.keep(m.entries), from.text.keep(m.text), from.ids.keep(m.ids)
	return m
}

// longLiteral is how long a literal must be to hold a window of four bytes that
// begins at a place divisible by four.
const longLiteral = 7

// addWindows puts e under n neighbouring windows of its rarest part.
func addWindows(dst []keyed, text []byte, e entry, n int) []keyed {
	at := rarest(text, n+3)
	for i := range n {
		e.off = uint16(at + i)
		dst = append(dst, keyed{fourKey(text[at+i:]), e})
	}
	return dst
}

func endClass(n int) int {
	for k, size := range endLengths {
		if n >= size {
			return k
		}
	}
	return len(endLengths) - 1
}

func fourKey(b []byte) uint32 { return binary.LittleEndian.Uint32(b) | lower&0xffffffff }

func twoKey(b []byte) uint32 { return uint32(binary.LittleEndian.Uint16(b)) | lower&0xffff }

// squeeze makes a key of a window of eight bytes.
func squeeze(x uint64) uint32 { return uint32((x | lower) * 0x9e3779b97f4a7c15 >> 32) }

// headKey returns the key of the first n bytes of b, which has as many.
func headKey(b []byte, n int) uint32 {
	switch n {
	case 8:
		return squeeze(binary.LittleEndian.Uint64(b))
	case 4:
		return squeeze(uint64(binary.LittleEndian.Uint32(b)))
	case 2:
		return squeeze(uint64(binary.LittleEndian.Uint16(b)))
	}
	return squeeze(uint64(b[0]))
}

// tailKey returns the key of the last n bytes of b, which has as many.
func tailKey(b []byte, n int) uint32 { return headKey(b[len(b)-n:], n) }

// exactKey returns a key of the whole of b.
func exactKey(b []byte) uint32 {
	n := len(b)
	switch {
	case n >= 8:
		x := binary.LittleEndian.Uint64(b) | lower
		y := binary.LittleEndian.Uint64(b[n-8:]) | lower
		return squeeze(x*0xff51afd7ed558ccd^y+uint64(n)) ^ uint32(n)
	case n >= 4:
		return squeeze(uint64(binary.LittleEndian.Uint32(b))|uint64(binary.LittleEndian.Uint32(b[n-4:]))<<32) + uint32(n)
	case n >= 2:
		return squeeze(uint64(binary.LittleEndian.Uint16(b))|uint64(b[n-1])<<16) + uint32(n)
	case n == 1:
		return squeeze(uint64(b[0])) + 1
	}
	return 0
}

// rarest returns the offset of the n bytes of text that are likely to be the
// rarest in other texts.
func rarest(text []byte, n int) int {
	best, score := 0, -1
	for i := 0; i+n <= len(text); i++ {
		s := 0
		for j := i; j < i+n; j++ {
			s += rarity(text[j])
		}
		for j := i; j+4 <= i+n; j++ {
			if isCommon(text[j : j+4]) {
				s -= 3
			}
		}
		if s = max(s, 0); s > score {
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

// size returns how many bytes the tables take.
func (m *matcher) size() int {
	n := 200 + 20*cap(m.entries) + cap(m.text) + 4*cap(m.ids)
	for _, t := range []*table{&m.long, &m.five, &m.four, &m.two, &m.one, &m.exact} {
		n += t.size()
	}
	if m.wide != nil {
		n += m.wide.size()
	}
	for _, ends := range []*[len(endLengths)]table{m.heads, m.tails} {
		if ends != nil {
			n += 400
			for i := range ends {
				n += ends[i].size()
			}
		}
	}
	return n
}
