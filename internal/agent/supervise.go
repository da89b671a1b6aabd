package agent

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// supervisor runs the sensors and starts those again that ended with an error.
// It alone knows when nobody looked: each interval in which a sensor did not
// run becomes a loss of state blind, or off when the policy wants it so.
type supervisor struct {
	watched []*watched
	emit    sensor.Emit
	ledger  *ledger.Ledger
	now     func() time.Time
	wait    Backoff
	log     *slog.Logger
}

// watched is one sensor and how it is.
type watched struct {
	sensor sensor.Sensor
	name   string
	change chan struct{} // capacity 1: off has changed
	known  chan struct{} // closed when it is known how the sensor is
	once   sync.Once     // closes known

	mu       sync.Mutex
	off      bool               // guarded by mu: the policy does not want it
	cancel   context.CancelFunc // guarded by mu: ends the present run; nil when there is none
	rung     string             // guarded by mu: empty when none works
	reason   string             // guarded by mu: why better rungs failed, or why it ended
	since    event.Time         // guarded by mu: of the rung
	dark     event.Time         // guarded by mu: since when it does not see; 0 when it does
	quiet    bool               // guarded by mu: dark is the first start ever, short times do not count
	events   int64              // guarded by mu
	kinds    [256]int64         // guarded by mu: events by kind
	restarts int64              // guarded by mu
	number   int64              // guarded by mu: last sensor sequence given here
}

// SensorStatus says how one sensor is.
type SensorStatus struct {
	Name     string          `json:"name"`
	Doc      string          `json:"doc"`
	Rung     string          `json:"rung"`            // empty when it does not see
	Kinds    []string        `json:"kinds,omitempty"` // of events that the rung makes
	Since    time.Time       `json:"since,omitzero"`
	Reason   string          `json:"reason,omitempty"` // why better rungs failed, or why it does not see
	Better   []sensor.Better `json:"better,omitempty"` // rungs that would see more, the best first
	Unseen   string          `json:"unseen,omitempty"` // what the rung in use does not see
	Detail   string          `json:"detail,omitempty"` // what the sensor says of its work
	Off      bool            `json:"off,omitempty"`
	Events   int64           `json:"events"`
	Lost     int64           `json:"lost"`
	Restarts int64           `json:"restarts"`
}

const (
	reasonStopped = "the agent was stopped"
	reasonKilled  = "the agent ended without notice"
	reasonStart   = "the agent was starting"
	reasonClock   = "the agent did not run, for a time that is not known: the clock was set back"
	reasonPolicy  = "policy sensors_off"
)

// newSupervisor returns a supervisor of sensors that have seen nothing since
// last. When the clock was set back since, the length of that time is not
// known, and it is told as the second before the start.
func newSupervisor(sensors []sensor.Sensor, last last, now func() time.Time) *supervisor {
	s := &supervisor{now: now}
	start := event.At(now())
	for _, x := range sensors {
		w := &watched{sensor: x, name: x.Spec().Name, change: make(chan struct{}, 1), known: make(chan struct{}), dark: last.Time}
		switch {
		case last.Time == 0:
			w.dark, w.quiet, w.reason = start, true, reasonStart
		case last.Time >= start:
			w.dark, w.reason = start-event.Time(time.Second), reasonClock
		case last.Clean:
			w.reason = reasonStopped
		default:
			w.reason = reasonKilled
		}
		s.watched = append(s.watched, w)
	}
	return s
}

// headStart is how long the other sensors wait for the first.
const headStart = 500 * time.Millisecond

// run runs the sensors until ctx is done and all of them have ended. The first
// of them, which sees programs start and end, comes alone: all that others tell
// refers to these, and an agent that starts is blind for half as long so.
func (s *supervisor) run(ctx context.Context) {
	var all sync.WaitGroup
	for i, w := range s.watched {
		all.Go(func() { s.keep(ctx, w) })
		if i > 0 || len(s.watched) == 1 || w.isOff() {
			continue
		}
		select {
		case <-w.known:
		case <-time.After(headStart):
		case <-ctx.Done():
		}
	}
	all.Wait()
}

// keep runs one sensor again and again.
func (s *supervisor) keep(ctx context.Context, w *watched) {
	pause, before := s.wait.First, ""
	for ctx.Err() == nil {
		if w.isOff() {
			select {
			case <-ctx.Done():
			case <-w.change:
			}
			continue
		}
		started := s.now()
		err := s.once(ctx, w)
		if ctx.Err() != nil || w.isOff() {
			continue
		}
		if s.now().Sub(started) >= s.wait.Most {
			pause = s.wait.First
		}
		level := slog.LevelWarn
		if text := fmt.Sprint(err); text == before {
			level = slog.LevelDebug // it was said already
		} else {
			before = text
		}
		s.log.Log(ctx, level, "sensor ended; it is started again", "sensor", w.name, "error", err, "pause", pause)
		select {
		case <-ctx.Done():
		case <-w.change:
		case <-time.After(pause):
		}
		pause = min(2*pause, s.wait.Most)
	}
}

// once runs a sensor and notes why it ended.
func (s *supervisor) once(ctx context.Context, w *watched) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w.mu.Lock()
	w.cancel = cancel
	off := w.off
	w.mu.Unlock()
	if off {
		return nil
	}
	err := w.sensor.Run(ctx, func(e *event.Event) { s.take(w, e) })
	if gone := w.ended(err, ctx.Err() != nil, event.At(s.now())); gone != nil {
		s.emit(gone)
	}
	return err
}

