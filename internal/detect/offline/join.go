package offline

import (
	"strconv"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/record"
)

// joiner gives matches to the correlations of a set: when all inputs have been
// read in the order of their times, or as they come. Without correlations it
// does nothing.
type joiner struct {
	correlator *detect.Correlator
	inputs     []Input
	stream     bool
	sorter     correlate.Sorter
	err        error // of a finding that could not be written
}

func (j *joiner) start(o Options) {
	j.correlator, j.inputs, j.stream = o.Set.Correlator(correlate.Options{Lateness: o.Lateness}), o.Inputs, o.Stream
}

// items appends to those of p what the matches of a record are to the
// correlations; it is called from many goroutines.
func (j *joiner) items(p *piece, rec *record.Record, ms []detect.Match) []correlate.Item {
	if j.correlator == nil {
		return p.items
	}
	return j.correlator.Items(rec, rec.Time, refOf(p.input, rec), ms, p.items)
}

// take takes the items of the next piece.
func (j *joiner) take(items []correlate.Item, tell func(*Finding) error) error {
	if j.correlator == nil || len(items) == 0 {
		return j.err
	}
	if !j.stream {
		j.sorter.Add(items, func(it correlate.Item) { j.observe(it, tell) })
		return j.err
	}
	for _, it := range items {
		j.observe(it, tell)
	}
	return j.err
}

// end gives the correlations what waits for its turn.
func (j *joiner) end(tell func(*Finding) error) error {
	if j.correlator != nil {
		j.sorter.Drain(func(it correlate.Item) { j.observe(it, tell) })
	}
	return j.err
}

func (j *joiner) observe(it correlate.Item, tell func(*Finding) error) {
	if j.err != nil {
		return
	}
	for _, m := range j.correlator.Observe(it, nil) {
		w := &Window{Group: m.Window.Group, First: m.Window.From, Count: m.Window.Count}
		for _, ref := range m.Window.Events {
			w.Events = append(w.Events, j.place(ref))
		}
		at := Place{Input: j.place(it.Ref).Input, Line: record.NoLine}
		if err := tell(&Finding{Place: at, Time: m.Window.To, Rule: m.Rule, Fields: m.Fields, Window: w}); err != nil {
			j.err = err
			return
		}
	}
}

func (j *joiner) stats() correlate.Stats { return j.correlator.Stats() }

// refOf is the place of a record as two numbers: the input, twice, plus one
// where there are no lines; and the line or the number of the record.
func refOf(input int, rec *record.Record) correlate.Ref {
	if rec.Line != record.NoLine {
		return correlate.Ref{Source: int64(input) * 2, Number: int64(rec.Line)}
	}
	n, err := strconv.ParseInt(rec.Log.RecordID, 10, 64)
	if err != nil {
		n = -1
	}
	return correlate.Ref{Source: int64(input)*2 + 1, Number: n}
}

func (j *joiner) place(ref correlate.Ref) Place {
	p := Place{Input: j.inputs[ref.Source/2].Name, Line: int(ref.Number)}
	if ref.Source%2 == 1 {
		p.Line, p.Record = record.NoLine, strconv.FormatInt(ref.Number, 10)
	}
	return p
}
