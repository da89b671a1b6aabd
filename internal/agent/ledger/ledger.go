// Package ledger keeps account of what the agent lost: events that a stage
// dropped, times in which a sensor was blind, work that was switched off. Each
// entry becomes an agent_loss event with the exact number and interval, and
// the totals travel in the heartbeat. A Ledger may be used by many goroutines.
package ledger

import (
	"cmp"
	"slices"
	"sync"

	"github.com/vedette-edr/vedette/internal/event"
)

// The stages of the agent that can lose events.
const (
	Kernel   = "kernel"
	Sensor   = "sensor"
	Queue    = "queue"
	Enrich   = "enrich"
	Pipeline = "pipeline"
	Spool    = "spool"
	Ship     = "ship"
	Notify   = "notify"
	Respond  = "respond"
)

// The states of a loss.
const (
	Lost       = "lost"       // events are gone; the number is exact
	Cut        = "cut"        // events were shortened
	Aggregated = "aggregated" // events were joined
	Blind      = "blind"      // nobody looked; the number is unknown
	Off        = "off"        // switched off on purpose
)

// Loss says what was lost and where.
type Loss struct {
	Stage  string `json:"stage"`
	Sensor string `json:"sensor,omitempty"` // empty: all
	Kind   string `json:"kind,omitempty"`   // empty: all
	State  string `json:"state"`
	Reason string `json:"reason,omitempty"`
}

// Total is the running total of one loss since the start of the agent.
type Total struct {
	Loss
	Count int64 `json:"count"` // events of Lost, Cut and Aggregated; intervals of the rest
}

// Reading is a counter that a stage keeps itself and that only grows.
type Reading struct {
	Loss
	Total int64
}

// Ledger holds what was lost and not yet told, and the totals.
type Ledger struct {
	mu     sync.Mutex
	open   map[Loss]*entry // guarded by mu: counts not yet told
	spans  []span          // guarded by mu: intervals not yet told
	totals map[Loss]int64  // guarded by mu
	read   map[Loss]int64  // guarded by mu: last value of each Reading
	polled event.Time      // guarded by mu: when Readings were last taken
	kept   []*event.Event  // guarded by mu: told, and perhaps not yet on disk
}

type entry struct {
	count    int64
	from, to event.Time
}

type span struct {
	loss     Loss
	from, to event.Time
}

// New returns an empty ledger.
func New() *Ledger {
	return &Ledger{open: map[Loss]*entry{}, totals: map[Loss]int64{}, read: map[Loss]int64{}}
}

// Add counts n events that were lost between from and to.
func (l *Ledger) Add(loss Loss, n int64, from, to event.Time) {
	if n <= 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.totals[loss] += n
	l.count(loss, n, from, to)
}

func (l *Ledger) count(loss Loss, n int64, from, to event.Time) {
	e := l.open[loss]
	if e == nil {
		e = &entry{from: from, to: to}
		l.open[loss] = e
	}
	e.count += n
	e.from, e.to = min(e.from, from), max(e.to, to)
}

// Span records an interval in which nothing was seen or something was off.
func (l *Ledger) Span(loss Loss, from, to event.Time) {
	if to <= from {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.totals[loss]++
	l.spans = append(l.spans, span{loss, from, to})
}

// Poll compares counters with their last values and counts what was added
// since the poll before. A counter that went back starts again from zero.
func (l *Ledger) Poll(readings []Reading, now event.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	from := l.polled
	if from == 0 || from > now { // the first poll, or the clock was set back
		from = now
	}
	for _, r := range readings {
		n := r.Total - l.read[r.Loss]
		if n < 0 {
			n = r.Total
		}
		l.read[r.Loss] = r.Total
		if n > 0 {
			l.totals[r.Loss] += n
			l.count(r.Loss, n, from, now)
		}
	}
	l.polled = now
}

// Flush returns an agent_loss event for each thing that was lost since the
// Flush before. The caller must Restore those that it could not keep.
func (l *Ledger) Flush(now event.Time) []*event.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*event.Event
	for _, s := range l.spans {
		out = append(out, lossEvent(s.loss, event.OptInt{}, s.from, s.to, now))
	}
	for _, loss := range sortedKeys(l.open) {
		e := l.open[loss]
		out = append(out, lossEvent(loss, event.Some(e.count), e.from, e.to, now))
	}
	l.spans = nil
	clear(l.open)
	return out
}

func lossEvent(loss Loss, n event.OptInt, from, to, now event.Time) *event.Event {
	return &event.Event{
		Time: now, Kind: event.AgentLoss, Provider: "agent",
		Status: &event.Status{
			LossStage: loss.Stage, LossSensor: loss.Sensor, LossKind: loss.Kind, LossCount: n,
			LossState: loss.State, LossReason: loss.Reason, From: from, To: to,
		},
	}
}

// Restore takes back an event of Flush that could not be kept, so that the
// next Flush tells it again. The totals stay as they are.
func (l *Ledger) Restore(e *event.Event) {
	s := e.Status
	if e.Kind != event.AgentLoss || s == nil {
		return
	}
	loss := Loss{Stage: s.LossStage, Sensor: s.LossSensor, Kind: s.LossKind, State: s.LossState, Reason: s.LossReason}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.LossCount.OK {
		l.count(loss, s.LossCount.N, s.From, s.To)
		return
	}
	l.spans = append(l.spans, span{loss, s.From, s.To})
}

// Note counts in the totals what a sensor told of by itself in an agent_loss
// event, which is not told again. A loss of unknown size counts once.
func (l *Ledger) Note(e *event.Event) {
	s := e.Status
	if e.Kind != event.AgentLoss || s == nil {
		return
	}
	n := int64(1)
	if s.LossCount.OK {
		n = s.LossCount.N
	}
	loss := Loss{Stage: s.LossStage, Sensor: s.LossSensor, Kind: s.LossKind, State: s.LossState, Reason: s.LossReason}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, known := l.totals[loss]; !known && len(l.totals) >= maxTotals {
		loss.Reason = "" // a sensor may have names in it
	}
	l.totals[loss] += n
}

// maxTotals bounds the totals by reason.
const maxTotals = 512

// Totals returns what was lost since the start, sorted.
func (l *Ledger) Totals() []Total {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Total
	for _, loss := range sortedKeys(l.totals) {
		out = append(out, Total{loss, l.totals[loss]})
	}
	return out
}

func sortedKeys[V any](m map[Loss]V) []Loss {
	keys := make([]Loss, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b Loss) int {
		return cmp.Or(cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Sensor, b.Sensor), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.State, b.State), cmp.Compare(a.Reason, b.Reason))
	})
	return keys
}
