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
	marks  map[lane]int64     // guarded by mu: durable up to here
	boots  []string           // guarded by mu: boot ids of the streams so far, the newest last
	copies map[string]bool    // guarded by mu: boot ids that a copy of the machine has
	end    context.CancelFunc // guarded by mu: ends the newest stream
	stream uint64             // guarded by mu: number of the newest stream
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
// whether the machine is a copy: a machine has a new boot id after each start
// and never an old one again, so a boot id that comes back after another means
// that two machines use one certificate. The one that came later is the copy.
func (a *agent) open(boot string, end context.CancelFunc) (number uint64, isCopy bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.copies[boot] {
		return 0, true
	}
	if n := len(a.boots); boot != "" && (n == 0 || a.boots[n-1] != boot) {
		if i := slices.Index(a.boots, boot); i >= 0 {
			for _, later := range a.boots[i+1:] {
				a.copies[later] = true
			}
			a.boots = a.boots[:i+1]
		} else {
			a.boots = append(a.boots[max(0, n-15):], boot)
		}
	}
	if a.end != nil {
		a.end()
	}
	a.end = end
	a.stream++
	return a.stream, false
}

// isCopy reports whether the machine with the boot id is a copy of the agent's.
func (s *Server) isCopy(id, boot string) bool {
	a := s.agent(id)
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.copies[boot]
}

// End ends the stream of an agent, for a host that was deleted.
func (s *Server) End(id string) {
	a := s.agent(id)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.end != nil {
		a.end()
	}
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
