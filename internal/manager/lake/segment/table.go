package segment

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"strings"
	"unsafe"

	"github.com/vedette-edr/vedette/internal/event"
)

// Table is events in memory, column by column, in the order in which they were
// appended. One goroutine appends; a Group that View returned may be read by
// any number at the same time, because what stands in a column stays.
type Table struct {
	shapes  []shape
	columns []*growing // by field; nil while no row has a value
	arena   arena
	seed    maphash.Seed
	expect  []sizes // by field: what an earlier table held
	rows    int
	fixed   int64 // bytes of a row over the columns that are there
	span    span
	scratch struct {
		texts     [blockRows]string
		nums      [blockRows]int64
		optional  [blockRows]event.OptInt
		lists     [blockRows][]string
		addresses [blockRows]netip.Addr
		address   []byte
	}
}

// blockRows is how many events are taken apart at a time: few, so that they
// stay in the processor's cache while each column picks its part.
const blockRows = 64

// span is what a run of events covers.
type span struct {
	minTime, maxTime         event.Time
	minIngested, maxIngested event.Time
}

// growing is a column that grows.
type growing struct {
	Column
	dict     dictionary
	last     string     // the newest text, which often comes again
	lastCode int32      // of last
	lastList []string   // the newest list of this block
	lastIP   netip.Addr // the newest address
}

// sizes are the lengths of what a column is made of.
type sizes struct{ codes, rows, texts, slots int }

// NewTable returns an empty table that expects as much as an earlier one
// holds; that may be nil.
func NewTable(before *Table) *Table {
	t := &Table{shapes: shapes(), columns: make([]*growing, event.NumFields), expect: make([]sizes, event.NumFields), seed: maphash.MakeSeed()}
	if before == nil {
		return t
	}
	for id, c := range before.columns {
		if c != nil {
			t.expect[id] = sizes{len(c.Codes), before.rows, len(c.Texts), len(c.dict.slots)}
		}
	}
	return t
}

// Rows returns the number of events.
func (t *Table) Rows() int { return t.rows }

// Bytes returns about how much memory the table takes.
func (t *Table) Bytes() int64 {
	return 3*t.arena.bytes + t.fixed*int64(t.rows) // a text has an entry and slots beside its bytes
}

// Span returns the least and greatest time of the events.
func (t *Table) Span() (low, high event.Time) { return t.span.minTime, t.span.maxTime }

// Append adds events; it keeps nothing of them.
func (t *Table) Append(events []*event.Event) {
	for len(events) > 0 {
		n := min(len(events), blockRows)
		t.block(events[:n])
		events = events[n:]
	}
}

func (t *Table) block(events []*event.Event) {
	var there sections
	for i, e := range events {
		there |= sectionsOf(e)
		t.span.cover(e, t.rows+i == 0)
	}
	for i := range t.shapes {
		s := &t.shapes[i]
		if s.section != 0 && there&s.section == 0 {
			if c := t.columns[s.ID]; c != nil {
				c.pad(t.rows + len(events))
			}
			continue
		}
		switch s.Type {
		case event.String, event.KindName:
			t.texts(s, events)
		case event.Address:
			t.addresses(s, events)
		case event.Strings:
			t.lists(s, events)
		case event.OptInt64:
			t.optional(s, events)
		default:
			t.numbers(s, events)
		}
	}
	t.rows += len(events)
}

func (s *span) cover(e *event.Event, first bool) {
	if first {
		*s = span{e.Time, e.Time, e.Ingested, e.Ingested}
		return
	}
	s.minTime, s.maxTime = min(s.minTime, e.Time), max(s.maxTime, e.Time)
	s.minIngested, s.maxIngested = min(s.minIngested, e.Ingested), max(s.maxIngested, e.Ingested)
}

// column returns the column of a field, a new one when it is the first to have
// a value, filled up to a row.
func (t *Table) column(s *shape, row int) *growing {
	c := t.columns[s.ID]
	if c == nil {
		c = newColumn(s.Type, t.expect[s.ID])
		t.columns[s.ID] = c
		t.fixed += c.width()
	}
	c.pad(row)
	return c
}

func newColumn(typ event.Type, z sizes) *growing {
	c := &growing{Column: Column{Type: typ}, lastCode: -1}
	switch {
	case textual(typ):
		c.Codes = make([]int32, 0, z.codes)
		c.dict = dictionary{texts: make([]string, 0, z.texts), slots: make([]slot, z.slots)}
		if typ == event.Strings {
			c.Ends = make([]int32, 0, z.rows)
		}
	default:
		c.Nums = make([]int64, 0, z.rows)
		if typ == event.OptInt64 {
			c.Has = make([]uint8, 0, z.rows)
		}
	}
	return c
}

// width is about how many bytes a row takes, without the texts.
func (c *growing) width() int64 {
	switch {
	case c.Ends != nil:
		return 24
	case c.Codes != nil:
		return 4
	case c.Has != nil:
		return 9
	}
	return 8
}

