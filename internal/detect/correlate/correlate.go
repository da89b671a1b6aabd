// Package correlate joins matches over time: so many events of a group within
// a time span, so many different values, a sum, an average or a percentile of
// a number, several rules close together or in an order, and all of that over
// correlations again.
//
// It knows nothing of rules and records: package detect resolves the names of
// a rule and takes the group and the value out of the record of each match,
// which makes an Item. An Engine is given items and says which correlations
// they fulfil. Time is the time of the events, never the clock. A window is
// any stretch of events of one group whose last is at most the time span
// behind its first; it is judged at each event.
//
// What is held is bounded: the group that was used longest ago goes first, and
// is counted. An event that arrives late still counts in every window that it
// belongs to, as long as it is not older than the lateness bound.
//
// An Engine is for one goroutine at a time.
package correlate

import (
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Kind says what is counted.
type Kind uint8

// The kinds of correlations.
const (
	EventCount Kind = iota
	ValueCount
	Temporal
	TemporalOrdered
	ValueSum
	ValueAvg
	ValuePercentile
)

// kindNames is how rules write the kinds. immutable
var kindNames = [...]string{
	EventCount: "event_count", ValueCount: "value_count", Temporal: "temporal", TemporalOrdered: "temporal_ordered",
	ValueSum: "value_sum", ValueAvg: "value_avg", ValuePercentile: "value_percentile",
}

// String returns k as a rule writes it.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// ParseKind reads the name of a kind; false when there is none.
func ParseKind(name string) (Kind, bool) {
	for k, n := range kindNames {
		if n == name {
			return Kind(k), true
		}
	}
	return 0, false
}

// temporal reports whether the kind is about which rules matched.
func (k Kind) temporal() bool { return k == Temporal || k == TemporalOrdered }

// Limits of what a rule may ask for.
const (
	MaxCount = 1_000_000            // the largest count of a condition
	MaxRules = 64                   // of one correlation
	MaxSpan  = 366 * 24 * time.Hour // the longest time span
	maxHeld  = 16384                // numbers of one group of value_sum and value_avg
	maxShown = 4096                 // values of one group of value_percentile
	maxRefs  = 32                   // events named in a match
)

// Share as Rule.Percentile of ValuePercentile: the condition is about the part
// that the value of the event has of all values of the window, in percent.
const Share = -1

// Rule is a correlation with its rules as numbers.
type Rule struct {
	Key        string // what it is; an engine that replaces another keeps the groups of rules with the same key
	Kind       Kind
	Slots      int // number of rules that it names; an Item says which of them matched
	Span       time.Duration
	Limit      Limit
	Percentile float64 // of ValuePercentile: 0 to 100, or Share
}

// Check says what is wrong with r, nil when nothing is.
func (r Rule) Check() error {
	switch {
	case r.Slots < 1 || r.Slots > MaxRules:
		return fmt.Errorf("%d rules: a correlation has 1 to %d", r.Slots, MaxRules)
	case r.Span <= 0 || r.Span > MaxSpan:
		return fmt.Errorf("time span of %s: it is more than 0 and at most %s", r.Span, MaxSpan)
	case len(r.Limit) == 0 && !r.Kind.temporal():
		return fmt.Errorf("%s needs a condition", r.Kind)
	case !r.Kind.numeric() && r.Limit.most() > MaxCount:
		return fmt.Errorf("a count of more than %d is not kept", MaxCount)
	case r.Kind == ValuePercentile && r.Percentile != Share && (r.Percentile < 0 || r.Percentile > 100):
		return fmt.Errorf("percentile %v is not between 0 and 100", r.Percentile)
	}
	return nil
}

// numeric reports whether the condition compares something else than a count.
func (k Kind) numeric() bool { return k >= ValueSum }

// Ref names an event; its meaning is the caller's: an input and a line, an
// epoch and a sequence number.
type Ref struct{ Source, Number int64 }

// Value is the value of the field that a condition names.
type Value struct {
	Hash uint64 // of its text without case
	Num  float64
	OK   bool // the field is there, and a number where one is needed
}

// Feed is a match of one rule of a correlation.
type Feed struct {
	To    int // the correlation, by its place in the list that New got
	Slot  int // the rule, by its place in the correlation
	Group string
	Value Value
	Above []Feed // what the correlation feeds itself when it is fulfilled
}

// Item is a Feed with its event.
type Item struct {
	Feed
	At  event.Time
	Ref Ref
}

// Match is a correlation that is fulfilled.
type Match struct {
	Rule     int
	Group    string
	From, To event.Time // of the window
	Count    float64    // what the condition was asked of
	Refs     []Ref      // events of the window, the newest ones
}
