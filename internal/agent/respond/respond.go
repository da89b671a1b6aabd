// Package respond acts on the host because of a finding or a task. An Action
// checks its target under a handle that cannot go to another process, is safe
// to do twice, and has an undo or says that it has none. The Responder works
// actions off on goroutines of its own, so that a slow one never holds up the
// pipeline, and makes a response_run event of each outcome.
package respond

import (
	"context"

	"github.com/vedette-edr/vedette/internal/event"
)

// The results of an action.
const (
	Done    = "done"    // the host is as the action wants it
	Failed  = "failed"  // the action was tried and did not work
	Refused = "refused" // the target may not be touched
	Would   = "would"   // mode observe: it would have been done
)

// The modes of a response, as in a policy.
const (
	Off     = "off"
	Observe = "observe"
	On      = "on"
)

// Target is what an action is to work on.
type Target struct {
	PID      int64
	EntityID string     // must fit the process that has the pid, when it is known
	Start    event.Time // when the process was created; checked when EntityID is empty
}

// Outcome is what became of an action.
type Outcome struct {
	Result string // Done, Failed, Refused or Would
	Reason string
}

// Action does one thing to a process.
type Action interface {
	// Spec says what the action is; it does not change.
	Spec() Spec
	// Run checks the target and acts on it; with rehearse it only checks.
	Run(ctx context.Context, t Target, rehearse bool) Outcome
}

// Spec describes an action.
type Spec struct {
	Name string // as rules and tasks call it
	Doc  string // one sentence
	Undo string // name of the action that takes it back; empty when nothing does
}

// All lists the actions.
func All(h *Host) []Action {
	return []Action{kill{h}, suspend{h}, resume{h}}
}