// pad says that the rows up to n that have no value have none.
func (c *growing) pad(n int) {
	switch {
	case c.Ends != nil:
		for len(c.Ends) < n {
			c.Ends = append(c.Ends, int32(len(c.Codes)))
		}
	case c.Codes != nil:
		for len(c.Codes) < n {
			c.Codes = append(c.Codes, -1)
		}
	default:
		c.Nums = zeros(c.Nums, n)
		if c.Has != nil {
			c.Has = zeros(c.Has, n)
		}
	}
}

// zeros lengthens s to n; what stands behind a shorter s is 0 already.
func zeros[T any](s []T, n int) []T {
	if n <= len(s) {
		return s
	}
	return append(s, make([]T, n-len(s))...)
}

func (t *Table) texts(s *shape, events []*event.Event) {
	buf := t.scratch.texts[:len(events)]
	event.Texts(s.ID, events, buf)
	c := t.columns[s.ID]
	for i, text := range buf {
		if text == "" && !s.required {
			continue
		}
		if c == nil || len(c.Codes) < t.rows+i {
			c = t.column(s, t.rows+i)
		}
		c.Codes = append(c.Codes, t.code(c, s, text))
	}
	if c != nil {
		c.pad(t.rows + len(events))
	}
}

// code returns the code of a text in a column. What bloom filters look up is
// kept in lower case.
func (t *Table) code(c *growing, s *shape, text string) int32 {
	if text == c.last && c.lastCode >= 0 {
		return c.lastCode
	}
	h := maphash.String(t.seed, text)
	code, at := c.dict.lookup(h, text)
	if code < 0 {
		if s.Column == event.Bloom {
			if lower := strings.ToLower(text); lower != text {
				return t.code(c, s, lower)
			}
		}
		code = c.dict.add(t.seed, h, t.arena.keep(text), at)
		c.Texts = c.dict.texts
	}
	c.last, c.lastCode = c.Texts[code], code
	return code
}

func (t *Table) addresses(s *shape, events []*event.Event) {
	buf := t.scratch.addresses[:len(events)]
	event.Addresses(s.ID, events, buf)
	c := t.columns[s.ID]
	for i, ip := range buf {
		if !ip.IsValid() {
			continue
		}
		if c == nil || len(c.Codes) < t.rows+i {
			c = t.column(s, t.rows+i)
		}
		if ip != c.lastIP || c.lastCode < 0 {
			t.scratch.address = ip.AppendTo(t.scratch.address[:0])
			c.lastIP, c.lastCode = ip, t.code(c, s, textOf(t.scratch.address))
		}
		c.Codes = append(c.Codes, c.lastCode)
	}
	if c != nil {
		c.pad(t.rows + len(events))
	}
}

func (t *Table) lists(s *shape, events []*event.Event) {
	buf := t.scratch.lists[:len(events)]
	event.Lists(s.ID, events, buf)
	c := t.columns[s.ID]
	for i, list := range buf {
		if len(list) == 0 {
			continue
		}
		if c == nil || len(c.Ends) < t.rows+i {
			c = t.column(s, t.rows+i)
		}
		if slices.Equal(list, c.lastList) { // then its codes are the newest
			c.Codes = append(c.Codes, c.Codes[len(c.Codes)-len(list):]...)
		} else {
			for _, text := range list {
				c.Codes = append(c.Codes, t.code(c, s, text))
			}
			c.lastList = list
		}
		c.Ends = append(c.Ends, int32(len(c.Codes)))
	}
	if c != nil {
		c.lastList = nil // belongs to the events
		c.pad(t.rows + len(events))
	}
	clear(buf)
}

func (t *Table) numbers(s *shape, events []*event.Event) {
	buf := t.scratch.nums[:len(events)]
	event.Numbers(s.ID, events, buf)
	c := t.columns[s.ID]
	if c == nil {
		if !s.required && !slices.ContainsFunc(buf, func(n int64) bool { return n != 0 }) {
			return
		}
		c = t.column(s, t.rows)
	}
	c.Nums = append(c.Nums, buf...)
}

func (t *Table) optional(s *shape, events []*event.Event) {
	buf := t.scratch.optional[:len(events)]
	event.OptInts(s.ID, events, buf)
	c := t.columns[s.ID]
	for i, n := range buf {
		if !n.OK {
			continue
		}
		if c == nil || len(c.Nums) < t.rows+i {
			c = t.column(s, t.rows+i)
		}
		c.Nums, c.Has = append(c.Nums, n.N), append(c.Has, 1)
	}
	if c != nil {
		c.pad(t.rows + len(events))
	}
}

// View returns the events that are there now as a group.
func (t *Table) View() *Group {
	n := 0
	for _, c := range t.columns {
		if c != nil {
			n++
		}
	}
	columns := make([]Column, 0, n)
	g := &Group{rows: t.rows, span: t.span, memory: make([]*Column, event.NumFields)}
	for id, c := range t.columns {
		if c != nil {
			columns = append(columns, c.Column)
			g.memory[id] = &columns[len(columns)-1]
		}
	}
	return g
}

// textOf returns b as a text without a copy; nobody may write to b any more,
// or keep the text.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// bytesOf returns the bytes of t without a copy; nobody may write to them.
func bytesOf(t string) []byte { return unsafe.Slice(unsafe.StringData(t), len(t)) }
