package segment

import (
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/vedette-edr/vedette/internal/event"
)

// shape is one stored field and its place in a file.
type shape struct {
	event.Field
	leaf     int  // index of the leaf column
	required bool // every row has it
	section  string
	nulls    []parquet.Value // one block of absent values
}

// layout is what a file written by this build looks like.
type layout struct {
	schema *parquet.Schema
	shapes []shape // in the order of the leaf columns
}

// required fields make the key of a row and have no nulls.
func required(id event.FieldID) bool {
	switch id {
	case event.FieldTimestamp, event.FieldAgentId, event.FieldAgentEpoch, event.FieldEventSequence:
		return true
	}
	return false
}

func newLayout() layout {
	root := parquet.Group{}
	byName := map[string]event.Field{}
	for _, f := range event.Fields() {
		if f.Number == 0 {
			continue
		}
		root[f.Name] = parquet.FieldID(nodeOf(f), f.Number)
		byName[f.Name] = f
	}
	l := layout{schema: parquet.NewSchema("event", root)}
	for i, path := range l.schema.Columns() {
		f := byName[path[0]]
		s := shape{Field: f, leaf: i, required: required(f.ID)}
		if section, _, ok := strings.Cut(f.Member, "."); ok {
			s.section = section
		}
		for range blockRows {
			s.nulls = append(s.nulls, s.null())
		}
		l.shapes = append(l.shapes, s)
	}
	return l
}

// nodeOf returns the column of f. A list is the three-level LIST that every
// engine knows; a time keeps its nanoseconds; an address is its text.
func nodeOf(f event.Field) parquet.Node {
	var n parquet.Node
	switch f.Type {
	case event.Int, event.OptInt64:
		n = parquet.Int(64)
	case event.Float:
		n = parquet.Leaf(parquet.DoubleType)
	case event.Bool:
		n = parquet.Leaf(parquet.BooleanType)
	case event.Instant:
		n = parquet.Timestamp(parquet.Nanosecond)
	default:
		n = parquet.String()
	}
	switch {
	case f.Column == event.Delta:
		n = parquet.Encoded(n, &parquet.DeltaBinaryPacked)
	case f.Column == event.Plain:
		n = parquet.Encoded(n, &parquet.Plain)
	default:
		n = parquet.Encoded(n, &parquet.RLEDictionary)
	}
	if f.Type == event.Strings {
		n = parquet.List(n)
	}
	if required(f.ID) {
		return n
	}
	return parquet.Optional(n)
}

// blooms lists the filters of a file.
func blooms() []parquet.BloomFilterColumn {
	var out []parquet.BloomFilterColumn
	for _, f := range event.Fields() {
		if f.Column == event.Bloom {
			out = append(out, parquet.SplitBlockFilter(10, f.Name))
		}
	}
	return out
}

// bounded reports whether a text column keeps its least and greatest value:
// of the columns that rows are sorted by they skip much, of others nothing.
func bounded(f event.Field) bool {
	return !textual(f.Type) || f.ID == event.FieldAgentId || f.ID == event.FieldHostName
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
