package index

import (
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// slot holds the value of one field of the record at hand, fetched and folded
// when first asked for.
type slot struct {
	gen    uint32 // the value is of this event
	folded uint32 // the texts are of this event
	value  event.Value
	texts  [][]byte
}

// scratch is what evaluating one record needs; it is reused for the next.
type scratch struct {
	rec   expr.Record
	gen   uint32
	slots []slot
	memo  []uint32 // by predicate: gen*2 + result
	arena []byte
	cut   int
	sink  sink // candidates, by variant
	small sink // inside a predicate
	done  []uint32
	walk  func(string, event.Value) bool
	texts [][]byte
}

func newScratch(x *Index) *scratch {
	s := &scratch{
		slots: make([]slot, len(x.fields)),
		memo:  make([]uint32, len(x.preds)),
		done:  make([]uint32, x.rules),
	}
	s.sink.seen = make([]uint32, len(x.variants))
	s.small.first = true
	s.walk = func(_ string, v event.Value) bool {
		s.texts = s.appendTexts(s.texts, v)
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
	s.rec = rec
	s.gen++
	if s.gen == maxGen {
		for i := range s.slots {
			s.slots[i].gen, s.slots[i].folded = 0, 0
		}
		clear(s.memo)
		clear(s.done)
		clear(s.sink.seen)
		s.gen = 1
	}
	s.arena, s.cut = s.arena[:0], 0
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

// value returns the value of field f; absent for the scope Any.
func (s *scratch) value(x *Index, f int32) event.Value {
	sl := &s.slots[f]
	if sl.gen != s.gen {
		sl.value, sl.gen = x.fields[f].Of(s.rec), s.gen
	}
	return sl.value
}

// folded returns the folded texts of field f, cut at the limit of a field.
func (s *scratch) folded(x *Index, f int32) [][]byte {
	sl := &s.slots[f]
	if sl.folded == s.gen {
		return sl.texts
	}
	sl.folded = s.gen
	if x.fields[f].Scope == expr.Any {
		s.texts = sl.texts[:0]
		s.rec.Each(s.walk)
		sl.texts = s.texts
		return sl.texts
	}
	sl.texts = s.appendTexts(sl.texts[:0], s.value(x, f))
	return sl.texts
}

func (s *scratch) appendTexts(dst [][]byte, v event.Value) [][]byte {
	switch {
	case !v.Present():
		return dst
	case v.Type == event.String || v.Type == event.KindName:
		return append(dst, s.fold(v.Str))
	case v.Type == event.Strings:
		for _, t := range v.List {
			dst = append(dst, s.fold(t))
		}
		return dst
	}
	return append(dst, s.fold(expr.TextOf(v)))
}

func (s *scratch) fold(t string) []byte {
	if len(t) > expr.MaxField {
		t = t[:expr.MaxField]
		s.cut++
	}
	at := len(s.arena)
	s.arena = expr.AppendFold(s.arena, t)
	return s.arena[at:len(s.arena):len(s.arena)]
}
