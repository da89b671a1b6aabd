package respond

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// suspend stops a process with SIGSTOP; resume lets it go on.
type suspend struct{ host *Host }

func (suspend) Spec() Spec {
	return Spec{Name: "suspend", Doc: "Stop the process (SIGSTOP) until it is resumed or killed.", Undo: "resume"}
}

func (a suspend) Run(_ context.Context, t Target, rehearse bool) Outcome {
	return a.host.signal(t, unix.SIGSTOP, rehearse)
}

// resume takes suspend back.
type resume struct{ host *Host }

func (resume) Spec() Spec {
	return Spec{Name: "resume", Doc: "Let a suspended process go on (SIGCONT).", Undo: "suspend"}
}

func (a resume) Run(_ context.Context, t Target, rehearse bool) Outcome {
	return a.host.signal(t, unix.SIGCONT, rehearse)
}

func (h *Host) signal(t Target, sig unix.Signal, rehearse bool) Outcome {
	p, err := h.open(t)
	if errors.Is(err, errGone) {
		return Outcome{Failed, "the process had already ended"}
	}
	if err != nil {
		return Outcome{Refused, err.Error()}
	}
	defer p.Close()
	if rehearse {
		return Outcome{Result: Would}
	}
	if err := p.Signal(sig); err != nil {
		return Outcome{Failed, fmt.Sprintf("send signal %d: %v", sig, err)}
	}
	return Outcome{Result: Done}
}
