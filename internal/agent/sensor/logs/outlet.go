package logs

import (
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// outlet numbers events and hands them on, from any goroutine.
type outlet struct {
	book *book
	emit sensor.Emit
	now  func() time.Time
}

// give hands on a record. The lock is held over it, so that the events come
// out in the order of their numbers.
func (o *outlet) give(e *event.Event) {
	e.Kind, e.Provider, e.Rung = event.LogRecord, "logs", "tail"
	if e.Time == 0 {
		e.Time = event.At(o.now())
	}
	o.book.mu.Lock()
	defer o.book.mu.Unlock()
	o.book.number++
	e.SensorSequence = o.book.number
	o.emit(e)
}

// lost says that records were lost or cut, n of them; 0 is not known.
func (o *outlet) lost(state, reason string, n int64) {
	now := event.At(o.now())
	s := &event.Status{
		LossStage: "sensor", LossSensor: "logs", LossKind: event.LogRecord.String(), LossState: state, LossReason: reason, From: now, To: now,
	}
	if n > 0 {
		s.LossCount = event.Some(n)
	}
	o.emit(&event.Event{Time: now, Kind: event.AgentLoss, Provider: "logs", Rung: "tail", Status: s})
}
