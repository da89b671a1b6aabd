package index

import "math/bits"

// mix is an odd number near 2^32 divided by the golden ratio: multiplied with
// a window, its high bits are a good hash.
const mix = 2654435769

// table is a hash table from keys to entries, behind a filter that says no for
// nearly all keys. The zero table is empty.
type table struct {
	filter []uint64
	keys   []uint32
	first  []uint32 // parallel with keys: number of the first entry from 1; 0 is free
	shift  uint8    // of the hash for the filter
	slots  uint8    // of the hash for the keys
}

type keyed struct {
	key uint32
	entry
}

// tableParts collects the entries of each table of a matcher.
type tableParts struct {
	long, five, four, two, one, exact []keyed
	heads, tails                      [len(endLengths)][]keyed
}

func (p *tableParts) build(m *matcher, from *slabs) {
	m.long.build(m, p.long, m.share, from)
	m.five.build(m, p.five, m.share, from)
	m.four.build(m, p.four, m.share, from)
	m.two.build(m, p.two, m.share, from)
	m.exact.build(m, p.exact, lessUsed, from)
	m.heads, m.tails = buildEnds(m, &p.heads, from), buildEnds(m, &p.tails, from)
	m.one.build(m, p.one, lessUsed, from)
	for _, k := range p.one {
		m.bytes = append(m.bytes, byte(k.key))
	}
}

func buildEnds(m *matcher, parts *[len(endLengths)][]keyed, from *slabs) *[len(endLengths)]table {
	var out [len(endLengths)]table
	some := false
	for i, part := range parts {
		out[i].build(m, part, lessUsed, from)
		some = some || len(part) > 0
	}
	if !some {
		return nil
	}
	return &out
}

// How many bits of a filter each key has: with 64, 2 % of other keys pass it,
// with 16, 6 %. Filters grow to 32 kB, which stay in the cache.
const (
	muchUsed = 64
	lessUsed = 16
	maxWidth = 18
)

// build puts the entries into m, those of one key one after the other, and
// makes the table of their numbers.
func (t *table) build(m *matcher, es []keyed, share int, from *slabs) {
	if len(es) == 0 {
		return
	}
	width := min(max(bits.Len(uint(len(es)*share-1)), 6), maxWidth)
	room := bits.Len(uint(len(es) * 3 / 2)) // more than there are
	t.filter = from.words.make(1 << (width - 6))
	t.keys, t.first = from.keys.make(1<<room), from.keys.make(1<<room)
	t.shift, t.slots = uint8(32-width), uint8(32-room)
	lists := map[uint32][]entry{}
	var order []uint32
	for _, e := range es {
		if lists[e.key] == nil {
			order = append(order, e.key)
		}
		lists[e.key] = append(lists[e.key], e.entry)
	}
	for _, key := range order {
		h := key * mix >> t.shift
		t.filter[h>>6] |= 1 << (h & 63)
		i := key * mix >> t.slots
		for t.first[i] != 0 {
			i = (i + 1) & uint32(len(t.keys)-1)
		}
		t.keys[i], t.first[i] = key, uint32(len(m.entries)+1)
		list := lists[key]
		list[len(list)-1].last = true
		m.entries = append(m.entries, list...)
	}
}

// find returns the number of the first entry of key, from 1; 0 for none.
func (t *table) find(key uint32) uint32 {
	h := key * mix
	if f := h >> t.shift; t.filter[f>>6]>>(f&63)&1 == 0 {
		return 0
	}
	for i := h >> t.slots; ; i = (i + 1) & uint32(len(t.keys)-1) {
		if t.first[i] == 0 || t.keys[i] == key {
			return t.first[i]
		}
	}
}

func (t *table) size() int { return len(t.filter)*8 + len(t.keys)*8 }
