package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MaxLine is the longest JSON line that ParseJSON reads, bytes.
const MaxLine = 4 << 20

// maxDepth bounds how deep a JSON line nests, maxNames how many values it has.
const (
	maxDepth = 32
	maxNames = 4096
)

// JSONLines is the format of one JSON object a line: flat objects, winlogbeat,
// ECS, and the exports of Windows logs by other tools.
func JSONLines() Format {
	return Format{Name: "jsonl", Accepts: acceptsJSON, Open: func(r io.Reader) (Blocks, error) {
		return jsonLines{NewCutter(r)}, nil
	}}
}

func acceptsJSON(head []byte) bool {
	line, _, whole := bytes.Cut(bytes.TrimLeft(head, " \t\r\n"), []byte{'\n'})
	if !bytes.HasPrefix(line, []byte{'{'}) {
		return false
	}
	s := scanner{intern: func([]byte) string { return "" }}
	return !whole || !errors.Is(s.object(line), errEnd)
}

type jsonLines struct{ *Cutter }

func (jsonLines) Decode(b *Block, out *Batch) {
	out.Faults = append(out.Faults, b.Faults...)
	b.EachLine(func(n int, line []byte) {
		r := out.Add()
		r.Line = n
		if err := out.parseJSON(line, r); err != nil {
			out.Drop()
			out.Fault("line "+strconv.Itoa(n), err)
		}
	})
}

// ParseJSON reads one JSON object. Objects inside it give names joined with
// dots, lists give a name several times; numbers and truth values become text,
// null is absent. The forms of winlogbeat and of other tools get the names of
// the flat form, and names that stand for fields fill them.
func ParseJSON(line []byte) (*Record, error) {
	var b Batch
	r := &Record{Line: NoLine}
	if err := b.parseJSON(line, r); err != nil {
		return nil, err
	}
	return r, nil
}

func (b *Batch) parseJSON(line []byte, r *Record) error {
	if len(line) > MaxLine {
		return fmt.Errorf("line of %d bytes: more than %d", len(line), MaxLine)
	}
	if b.scan.intern == nil {
		b.scan.intern = b.Name
	}
	if err := b.scan.object(line); err != nil {
		return err
	}
	all := b.Text(b.scan.text)
	for _, f := range b.scan.found {
		r.Log.Names = append(r.Log.Names, f.name)
		r.Log.Values = append(r.Log.Values, all[f.from:f.to])
	}
	r.Log.Source = "jsonl"
	r.shape(b)
	return nil
}

// header fills the fields that the names of the flat form stand for, and takes
// out the names that are not part of the record.
func (r *Record) header() {
	n := 0
	stamped := false
	for i, name := range r.Log.Names {
		text := r.Log.Values[i]
		if strings.HasPrefix(name, "_") {
			r.Hidden.Names, r.Hidden.Values = append(r.Hidden.Names, name), append(r.Hidden.Values, text)
			if name == "_time" {
				r.Time, stamped = Seconds(text), true
			}
			continue
		}
		r.Log.Names[n], r.Log.Values[n] = name, text
		n++
		r.Fill(name, text)
	}
	r.Log.Names, r.Log.Values = r.Log.Names[:n], r.Log.Values[:n]
	if !stamped {
		r.Time = r.stamp()
	}
}

// Fill fills the field that a name of the flat form, or of Kunai, stands for,
// if any.
func (r *Record) Fill(name, text string) {
	switch name {
	case "Channel", "info.event.source":
		r.Log.Channel = text
	case "EventID", "info.event.id":
		r.Log.Code = text
	case "Provider_Name":
		r.Log.Provider = text
	case "Computer", "info.host.hostname":
		r.Host = text
	case "EventRecordID":
		r.Log.RecordID = text
	case "Message":
		r.Log.Message = text
	}
}
