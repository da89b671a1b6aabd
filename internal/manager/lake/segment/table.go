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
	runs    [3]runs // of a block
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

// runs are the events of a block, runs of those that share a section as one.
type runs struct {
	events []*event.Event
	counts []int // how many rows each stands for
}

// The sections of a block that are taken apart by runs of their own.
const (
	runsOfAll = iota
	runsOfProcess
	runsOfUser
)

func (r *runs) reset() { r.events, r.counts = r.events[:0], r.counts[:0] }

// add appends an event, or one more row of the newest.
func (r *runs) add(e *event.Event, same bool) {
	if same {
		r.counts[len(r.counts)-1]++
		return
	}
	r.events, r.counts = append(r.events, e), append(r.counts, 1)
}

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
	there := t.split(events)
	for i := range t.shapes {
		s := &t.shapes[i]
		if s.section != 0 && there&s.section == 0 {
			if c := t.columns[s.ID]; c != nil {
				c.pad(t.rows + len(events))
			}
			continue
		}
		r := &t.runs[s.runs]
		switch s.Type {
		case event.String, event.KindName:
			t.texts(s, r)
		case event.Address:
			t.addresses(s, r)
		case event.Strings:
			t.lists(s, r)
		case event.OptInt64:
			t.optional(s, r)
		default:
			t.numbers(s, r)
		}
		if c := t.columns[s.ID]; c != nil {
			c.pad(t.rows + len(events))
		}
	}
	t.rows += len(events)
}

// split finds the runs of a block and the sections that it has.
func (t *Table) split(events []*event.Event) (there sections) {
	for i := range t.runs {
		t.runs[i].reset()
	}
	for i, e := range events {
		there |= sectionsOf(e)
		t.span.cover(e, t.rows+i == 0)
		t.runs[runsOfAll].add(e, false)
		t.runs[runsOfProcess].add(e, i > 0 && e.Process == events[i-1].Process)
		t.runs[runsOfUser].add(e, i > 0 && e.User == events[i-1].User)
	}
	return there
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

func (t *Table) texts(s *shape, r *runs) {
	buf := t.scratch.texts[:len(r.events)]
	event.Texts(s.ID, r.events, buf)
	c, row := t.columns[s.ID], t.rows
	for i, text := range buf {
		if text != "" || s.required {
			if c == nil || len(c.Codes) < row {
				c = t.column(s, row)
			}
			code := t.code(c, s, text)
			for range r.counts[i] {
				c.Codes = append(c.Codes, code)
			}
		}
		row += r.counts[i]
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

func (t *Table) addresses(s *shape, r *runs) {
	buf := t.scratch.addresses[:len(r.events)]
	event.Addresses(s.ID, r.events, buf)
	c, row := t.columns[s.ID], t.rows
	for i, ip := range buf {
		if ip.IsValid() {
			if c == nil || len(c.Codes) < row {
				c = t.column(s, row)
			}
			if ip != c.lastIP || c.lastCode < 0 {
				t.scratch.address = ip.AppendTo(t.scratch.address[:0])
				c.lastIP, c.lastCode = ip, t.code(c, s, textOf(t.scratch.address))
			}
			for range r.counts[i] {
				c.Codes = append(c.Codes, c.lastCode)
			}
		}
		row += r.counts[i]
	}
}

func (t *Table) lists(s *shape, r *runs) {
	buf := t.scratch.lists[:len(r.events)]
	event.Lists(s.ID, r.events, buf)
	c, row := t.columns[s.ID], t.rows
	for i, list := range buf {
		for n := range r.counts[i] {
			if len(list) == 0 {
				break
			}
			if c == nil || len(c.Ends) < row+n {
				c = t.column(s, row+n)
			}
			if n > 0 || slices.Equal(list, c.lastList) { // then its codes are the newest
				c.Codes = append(c.Codes, c.Codes[len(c.Codes)-len(list):]...)
			} else {
				for _, text := range list {
					c.Codes = append(c.Codes, t.code(c, s, text))
				}
				c.lastList = list
			}
			c.Ends = append(c.Ends, int32(len(c.Codes)))
		}
		row += r.counts[i]
	}
	if c != nil {
		c.lastList = nil // belongs to the events
	}
	clear(buf)
}

func (t *Table) numbers(s *shape, r *runs) {
	buf := t.scratch.nums[:len(r.events)]
	event.Numbers(s.ID, r.events, buf)
	c := t.columns[s.ID]
	if c == nil {
		if !s.required && !slices.ContainsFunc(buf, func(n int64) bool { return n != 0 }) {
			return
		}
		c = t.column(s, t.rows)
	}
	for i, n := range buf {
		for range r.counts[i] {
			c.Nums = append(c.Nums, n)
		}
	}
}

func (t *Table) optional(s *shape, r *runs) {
	buf := t.scratch.optional[:len(r.events)]
	event.OptInts(s.ID, r.events, buf)
	c, row := t.columns[s.ID], t.rows
	for i, n := range buf {
		if n.OK {
			if c == nil || len(c.Nums) < row {
				c = t.column(s, row)
			}
			for range r.counts[i] {
				c.Nums, c.Has = append(c.Nums, n.N), append(c.Has, 1)
			}
		}
		row += r.counts[i]
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
