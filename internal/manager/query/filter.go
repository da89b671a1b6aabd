package query

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// rows returns the rows of a group that are selected.
func (s *selection) rows(g *segment.Group) (segment.Bits, error) {
	none := segment.NewBits(g.Rows())
	low, high, known := g.Bounds(event.FieldTimestamp)
	if known && !s.touches(event.Time(low), event.Time(high)) {
		return none, nil
	}
	in := segment.NewBits(g.Rows())
	in.Fill(g.Rows())
	in, err := s.narrow(g, in)
	if err != nil || in.Empty() || known && event.Time(low) >= s.from && event.Time(high) <= s.to {
		return in, err
	}
	inside := none
	err = g.Test(event.FieldTimestamp, func(v event.Value) bool { return v.Num >= int64(s.from) && v.Num <= int64(s.to) }, inside)
	inside.And(in)
	return inside, err
}

func (s *selection) narrow(g *segment.Group, in segment.Bits) (segment.Bits, error) {
	return filter(g, s.where.Root, in)
}

// filter returns the rows of in for which a condition is true.
func filter(g *segment.Group, n expr.Node, in segment.Bits) (segment.Bits, error) {
	switch n := n.(type) {
	case expr.And:
		return filterAll(g, n, in)
	case expr.Or:
		out := segment.NewBits(g.Rows())
		for _, t := range n {
			rows, err := filter(g, t, in)
			if err != nil {
				return nil, err
			}
			out.Or(rows)
		}
		return out, nil
	case expr.Not:
		rows, err := filter(g, n.Term, in)
		if err != nil {
			return nil, err
		}
		out := slices.Clone(rows)
		out.Not(g.Rows())
		out.And(in)
		return out, nil
	case *expr.Predicate:
		return filterOne(g, n, in)
	}
	return segment.NewBits(g.Rows()), nil
}

func filterAll(g *segment.Group, terms expr.And, in segment.Bits) (segment.Bits, error) {
	terms = slices.Clone(terms)
	slices.SortStableFunc(terms, func(a, b expr.Node) int { return cost(a) - cost(b) })
	var err error
	for _, t := range terms {
		if in.Empty() {
			break
		}
		if in, err = filter(g, t, in); err != nil {
			return nil, err
		}
	}
	return in, nil
}

// cost orders terms: those that skip a group without reading much come first.
func cost(n expr.Node) int {
	switch n := n.(type) {
	case *expr.Predicate:
		switch {
		case n.Field.Scope != expr.Known || n.Ref != nil || n.Field.ID.Info().Number == 0:
			return 100
		case n.Op == expr.Equal && n.Field.ID.Info().Column == event.Bloom:
			return 0
		case n.Field.ID == event.FieldAgentId || n.Field.ID == event.FieldHostName || n.Field.ID == event.FieldEventAction:
			return 1
		case n.Field.ID.Info().Type == event.Strings:
			return 10
		}
		return 5
	case expr.Not:
		return cost(n.Term) + 1
	case expr.And:
		return most(n)
	case expr.Or:
		return most(n)
	}
	return 50
}

func most(nodes []expr.Node) int {
	worst := 0
	for _, n := range nodes {
		worst = max(worst, cost(n))
	}
	return worst + 1
}

func filterOne(g *segment.Group, p *expr.Predicate, in segment.Bits) (segment.Bits, error) {
	switch {
	case p.Ref != nil || p.Field.Scope != expr.Known && p.Field.Scope != expr.Any:
		return filterEvents(g, p, in)
	case p.Field.Scope == expr.Any:
		return filterAny(g, p, in)
	}
	out, err := test(g, p, p.Field.ID, in)
	if err != nil {
		return nil, err
	}
	out.And(in)
	return out, nil
}

// test returns the rows whose value of one field fulfils p.
func test(g *segment.Group, p *expr.Predicate, id event.FieldID, in segment.Bits) (segment.Bits, error) {
	out := segment.NewBits(g.Rows())
	switch id {
	case event.FieldEventCategory, event.FieldEventType:
		return out, g.Test(event.FieldEventAction, func(v event.Value) bool {
			e := event.Event{Kind: event.Kind(v.Num)}
			return p.MatchValue(e.Get(id))
		}, out)
	case event.FieldEventId:
		return testIDs(g, p, in)
	}
	absent, err := ruledOut(g, p, id)
	if err != nil || absent {
		return out, err
	}
	return out, g.Test(id, p.MatchValue, out)
}

