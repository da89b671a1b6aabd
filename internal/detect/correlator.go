package detect

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/detect/expr"
	"github.com/vedette-edr/vedette/internal/event"
)

// Correlator follows the correlations of a Set over time. Items is safe for
// concurrent use; everything else is for one goroutine at a time. The methods
// of a nil Correlator, of a set without correlations, do nothing.
//
// A stream is followed with Match for each record as it comes. Records that
// already exist are better taken in order of time: Items of all of them go to
// a correlate.Sorter, and what it gives to Observe.
type Correlator struct {
	plan   plan
	engine *correlate.Engine
	seed   maphash.Seed

	timeless  atomic.Int64
	ungrouped atomic.Int64
}

// Window is what made a correlation match.
type Window struct {
	Group    []string // values of the group in lower case, as the rule lists their fields
	From, To event.Time
	Count    float64         // what the condition was asked of
	Events   []correlate.Ref // some of the events, the newest ones
}

// Correlates reports whether the set has correlations.
func (s *Set) Correlates() bool { return len(s.plan.correlations) > 0 }

// Correlator returns a new Correlator, nil when the set has no correlations.
func (s *Set) Correlator(o correlate.Options) *Correlator {
	if !s.Correlates() {
		return nil
	}
	var rules []correlate.Rule
	for _, r := range s.plan.correlations {
		rules = append(rules, r.spec())
	}
	return &Correlator{plan: s.plan, engine: correlate.New(rules, o), seed: maphash.MakeSeed()}
}

// Adopt goes on with what old has seen for the correlations that both have. The
// old one is not used afterwards.
func (c *Correlator) Adopt(old *Correlator) {
	if c == nil || old == nil {
		return
	}
	c.seed = old.seed
	c.timeless.Store(old.timeless.Load())
	c.ungrouped.Store(old.ungrouped.Load())
	c.engine.Adopt(old.engine)
}

// Stats returns what was counted.
func (c *Correlator) Stats() correlate.Stats {
	if c == nil {
		return correlate.Stats{}
	}
	s := c.engine.Stats()
	s.Timeless, s.Ungrouped = c.timeless.Load(), c.ungrouped.Load()
	return s
}

// Match gives the matches of one record to the correlations, as it came, and
// appends the correlations that they fulfil.
func (c *Correlator) Match(rec expr.Record, at event.Time, ref correlate.Ref, ms []Match, dst []Match) []Match {
	if c == nil || len(ms) == 0 {
		return dst
	}
	for _, it := range c.Items(rec, at, ref, ms, nil) {
		dst = c.Observe(it, dst)
	}
	return dst
}

// Items appends what the matches of one record mean for the correlations. A
// record without a time joins none and is counted.
func (c *Correlator) Items(rec expr.Record, at event.Time, ref correlate.Ref, ms []Match, dst []correlate.Item) []correlate.Item {
	if c == nil {
		return dst
	}
	first := len(dst)
	for _, m := range ms {
		feeds := c.plan.feeds[m.Rule]
		if len(feeds) == 0 {
			continue
		}
		if at == 0 {
			c.timeless.Add(1)
			return dst[:first]
		}
		v := m.Rule.variantFor(rec)
		for i := range feeds {
			if f, ok := c.feed(&feeds[i], rec, v); ok {
				dst = append(dst, correlate.Item{Feed: f, At: at, Ref: ref})
			}
		}
	}
	// An event does not follow itself: as a later rule of an order it goes first.
	slices.SortStableFunc(dst[first:], func(a, b correlate.Item) int { return cmp.Compare(b.Slot, a.Slot) })
	return dst
}

// Observe takes one item and appends the correlations that it fulfils.
func (c *Correlator) Observe(it correlate.Item, dst []Match) []Match {
	if c == nil {
		return dst
	}
	for _, m := range c.engine.Observe(it, nil) {
		r := c.plan.correlations[m.Rule]
		w := &Window{Group: split(m.Group, len(r.Correlation.GroupBy)), From: m.From, To: m.To, Count: m.Count, Events: m.Refs}
		match := Match{Rule: r, Window: w}
		for i, name := range r.Correlation.GroupBy {
			match.Fields = append(match.Fields, Field{Name: name, Value: cut(w.Group[i])})
		}
		match.Fields = append(match.Fields, Field{Name: r.Correlation.Kind.String(), Value: strconv.FormatFloat(m.Count, 'f', -1, 64)})
		dst = append(dst, match)
	}
	return dst
}

// feed takes the group and the value out of a record; false when it has no
// group.
func (c *Correlator) feed(f *feed, rec expr.Record, variant int) (correlate.Feed, bool) {
	out := correlate.Feed{To: f.to, Slot: f.slot}
	correlation := c.plan.correlations[f.to].Correlation
	ok := variant >= 0 && (f.group[variant] != nil || len(correlation.GroupBy) == 0)
	if ok {
		out.Group, ok = groupOf(rec, f.group[variant])
	}
	if !ok {
		c.ungrouped.Add(1)
		return out, false
	}
	if len(correlation.Fields) > 0 {
		out.Value = c.valueOf(rec, f.value[variant], correlation)
	}
	for i := range f.above {
		if a, ok := c.feed(&f.above[i], rec, variant); ok {
			out.Above = append(out.Above, a)
		}
	}
	return out, true
}

// between stands between the values of a group.
const between = "\x00"

// groupOf joins the values of a group; false when one is absent or empty.
func groupOf(rec expr.Record, fields []expr.Field) (string, bool) {
	var b strings.Builder
	for i, f := range fields {
		v := f.Of(rec)
		text := expr.TextOf(v)
		if !v.Present() || text == "" {
			return "", false
		}
		if i > 0 {
			b.WriteString(between)
		}
		b.WriteString(strings.ReplaceAll(strings.ToLower(text), between, " "))
	}
	return b.String(), true
}

func split(group string, n int) []string {
	if n == 0 {
		return []string{}
	}
	return strings.SplitN(group, between, n)
}

func (c *Correlator) valueOf(rec expr.Record, fields []expr.Field, r *Correlation) correlate.Value {
	text, ok := groupOf(rec, fields)
	if !ok {
		return correlate.Value{}
	}
	v := correlate.Value{Hash: maphash.String(c.seed, text), OK: true}
	if r.numeric() {
		v.Num, v.OK = number(text)
	}
	return v
}

// numeric reports whether the values must be numbers.
func (c *Correlation) numeric() bool {
	return c.Kind == correlate.ValueSum || c.Kind == correlate.ValueAvg || c.Kind == correlate.ValuePercentile && c.Percentile != correlate.Share
}

// number reads a decimal number, or a whole one such as 0x1f.
func number(text string) (float64, bool) {
	if n, err := strconv.ParseInt(text, 0, 64); err == nil && strings.HasPrefix(text, "0x") {
		return float64(n), true
	}
	if !expr.IsNumber(text) {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// variantFor returns the variant for records such as rec, -1 when there is none.
func (r *Rule) variantFor(rec expr.Record) int {
	return slices.IndexFunc(r.Variants, func(v Variant) bool { return v.applies(rec) })
}
