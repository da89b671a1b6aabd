package segment

import (
	"context"
	"fmt"

	"github.com/vedette-edr/vedette/internal/event"
)

// Merge writes the rows of segments to a new file in dir, sorted, an event that
// stands more than once only once. It works column by column and holds one
// decoded column of all inputs in memory, and the new file.
func (w *Writer) Merge(ctx context.Context, dir, name string, inputs []*Segment) (Info, error) {
	m := &merged{}
	for _, s := range inputs {
		for _, g := range s.groups {
			m.parts = append(m.parts, part{s.Name, g})
		}
	}
	sorted := make([]keys, len(m.parts))
	for _, k := range []struct {
		id event.FieldID
		to func(*keys) **Column
	}{
		{event.FieldAgentId, func(k *keys) **Column { return &k.agent }},
		{event.FieldTimestamp, func(k *keys) **Column { return &k.time }},
		{event.FieldAgentEpoch, func(k *keys) **Column { return &k.epoch }},
		{event.FieldEventSequence, func(k *keys) **Column { return &k.sequence }},
	} {
		columns, err := m.column(k.id)
		if err != nil {
			return Info{}, err
		}
		for i, c := range columns {
			if c == nil {
				return Info{}, &InputError{m.parts[i].name, fmt.Errorf("%w: column %s is missing", ErrDamaged, k.id.Info().Name)}
			}
			*k.to(&sorted[i]) = c
		}
	}
	rows := order(sorted)
	f := &file{shapes: w.shapes, bounds: groupBounds(len(rows)), info: infoOf(name, rows, spanOf(inputs))}
	if err := f.encode(ctx, m, rows, w.small); err != nil {
		return Info{}, fmt.Errorf("write segment %s: %w", name, err)
	}
	return f.put(dir)
}

func spanOf(inputs []*Segment) span {
	var s span
	for i, in := range inputs {
		if i == 0 {
			s = span{in.MinTime, in.MaxTime, in.MinIngested, in.MaxIngested}
			continue
		}
		s.minTime, s.maxTime = min(s.minTime, in.MinTime), max(s.maxTime, in.MaxTime)
		s.minIngested, s.maxIngested = min(s.minIngested, in.MinIngested), max(s.maxIngested, in.MaxIngested)
	}
	return s
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

// part is a row group of an input.
type part struct {
	name string // of the segment
	*Group
}

// merged is the row groups of all inputs.
type merged struct {
	parts []part
}

func (m *merged) column(id event.FieldID) ([]*Column, error) {
	columns := make([]*Column, len(m.parts))
	for i, p := range m.parts {
		if !p.Has(id) {
			continue
		}
		c, err := p.Column(id)
		if err != nil {
			return nil, &InputError{p.name, err}
		}
		columns[i] = c
	}
	return columns, nil
}
