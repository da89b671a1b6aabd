package index

import (
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/detect/dfa"
	"github.com/vedette-edr/vedette/internal/detect/expr"
)

type builder struct {
	*Index
	fieldIDs map[expr.Field]int32
	predIDs  map[string]int32
	regexps  map[string]*dfa.Regexp
	popular  map[atom]int // how many predicates ask for it
	needs    []need
	slabs    slabs
}

// Build makes an index over the variants. Of equal predicates in their
// conditions it keeps one.
func Build(vs []Variant) *Index {
	b := &builder{
		Index:    &Index{channels: map[string]*channel{}, families: map[string]*group{}},
		fieldIDs: map[expr.Field]int32{},
		predIDs:  map[string]int32{},
		regexps:  map[string]*dfa.Regexp{},
		popular:  map[atom]int{},
	}
	for _, v := range vs {
		b.count(v.Where)
	}
	members := map[*group][]int32{}
	join := func(g *group, ids ...int32) {
		for _, id := range ids {
			if !slices.Contains(members[g], id) {
				members[g] = append(members[g], id)
			}
		}
	}
	for i, v := range vs {
		b.variants = append(b.variants, variant{int32(v.Rule), b.slabs.ids.keep(b.compile(v.Where.Root).code)})
		v.Where.Root = b.shared(v.Where.Root)
		b.needs = append(b.needs, b.required(v.Where.Root))
		b.rules = max(b.rules, v.Rule+1)
		for _, g := range b.groups(v) {
			join(g, int32(i))
		}
	}
	for name, c := range b.channels {
		if f := b.families[FamilyOf(name)]; f != nil {
			join(c.every, members[f]...)
		}
		for _, g := range c.codes {
			join(g, members[c.every]...)
		}
	}
	b.chooseScanned()
	for g, ids := range members {
		b.fill(g, ids)
	}
	b.names = buildNames(b.fields)
	b.Stats.Variants, b.Stats.Predicates = len(vs), len(b.preds)
	return b.Index
}

// shared puts one predicate in the place of all that are equal, so that the
// others can be let go.
func (b *builder) shared(n expr.Node) expr.Node {
	switch n := n.(type) {
	case expr.And:
		for i := range n {
			n[i] = b.shared(n[i])
		}
	case expr.Or:
		for i := range n {
			n[i] = b.shared(n[i])
		}
	case expr.Not:
		return expr.Not{Term: b.shared(n.Term)}
	case *expr.Predicate:
		return b.preds[b.predicate(n)].p
	}
	return n
}

// groups returns the groups that v belongs to, made when they are new.
func (b *builder) groups(v Variant) []*group {
	var out []*group
	for _, k := range v.Kinds {
		if int(k) >= len(b.kinds) {
			continue
		}
		if b.kinds[k] == nil {
			b.kinds[k] = &group{}
		}
		out = append(out, b.kinds[k])
	}
	for _, s := range v.Sources {
		out = append(out, b.source(s))
	}
	return out
}

func (b *builder) source(s Source) *group {
	if s.Channel == "" {
		return made(b.families, s.Family)
	}
	name := expr.Fold(s.Channel)
	c := b.channels[name]
	if c == nil {
		c = &channel{every: &group{}, codes: map[string]*group{}}
		b.channels[name] = c
	}
	if s.Code == "" {
		return c.every
	}
	return made(c.codes, s.Code)
}

func made(m map[string]*group, key string) *group {
	if m[key] == nil {
		m[key] = &group{}
	}
	return m[key]
}

func (b *builder) field(f expr.Field) int32 {
	if id, ok := b.fieldIDs[f]; ok {
		return id
	}
	id := int32(len(b.fields))
	b.fields = append(b.fields, f)
	b.fieldIDs[f] = id
	return id
}

// maxCost is from where on looking for literals that most records have costs
// more than it saves.
const maxCost = 3

// fill makes the tables of one route.
func (b *builder) fill(g *group, ids []int32) {
	t := groupTables{builder: b, tables: map[int32]*matcherBuilder{}}
	for _, id := range ids {
		n := b.needs[id]
		if !n.ok || n.cost > maxCost {
			g.always = append(g.always, id)
			b.Stats.Always++
		} else {
			t.add(n, id)
		}
		t.addScanned(b.variants[id].code)
	}
	for _, f := range t.order {
		m := t.tables[f].build(&t.slabs)
		b.Stats.Literals += len(t.tables[f].lits) + len(t.tables[f].wide.lits)
		b.Stats.TableBytes += m.size()
		g.fields = append(g.fields, groupField{f, m})
	}
}

// groupTables collects the literals of one route.
type groupTables struct {
	*builder
	tables map[int32]*matcherBuilder
	order  []int32 // fields
}

// guard returns a new id, behind those of variants and predicates.
func (t *groupTables) guard() int32 {
	t.guards++
	return int32(len(t.variants)+len(t.preds)) + t.guards - 1
}

func (t *groupTables) add(n need, id int32) {
	for _, a := range n.atoms {
		f := t.field(a.field)
		if t.tables[f] == nil {
			t.tables[f] = newMatcherBuilder(muchUsed, t.guard)
			t.order = append(t.order, f)
		}
		t.tables[f].add(a.literal, id)
	}
}

// addScanned adds the literals of the scanned predicates of a condition; they
// are numbered behind the variants.
func (t *groupTables) addScanned(code []int32) {
	for at := int32(0); at < int32(len(code)); at++ {
		p := code[at]
		switch {
		case p < 0:
			at++ // the operator's end
		case t.preds[p].scanned:
			t.add(ofPredicate(t.preds[p].p), int32(len(t.variants))+p)
		}
	}
}

// A condition that many records may be about gets those of its predicates
// scanned that need no more than literals: they are found by the one pass over
// the field, in each route of each condition that has them.
const (
	oftenCost      = 0.08
	mostScanned    = 64 // values of a predicate
	shortestInside = 4  // bytes
)

func (b *builder) chooseScanned() {
	for i := range b.variants {
		if n := b.needs[i]; n.ok && n.cost < oftenCost {
			continue
		}
		code := b.variants[i].code
		for at := 0; at < len(code); at++ {
			if code[at] < 0 {
				at++
				continue
			}
			p := &b.preds[code[at]]
			p.scanned = p.scanned || scannable(p)
		}
	}
}

// scannable reports whether p is true if and only if one of few literals is
// there.
func scannable(p *pred) bool {
	if p.mode != byText && p.mode != byList || p.p.Field.Scope == expr.Any || len(p.p.Values) > mostScanned {
		return false
	}
	n := ofPredicate(p.p)
	for _, a := range n.atoms {
		if a.where == inside && len(a.text) < shortestInside {
			return false
		}
	}
	return n.ok && !n.cut
}

// FamilyOf returns the family of a channel: what stands before the first dash
// in the names of our own foreign records, "linux" for example, and "windows"
// for every other channel.
func FamilyOf(channel string) string {
	if head, _, ok := strings.Cut(channel, "-"); ok && strings.EqualFold(head, "linux") {
		return "linux"
	}
	return "windows"
}
