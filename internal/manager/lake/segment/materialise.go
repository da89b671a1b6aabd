package segment

import (
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"

	"github.com/vedette-edr/vedette/internal/event"
)

// Events reads rows, which must grow, as events with the wanted fields; nil
// wants all. Columns that no row has cost nothing.
func (g *Group) Events(rows []int, want []event.FieldID) ([]*event.Event, error) {
	out := make([]*event.Event, len(rows))
	for i := range out {
		out[i] = &event.Event{}
	}
	if want == nil {
		want = storedFields()
	}
	for _, id := range want {
		if !g.Has(id) {
			continue
		}
		if err := g.fill(id, rows, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// storedFields lists all fields that have a column; its result is read-only.
//
// immutable
var storedFields = sync.OnceValue(func() []event.FieldID {
	var out []event.FieldID
	for _, f := range event.Fields() {
		if f.Number != 0 {
			out = append(out, f.ID)
		}
	}
	return out
})

// few is how many times fewer rows than the group has are read one by one.
const few = 16

// fill sets one field of the events of rows.
func (g *Group) fill(id event.FieldID, rows []int, out []*event.Event) error {
	if g.memory == nil && len(rows)*few < g.rows {
		return g.fillFew(id, rows, out)
	}
	c, err := g.Column(id)
	if err != nil {
		return err
	}
	var cache []event.Value // of texts, so that equal addresses are parsed once
	if c.Ends == nil && c.Codes != nil && len(c.Texts) < len(rows) {
		cache = make([]event.Value, len(c.Texts))
	}
	for i, row := range rows {
		if cache == nil {
			out[i].Set(id, c.Value(row))
			continue
		}
		code := c.Codes[row]
		if code < 0 {
			continue
		}
		if !cache[code].Present() {
			cache[code] = textValue(c.Type, c.Texts[code])
		}
		out[i].Set(id, cache[code])
	}
	return nil
}

// fillFew is fill without copying what stands in other rows.
func (g *Group) fillFew(id event.FieldID, rows []int, out []*event.Event) error {
	f := id.Info()
	var dict parquet.Dictionary
	next := 0 // in rows
	var list []string
	return g.pages(id, func(d parquet.Dictionary) bool {
		dict = d
		return true
	}, func(p *page) {
		value := func(at int) event.Value {
			switch {
			case p.codes != nil:
				return valueOf(f.Type, dict.Index(p.codes[at]))
			case p.nums != nil:
				return numberValue(f.Type, p.nums[at])
			}
			return valueOf(f.Type, p.plain[at])
		}
		current := -1
		p.each(func(row, at int) bool {
			if row != current { // the list of the row before is whole
				current, list = row, nil
				for next < len(rows) && rows[next] < row {
					next++
				}
			}
			if next == len(rows) {
				return false
			}
			if rows[next] != row {
				return true
			}
			v := value(at)
			switch {
			case f.Type == event.Strings:
				list = append(list, strings.Clone(firstText(v)))
				v = event.Value{Type: event.Strings, List: list}
			default:
				v.Str = strings.Clone(v.Str)
			}
			out[next].Set(id, v)
			return true
		})
	})
}

// firstText returns the text of an element, which may be empty.
func firstText(v event.Value) string {
	if len(v.List) > 0 {
		return v.List[0]
	}
	return v.Str
}
