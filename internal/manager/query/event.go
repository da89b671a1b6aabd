package query

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// Event returns the event with an id; ErrNotFound when it is not stored.
func (q *Query) Event(ctx context.Context, id string) (*event.Event, error) {
	k, err := parseID(id)
	if err != nil {
		return nil, err
	}
	o := &one{key: k, agent: equal(event.FieldAgentId, k.agent)}
	if err := q.scan(ctx, newestFirst, o); err != nil {
		return nil, err
	}
	if o.found == nil {
		return nil, fmt.Errorf("event %s: %w", id, ErrNotFound)
	}
	return o.found, nil
}

// parseID takes the id of an event apart; the agent may contain dashes.
func parseID(id string) (key, error) {
	rest, seq, ok := cutLast(id)
	agent, epoch, ok2 := cutLast(rest)
	e, err := strconv.ParseInt(epoch, 10, 64)
	s, err2 := strconv.ParseInt(seq, 10, 64)
	if !ok || !ok2 || err != nil || err2 != nil {
		return key{}, fmt.Errorf("event %q: an id is agent, epoch and sequence joined by dashes: %w", id, ErrNotFound)
	}
	return key{agent: agent, epoch: e, sequence: s}, nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '-')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

func newestFirst(s *lake.Snapshot) []int {
	out := byAge(s)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// one finds the event with a key, whatever its time.
type one struct {
	key   key
	agent expr.Node
	found *event.Event
}

func (o *one) start() { o.found = nil }

func (o *one) wants(segment.Info) bool { return o.found == nil }

func (o *one) finish(context.Context, *lake.Snapshot) error { return nil }

func (o *one) group(_ place, g *segment.Group) error {
	if o.found != nil {
		return nil
	}
	in := segment.NewBits(g.Rows())
	in.Fill(g.Rows())
	for _, c := range []struct {
		id event.FieldID
		n  int64
	}{{event.FieldAgentEpoch, o.key.epoch}, {event.FieldEventSequence, o.key.sequence}} {
		low, high, ok := g.Bounds(c.id)
		if ok && (c.n < low || c.n > high) {
			return nil
		}
	}
	in, err := filter(g, o.agent, in)
	if err != nil || in.Empty() {
		return err
	}
	sequences, err := g.Numbers(event.FieldEventSequence)
	if err != nil {
		return err
	}
	epochs, err := g.Numbers(event.FieldAgentEpoch)
	if err != nil {
		return err
	}
	at := -1
	in.Each(func(row int) {
		if sequences[row] == o.key.sequence && epochs[row] == o.key.epoch {
			at = row
		}
	})
	if at < 0 {
		return nil
	}
	events, err := g.Events([]int{at}, nil)
	if err == nil {
		o.found = events[0]
	}
	return err
}
