package event_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/event/eventtest"
)

func TestCloneIsEqualAndSharesNothing(t *testing.T) {
	e := eventtest.Full(3)
	c := e.Clone()
	if d := cmp.Diff(e, c, compareAddr()); d != "" {
		t.Fatal(d)
	}
	args := slices.Clone(c.Process.Args)
	e.Process.Args[0], e.Process.Hash.MD5, e.File.Path = "other", "other", "other"
	if !slices.Equal(c.Process.Args, args) || c.Process.Hash.MD5 == "other" || c.File.Path == "other" {
		t.Fatal("a change of the original shows in the copy")
	}
	if empty := (&event.Event{}).Clone(); !cmp.Equal(empty, &event.Event{}, compareAddr()) {
		t.Fatalf("copy of an empty event: %+v", empty)
	}
}
