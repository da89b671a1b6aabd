package respond

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// reapTime is how long a process may take to end after SIGKILL before the
// action is called failed: it is stuck in the kernel.
const reapTime = 2 * time.Second

// kill ends a process with SIGKILL.
type kill struct{ host *Host }

func (kill) Spec() Spec {
	return Spec{Name: "kill", Doc: "End the process at once (SIGKILL). It cannot be undone."}
}

func (a kill) Run(ctx context.Context, t Target, rehearse bool) Outcome {
	p, err := a.host.open(t)
	if errors.Is(err, errGone) {
		return Outcome{Done, "the process had already ended"}
	}
	if err != nil {
		return Outcome{Refused, err.Error()}
	}
	defer p.Close()
	if rehearse {
		return Outcome{Result: Would}
	}
	if err := p.Signal(unix.SIGKILL); err != nil {
		if errors.Is(err, unix.ESRCH) {
			return Outcome{Done, "the process had already ended"}
		}
		return Outcome{Failed, fmt.Sprintf("send SIGKILL: %v", err)}
	}
	if !p.Ended(ctx, reapTime) {
		return Outcome{Failed, fmt.Sprintf("the process is still there %s after SIGKILL: it hangs in the kernel", reapTime)}
	}
	return Outcome{Result: Done}
}
