package segment

import (
	"testing"

	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/vedette-edr/vedette/internal/event"
)

// Engines that know only the old names of types must see texts and lists: with
// the new ones alone DuckDB reads bytes and groups.
func TestTypesAreNamedInBothWays(t *testing.T) {
	texts, lists := 0, 0
	for _, e := range elements(shapes()) {
		_, isText := e.LogicalType.Value.(*format.StringType)
		_, isList := e.LogicalType.Value.(*format.ListType)
		switch {
		case isText:
			texts++
			if !e.ConvertedType.Valid || e.ConvertedType.V != deprecated.UTF8 {
				t.Errorf("%s is no text in the old way", e.Name)
			}
		case isList:
			lists++
			if !e.ConvertedType.Valid || e.ConvertedType.V != deprecated.List {
				t.Errorf("%s is no list in the old way", e.Name)
			}
		case e.Type.Valid && e.Type.V == format.ByteArray:
			t.Errorf("%s has bytes", e.Name)
		}
	}
	want := 0
	for _, f := range event.Fields() {
		if f.Number != 0 && f.Type == event.Strings {
			want++
		}
	}
	if texts == 0 || lists != want {
		t.Fatalf("%d texts, %d lists of %d", texts, lists, want)
	}
}

// Rows of one block that share a section, and such that go over the end of a
// block, are each a row of their own.
func TestSharedSections(t *testing.T) {
	var es []*event.Event
	p, u := &event.Process{EntityID: "aa", Args: []string{"x", ""}, ExitCode: event.Some(0)}, &event.User{ID: "0"}
	for n := range int64(3 * blockRows) {
		e := &event.Event{Agent: "a", Epoch: 1, Sequence: n + 1, Time: event.Time(n + 1), Process: p, User: u}
		switch n % 50 {
		case 20:
			e.Process = nil
		case 21:
			e.Process = &event.Process{Name: "other"}
		case 30:
			e.User = nil
		}
		es = append(es, e)
	}
	got, want := texts(readAll(t, mustWrite(t, t.TempDir(), "a", es))), texts(es)
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("row %d\n got %s\nwant %s", i, got[i], want[i])
		}
	}
}
