package record

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vedette-edr/vedette/internal/event"
)

// MaxLine is the longest JSON line that ParseJSON reads, bytes.
const MaxLine = 4 << 20

// maxDepth bounds how deep a JSON line nests, maxNames how many values it has.
const (
	maxDepth = 32
	maxNames = 4096
)

// ParseJSON reads one JSON object. Objects inside it give names joined with
// dots, lists give a name several times; numbers and truth values become text,
// null is absent. Channel, EventID, Provider_Name, Computer, EventRecordID,
// Message and _time also fill the fields that stand for them.
func ParseJSON(line []byte) (*Record, error) {
	if len(line) > MaxLine {
		return nil, fmt.Errorf("line of %d bytes: more than %d", len(line), MaxLine)
	}
	dec := jsontext.NewDecoder(bytes.NewReader(line), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	t, err := dec.ReadToken()
	if err != nil {
		return nil, fmt.Errorf("read JSON object: %w", err)
	}
	if t.Kind() != '{' {
		return nil, errors.New("the line is not a JSON object")
	}
	r := &Record{}
	r.Log.Source = "jsonl"
	if err := r.object(dec, "", 0); err != nil {
		return nil, err
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		return nil, errors.New("more than one JSON value on the line")
	}
	return r, nil
}

func (r *Record) object(dec *jsontext.Decoder, prefix string, depth int) error {
	for {
		t, err := dec.ReadToken()
		if err != nil {
			return fmt.Errorf("read JSON object: %w", err)
		}
		if t.Kind() == '}' {
			return nil
		}
		if err := r.value(dec, prefix+t.String(), depth); err != nil {
			return err
		}
	}
}

func (r *Record) value(dec *jsontext.Decoder, name string, depth int) error {
	t, err := dec.ReadToken()
	if err != nil {
		return fmt.Errorf("value %s: %w", name, err)
	}
	switch t.Kind() {
	case '{', '[':
		if depth >= maxDepth {
			return fmt.Errorf("value %s: nested deeper than %d", name, maxDepth)
		}
		if t.Kind() == '{' {
			return r.object(dec, name+".", depth+1)
		}
		for dec.PeekKind() != ']' {
			if err := r.value(dec, name, depth+1); err != nil {
				return err
			}
		}
		_, err := dec.ReadToken()
		return err
	case '"', '0', 't', 'f':
		return r.add(name, t.String())
	}
	return nil
}

// add adds a value; some names also fill the fields that stand for them.
func (r *Record) add(name, text string) error {
	if len(r.Log.Names) >= maxNames {
		return fmt.Errorf("more than %d values", maxNames)
	}
	if strings.HasPrefix(name, "_") {
		r.Hidden.Names, r.Hidden.Values = append(r.Hidden.Names, name), append(r.Hidden.Values, text)
		if name == "_time" {
			r.Time = seconds(text)
		}
		return nil
	}
	r.Log.Names, r.Log.Values = append(r.Log.Names, name), append(r.Log.Values, text)
	switch name {
	case "Channel":
		r.Log.Channel = text
	case "EventID":
		r.Log.Code = text
	case "Provider_Name":
		r.Log.Provider = text
	case "Computer":
		r.Host = text
	case "EventRecordID":
		r.Log.RecordID = text
	case "Message":
		r.Log.Message = text
	}
	return nil
}

// seconds reads seconds since 1970; what is none is absent.
func seconds(text string) event.Time {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1e10 {
		return 0
	}
	return event.Time(f * 1e9)
}
