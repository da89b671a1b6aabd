package segment

import (
	"math"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/vedette-edr/vedette/internal/event"
)

// Column is a column of a group, decoded: of texts and lists the distinct
// texts and their codes, of the rest a number for each row. It is read-only.
type Column struct {
	Type  event.Type
	Texts []string // distinct texts
	Codes []int32  // row: index in Texts, -1 absent; list: all elements
	Ends  []int32  // list: where the elements of each row end in Codes
	Nums  []int64  // the rest; a Float as its bits, a truth as 1; 0 absent
	Has   []uint8  // OptInt64: 1 where a row has a number

	table []int64 // dictionary of numbers
}

// textual reports whether values of t are stored as texts.
func textual(t event.Type) bool {
	switch t {
	case event.String, event.Strings, event.KindName, event.Address:
		return true
	}
	return false
}

// Column decodes a column; of an absent one no row has a value.
func (g *Group) Column(id event.FieldID) (*Column, error) {
	if g.memory != nil && g.memory[id] != nil {
		return g.memory[id], nil
	}
	c := g.empty(id)
	if g.memory != nil {
		return c, nil
	}
	err := g.pages(id, c.dictionary, c.load)
	for i := 1; i < len(c.Ends); i++ { // a row without elements ends where the row before does
		c.Ends[i] = max(c.Ends[i], c.Ends[i-1])
	}
	return c, err
}

// empty returns a column in which no row has a value.
func (g *Group) empty(id event.FieldID) *Column {
	c := &Column{Type: id.Info().Type}
	switch {
	case c.Type == event.Strings:
		c.Ends = make([]int32, g.rows)
	case textual(c.Type):
		c.Codes = make([]int32, g.rows)
		for i := range c.Codes {
			c.Codes[i] = -1
		}
	default:
		c.Nums = make([]int64, g.rows)
		if c.Type == event.OptInt64 {
			c.Has = make([]uint8, g.rows)
		}
	}
	return c
}

// has reports whether a row has a number.
func (c *Column) has(row int) bool {
	if c.Has != nil {
		return c.Has[row] != 0
	}
	return c.Nums[row] != 0
}

// Elements returns the codes of the elements of a row of a list.
func (c *Column) Elements(row int) []int32 {
	start := int32(0)
	if row > 0 {
		start = c.Ends[row-1]
	}
	return c.Codes[start:c.Ends[row]]
}

// Value returns the value of a row.
func (c *Column) Value(row int) event.Value {
	switch {
	case c.Ends != nil:
		codes := c.Elements(row)
		v := event.Value{Type: c.Type}
		if len(codes) > 0 {
			v.List = make([]string, len(codes))
		}
		for i, code := range codes {
			v.List[i] = c.Texts[code]
		}
		return v
	case c.Nums == nil:
		if c.Codes[row] < 0 {
			return event.Value{Type: c.Type}
		}
		return textValue(c.Type, c.Texts[c.Codes[row]])
	case !c.has(row):
		return event.Value{Type: c.Type}
	}
	return numberValue(c.Type, c.Nums[row])
}

// dictionary copies the texts, because the page they stand in is reused.
func (c *Column) dictionary(d parquet.Dictionary) bool {
	if !textual(c.Type) {
		for i := range d.Len() {
			c.table = append(c.table, numberOf(c.Type, d.Index(int32(i))))
		}
		return true
	}
	var all strings.Builder
	all.Grow(int(d.Size()))
	ends := make([]int, d.Len())
	for i := range ends {
		all.Write(d.Index(int32(i)).ByteArray())
		ends[i] = all.Len()
	}
	text, start := all.String(), 0
	c.Texts = make([]string, len(ends))
	for i, end := range ends {
		c.Texts[i] = text[start:end]
		start = end
	}
	return true
}

func numberOf(t event.Type, v parquet.Value) int64 {
	switch t {
	case event.Float:
		return int64(math.Float64bits(v.Double()))
	case event.Bool:
		if v.Boolean() {
			return 1
		}
		return 0
	}
	return v.Int64()
}

func (c *Column) load(p *page) {
	if textual(c.Type) {
		p.each(func(row, at int) bool { c.addText(p, row, at); return true })
		return
	}
	p.each(func(row, at int) bool {
		if c.Has != nil {
			c.Has[row] = 1
		}
		switch {
		case p.nums != nil:
			c.Nums[row] = p.nums[at]
		case p.codes != nil:
			c.Nums[row] = c.table[p.codes[at]]
		default:
			c.Nums[row] = numberOf(c.Type, p.plain[at])
		}
		return true
	})
}

func (c *Column) addText(p *page, row, at int) {
	var code int32
	if p.codes != nil {
		code = p.codes[at]
	} else {
		code = int32(len(c.Texts))
		c.Texts = append(c.Texts, string(p.plain[at].ByteArray()))
	}
	if c.Ends == nil {
		c.Codes[row] = code
		return
	}
	c.Codes = append(c.Codes, code)
	c.Ends[row] = int32(len(c.Codes))
}

// test adds to out the rows that have a value for which match is true, as
// Group.Test does; in a required column every row has one.
func (c *Column) test(required bool, match func(event.Value) bool, out Bits) {
	if c.Nums != nil {
		var last int64
		var hit, known bool
		for row, n := range c.Nums {
			if !required && !c.has(row) {
				continue
			}
			if !known || n != last {
				last, known, hit = n, true, match(numberValue(c.Type, n))
			}
			if hit {
				out.Add(row)
			}
		}
		return
	}
	hits, found := make([]bool, len(c.Texts)), false
	for i, text := range c.Texts {
		hits[i] = match(textValue(c.Type, text))
		found = found || hits[i]
	}
	switch {
	case !found:
	case c.Ends != nil:
		at := int32(0)
		for row, end := range c.Ends {
			for ; at < end; at++ {
				if hits[c.Codes[at]] {
					out.Add(row)
				}
			}
		}
	default:
		for row, code := range c.Codes {
			if code >= 0 && hits[code] {
				out.Add(row)
			}
		}
	}
}
