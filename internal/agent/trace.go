package agent

import (
	"context"
	"errors"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/control"
	"github.com/vedette-edr/vedette/internal/agent/sensor/trace"
)

// Tracer lists the system calls of a process for who asks on the control
// socket; *trace.Tracer is one.
type Tracer interface {
	Run(ctx context.Context, q trace.Request, begun func() error, each func(trace.Call) error) (trace.End, error)
}

// TraceLine is a line of the answer: a call, or the end. The first has neither.
type TraceLine struct {
	Call  *trace.Call `json:"call,omitempty"`
	End   *trace.End  `json:"end,omitempty"`
	Error string      `json:"error,omitempty"`
}

// trace lists the calls of a process for who asked. What they hold is in the
// answer only; the log says that it was asked.
func (a *Agent) trace(ctx context.Context, q control.Trace, send func(any) error) error {
	if a.deps.Trace == nil {
		return errors.New("this agent cannot list system calls: it has no way into the kernel")
	}
	log := a.deps.Log.With("pid", q.PID)
	end, err := a.deps.Trace.Run(ctx, trace.Request{PID: q.PID, For: q.For, Calls: q.Calls},
		func() error {
			log.Info("system calls of a process are listed for root on this host", "for", q.For.Round(time.Millisecond).String())
			return send(TraceLine{})
		},
		func(c trace.Call) error { return send(TraceLine{Call: &c}) },
	)
	if err != nil {
		return err
	}
	log.Info("system calls of a process are no longer listed", "why", end.Why, "listed", end.Listed)
	return send(TraceLine{End: &end})
}
