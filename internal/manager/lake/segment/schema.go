package segment

import (
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"github.com/vedette-edr/vedette/internal/event"
)

// shape is one stored field and its place in a file.
type shape struct {
	event.Field
	required bool // every row has it
	section  sections
	runs     int // by what runs of events a Table takes it apart
}

// sections is a set of the sections of an event; 0 is the header.
type sections uint8

// sectionsOf returns which sections an event has.
func sectionsOf(e *event.Event) sections {
	var s sections
	for i, has := range [...]bool{e.Process != nil, e.User != nil, e.File != nil, e.Net != nil, e.Finding != nil, e.Response != nil, e.Status != nil, e.Log != nil} {
		if has {
			s |= 1 << i
		}
	}
	return s
}

// sectionOf returns the section that a member of Event stands in.
func sectionOf(member string) sections {
	name, _, _ := strings.Cut(member, ".")
	for i, n := range [...]string{"Process", "User", "File", "Net", "Finding", "Response", "Status", "Log"} {
		if n == name {
			return 1 << i
		}
	}
	return 0
}

// shapes lists the stored fields, in the order of the leaf columns.
func shapes() []shape {
	var out []shape
	for _, f := range event.Fields() {
		if f.Number != 0 {
			s := shape{Field: f, required: required(f.ID), section: sectionOf(f.Member)}
			switch {
			case strings.HasPrefix(f.Member, "Process."):
				s.runs = runsOfProcess
			case strings.HasPrefix(f.Member, "User."):
				s.runs = runsOfUser
			}
			out = append(out, s)
		}
	}
	return out
}

// required fields make the key of a row and have no nulls.
func required(id event.FieldID) bool {
	switch id {
	case event.FieldTimestamp, event.FieldAgentId, event.FieldAgentEpoch, event.FieldEventSequence:
		return true
	}
	return false
}

// maxDefinition is the definition level of a value.
func (s *shape) maxDefinition() byte {
	switch {
	case s.required:
		return 0
	case s.Type == event.Strings:
		return 2
	}
	return 1
}

// physical returns how values are stored: an address and a kind as their
// texts, a time with its nanoseconds.
func (s *shape) physical() format.Type {
	switch s.Type {
	case event.Int, event.OptInt64, event.Instant:
		return format.Int64
	case event.Float:
		return format.Double
	case event.Bool:
		return format.Boolean
	}
	return format.ByteArray
}

// path is the place of the leaf in the tree of the schema.
func (s *shape) path() []string {
	if s.Type == event.Strings {
		return []string{s.Name, "list", "element"}
	}
	return []string{s.Name}
}

// elements returns the tree of the schema. A list is the three-level LIST that
// every engine knows; texts and lists are named in the old way too, which is the
// one that DuckDB reads.
func elements(shapes []shape) []format.SchemaElement {
	out := []format.SchemaElement{{Name: "event", NumChildren: thrift.New(int32(len(shapes)))}}
	for i := range shapes {
		s := &shapes[i]
		repetition := format.Optional
		if s.required {
			repetition = format.Required
		}
		leaf := format.SchemaElement{Name: s.Name, Type: thrift.New(s.physical()), RepetitionType: thrift.New(repetition), FieldID: int32(s.Number)}
		switch {
		case s.Type == event.Instant:
			leaf.LogicalType = format.LogicalType{Value: &format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: &format.NanoSeconds{}}}}
		case s.physical() == format.ByteArray:
			leaf.LogicalType = format.LogicalType{Value: &format.StringType{}}
			leaf.ConvertedType = thrift.New(deprecated.UTF8)
		}
		if s.Type != event.Strings {
			out = append(out, leaf)
			continue
		}
		leaf.Name, leaf.FieldID, leaf.RepetitionType = "element", 0, thrift.New(format.Required)
		out = append(out,
			format.SchemaElement{Name: s.Name, RepetitionType: thrift.New(repetition), NumChildren: thrift.New(int32(1)), FieldID: int32(s.Number), LogicalType: format.LogicalType{Value: &format.ListType{}}, ConvertedType: thrift.New(deprecated.List)},
			format.SchemaElement{Name: "list", RepetitionType: thrift.New(format.Repeated), NumChildren: thrift.New(int32(1))}, leaf)
	}
	return out
}

// sorting says how rows are sorted.
func sorting(shapes []shape) []format.SortingColumn {
	var out []format.SortingColumn
	for _, id := range []event.FieldID{event.FieldAgentId, event.FieldTimestamp, event.FieldAgentEpoch, event.FieldEventSequence} {
		for i := range shapes {
			if shapes[i].ID == id {
				out = append(out, format.SortingColumn{ColumnIdx: int32(i)})
			}
		}
	}
	return out
}

// bounded reports whether a column keeps its least and greatest value: numbers
// do, and texts that rows are sorted by, of which they skip much.
func (s *shape) bounded() bool {
	return s.physical() == format.Int64 || s.ID == event.FieldAgentId || s.ID == event.FieldHostName
}

// leavesOf maps the fields to the leaf columns of a file, by the field ids that
// are the numbers of the fields, so that a renamed field is still found. A
// field that the file does not have gets -1.
func leavesOf(root *parquet.Column) []int {
	byNumber := map[int]int{}
	for _, c := range root.Columns() {
		leaf := c
		for !leaf.Leaf() {
			leaf = leaf.Columns()[0]
		}
		byNumber[c.ID()] = leaf.Index()
	}
	out := make([]int, event.NumFields)
	for i, f := range event.Fields() {
		out[i] = -1
		if leaf, ok := byNumber[f.Number]; ok && f.Number != 0 {
			out[i] = leaf
		}
	}
	return out
}
