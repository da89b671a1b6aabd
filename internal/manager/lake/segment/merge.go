package segment

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/vedette-edr/vedette/internal/event"
)

// Merge writes the rows of segments to a new file in dir, sorted, an event that
// stands more than once only once. It works column by column and holds the
// decoded columns of all inputs in memory, about 600 bytes for each row.
func Merge(ctx context.Context, dir, name string, inputs []*Segment) (Info, error) {
	m := &merged{}
	for _, s := range inputs {
		for _, g := range s.groups {
			if ctx.Err() != nil {
				return Info{}, ctx.Err()
			}
			p, err := newPart(g)
			if err != nil {
				return Info{}, &InputError{Name: s.Name, Err: err}
			}
			m.parts = append(m.parts, p)
		}
	}
	m.order()
	return write(dir, name, m, zstd.SpeedDefault)
}

// InputError says which input of a merge cannot be read.
type InputError struct {
	Name string
	Err  error
}

// Error returns name and cause.
func (e *InputError) Error() string { return "read segment " + e.Name + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.Err }

// part is a row group of an input with all its columns.
type part struct {
	rows    int
	columns []*Column // by field; nil when no row has a value
}

func newPart(g *Group) (*part, error) {
	p := &part{rows: g.Rows(), columns: make([]*Column, event.NumFields)}
	for _, id := range storedFields() {
		if !g.Has(id) {
			continue
		}
		c, err := g.Column(id)
		if err != nil {
			return nil, err
		}
		p.columns[id] = c
	}
	for _, id := range []event.FieldID{event.FieldTimestamp, event.FieldAgentId, event.FieldAgentEpoch, event.FieldEventSequence} {
		if p.columns[id] == nil {
			return nil, fmt.Errorf("%w: column %s is missing", ErrDamaged, id.Info().Name)
		}
	}
	return p, nil
}

// place is a row of an input.
type place struct {
	part int32
	row  int32
}

type merged struct {
	parts  []*part
	places []place // in the order of the output
}

func (m *merged) order() {
	for i, p := range m.parts {
		for row := range p.rows {
			m.places = append(m.places, place{int32(i), int32(row)})
		}
	}
	slices.SortStableFunc(m.places, m.compare)
	m.places = slices.CompactFunc(m.places, func(a, b place) bool { return m.compare(a, b) == 0 })
}

func (m *merged) compare(a, b place) int {
	p, q := m.parts[a.part].columns, m.parts[b.part].columns
	agent := func(c []*Column, row int32) string {
		k := c[event.FieldAgentId]
		return k.Texts[k.Codes[row]]
	}
	num := func(id event.FieldID) int { return cmp.Compare(p[id].Nums[a.row], q[id].Nums[b.row]) }
	if c := cmp.Compare(agent(p, a.row), agent(q, b.row)); c != 0 {
		return c
	}
	if c := num(event.FieldTimestamp); c != 0 {
		return c
	}
	if c := num(event.FieldAgentEpoch); c != 0 {
		return c
	}
	return num(event.FieldEventSequence)
}

func (m *merged) len() int { return len(m.places) }

func (m *merged) absent(s *shape, _, _ int) bool {
	for _, p := range m.parts {
		if p.columns[s.ID] != nil {
			return false
		}
	}
	return true
}

func (m *merged) span(id event.FieldID) (low, high event.Time) {
	for i, at := range m.places {
		var t event.Time
		if c := m.parts[at.part].columns[id]; c != nil {
			t = event.Time(c.Nums[at.row])
		}
		if i == 0 || t < low {
			low = t
		}
		if i == 0 || t > high {
			high = t
		}
	}
	return low, high
}

func (m *merged) values(dst []parquet.Value, s *shape, from, to int) []parquet.Value {
	for _, at := range m.places[from:to] {
		c := m.parts[at.part].columns[s.ID]
		row := int(at.row)
		switch {
		case c == nil:
			dst = append(dst, s.nulls[0])
		case c.Ends != nil:
			dst = m.elements(dst, s, c, row)
		case c.Nums == nil && c.Codes[row] >= 0:
			dst = append(dst, s.text(c.Texts[c.Codes[row]]))
		case c.Nums != nil && c.Has.Has(row):
			dst = append(dst, s.number(c.Value(row)))
		default:
			dst = append(dst, s.nulls[0])
		}
	}
	return dst
}

func (m *merged) elements(dst []parquet.Value, s *shape, c *Column, row int) []parquet.Value {
	codes := c.Elements(row)
	if len(codes) == 0 {
		return append(dst, s.nulls[0])
	}
	for i, code := range codes {
		repeat := 1
		if i == 0 {
			repeat = 0
		}
		dst = append(dst, parquet.ByteArrayValue(bytesOf(c.Texts[code])).Level(repeat, 2, s.leaf))
	}
	return dst
}
