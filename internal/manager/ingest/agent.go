package ingest

import (
	"context"
	"maps"
	"slices"
	"sync"

	"golang.org/x/time/rate"

	"github.com/vedette-edr/vedette/internal/wire"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// maxMarks is how many epochs and lanes of an agent are remembered.
const maxMarks = 256

// lane names the events of one agent that must come in growing sequence.
type lane struct {
	epoch int64
	lane  uint32
}

// agent is what the server knows of an agent while it runs.
type agent struct {
	turn    chan struct{} // capacity 1: held while a batch is in work
	bytes   *rate.Limiter
	batches *rate.Limiter

	mu     sync.Mutex
	marks  map[lane]int64          // guarded by mu: durable up to here
	runs   []string                // guarded by mu: runs of the agent that had a stream, the newest last
	copies map[string]bool         // guarded by mu: runs on a copy of the machine
	end    context.CancelCauseFunc // guarded by mu: ends the newest stream
	stream uint64                  // guarded by mu: number of the newest stream
}

func (s *Server) agent(id string) *agent {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.agents[id]
	if a == nil {
		l := s.opts.Limits
		a = &agent{
			turn: make(chan struct{}, 1), marks: map[lane]int64{}, copies: map[string]bool{},
			bytes:   rate.NewLimiter(rate.Limit(l.BytesPerSecond), max(4*l.BytesPerSecond, 2*wire.MaxContent)),
			batches: rate.NewLimiter(rate.Limit(l.BatchesPerSecond), 4*l.BatchesPerSecond),
		}
		s.agents[id] = a
	}
	return a
}

// open begins a stream of the agent and ends the one before. It reports
// whether the machine is a copy: each run of an agent has a name of its own,
// and one that comes back after another one had a stream means that two
// machines use one certificate. The one that came later is the copy.
func (a *agent) open(run string, end context.CancelCauseFunc) (number uint64, isCopy bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.copies[run] {
		return 0, true
	}
	if n := len(a.runs); run != "" && (n == 0 || a.runs[n-1] != run) {
		if i := slices.Index(a.runs, run); i >= 0 {
			for _, later := range a.runs[i+1:] {
				a.copies[later] = true
			}
			a.runs = a.runs[:i+1]
		} else {
			a.runs = append(a.runs[max(0, n-15):], run)
		}
	}
	if a.end != nil {
		a.end(errReplaced)
	}
	a.end = end
	a.stream++
	return a.stream, false
}

// isCopy reports whether a run is one on a copy of the agent's machine.
func (s *Server) isCopy(id, run string) bool {
	a := s.agent(id)
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.copies[run]
}

// learn takes marks of what is stored, and returns all.
func (a *agent) learn(stored []*wirepb.Mark) []*wirepb.Mark {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, m := range stored {
		l := lane{m.GetEpoch(), m.GetLane()}
		a.marks[l] = max(a.marks[l], m.GetSequence())
	}
	a.forget()
	var out []*wirepb.Mark
	for l, n := range a.marks {
		out = append(out, &wirepb.Mark{Epoch: l.epoch, Lane: l.lane, Sequence: n})
	}
	return out
}

func (a *agent) mark(l lane) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.marks[l]
}

func (a *agent) advance(l lane, sequence int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.marks[l] = max(a.marks[l], sequence)
	a.forget()
}

// forget keeps the newest epochs only; a.mu is held.
func (a *agent) forget() {
	if len(a.marks) <= maxMarks {
		return
	}
	all := slices.SortedFunc(maps.Keys(a.marks), func(x, y lane) int { return int(min(max(x.epoch-y.epoch, -1), 1)) })
	for _, l := range all[:len(all)-maxMarks/2] {
		delete(a.marks, l)
	}
}
