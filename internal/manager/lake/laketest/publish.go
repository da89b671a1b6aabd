package laketest

import (
	"context"
	"os"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Publisher takes batches; it is a log.
type Publisher interface {
	Publish(ctx context.Context, e log.Entry) error
}

// batchEvents is how many events go into one batch.
const batchEvents = 200

type lane struct {
	agent    string
	epoch    int64
	class    event.Class
	ingested event.Time
}

// Batches packs events as their agents would: by agent, epoch, lane and time of
// arrival.
func Batches(events []*event.Event) ([]log.Entry, error) {
	enc, err := wire.NewEncoder()
	if err != nil {
		return nil, err
	}
	open := map[lane]*pack{}
	var order []*pack
	for _, e := range events {
		key := lane{e.Agent, e.Epoch, e.Kind.Class(), e.Ingested}
		p := open[key]
		if p == nil || p.batch.Batch.Count == batchEvents {
			p = &pack{batch: log.Entry{Agent: e.Agent, Received: e.Ingested.Std(), Batch: &wirepb.Batch{Epoch: e.Epoch, Lane: uint32(key.class), First: e.Sequence}}}
			open[key] = p
			order = append(order, p)
		}
		if p.content, err = enc.Append(p.content, e); err != nil {
			return nil, err
		}
		p.batch.Batch.Last = e.Sequence
		p.batch.Batch.Count++
	}
	out := make([]log.Entry, len(order))
	for i, p := range order {
		enc.Fill(p.batch.Batch, p.content)
		out[i] = p.batch
	}
	return out, nil
}

type pack struct {
	batch   log.Entry
	content []byte
}

// Publish packs events and publishes the batches in order.
func Publish(ctx context.Context, to Publisher, events []*event.Event) error {
	batches, err := Batches(events)
	if err != nil {
		return err
	}
	for _, b := range batches {
		if err := to.Publish(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// Recorded reads events as the project's bench keeps them: the content of a
// batch, not compressed.
func Recorded(path string) ([]*event.Event, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d, err := wire.NewDecoder()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	var out []*event.Event
	err = d.Events("recorded", 1, content, func(e *event.Event) error {
		out = append(out, e)
		return nil
	})
	return out, err
}