// testIDs makes the id of each row of in, because no column holds it.
func testIDs(g *segment.Group, p *expr.Predicate, in segment.Bits) (segment.Bits, error) {
	out := segment.NewBits(g.Rows())
	agents, err := g.Column(event.FieldAgentId)
	if err != nil {
		return nil, err
	}
	epochs, err := g.Numbers(event.FieldAgentEpoch)
	if err != nil {
		return nil, err
	}
	sequences, err := g.Numbers(event.FieldEventSequence)
	if err != nil {
		return nil, err
	}
	in.Each(func(row int) {
		e := event.Event{Agent: agents.Value(row).Str, Epoch: epochs[row], Sequence: sequences[row]}
		if p.MatchValue(e.Get(event.FieldEventId)) {
			out.Add(row)
		}
	})
	return out, nil
}

// ruledOut reports whether bounds or a bloom filter say that no row of a group
// fulfils p.
func ruledOut(g *segment.Group, p *expr.Predicate, id event.FieldID) (bool, error) {
	if !g.Has(id) {
		return true, nil
	}
	f := id.Info()
	if p.Op != expr.Equal || f.Column != event.Bloom {
		return false, nil
	}
	for _, v := range p.Values {
		forms, sure := bloomForms(f.Type, v)
		if !sure {
			return false, nil
		}
		for _, form := range forms {
			if yes, err := g.MayContain(id, form); err != nil || yes {
				return false, err
			}
		}
	}
	return true, nil
}

// bloomForms returns all texts that a stored value equal to v can have; not
// sure when they cannot be listed. Stored digests and ids are in lower case.
func bloomForms(t event.Type, v string) (forms []string, sure bool) {
	if t == event.Address {
		ip, err := netip.ParseAddr(v)
		if err != nil {
			return nil, true // equal to no address
		}
		ip = ip.Unmap().WithZone("")
		forms = []string{ip.String()}
		if ip.Is4() {
			forms = append(forms, netip.AddrFrom16(ip.As16()).String())
		}
		return forms, true
	}
	for _, r := range v {
		if r >= 0x80 { // folding can have other forms
			return nil, false
		}
	}
	if _, err := strconv.ParseFloat(v, 64); err == nil { // equal to the same number written otherwise
		return nil, false
	}
	if _, err := strconv.ParseInt(v, 0, 64); err == nil {
		return nil, false
	}
	return []string{strings.ToLower(v)}, true
}

// filterAny returns the rows of in of which any value fulfils p.
func filterAny(g *segment.Group, p *expr.Predicate, in segment.Bits) (segment.Bits, error) {
	out := segment.NewBits(g.Rows())
	for _, f := range event.Fields() {
		if f.ID == event.FieldLogNames {
			continue
		}
		rows, err := test(g, p, f.ID, in)
		if err != nil {
			return nil, err
		}
		out.Or(rows)
	}
	out.And(in)
	return out, nil
}

// filterEvents reads the fields that p needs of the rows of in and asks p.
func filterEvents(g *segment.Group, p *expr.Predicate, in segment.Bits) (segment.Bits, error) {
	var rows []int
	in.Each(func(row int) { rows = append(rows, row) })
	want := []event.FieldID{event.FieldEventAction, event.FieldAgentId, event.FieldAgentEpoch, event.FieldEventSequence}
	fields := []expr.Field{p.Field}
	if p.Ref != nil {
		fields = append(fields, *p.Ref)
	}
	for _, f := range fields {
		switch f = f.Base(); f.Scope {
		case expr.Known:
			want = append(want, f.ID)
		case expr.Data:
			want = append(want, event.FieldLogNames, event.FieldLogValues)
		}
	}
	events, err := g.Events(rows, want)
	if err != nil {
		return nil, err
	}
	out := segment.NewBits(g.Rows())
	for i, e := range events {
		if p.Match(e) {
			out.Add(rows[i])
		}
	}
	return out, nil
}
