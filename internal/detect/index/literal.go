package index

import (
	"bytes"
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

// matcher finds which of many literals a text holds, in one pass: inner ones
// by a window of four bytes (or two, or one, when they are short), the others
// by a hash of an end of the text.
type matcher struct {
	exact  map[string][]int32
	heads  [maxKey + 1]map[uint64][]entry // by number of bytes in the key
	tails  [maxKey + 1]map[uint64][]entry
	four   grams
	two    grams
	one    [256][]int32
	single bool // one has entries
	ends   bool // heads or tails have entries
	bytes  int  // rough size of the tables
}

// entry is a literal under one of its keys.
type entry struct {
	text []byte
	off  int // of the window in the text
	ids  []int32
}

// maxKey is the longest end of a literal that is hashed, bytes.
const maxKey = 8

type matcherBuilder struct{ lits map[literal][]int32 }

func (b *matcherBuilder) add(l literal, id int32) {
	if b.lits == nil {
		b.lits = map[literal][]int32{}
	}
	if ids := b.lits[l]; !slices.Contains(ids, id) {
		b.lits[l] = append(ids, id)
	}
}

func (b *matcherBuilder) build() *matcher {
	m := &matcher{}
	var fours, twos []gramEntry
	for l, ids := range b.lits {
		e := entry{text: []byte(l.text), ids: ids}
		m.bytes += len(l.text) + 64 + 4*len(ids)
		switch {
		case l.where == whole:
			if m.exact == nil {
				m.exact = map[string][]int32{}
			}
			m.exact[l.text] = ids
		case l.where == atStart:
			putEnd(&m.heads, headKey, e)
			m.ends = true
		case l.where == atEnd:
			putEnd(&m.tails, tailKey, e)
			m.ends = true
		case len(l.text) >= 4:
			e.off = rarestWindow(l.text)
			fours = append(fours, gramEntry{binary.LittleEndian.Uint32(e.text[e.off:]), e})
		case len(l.text) >= 2:
			twos = append(twos, gramEntry{uint32(binary.LittleEndian.Uint16(e.text)), e})
		case len(l.text) == 1:
			m.one[l.text[0]] = ids
			m.single = true
		}
	}
	m.four, m.two = buildGrams(fours), buildGrams(twos)
	m.bytes += m.four.size() + m.two.size()
	return m
}

func putEnd(tables *[maxKey + 1]map[uint64][]entry, key func([]byte, int) uint64, e entry) {
	n := min(len(e.text), maxKey)
	if tables[n] == nil {
		tables[n] = map[uint64][]entry{}
	}
	k := key(e.text, n)
	tables[n][k] = append(tables[n][k], e)
}

func headKey(b []byte, n int) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b) << (8 * (8 - n))
	}
	var k uint64
	for i := range n {
		k |= uint64(b[i]) << (8 * (8 - n + i))
	}
	return k
}

func tailKey(b []byte, n int) uint64 {
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b[len(b)-8:]) >> (8 * (8 - n))
	}
	var k uint64
	for i := range n {
		k |= uint64(b[len(b)-n+i]) << (8 * i)
	}
	return k
}

// sink takes the ids of the literals that stand in a text, each once.
type sink struct {
	first bool     // stop at the first
	found bool     // at least one
	gen   uint32   // stamp of this event
	seen  []uint32 // by id
	out   []int32
}

// take adds ids and reports whether the scan may stop.
func (s *sink) take(ids []int32) bool {
	s.found = true
	if s.first {
		return true
	}
	for _, id := range ids {
		if s.seen[id] != s.gen {
			s.seen[id] = s.gen
			s.out = append(s.out, id)
		}
	}
	return false
}

// scan gives the ids of the literals that the folded text b holds to s.
func (m *matcher) scan(b []byte, s *sink) {
	if m.exact != nil {
		if ids := m.exact[string(b)]; ids != nil && s.take(ids) {
			return
		}
	}
	if m.ends && m.scanEnds(b, s) {
		return
	}
	if m.four.keys != nil && m.four.scanFour(b, s) {
		return
	}
	if m.two.keys != nil && m.two.scanTwo(b, s) {
		return
	}
	if m.single {
		for _, c := range b {
			if m.one[c] != nil && s.take(m.one[c]) {
				return
			}
		}
	}
}

func (m *matcher) scanEnds(b []byte, s *sink) bool {
	for n := 1; n <= maxKey && n <= len(b); n++ {
		if t := m.heads[n]; t != nil {
			for _, e := range t[headKey(b, n)] {
				if bytes.HasPrefix(b, e.text) && s.take(e.ids) {
					return true
				}
			}
		}
		if t := m.tails[n]; t != nil {
			for _, e := range t[tailKey(b, n)] {
				if bytes.HasSuffix(b, e.text) && s.take(e.ids) {
					return true
				}
			}
		}
	}
	return false
}
