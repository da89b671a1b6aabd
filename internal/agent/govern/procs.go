package govern

// Procs decides how many processors the agent's threads may take at once. One
// is enough for what a host does: with more, each piece of work is handed from
// thread to thread, and waking a thread costs more than the work. More are
// taken while events wait, and two while a rule may act: what must be done at
// once then does not wait for a batch that is worked on.
type Procs struct {
	most int
	now  int
	calm int // ticks in a row that one processor would have done for
}

// The rules of Procs.
const (
	manyEvents = 8192 // in the queue: one processor does not keep up
	busy       = 60   // percent of a core over the governor's window, above which one may not do
	calmTicks  = 10
)

// NewProcs returns a Procs that begins with one processor; most is how many
// there are.
func NewProcs(most int) *Procs { return &Procs{most: most, now: 1} }

// Tick is given how many events wait, what the agent uses, percent of a core,
// and whether a rule may act. It returns how many processors to take, and
// whether that is new.
func (p *Procs) Tick(waiting int, percent float64, acts bool) (n int, changed bool) {
	before, least := p.now, 1
	if acts {
		least = min(2, p.most)
	}
	switch {
	case waiting >= manyEvents || percent >= busy:
		p.now, p.calm = p.most, 0
	case p.now > least:
		if p.calm++; p.calm >= calmTicks {
			p.now = least
		}
	}
	p.now = max(p.now, least)
	return p.now, p.now != before
}
