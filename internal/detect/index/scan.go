package index

import (
	"bytes"
	"encoding/binary"
)

// sink takes the ids of the literals that stand in a text, each once.
type sink struct {
	first bool     // stop at the first
	found bool     // at least one
	gen   uint32   // stamp of this event
	seen  []uint32 // by id
	out   []int32  // the ids below candidates

	candidates int32
	budget     *int // steps that are left
}

// manyIDs is from how many ids on a list begins with an id of its own, so that
// a literal that stands in a text a thousand times costs no more.
const manyIDs = 8

// take adds ids and reports whether the scan may stop.
func (s *sink) take(ids []int32) bool {
	s.found = true
	if s.first {
		return true
	}
	if len(ids) > manyIDs && s.seen[ids[0]] == s.gen {
		return false
	}
	for _, id := range ids {
		if s.seen[id] != s.gen {
			s.seen[id] = s.gen
			if id < s.candidates {
				s.out = append(s.out, id)
			}
		}
	}
	return false
}

// stepsOfEntry is what looking at one literal costs.
const stepsOfEntry = 2

// done reports whether nothing more is to be found.
func (s *sink) done() bool { return s.first && s.found || *s.budget < 0 }

// scan gives the ids of the literals that b holds to s. b is an ASCII text, or
// any text folded.
func (m *matcher) scan(b []byte, s *sink) {
	if len(b) < m.least {
		return
	}
	if m.long.keys != nil {
		if stop, _ := m.scanLong(b, s); stop {
			return
		}
	}
	m.scanRest(b, s)
}

// scanRest is scan for all but the long literals.
func (m *matcher) scanRest(b []byte, s *sink) {
	if m.exact.keys != nil && m.scanExact(b, s) {
		return
	}
	if m.heads != nil && m.scanEnds(b, m.heads, true, s) {
		return
	}
	if m.tails != nil && m.scanEnds(b, m.tails, false, s) {
		return
	}
	if m.five.keys != nil && m.scanFive(b, s) {
		return
	}
	if m.four.keys != nil && m.scanFour(b, s) {
		return
	}
	if m.two.keys != nil && m.scanTwo(b, s) {
		return
	}
	for _, c := range m.bytes {
		if m.scanByte(b, c, s) {
			return
		}
	}
}

func (m *matcher) scanExact(b []byte, s *sink) bool {
	n := m.exact.find(exactKey(b))
	for ; n != 0; n++ {
		if *s.budget -= stepsOfEntry; *s.budget < 0 {
			return true
		}
		e := &m.entries[n-1]
		if int(e.size) == len(b) && sameFolded(b, m.text[e.text:]) && s.take(m.ids[e.ids:e.ids+e.count]) {
			return true
		}
		if e.last {
			break
		}
	}
	return false
}

func (m *matcher) scanEnds(b []byte, tables *[len(endLengths)]table, head bool, s *sink) bool {
	for k := range tables {
		t, size := &tables[k], endLengths[k]
		if t.keys == nil || len(b) < size {
			continue
		}
		end := b
		if !head {
			end = b[len(b)-size:]
		}
		for n := t.find(headKey(end, size)); n != 0; n++ {
			if *s.budget -= stepsOfEntry; *s.budget < 0 {
				return true
			}
			e := &m.entries[n-1]
			at := 0
			if !head {
				at = len(b) - int(e.size)
			}
			if at >= 0 && m.verify(e, b, at) && s.take(m.ids[e.ids:e.ids+e.count]) {
				return true
			}
			if e.last {
				break
			}
		}
	}
	return false
}

// verify reports whether the text of e stands at b[at:].
func (m *matcher) verify(e *entry, b []byte, at int) bool {
	end := at + int(e.size)
	if end > len(b) {
		return false
	}
	text := m.text[e.text:]
	if e.size >= 4 && fourKey(b[end-4:]) != fourKey(text[e.size-4:]) {
		return false
	}
	return sameFolded(b[at:end], text)
}

// hit gives s the literals whose window is the one at b[at:].
func (m *matcher) hit(t *table, b []byte, at int, key uint32, s *sink) bool {
	for n := t.find(key); n != 0; n++ {
		if *s.budget -= stepsOfEntry; *s.budget < 0 {
			return true
		}
		e := &m.entries[n-1]
		if start := at - int(e.off); start >= 0 && m.verify(e, b, start) && s.take(m.ids[e.ids:e.ids+e.count]) {
			return true
		}
		if e.last {
			break
		}
	}
	return false
}

