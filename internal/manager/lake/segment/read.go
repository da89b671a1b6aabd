package segment

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/vedette-edr/vedette/internal/event"
)

// Group is a row group of a file, or what a Table had when it was looked at.
type Group struct {
	rows   int
	memory []*Column // by field, nil where no row has a value; nil in a file
	span   span      // of what is in memory
	chunks []parquet.ColumnChunk
	leaves []int // by field, -1 when the file lacks it
}

// Rows returns the number of rows.
func (g *Group) Rows() int { return g.rows }

// chunk returns the column of a field; nil when no row has a value.
func (g *Group) chunk(id event.FieldID) *parquet.FileColumnChunk {
	leaf := g.leaves[id]
	if leaf < 0 {
		return nil
	}
	c, ok := g.chunks[leaf].(*parquet.FileColumnChunk)
	if !ok || c.NullCount() == c.NumValues() {
		return nil
	}
	return c
}

// Has reports whether a row of the group may have a value of the field.
func (g *Group) Has(id event.FieldID) bool {
	if g.memory != nil {
		return g.memory[id] != nil
	}
	return g.chunk(id) != nil
}

// Bounds returns the least and greatest value of a column of numbers or times;
// false when they are not known.
func (g *Group) Bounds(id event.FieldID) (low, high int64, ok bool) {
	if g.memory != nil {
		return int64(g.span.minTime), int64(g.span.maxTime), id == event.FieldTimestamp && g.rows > 0
	}
	c := g.chunk(id)
	if c == nil {
		return 0, 0, false
	}
	a, b, ok := c.Bounds()
	if !ok || a.Kind() != parquet.Int64 || b.Kind() != parquet.Int64 {
		return 0, 0, false
	}
	return a.Int64(), b.Int64(), true
}

// MayContain asks the bloom filter of a column whether a row has the text; true
// when there is no filter. The answer no is certain.
func (g *Group) MayContain(id event.FieldID, text string) (yes bool, err error) {
	defer rescue(&err)
	if g.memory != nil {
		return g.memory[id] != nil, nil
	}
	c := g.chunk(id)
	if c == nil {
		return false, nil
	}
	filter := c.BloomFilter()
	if filter == nil {
		return true, nil
	}
	yes, err = filter.Check(parquet.ByteArrayValue([]byte(text)))
	return yes, judge(err)
}

// page is one page of a column, decoded as far as it goes without copying.
type page struct {
	first, rows int
	codes       []int32 // indexes into the dictionary, present values only
	nums        []int64 // plain numbers, present values only
	plain       []parquet.Value
	def, rep    []byte // levels; empty for required columns
	maxDef      byte
}

// pages calls visit for each page of a column; dict gets the dictionary before
// the first page and may say that no page is wanted. The dictionary comes with
// the first page, because the library checks its checksum only on that way.
func (g *Group) pages(id event.FieldID, dict func(parquet.Dictionary) bool, visit func(p *page)) (err error) {
	defer rescue(&err)
	c := g.chunk(id)
	if c == nil {
		return nil
	}
	pages, ok := c.Pages().(*parquet.FilePages)
	if !ok {
		return fmt.Errorf("column %s: unknown kind of pages", id.Info().Name)
	}
	defer func() { err = errors.Join(err, pages.Close()) }()
	p := page{}
	for p.first < g.rows {
		pg, err := pages.ReadPage()
		if err == io.EOF {
			return fmt.Errorf("column %s: %w: ends after %d of %d rows", id.Info().Name, ErrDamaged, p.first, g.rows)
		}
		if err != nil {
			return fmt.Errorf("column %s: %w", id.Info().Name, judge(err))
		}
		if d := pg.Dictionary(); d != nil && p.first == 0 && !dict(d) {
			parquet.Release(pg)
			return nil
		}
		err = p.load(pg)
		if err == nil {
			visit(&p)
		}
		parquet.Release(pg)
		if err != nil {
			return fmt.Errorf("column %s: %w", id.Info().Name, judge(err))
		}
		p.first += p.rows
	}
	return nil
}

func (p *page) load(pg parquet.Page) error {
	p.rows = int(pg.NumRows())
	p.def, p.rep = pg.DefinitionLevels(), pg.RepetitionLevels()
	p.codes, p.nums, p.plain = nil, nil, p.plain[:0]
	p.maxDef = 1
	if len(p.rep) > 0 {
		p.maxDef = 2
	}
	data := pg.Data()
	switch {
	case pg.Dictionary() != nil:
		p.codes = data.Int32()
	case pg.Type().Kind() == parquet.Int64:
		p.nums = data.Int64()
	default:
		return p.loadPlain(pg)
	}
	return nil
}

