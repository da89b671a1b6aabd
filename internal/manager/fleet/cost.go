package fleet

import (
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
)

// costs keeps some of the newest events of each kind, and what each rule took
// on them. The zero costs are ready.
type costs struct {
	mu     sync.Mutex
	newest map[event.Kind]*ring    // guarded by mu
	byID   map[string]api.RuleCost // guarded by mu
}

// ring holds the newest events of a kind, and takes every so many.
type ring struct {
	events []*event.Event
	next   int
	skip   int
}

// sampled is how many events of a kind are kept; one of sampleEvery is taken.
const (
	sampled     = 64
	sampleEvery = 64
)

// sample keeps copies of some of the events: the texts of an event may be parts
// of the batch that brought it, which would be kept with them.
func (c *costs) sample(events []*event.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.newest == nil {
		c.newest = map[event.Kind]*ring{}
	}
	for _, e := range events {
		r := c.newest[e.Kind]
		if r == nil {
			r = &ring{}
			c.newest[e.Kind] = r
		}
		if r.skip++; r.skip < sampleEvery && len(r.events) == sampled {
			continue
		}
		r.skip = 0
		own := e.Clone()
		if len(r.events) < sampled {
			r.events = append(r.events, own)
			continue
		}
		r.events[r.next] = own
		r.next = (r.next + 1) % sampled
	}
}

// add says of rules what they took.
func (c *costs) add(rules []api.Rule) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range rules {
		if cost, ok := c.byID[rules[i].ID]; ok {
			rules[i].Cost = &cost
		}
	}
}

// maxMeasure bounds how long one look at all rules takes; the rest is measured
// the next time.
const maxMeasure = 500 * time.Millisecond

// measure evaluates each rule in force alone on the newest events to which it
// applies.
func (f *Fleet) measure() {
	f.mu.Lock()
	set := f.rules.set
	f.mu.Unlock()
	c := &f.costs
	c.mu.Lock()
	events := map[event.Kind][]*event.Event{}
	for k, r := range c.newest {
		events[k] = append(events[k], r.events...)
	}
	before := c.byID
	c.mu.Unlock()
	next := map[string]api.RuleCost{}
	begin := time.Now()
	for _, r := range set.Rules() {
		if time.Since(begin) > maxMeasure {
			if old, ok := before[r.ID]; ok {
				next[r.ID] = old
			}
			continue
		}
		if cost, ok := costOf(r, events, f.now().UTC()); ok {
			next[r.ID] = cost
		}
	}
	c.mu.Lock()
	c.byID = next
	c.mu.Unlock()
}

// costOf evaluates a rule on events of its kinds; false when there are none.
func costOf(r *detect.Rule, events map[event.Kind][]*event.Event, now time.Time) (api.RuleCost, bool) {
	cost := api.RuleCost{Measured: now}
	spent := time.Duration(0)
	seen := map[event.Kind]bool{}
	for i := range r.Variants {
		for _, k := range r.Variants[i].Kinds {
			if seen[k] || len(events[k]) == 0 {
				continue
			}
			seen[k] = true
			begin := time.Now()
			for _, e := range events[k] {
				if r.Matches(e) {
					cost.Matched++
				}
			}
			spent += time.Since(begin)
			cost.Events += int64(len(events[k]))
		}
	}
	if cost.Events == 0 {
		return cost, false
	}
	cost.Nanoseconds = float64(spent) / float64(cost.Events)
	return cost, true
}