// ended notes that a run of the sensor is over and returns the event that
// tells of it; nil when it was told to end.
func (w *watched) ended(err error, told bool, now event.Time) *event.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancel = nil
	w.once.Do(func() { close(w.known) })
	if w.dark == 0 {
		w.dark = now
	}
	if told {
		return nil
	}
	w.restarts++
	w.rung, w.since = "", now
	w.reason = "the sensor ended without an error"
	if err != nil {
		w.reason = err.Error()
	}
	return sensor.Took(w.name, "", w.reason, now)
}

// take hands on an event of a sensor.
func (s *supervisor) take(w *watched, e *event.Event) {
	w.mu.Lock()
	w.events++
	w.kinds[e.Kind&0xff]++
	if e.Provider == "" {
		e.Provider = w.name
	}
	if e.SensorSequence == 0 {
		w.number++
		e.SensorSequence = w.number
	}
	if e.Kind == event.AgentSensor && e.Status != nil {
		s.took(w, e)
	}
	w.mu.Unlock()
	s.ledger.Note(e)
	s.emit(e)
}

// took notes which rung a sensor took, and that it sees again.
func (s *supervisor) took(w *watched, e *event.Event) {
	before := w.reason
	w.rung, w.reason, w.since = e.Status.Rung, e.Status.RungReason, e.Time
	w.once.Do(func() { close(w.known) })
	if w.rung == "" {
		if w.dark == 0 {
			w.dark = e.Time
		}
		return
	}
	if w.dark != 0 && !(w.quiet && e.Time-w.dark < event.Time(time.Second)) {
		s.ledger.Span(blind(w.name, before), w.dark, e.Time)
	}
	w.dark, w.quiet = 0, false
	s.log.Info("sensor sees", "sensor", w.name, "rung", w.rung, "reason", w.reason)
}

func blind(sensor, reason string) ledger.Loss {
	return ledger.Loss{Stage: ledger.Sensor, Sensor: sensor, State: ledger.Blind, Reason: reason}
}

func off(sensor string) ledger.Loss {
	return ledger.Loss{Stage: ledger.Sensor, Sensor: sensor, State: ledger.Off, Reason: reasonPolicy}
}

// tell records the intervals in which sensors still do not see, up to now.
func (s *supervisor) tell(now event.Time) {
	for _, w := range s.watched {
		w.mu.Lock()
		if w.dark != 0 && now > w.dark {
			s.ledger.Span(w.loss(), w.dark, now)
			w.dark, w.quiet = now, false
		}
		w.mu.Unlock()
	}
}

// loss says why the sensor does not see; the caller holds mu.
func (w *watched) loss() ledger.Loss {
	if w.off {
		return off(w.name)
	}
	return blind(w.name, w.reason)
}

func (w *watched) isOff() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.off
}

// setOff switches off the named sensors and all others on.
func (s *supervisor) setOff(names []string) {
	now := event.At(s.now())
	for _, w := range s.watched {
		want := slices.Contains(names, w.name)
		w.mu.Lock()
		if want == w.off {
			w.mu.Unlock()
			continue
		}
		if w.dark != 0 && !(w.quiet && now-w.dark < event.Time(time.Second)) {
			s.ledger.Span(w.loss(), w.dark, now)
		}
		w.off, w.dark, w.quiet = want, now, false
		w.rung, w.since = "", now
		w.reason = reasonPolicy
		cancel := w.cancel
		w.mu.Unlock()
		if want && cancel != nil {
			cancel()
		}
		select {
		case w.change <- struct{}{}:
		default:
		}
	}
}

// seenUpTo returns t, or the time since when a sensor that should run does not
// see and that was not told yet, when that is earlier.
func (s *supervisor) seenUpTo(t event.Time) event.Time {
	for _, w := range s.watched {
		w.mu.Lock()
		if w.dark != 0 && !w.off {
			t = min(t, w.dark)
		}
		w.mu.Unlock()
	}
	return t
}

// counts returns how many events the sensors made, by kind.
func (s *supervisor) counts() (out [256]int64) {
	for _, w := range s.watched {
		w.mu.Lock()
		for k, n := range w.kinds {
			out[k] += n
		}
		w.mu.Unlock()
	}
	return out
}

// settled waits until every sensor has told of itself once, or for a time.
func (s *supervisor) settled(ctx context.Context, limit time.Duration) error {
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	late := time.After(limit)
	for {
		waits := slices.ContainsFunc(s.watched, func(w *watched) bool {
			w.mu.Lock()
			defer w.mu.Unlock()
			return !w.off && w.since == 0
		})
		if !waits {
			return nil
		}
		select {
		case <-look.C:
		case <-late:
			return nil // what did not attach by now fails in the exam
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// status says how the sensors are; lost is by sensor.
func (s *supervisor) status(lost map[string]int64) []SensorStatus {
	var out []SensorStatus
	for _, w := range s.watched {
		w.mu.Lock()
		spec := w.sensor.Spec()
		x := SensorStatus{
			Name: w.name, Doc: spec.Doc, Rung: w.rung, Since: stdTime(w.since), Reason: w.reason, Detail: w.detail(), Off: w.off,
			Events: w.events, Lost: lost[w.name], Restarts: w.restarts,
		}
		for _, k := range spec.Makes(w.rung) {
			x.Kinds = append(x.Kinds, k.String())
		}
		if !w.off {
			x.Better, x.Unseen = spec.Explain(w.rung, w.reason)
		}
		out = append(out, x)
		w.mu.Unlock()
	}
	return out
}

// detail returns what the sensor says of itself; the caller holds mu.
func (w *watched) detail() string {
	d, ok := w.sensor.(interface{ Detail() string })
	if !ok || w.rung == "" {
		return ""
	}
	return d.Detail()
}

func stdTime(t event.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.Std()
}