func (p *page) loadPlain(pg parquet.Page) error {
	all := make([]parquet.Value, pg.NumValues())
	n, err := pg.Values().ReadValues(all)
	if err != nil && err != io.EOF || n != len(all) {
		return fmt.Errorf("%w: %d of %d values: %w", ErrDamaged, n, len(all), err)
	}
	for _, v := range all {
		if !v.IsNull() {
			p.plain = append(p.plain, v)
		}
	}
	return nil
}

// each calls visit with the row of each present value and its place among the
// present values of the page, until visit returns false.
func (p *page) each(visit func(row, at int) bool) {
	switch {
	case len(p.rep) > 0:
		row, at := p.first-1, 0
		for i, r := range p.rep {
			if r == 0 {
				row++
			}
			if p.def[i] == p.maxDef {
				if !visit(row, at) {
					return
				}
				at++
			}
		}
	case len(p.def) > 0:
		at := 0
		for i, d := range p.def {
			if d == p.maxDef {
				if !visit(p.first+i, at) {
					return
				}
				at++
			}
		}
	default:
		for i := range p.rows {
			if !visit(p.first+i, i) {
				return
			}
		}
	}
}

// Test adds to out the rows that have a value for which match is true. It is
// asked once for each entry of a dictionary, and once for a run of equal
// numbers; an element of a list counts as a value of its row.
func (g *Group) Test(id event.FieldID, match func(event.Value) bool, out Bits) error {
	if g.memory != nil {
		if c := g.memory[id]; c != nil {
			c.test(required(id), match, out)
		}
		return nil
	}
	f := id.Info()
	var hit []bool
	var buf parquet.Value
	var last int64
	var lastHit, known bool
	return g.pages(id, func(d parquet.Dictionary) bool {
		hit = make([]bool, d.Len())
		found := false
		for i := range hit {
			buf = d.Index(int32(i))
			hit[i] = match(valueOf(f.Type, buf))
			found = found || hit[i]
		}
		return found
	}, func(p *page) {
		p.each(func(row, at int) bool {
			switch {
			case p.codes != nil:
				if hit[p.codes[at]] {
					out.Add(row)
				}
			case p.nums != nil:
				if n := p.nums[at]; !known || n != last {
					last, known, lastHit = n, true, match(numberValue(f.Type, n))
				}
				if lastHit {
					out.Add(row)
				}
			default:
				if match(valueOf(f.Type, p.plain[at])) {
					out.Add(row)
				}
			}
			return true
		})
	})
}

// Numbers returns a column of numbers or times, one per row, 0 where absent. It
// is read-only.
func (g *Group) Numbers(id event.FieldID) ([]int64, error) {
	if g.memory != nil {
		c, err := g.Column(id)
		return c.Nums, err
	}
	dst := make([]int64, g.rows)
	var table []int64
	err := g.pages(id, func(d parquet.Dictionary) bool {
		for i := range d.Len() {
			table = append(table, d.Index(int32(i)).Int64())
		}
		return true
	}, func(p *page) {
		p.each(func(row, at int) bool {
			switch {
			case p.codes != nil:
				dst[row] = table[p.codes[at]]
			case p.nums != nil:
				dst[row] = p.nums[at]
			}
			return true
		})
	})
	return dst, err
}

func numberValue(t event.Type, n int64) event.Value {
	switch t {
	case event.OptInt64:
		return event.OptValue(event.Some(n))
	case event.Float:
		return event.Value{Type: t, Flt: math.Float64frombits(uint64(n))}
	}
	return event.Value{Type: t, Num: n}
}

// valueOf converts a stored value; the text aliases the page.
func valueOf(t event.Type, p parquet.Value) event.Value {
	switch t {
	case event.Float:
		return event.Value{Type: t, Flt: p.Double()}
	case event.Bool:
		v := event.Value{Type: t}
		if p.Boolean() {
			v.Num = 1
		}
		return v
	case event.Int, event.OptInt64, event.Instant:
		return numberValue(t, p.Int64())
	}
	b := p.ByteArray()
	return textValue(t, unsafe.String(unsafe.SliceData(b), len(b)))
}

// textValue converts a stored text; an element of a list is a text of its own.
func textValue(t event.Type, s string) event.Value {
	switch t {
	case event.Address:
		v, err := event.ParseValue(t, s)
		if err != nil {
			return event.Value{Type: t}
		}
		return v
	case event.KindName:
		return event.Value{Type: t, Str: s, Num: kindNumber(s)}
	case event.Strings:
		return event.TextOf(s)
	}
	return event.Value{Type: t, Str: s}
}

// kindNumber returns the number of a kind by its name, also of one that this
// build does not know and whose name is made of its number.
func kindNumber(name string) int64 {
	if k, ok := event.ParseKind(name); ok {
		return int64(k)
	}
	digits, ok := strings.CutPrefix(name, "kind_")
	n, err := strconv.ParseUint(digits, 10, 16)
	if !ok || err != nil || n > math.MaxUint16 {
		return 0
	}
	return int64(n)
}