// scanLong looks at every fourth place of b. It also says whether b is ASCII,
// unless it stops before the end.
func (m *matcher) scanLong(b []byte, s *sink) (stop, ascii bool) {
	t := &m.long
	filter, shift := t.filter, t.shift&31
	i, high := 0, uint64(0)
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		high |= x
		x |= lower
		lo, hi := uint32(x), uint32(x>>32)
		f, g := lo*mix>>shift, hi*mix>>shift
		first, second := filter[f>>6]>>(f&63)&1, filter[g>>6]>>(g&63)&1
		if first|second == 0 {
			continue
		}
		if first != 0 && m.hit(t, b, i, lo, s) || second != 0 && m.hit(t, b, i+4, hi, s) {
			return true, false
		}
	}
	if i+4 <= len(b) && m.hit(t, b, i, fourKey(b[i:]), s) {
		return true, false
	}
	return false, high&highBits == 0 && isASCII(b[i:])
}

// scanFive looks at every second place of b.
func (m *matcher) scanFive(b []byte, s *sink) bool {
	t := &m.five
	filter, shift := t.filter, t.shift&31
	i := 0
	for ; i+8 <= len(b); i += 4 {
		x := binary.LittleEndian.Uint64(b[i:]) | lower
		f, g := uint32(x)*mix>>shift, uint32(x>>16)*mix>>shift
		if (filter[f>>6]>>(f&63)|filter[g>>6]>>(g&63))&1 == 0 {
			continue
		}
		if m.hit(t, b, i, uint32(x), s) || m.hit(t, b, i+2, uint32(x>>16), s) {
			return true
		}
	}
	for ; i+4 <= len(b); i += 2 {
		if m.hit(t, b, i, fourKey(b[i:]), s) {
			return true
		}
	}
	return false
}

func (m *matcher) scanFour(b []byte, s *sink) bool {
	t := &m.four
	filter, shift := t.filter, t.shift&31
	i := 0
	for ; i+8 <= len(b); i += 4 {
		x := binary.LittleEndian.Uint64(b[i:]) | lower
		f, g := uint32(x)*mix>>shift, uint32(x>>8)*mix>>shift
		h, k := uint32(x>>16)*mix>>shift, uint32(x>>24)*mix>>shift
		if (filter[f>>6]>>(f&63)|filter[g>>6]>>(g&63)|filter[h>>6]>>(h&63)|filter[k>>6]>>(k&63))&1 == 0 {
			continue
		}
		for j := range 4 {
			if m.hit(t, b, i+j, uint32(x>>(8*j)), s) {
				return true
			}
		}
	}
	for ; i+4 <= len(b); i++ {
		if m.hit(t, b, i, fourKey(b[i:]), s) {
			return true
		}
	}
	return false
}

func (m *matcher) scanTwo(b []byte, s *sink) bool {
	t := &m.two
	filter, shift := t.filter, t.shift&31
	i := 0
	for ; i+8 <= len(b); i += 4 {
		x := binary.LittleEndian.Uint64(b[i:]) | lower
		f, g := uint32(uint16(x))*mix>>shift, uint32(uint16(x>>8))*mix>>shift
		h, k := uint32(uint16(x>>16))*mix>>shift, uint32(uint16(x>>24))*mix>>shift
		if (filter[f>>6]>>(f&63)|filter[g>>6]>>(g&63)|filter[h>>6]>>(h&63)|filter[k>>6]>>(k&63))&1 == 0 {
			continue
		}
		for j := range 4 {
			if m.hit(t, b, i+j, uint32(uint16(x>>(8*j))), s) {
				return true
			}
		}
	}
	for ; i+2 <= len(b); i++ {
		if m.hit(t, b, i, twoKey(b[i:]), s) {
			return true
		}
	}
	return false
}

func (m *matcher) scanByte(b []byte, c byte, s *sink) bool {
	at := bytes.IndexByte(b, c)
	if at < 0 && 'a' <= c && c <= 'z' {
		at = bytes.IndexByte(b, c-'a'+'A')
	}
	return at >= 0 && m.hit(&m.one, b, at, uint32(c), s)
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// sameFolded reports whether b is the folded text that begins at t, where b is
// ASCII in any case or folded.
func sameFolded(b, t []byte) bool {
	t = t[:len(b)]
	for i, c := range b {
		if c != t[i] && lowerByte(c) != t[i] {
			return false
		}
	}
	return true
}

const highBits = 0x8080808080808080

// isASCII reports whether all bytes of b are.
func isASCII(b []byte) bool {
	for len(b) >= 8 {
		if binary.LittleEndian.Uint64(b)&highBits != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

func isCommon(text []byte) bool { return bytes.Contains([]byte(common), text) }
