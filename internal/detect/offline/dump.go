package offline

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"slices"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// Dump writes the records of inputs as JSON lines, in the flat form that rules
// see: a name that stands several times has a list. Names that begin with "_"
// are about the record: where it stands and when it was. ordered keeps the
// order of the record, else names are sorted.
func Dump(ctx context.Context, w io.Writer, formats []record.Format, inputs []Input, ordered bool, fault func(Fault)) (Stats, error) {
	d := dumper{w: bufio.NewWriter(w), ordered: ordered, fault: fault}
	for i := range inputs {
		if err := ctx.Err(); err != nil {
			return d.stats, err
		}
		if err := d.input(&inputs[i], formats); err != nil {
			return d.stats, err
		}
	}
	return d.stats, d.w.Flush()
}

type dumper struct {
	w       *bufio.Writer
	ordered bool
	fault   func(Fault)
	stats   Stats
	line    []byte
}

func (d *dumper) input(in *Input, formats []record.Format) error {
	var read int64
	blocks, closing, err := in.open(formats, &read)
	if err != nil {
		d.tell(in, err)
		return nil
	}
	defer closing()
	d.stats.Inputs++
	var block record.Block
	var batch record.Batch
	for {
		err := blocks.Next(&block)
		if err != nil {
			if !ended(err) {
				d.tell(in, err)
			}
			return nil
		}
		batch.Reset()
		blocks.Decode(&block, &batch)
		for _, f := range batch.Faults {
			d.tell(in, f)
		}
		for _, rec := range batch.Records() {
			if err := d.write(in, rec); err != nil {
				return err
			}
		}
	}
}

func (d *dumper) tell(in *Input, err error) {
	d.stats.Faults++
	d.fault(Fault{Input: in.Name, Err: err})
}

func (d *dumper) write(in *Input, rec *record.Record) error {
	d.stats.Events++
	if rec.Typed != nil {
		text := rec.Typed.AppendJSON(d.line[:0])
		d.line = append(text, '\n')
		_, err := d.w.Write(d.line)
		return err
	}
	var names []string
	fields := map[string]any{}
	put := func(name, value string) {
		switch old := fields[name].(type) {
		case nil:
			names = append(names, name)
			fields[name] = value
		case string:
			fields[name] = []string{old, value}
		case []string:
			fields[name] = append(old, value)
		}
	}
	if rec.Log.Channel != "" && !slices.Contains(rec.Log.Names, "Channel") {
		put("Channel", rec.Log.Channel)
	}
	for i, name := range rec.Log.Names {
		put(name, rec.Log.Values[i])
	}
	put("_input", in.Name)
	if rec.Time != 0 {
		put("_time", stampOfNano(rec.Time))
	}
	if rec.Line != record.NoLine {
		fields["_line"] = rec.Line
		names = append(names, "_line")
	}
	if rec.Derived {
		fields["_derived"] = true
		names = append(names, "_derived")
	}
	return d.encode(names, fields)
}

func (d *dumper) encode(names []string, fields map[string]any) error {
	if !d.ordered {
		slices.Sort(names)
	}
	d.line = append(d.line[:0], '{')
	for i, name := range names {
		if i > 0 {
			d.line = append(d.line, ',')
		}
		for j, v := range []any{name, fields[name]} {
			text, err := json.Marshal(v)
			if err != nil {
				return err
			}
			d.line = append(d.line, text...)
			if j == 0 {
				d.line = append(d.line, ':')
			}
		}
	}
	d.line = append(d.line, '}', '\n')
	_, err := d.w.Write(d.line)
	return err
}

func stampOfNano(t event.Time) string { return t.Std().Format("2006-01-02T15:04:05.999999999Z") }
