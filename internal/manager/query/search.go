package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// Limits of an answer.
const (
	DefaultLimit = 1000
	MaxLimit     = 10000
)

// Search returns a page of the events that meet a condition, newest first
// unless asked otherwise.
func (q *Query) Search(ctx context.Context, in api.EventQuery) (api.EventList, error) {
	begin := time.Now()
	s, err := q.selectEvents(in.EventSelect)
	if err != nil {
		return api.EventList{}, err
	}
	p := &pick{selection: s, limit: limitOf(in.Limit), oldest: in.Sort == "@timestamp"}
	if p.after, err = resume(in.Cursor, &p.selection, p.oldest); err != nil {
		return api.EventList{}, err
	}
	if p.fields, err = fieldsOf(in.Fields); err != nil {
		return api.EventList{}, err
	}
	if err := q.scan(ctx, p.order, p); err != nil {
		return api.EventList{}, err
	}
	out := api.EventList{Events: p.events, Total: p.total, TotalExact: !p.ended, From: std(p.from), To: std(p.to)}
	if p.more && len(p.events) > 0 {
		last := p.best[len(p.best)-1].key
		out.Next = cursor{last: last, from: p.from, to: p.to, mark: p.mark, oldest: p.oldest}.String()
	}
	out.Completeness, err = q.complete(ctx, p.from, p.to, p.host, p.kinds())
	out.Took = float64(time.Since(begin).Microseconds()) / 1000
	return out, err
}

// Request asks for events from within the manager.
type Request struct {
	Where    *expr.Expr // nil is all events
	From, To event.Time // both included; To 0 is now
	Oldest   bool       // oldest first
	Limit    int
}

// Find returns events that meet a condition, without a page's trimmings.
func (q *Query) Find(ctx context.Context, r Request) ([]*event.Event, error) {
	s := selection{where: r.Where, from: r.From, to: r.To}
	if s.where == nil {
		s.where = &expr.Expr{Root: expr.And{}}
	}
	if s.to == 0 {
		s.to = event.At(q.opts.Now())
	}
	p := &pick{selection: s, limit: limitOf(r.Limit), oldest: r.Oldest}
	if err := q.scan(ctx, p.order, p); err != nil {
		return nil, err
	}
	return p.events, nil
}

func limitOf(n int) int {
	if n <= 0 {
		return DefaultLimit
	}
	return min(n, MaxLimit)
}

// identity are the fields that every answer carries.
func identity() []event.FieldID {
	return []event.FieldID{event.FieldTimestamp, event.FieldEventAction, event.FieldAgentId, event.FieldAgentEpoch, event.FieldEventSequence}
}

// fieldsOf reads the names of wanted fields; nil is all.
func fieldsOf(names []string) ([]event.FieldID, error) {
	if len(names) == 0 {
		return nil, nil
	}
	out := identity()
	for _, n := range names {
		f, ok := event.FieldByName(n)
		if !ok {
			return nil, &api.FieldError{Field: "query.fields", Message: fmt.Sprintf("no field is called %q; see GET /api/v1/fields", n)}
		}
		if f.Number != 0 && !slices.Contains(out, f.ID) {
			out = append(out, f.ID)
		}
	}
	return out, nil
}

// found is where an event of the answer stands.
type found struct {
	key key
	at  place
	row int
}

// pick keeps the first limit events of a selection in the order of time.
type pick struct {
	selection
	limit  int
	oldest bool
	after  *key // only events behind it
	fields []event.FieldID

	best   []found // the best so far, and some that are not; sorted by trim
	bar    *key    // events behind it are not in the answer
	total  int64
	more   bool // there are events behind the answer
	ended  bool // the scan ended early: total is a lower bound
	events []*event.Event
}

func (p *pick) start() {
	p.best, p.bar, p.total, p.more, p.ended, p.events = nil, nil, 0, false, false, nil
}

// sign is compare in the order of the answer.
func (p *pick) sign(a, b key) int {
	if p.oldest {
		return a.compare(b)
	}
	return b.compare(a)
}

