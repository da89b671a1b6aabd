package segment

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/vedette-edr/vedette/internal/event"
)

// Compare orders events as files do: by agent, time, epoch and sequence.
func Compare(a, b *event.Event) int {
	return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Time, b.Time),
		cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Sequence, b.Sequence))
}

// Sort brings events in the order of files.
func Sort(events []*event.Event) { slices.SortFunc(events, Compare) }

// eventRows writes a file from events in memory.
type eventRows []*event.Event

func (r eventRows) len() int { return len(r) }

func (r eventRows) absent(s *shape, from, to int) bool {
	for _, e := range r[from:to] {
		if hasSection(e, s.section) {
			return false
		}
	}
	return true
}

func hasSection(e *event.Event, name string) bool {
	switch name {
	case "Process":
		return e.Process != nil
	case "User":
		return e.User != nil
	case "File":
		return e.File != nil
	case "Net":
		return e.Net != nil
	case "Finding":
		return e.Finding != nil
	case "Response":
		return e.Response != nil
	case "Status":
		return e.Status != nil
	case "Log":
		return e.Log != nil
	}
	return true
}

func (r eventRows) span(id event.FieldID) (low, high event.Time) {
	for i, e := range r {
		t := event.Time(e.Get(id).Num)
		if i == 0 || t < low {
			low = t
		}
		if i == 0 || t > high {
			high = t
		}
	}
	return low, high
}

func (r eventRows) values(dst []parquet.Value, s *shape, from, to int) []parquet.Value {
	switch s.Type {
	case event.Strings:
		for _, e := range r[from:to] {
			dst = appendList(dst, s, e.Get(s.ID).List)
		}
	case event.String, event.KindName:
		for _, e := range r[from:to] {
			if v := e.Get(s.ID); v.Str == "" && !s.required {
				dst = append(dst, s.nulls[0])
			} else {
				dst = append(dst, s.text(v.Str))
			}
		}
	case event.Address:
		dst = r.addresses(dst, s, from, to)
	default:
		for _, e := range r[from:to] {
			if v := e.Get(s.ID); !s.required && !v.Present() {
				dst = append(dst, s.nulls[0])
			} else {
				dst = append(dst, s.number(v))
			}
		}
	}
	return dst
}

func (r eventRows) addresses(dst []parquet.Value, s *shape, from, to int) []parquet.Value {
	var arena []byte // the column copies the texts
	for _, e := range r[from:to] {
		v := e.Get(s.ID)
		if !v.IP.IsValid() {
			dst = append(dst, s.nulls[0])
			continue
		}
		start := len(arena)
		arena = v.IP.AppendTo(arena)
		dst = append(dst, s.text(unsafe.String(&arena[start], len(arena)-start)))
	}
	return dst
}

func (s *shape) definition() int {
	if s.required {
		return 0
	}
	return 1
}

func (s *shape) null() parquet.Value { return parquet.NullValue().Level(0, 0, s.leaf) }

func (s *shape) text(t string) parquet.Value {
	return parquet.ByteArrayValue(bytesOf(t)).Level(0, s.definition(), s.leaf)
}

func (s *shape) number(v event.Value) parquet.Value {
	var p parquet.Value
	switch s.Type {
	case event.Float:
		p = parquet.DoubleValue(v.Flt)
	case event.Bool:
		p = parquet.BooleanValue(v.Num != 0)
	default:
		p = parquet.Int64Value(v.Num)
	}
	return p.Level(0, s.definition(), s.leaf)
}

func appendList(dst []parquet.Value, s *shape, list []string) []parquet.Value {
	if len(list) == 0 {
		return append(dst, s.nulls[0])
	}
	for i, t := range list {
		repeat := 1
		if i == 0 {
			repeat = 0
		}
		p := parquet.ByteArrayValue(bytesOf(t))
		dst = append(dst, p.Level(repeat, 2, s.leaf))
	}
	return dst
}

// bytesOf returns the bytes of t without a copy; nobody may write to them.
func bytesOf(t string) []byte { return unsafe.Slice(unsafe.StringData(t), len(t)) }
