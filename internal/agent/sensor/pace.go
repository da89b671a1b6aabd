package sensor

import (
	"context"
	"sync"
	"time"
)

// Pace is how often a sensor looks where nothing tells it of changes. It may be
// used by many goroutines; a nil Pace is that of its user.
type Pace struct {
	mu      sync.Mutex
	every   time.Duration // guarded by mu
	changed chan struct{} // guarded by mu: closed when every changes
}

// NewPace returns a Pace of once in a time.
func NewPace(every time.Duration) *Pace {
	return &Pace{every: every, changed: make(chan struct{})}
}

// Set changes it, also for those who wait now.
func (p *Pace) Set(every time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.every == every || every <= 0 {
		return
	}
	p.every = every
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *Pace) get() (time.Duration, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.every, p.changed
}

// Next returns when to look after a look at last, and a channel that is closed
// when that is not true any more.
func (p *Pace) Next(last time.Time) (at time.Time, changed <-chan struct{}) {
	every, changed := p.get()
	return last.Add(every), changed
}

// Wait waits until it is time to look, and least has passed; false when ctx is
// done.
func (p *Pace) Wait(ctx context.Context, least time.Duration) bool {
	began := time.Now()
	for {
		every, changed := p.get()
		t := time.NewTimer(max(every, least) - time.Since(began))
		select {
		case <-ctx.Done():
			t.Stop()
			return false
		case <-t.C:
			return true
		case <-changed:
			t.Stop()
		}
	}
}