// order visits first the segments whose events come first in the answer.
func (p *pick) order(s *lake.Snapshot) []int {
	out := byAge(s)
	slices.SortStableFunc(out, func(i, j int) int {
		if p.oldest {
			return cmp.Compare(s.Segments[i].MinTime, s.Segments[j].MinTime)
		}
		return cmp.Compare(s.Segments[j].MaxTime, s.Segments[i].MaxTime)
	})
	return out
}

func (p *pick) wants(info segment.Info) bool {
	if !p.touches(info.MinTime, info.MaxTime) {
		return false
	}
	p.trim()
	if p.bar != nil && (p.oldest && info.MinTime > p.bar.time || !p.oldest && info.MaxTime < p.bar.time) {
		p.more, p.ended = true, true
		return false
	}
	return true
}

// add considers an event for the answer.
func (p *pick) add(f found) {
	if p.after != nil && p.sign(f.key, *p.after) <= 0 {
		return
	}
	if p.bar != nil && p.sign(f.key, *p.bar) > 0 {
		p.more = true
		return
	}
	p.best = append(p.best, f)
	if len(p.best) >= 2*p.limit+64 {
		p.trim()
	}
}

// trim keeps the best and sets the bar.
func (p *pick) trim() {
	slices.SortFunc(p.best, func(a, b found) int { return p.sign(a.key, b.key) })
	if len(p.best) > p.limit {
		p.best, p.more = p.best[:p.limit], true
	}
	if len(p.best) == p.limit {
		bar := p.best[p.limit-1].key
		p.bar = &bar
	}
}

func (p *pick) group(at place, g *segment.Group) error {
	rows, err := p.rows(g)
	if err != nil || rows.Empty() {
		return err
	}
	p.total += int64(rows.Count())
	times, err := g.Numbers(event.FieldTimestamp)
	if err != nil {
		return err
	}
	var near []int // rows whose time is not beyond the bar
	rows.Each(func(row int) {
		t := event.Time(times[row])
		switch {
		case p.bar != nil && (p.oldest && t > p.bar.time || !p.oldest && t < p.bar.time):
			p.more = true
		case p.after != nil && (p.oldest && t < p.after.time || !p.oldest && t > p.after.time):
		default:
			near = append(near, row)
		}
	})
	if len(near) == 0 {
		return nil
	}
	agents, err := g.Column(event.FieldAgentId)
	if err != nil {
		return err
	}
	epochs, err := g.Numbers(event.FieldAgentEpoch)
	if err != nil {
		return err
	}
	sequences, err := g.Numbers(event.FieldEventSequence)
	if err != nil {
		return err
	}
	for _, row := range near {
		k := key{event.Time(times[row]), agents.Value(row).Str, epochs[row], sequences[row]}
		p.add(found{key: k, at: at, row: row})
	}
	return nil
}

// finish reads the events of the answer, a row group at a time.
func (p *pick) finish(ctx context.Context, s *lake.Snapshot) error {
	p.trim()
	p.events = make([]*event.Event, len(p.best))
	byGroup := map[place][]int{}
	for i, f := range p.best {
		byGroup[f.at] = append(byGroup[f.at], i)
	}
	for at, indexes := range byGroup {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		slices.SortFunc(indexes, func(i, j int) int { return p.best[i].row - p.best[j].row })
		rows := make([]int, len(indexes))
		for n, i := range indexes {
			rows[n] = p.best[i].row
		}
		take := func(g *segment.Group) error {
			events, err := g.Events(rows, p.fields)
			for n, e := range events {
				p.events[indexes[n]] = e
			}
			return err
		}
		var err error
		if at.segment == inMemory {
			err = take(s.Memory[at.group])
		} else {
			err = s.Segments[at.segment].Read(ctx, func(seg *segment.Segment) error { return take(seg.Groups()[at.group]) })
		}
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
	}
	return nil
}
