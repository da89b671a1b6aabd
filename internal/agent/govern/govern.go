// Package govern keeps the agent's own use of the processor near a limit. It
// measures CPU time over a sliding window and gives up work in steps, the
// least valuable first: reading the content of written files, hashing, then
// file reads, file writes and network events. A step is followed by another
// only when the use since then is above the limit too, so that one burst does
// not give up all; and all comes back soon on a host that has become quiet.
// Process, auth, agent and finding events are never given up; what they use
// above the limit is shown as excess.
//
// A start has a budget of its own: programs are read that have run before, what
// was kept is compared with what is. What is above the limit then is taken from
// that budget and does not count, now or later.
//
// A Governor belongs to the goroutine that calls Tick, except State, which any
// goroutine may call.
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
	// Start is how much CPU time above the limit the start may take without
	// anything being given up, and Ready until when after the first Tick what is
	// left of it can be used. Default none.
	Start, Ready time.Duration
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
	spent   time.Duration // of the budget of the start
	last    sample        // with what does not count
	samples []sample      // of what counts, oldest first, within the window
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
	percent := g.measure(now, limit)
	g.mu.Lock()
	defer g.mu.Unlock()
	before := g.state.Level
	next := before
	since := now.Sub(g.stepped)
	switch {
	case limit <= 0:
		next = Full
	case since < g.opts.Step:
	case percent > limit:
		if g.recent(now) > limit {
			next = min(before+1, levels-1)
		}
	case percent < limit*quiet,
		percent < limit*calm && since >= g.opts.Window: // by then the window shows what the last step saved
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

// The parts of the limit below which something is taken back: after a whole
// window, and after a step already. The second is below what one step in use
// again would leave in the window, so that it does not make the level swing.
const (
	calm  = 0.6
	quiet = 0.2
)

// measure returns the use over the window in percent of one core. A clock that
// went back starts a new window.
func (g *Governor) measure(now time.Time, limit float64) float64 {
	cpu := g.opts.CPU()
	if g.began.IsZero() {
		g.began, g.last = now, sample{now, cpu}
	}
	g.forgive(now, cpu, limit)
	if n := len(g.samples); n > 0 && !now.After(g.samples[n-1].at) {
		g.samples = g.samples[:0]
	}
	g.samples = append(g.samples, sample{now, cpu - g.spent})
	for len(g.samples) > 2 && now.Sub(g.samples[1].at) >= g.opts.Window {
		g.samples = g.samples[1:]
	}
	return use(g.samples[0], g.samples[len(g.samples)-1])
}

// forgive takes what was used above the limit since the last call from the
// budget of the start.
func (g *Governor) forgive(now time.Time, cpu time.Duration, limit float64) {
	from := g.last
	g.last = sample{now, cpu}
	if ready := now.Sub(g.began); limit <= 0 || ready < 0 || ready > g.opts.Ready {
		return
	}
	above := cpu - from.cpu - time.Duration(limit/100*float64(max(now.Sub(from.at), 0)))
	g.spent += max(0, min(above, g.opts.Start-g.spent))
}

// recent returns the use over the time of a step.
func (g *Governor) recent(now time.Time) float64 {
	from := g.samples[0]
	for _, s := range g.samples {
		if now.Sub(s.at) < g.opts.Step {
			break
		}
		from = s
	}
	return use(from, g.samples[len(g.samples)-1])
}

// use returns percent of one core.
func use(from, to sample) float64 {
	if !to.at.After(from.at) {
		return 0
	}
	return 100 * float64(to.cpu-from.cpu) / float64(to.at.Sub(from.at))
}

// State returns the newest measurement.
func (g *Governor) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}
