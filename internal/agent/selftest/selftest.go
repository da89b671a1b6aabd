// Package selftest is the exam that the agent takes on its own host: for every
// row of docs/telemetry.md something harmless is done (package act), and the
// events of the running agent must tell of it with the exact facts. What it
// finds is a score, the same as that of the public telemetry exam.
//
// An Exam runs once, in one goroutine besides those that read what its process
// says and the agent's events.
package selftest

import (
	"os"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// Result says how a row went.
type Result struct {
	Row     string  `json:"row"`
	Weight  float64 `json:"weight"`
	Pass    bool    `json:"pass"`
	Latency float64 `json:"latency_ms"` // from the act to the kept event, of the slowest of its events
	Source  string  `json:"source"`     // event.rung of the first of them, behind its sensor
	Note    string  `json:"note,omitempty"`
	// NotExercised says that it could not be done here: the row counts neither
	// for nor against the score.
	NotExercised bool `json:"not_exercised,omitempty"`
}

// Summary is the last line of an exam.
type Summary struct {
	Score      float64   `json:"score"`
	Ceiling    float64   `json:"ceiling"` // of the rows that were exercised
	Passed     int       `json:"passed"`  // rows, also those without weight
	Failed     []string  `json:"failed,omitempty"`
	Kernel     string    `json:"kernel"`
	Version    string    `json:"version"`
	PolicyHash string    `json:"policy_hash"`
	Time       time.Time `json:"time"`
}

// Report is an exam.
type Report struct {
	Rows    []Result `json:"rows"`
	Summary Summary  `json:"summary"`
}

// Agent is what the exam must know of the agent that it examines.
type Agent struct {
	PolicyHash string       `json:"policy_hash"`
	Version    string       `json:"version"`
	Start      *event.Event `json:"start,omitempty"` // agent_start of this run
	Stop       *event.Event `json:"stop,omitempty"`  // agent_stop of the run before; nil when there was none or it was killed
	Killed     bool         `json:"killed,omitempty"`
}

// Options are what an exam needs.
type Options struct {
	Agent   Agent
	Attach  func(*Tap) (detach func(), err error) // shows the tap to the pipeline
	Command []string                              // program and arguments that call act.Main
	Cgroup  *os.File                              // cgroup of the process; nil is that of the agent
	Row     string                                // the only row to take; empty is all
	Wait    time.Duration                         // how long an event may take; default 5 s
	Await   time.Duration                         // how long what others do is waited for; default Wait
	Kernel  string                                // release of the running kernel
}
