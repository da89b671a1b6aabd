package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

// stored reads the events of an agent that ended, in order of time.
func stored(folder string) ([]*event.Event, error) {
	sp, err := spool.Open(folder, spool.Options{})
	if err != nil {
		return nil, err
	}
	defer sp.Close()
	dec, err := wire.NewDecoder()
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	var all []*event.Event
	for lane := range uint32(spool.Lanes) {
		for {
			records, err := sp.Read(lane, nil, 1<<20)
			if err != nil {
				return nil, err
			}
			if len(records) == 0 {
				break
			}
			for _, r := range records {
				// the payload is the spool's until the next Read
				err := dec.Events("", r.Epoch, slices.Clone(r.Payload), func(e *event.Event) error {
					c := *e
					all = append(all, &c)
					return nil
				})
				if err != nil {
					return nil, fmt.Errorf("record %d of lane %d: %w", r.Sequence, lane, err)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *event.Event) int { return cmp.Compare(a.Time, b.Time) })
	return all, nil
}
