package laketest

import (
	"cmp"
	"slices"

	"github.com/vedette-edr/vedette/internal/event"
)

// Compare orders events as the lake's files do: by agent, time, epoch and
// sequence.
func Compare(a, b *event.Event) int {
	return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Time, b.Time),
		cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Sequence, b.Sequence))
}

// Sort brings events in the order of the lake's files.
func Sort(events []*event.Event) { slices.SortFunc(events, Compare) }
