// Package govern keeps the agent's own use of the processor near a limit. It
// measures CPU time over a sliding window and gives up work in steps, the
// least valuable first: reading the content of written files, hashing, then
// file reads, file writes and network events. What the agent uses to get ready
// does not count. Process, auth, agent and finding events are never given up; what
// they use above the limit is shown as excess. A Governor belongs to the
// goroutine that calls Tick, except State, which any goroutine may call.
package govern

import (
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Level says what is given up; each level includes those before it.
type Level int

// The levels in order.
const (
	Full      Level = iota // nothing is given up
	NoContent              // written files that are no programs are not read
	NoHashing              // executables are not hashed
	NoReads                // file reads are shed
	NoWrites               // file writes are shed
	NoNetwork              // network events are shed
	levels
)

// String returns what is given up, for people.
func (l Level) String() string {
	return [...]string{"nothing", "contents of written files", "hashing", "hashing, file reads", "hashing, file reads and writes",
		"hashing, file reads and writes, network"}[l]
}

// Contents reports whether written files that are no programs are read at l.
func (l Level) Contents() bool { return l < NoContent }

// Hashing reports whether executables are hashed at l.
func (l Level) Hashing() bool { return l < NoHashing }

// Floor returns the lowest class of events that is kept at l.
func (l Level) Floor() event.Class {
	switch {
	case l >= NoNetwork:
		return event.ClassOther
	case l >= NoWrites:
		return event.ClassNetwork
	case l >= NoReads:
		return event.ClassWrite
	}
	return event.ClassRead
}

// Options set up a governor. Zero durations take the default.
type Options struct {
	CPU    func() time.Duration // CPU time of the agent since its start
	Window time.Duration        // over which use is measured; default 10 s
	Step   time.Duration        // least time between two steps; default 2 s; back it is Window
	Start  time.Duration        // after the first Tick, in which nothing is measured; default none
}

// State says how much the agent uses and what it gave up.
type State struct {
	Percent float64   `json:"percent"` // of one core, over the window
	Limit   float64   `json:"limit"`   // 0: none
	Excess  float64   `json:"excess"`  // percent above the limit
	Level   Level     `json:"level"`
	Given   string    `json:"given_up"` // Level for people
	Since   time.Time `json:"since"`    // when the level was reached
}

// Governor measures and decides.
type Governor struct {
	opts    Options
	began   time.Time
	samples []sample // oldest first, within the window
	stepped time.Time

	mu    sync.Mutex
	state State // guarded by mu
}

type sample struct {
	at  time.Time
	cpu time.Duration
}

// New returns a governor that gives up nothing yet.
func New(o Options) *Governor {
	if o.Window <= 0 {
		o.Window = 10 * time.Second
	}
	if o.Step <= 0 {
		o.Step = 2 * time.Second
	}
	return &Governor{opts: o}
}

// Tick measures and returns the level that holds from now on, and whether it
// changed. limit is in percent of one core, 0 is none.
func (g *Governor) Tick(now time.Time, limit float64) (Level, bool) {
	percent := g.measure(now)
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.state.Level
	next := before
	switch {
	case limit <= 0:
		next = Full
	case now.Sub(g.stepped) < g.opts.Step:
	case percent > limit:
		next = min(before+1, levels-1)
	case percent < limit*0.6 && now.Sub(g.stepped) >= g.opts.Window: // by then the window shows what the last step saved
		next = max(before-1, Full)
	}
	if next != before || g.state.Since.IsZero() {
		g.stepped, g.state.Since = now, now
	}
	g.state.Percent, g.state.Limit, g.state.Level, g.state.Given = percent, limit, next, next.String()
	g.state.Excess = 0
	if limit > 0 {
		g.state.Excess = max(percent-limit, 0)
	}
	return next, next != before
}

// measure returns the use over the window in percent of one core. A clock that
// went back starts a new window.
func (g *Governor) measure(now time.Time) float64 {
	if g.began.IsZero() {
		g.began = now
	}
	if since := now.Sub(g.began); since >= 0 && since < g.opts.Start {
		return 0
	}
	if n := len(g.samples); n > 0 && !now.After(g.samples[n-1].at) {
		g.samples = g.samples[:0]
	}
	g.samples = append(g.samples, sample{now, g.opts.CPU()})
	for len(g.samples) > 2 && now.Sub(g.samples[1].at) >= g.opts.Window {
		g.samples = g.samples[1:]
	}
	first, last := g.samples[0], g.samples[len(g.samples)-1]
	if !last.at.After(first.at) {
		return 0
	}
	return 100 * float64(last.cpu-first.cpu) / float64(last.at.Sub(first.at))
}

// State returns the newest measurement.
func (g *Governor) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}
