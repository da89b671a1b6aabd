package segment

import (
	"sync"

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

// fill sets one field of the events of rows.
func (g *Group) fill(id event.FieldID, rows []int, out []*event.Event) error {
	c, err := g.Column(id)
	if err != nil {
		return err
	}
	var cache []event.Value // of texts, so that equal addresses are parsed once
	if c.Ends == nil && c.Codes != nil {
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
