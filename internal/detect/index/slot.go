package index

import (
	"strings"
	"unsafe"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// slot holds the value of one field of the record at hand, fetched and folded
// when first asked for.
type slot struct {
	gen    uint32 // texts and value are of this event
	folds  uint32 // folded is of this event
	typed  bool   // value holds the value, not only its texts
	texts  []string
	folded [][]byte // parallel with texts
	value  event.Value
}

// scratch is what evaluating one record needs; it is reused for the next.
type scratch struct {
	x      *Index
	rec    expr.Record
	gen    uint32
	listed bool // the slots of all values of the record's own are filled
	slots  []slot
	memo   []uint32 // by predicate: gen*2 + result
	arena  []byte
	cut    int
	budget int
	spent  bool
	sink   sink // candidates, by variant
	small  sink // inside a predicate
	done   []uint32
	walk   func(string, event.Value) bool
	any    int32 // the slot that walk fills
}

func newScratch(x *Index) *scratch {
	s := &scratch{
		x:     x,
		slots: make([]slot, len(x.fields)),
		memo:  make([]uint32, len(x.preds)),
		done:  make([]uint32, x.rules),
	}
	s.sink.seen = make([]uint32, len(x.variants)+len(x.preds)+int(x.guards))
	s.sink.candidates = int32(len(x.variants))
	s.small.first = true
	s.sink.budget, s.small.budget = &s.budget, &s.budget
	s.walk = func(_ string, v event.Value) bool {
		s.addTexts(&s.slots[s.any], v)
		return true
	}
	return s
}

// maxGen is the last event number before the stamps start anew.
const maxGen = 1<<31 - 1

// maxArena is how much folded text stays allocated between records, bytes.
const maxArena = 256 << 10

// start makes s ready for rec.
func (s *scratch) start(rec expr.Record) {
	s.rec, s.listed = rec, false
	s.gen++
	if s.gen == maxGen {
		for i := range s.slots {
			s.slots[i].gen, s.slots[i].folds = 0, 0
		}
		clear(s.memo)
		clear(s.done)
		clear(s.sink.seen)
		s.gen = 1
	}
	s.arena, s.cut = s.arena[:0], 0
	s.budget, s.spent = maxSteps, false
	s.sink.gen, s.sink.out, s.sink.found = s.gen, s.sink.out[:0], false
}

// end lets go of the record.
func (s *scratch) end() {
	s.rec = nil
	if cap(s.arena) > maxArena {
		s.arena = nil
		for i := range s.slots {
			s.slots[i] = slot{}
		}
	}
}

// list fills the slots of the names that the record gives its values, so that
// each name is looked at once.
func (s *scratch) list() {
	l, ok := s.rec.(expr.Listed)
	if !ok {
		return
	}
	s.listed = true
	names, values, _ := l.Pairs()
	for i, name := range names {
		if i >= len(values) {
			break
		}
		f := s.x.names.find(name)
		if f < 0 {
			continue
		}
		sl := &s.slots[f]
		if sl.gen == s.gen {
			s.fill(sl, s.rec.Data(name)) // the name stands more than once
			continue
		}
		sl.gen, sl.typed = s.gen, false
		sl.texts = append(sl.texts[:0], s.limited(values[i]))
	}
}

// slot returns the slot of field f, filled.
func (s *scratch) slot(f int32) *slot {
	sl := &s.slots[f]
	if sl.gen == s.gen {
		return sl
	}
	field := &s.x.fields[f]
	switch {
	case field.Scope == expr.Any:
		s.fillAny(f)
	case field.Scope == expr.Data && s.listed && !hidden(field.Name):
		sl.gen, sl.typed, sl.texts = s.gen, false, sl.texts[:0]
	default:
		s.fill(sl, field.Of(s.rec))
	}
	return sl
}

func (s *scratch) fill(sl *slot, v event.Value) {
	sl.gen, sl.typed, sl.value = s.gen, true, v
	sl.texts = sl.texts[:0]
	s.addTexts(sl, v)
}

// hidden reports whether records keep a name apart, see expr.Listed.
func hidden(name string) bool { return strings.HasPrefix(name, "_") }

// fillAny takes the texts of all values. Long ones are not counted again.
func (s *scratch) fillAny(f int32) {
	sl := &s.slots[f]
	sl.gen, sl.typed = s.gen, false
	sl.texts = sl.texts[:0]
	defer func(n int) { s.cut = n }(s.cut)
	if l, ok := s.rec.(expr.Listed); ok {
		if names, values, all := l.Pairs(); all {
			for _, v := range values[:min(len(names), len(values))] {
				sl.texts = append(sl.texts, s.limited(v))
			}
			return
		}
	}
	s.any = f
	s.rec.Each(s.walk)
}

// addTexts adds what predicates on texts see of v.
func (s *scratch) addTexts(sl *slot, v event.Value) {
	switch {
	case !v.Present():
	case v.Type == event.String || v.Type == event.KindName:
		sl.texts = append(sl.texts, s.limited(v.Str))
	case v.Type == event.Strings:
		for _, t := range v.List {
			sl.texts = append(sl.texts, s.limited(t))
		}
	default:
		at := len(s.arena)
		s.arena = expr.AppendTextOf(s.arena, v)
		sl.texts = append(sl.texts, textOf(s.arena[at:])) // of this event only, like the arena
	}
}

// value returns the value of field f; absent for the scope Any.
func (s *scratch) value(f int32) event.Value {
	sl := s.slot(f)
	switch {
	case sl.typed:
		return sl.value
	case len(sl.texts) == 1:
		return event.TextOf(sl.texts[0])
	}
	return event.Value{}
}

// folded returns the folded texts of a slot.
func (s *scratch) folded(sl *slot) [][]byte {
	if sl.folds == s.gen {
		return sl.folded
	}
	sl.folds = s.gen
	sl.folded = sl.folded[:0]
	for _, t := range sl.texts {
		sl.folded = append(sl.folded, s.fold(t))
	}
	return sl.folded
}

func (s *scratch) fold(t string) []byte {
	at := len(s.arena)
	s.arena = expr.AppendFold(s.arena, t)
	return s.arena[at:len(s.arena):len(s.arena)]
}

// limited cuts a text at the limit of a field, and counts it.
func (s *scratch) limited(t string) string {
	if len(t) > expr.MaxField {
		t = t[:expr.MaxField]
		s.cut++
	}
	return t
}

// scan gives the ids of the literals that the texts of a field hold to to.
func (s *scratch) scan(m *matcher, f int32, to *sink) {
	sl := s.slot(f)
	for i, t := range sl.texts {
		if to.done() {
			return
		}
		if len(t) < m.least && (m.wide == nil || len(t) < m.wide.least) {
			continue // folding makes no text longer
		}
		b, ascii := bytesOf(t), false
		if m.long.keys == nil {
			ascii = isASCII(b)
		} else if _, ascii = m.scanLong(b, to); m.onlyLong && ascii || to.done() {
			continue
		}
		if ascii {
			m.scanRest(b, to)
		} else {
			s.scanFolded(m, sl, i, to)
		}
	}
}

func (s *scratch) scanFolded(m *matcher, sl *slot, i int, to *sink) {
	b := s.folded(sl)[i]
	m.scan(b, to)
	if m.wide != nil && !to.done() {
		m.wide.scan(b, to)
	}
}

// bytesOf returns the bytes of t, which nobody may change.
func bytesOf(t string) []byte { return unsafe.Slice(unsafe.StringData(t), len(t)) }

// textOf returns b as a text, which is good until b changes.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// nameTable finds the number of a field by the name that records give it. It is
// a hash table of which at most a quarter is in use.
type nameTable []namedField

type namedField struct {
	name string
	key  uint32
	id   int32 // of the field, from 1; 0 is free
}

func buildNames(fields []expr.Field) nameTable {
	size := 16
	for size < 4*len(fields) {
		size *= 2
	}
	t := make(nameTable, size)
	for id, f := range fields {
		if f.Scope != expr.Data || hidden(f.Name) {
			continue
		}
		key := exactKey([]byte(f.Name))
		i := int(key) & (size - 1)
		for t[i].id != 0 {
			i = (i + 1) & (size - 1)
		}
		t[i] = namedField{f.Name, key, int32(id) + 1}
	}
	return t
}

// find returns the field with the name, -1 for none.
func (t nameTable) find(name string) int32 {
	key := exactKey(bytesOf(name))
	for i := int(key) & (len(t) - 1); ; i = (i + 1) & (len(t) - 1) {
		f := &t[i]
		if f.id == 0 || f.key == key && f.name == name {
			return f.id - 1
		}
	}
}
