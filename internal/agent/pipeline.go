package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/vedette-edr/vedette/internal/agent/ledger"
	"github.com/vedette-edr/vedette/internal/agent/queue"
	"github.com/vedette-edr/vedette/internal/agent/selftest"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/agent/spool"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/wire"
)

var errTooLarge = errors.New("event is too large")

// pipeline takes events from the queue one after the other: completes them,
// numbers them, looks for findings and spools all of it. It is the only one
// that gives numbers. Its methods run on one goroutine at a time.
type pipeline struct {
	queue   *queue.Queue
	enrich  Enricher
	detect  *detector
	spool   *spool.Spool
	encode  func(dst []byte, e *event.Event) ([]byte, error)
	ledger  *ledger.Ledger
	host    string
	log     *slog.Logger
	now     func() event.Time
	agent   *atomic.Pointer[string]      // id given at enrolment; empty before
	follow  [256][]sensor.Follower       // by kind
	tap     atomic.Pointer[selftest.Tap] // of the exam that is taken; nil is none
	started atomic.Pointer[event.Event]  // agent_start of this run, once it was kept
	// raised is given each finding and response after it was spooled.
	raised func(e *event.Event)
	done   chan struct{} // closed when run has returned

	sequence int64 // of the last event that was spooled
	buf      []byte
	found    []*event.Event

	spooled   atomic.Int64 // sequence of the last event that the spool has taken
	processed atomic.Int64
	latest    atomic.Int64 // time of the last event that was given to the spool
}

// followed puts the sensors that follow others where handle finds them.
func (p *pipeline) followed(sensors []sensor.Sensor) {
	for _, s := range sensors {
		if f, ok := s.(sensor.Follower); ok {
			for _, k := range f.Follows() {
				p.follow[k&0xff] = append(p.follow[k&0xff], f)
			}
		}
	}
}

// run works until the queue is closed and empty.
func (p *pipeline) run(ctx context.Context) error {
	defer close(p.done)
	var batch []*event.Event
	for {
		var err error
		batch, err = p.queue.Next(ctx, batch[:0])
		debug := len(batch) > 0 && p.log.Enabled(ctx, slog.LevelDebug)
		for i, e := range batch {
			p.handle(e)
			if debug { // names and numbers only: command lines and paths may hold secrets
				p.log.Debug("event", "kind", e.Kind.String(), "sensor", e.Provider, "sequence", e.Sequence)
			}
			batch[i] = nil
		}
		if debug {
			p.log.Debug("batch", "events", len(batch), "waiting", p.queue.Stats().Events)
		}
		if errors.Is(err, queue.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// handle takes one event all the way into the spool, and what it leads to.
func (p *pipeline) handle(e *event.Event) {
	p.enrich.Enrich(e)
	stored := p.keep(e)
	e.Script = e.Script.Shown() // what was told before is not stored again, but looked at
	for _, f := range p.follow[e.Kind&0xff] {
		f.Follow(e)
	}
	if e.Kind == event.AgentStart && stored {
		p.started.Store(e)
	}
	p.found = p.found[:0]
	// What the exam does is harmless and looks like an attack: no finding, and
	// no response that would end it.
	if t := p.tap.Load(); t == nil || !t.See(e) {
		p.found = p.detect.findings(e, p.found)
	}
	for i, f := range p.found {
		f.Finding.EventID = ""
		if stored { // else there is no such event
			f.Finding.EventID = bareID(e.Epoch, e.Sequence)
		}
		p.keep(f)
		if stored {
			f.Finding.EventID = e.ID()
		}
		for i, id := range f.Finding.EventIDs {
			f.Finding.EventIDs[i] = e.Agent + id
		}
		p.raised(f)
		p.found[i] = nil
	}
	if len(p.found) > 0 {
		p.spool.Kick()
	}
	if e.Kind == event.ResponseRun {
		p.raised(e)
	}
	p.processed.Add(1)
}

// bareID is the id of an event without that of the agent.
func bareID(epoch, sequence int64) string { return fmt.Sprintf("-%d-%d", epoch, sequence) }

// keep numbers e and gives it to the spool; false when the spool cannot hold
// it, which the ledger then knows.
func (p *pipeline) keep(e *event.Event) bool {
	if e.HostName == "" {
		e.HostName = p.host
	}
	if e.Time == 0 {
		e.Time = p.now()
	}
	// The spool holds no agent id, nor one in Finding.EventID: the manager knows
	// who sends, and an id given later is right for what waited.
	e.Agent, e.Epoch, e.Sequence = "", p.spool.Epoch(), p.sequence+1
	if e.Kind == event.AgentLoss {
		p.ledger.Keep(e) // before, for the spool may lose it at once
	}
	err := p.append(e)
	if id := p.agent.Load(); id != nil {
		e.Agent = *id
	}
	if err == nil {
		p.sequence++
		p.spooled.Store(p.sequence)
		p.latest.Store(max(p.latest.Load(), int64(e.Time)))
		return true
	}
	if e.Kind == event.AgentLoss {
		p.ledger.Gone(e.Epoch, e.Sequence, e.Sequence)
	} else {
		p.lost(e, err)
	}
	e.Epoch, e.Sequence = 0, 0
	return false
}

func (p *pipeline) append(e *event.Event) error {
	var err error
	p.buf, err = p.encode(p.buf[:0], e)
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if len(p.buf) > wire.MaxEvent {
		return errTooLarge
	}
	return p.spool.Append(spool.Record{
		Lane: uint32(e.Kind.Class()), Sequence: e.Sequence, Time: int64(e.Time), Payload: p.buf,
	})
}

func (p *pipeline) lost(e *event.Event, err error) {
	reason := "event cannot be stored"
	switch {
	case errors.Is(err, spool.ErrClosed):
		reason = "spool is closed"
	case errors.Is(err, errTooLarge):
		reason = "event is larger than the manager takes"
	}
	p.ledger.Add(ledger.Loss{
		Stage: ledger.Pipeline, Sensor: e.Provider, Kind: e.Kind.String(), State: ledger.Lost, Reason: reason,
	}, toldActs(e), e.Time, lastAct(e))
	p.log.Debug("event could not be spooled", "kind", e.Kind.String(), "error", err)
}
