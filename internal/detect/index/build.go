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
}

// Build makes an index over the variants.
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
	var order []*group
	for i, v := range vs {
		b.variants = append(b.variants, variant{int32(v.Rule), b.compile(v.Where.Root).code})
		b.needs = append(b.needs, b.required(v.Where.Root))
		b.rules = max(b.rules, v.Rule+1)
		for _, g := range b.groups(v) {
			if members[g] == nil {
				order = append(order, g)
			}
			if !slices.Contains(members[g], int32(i)) {
				members[g] = append(members[g], int32(i))
			}
		}
	}
	for _, g := range order {
		b.fill(g, members[g])
	}
	b.names = buildNames(b.fields)
	b.Stats.Variants, b.Stats.Predicates = len(vs), len(b.preds)
	return b.Index
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
	tables := map[int32]*matcherBuilder{}
	var order []int32
	for _, id := range ids {
		n := b.needs[id]
		if !n.ok || n.cost > maxCost {
			g.always = append(g.always, id)
			b.Stats.Always++
			continue
		}
		for _, a := range n.atoms {
			f := b.field(a.field)
			if tables[f] == nil {
				tables[f] = newMatcherBuilder()
				order = append(order, f)
			}
			tables[f].add(a.literal, id)
		}
	}
	for _, f := range order {
		m := tables[f].build()
		b.Stats.Literals += len(tables[f].lits) + len(tables[f].wide.lits)
		b.Stats.TableBytes += m.size()
		g.fields = append(g.fields, groupField{f, m})
	}
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
