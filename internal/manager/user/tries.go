package user

import (
	"fmt"
	"sync"
	"time"
)

// TooMany says that there were too many wrong passwords.
type TooMany struct {
	Wait time.Duration // until the next try is looked at
}

// Error says how long to wait.
func (e *TooMany) Error() string {
	return fmt.Sprintf("too many wrong passwords: wait %s", e.Wait.Round(time.Second))
}

const (
	triesKept   = 10000            // most identities that are remembered
	triesForget = 30 * time.Minute // after the last wrong password
	maxWait     = 15 * time.Minute
)

// tries slows down who guesses passwords: from a number of wrong ones on, each
// further one doubles the wait, and nothing is looked at before it is over. A
// person at one address (5), an address (20) and a person from anywhere (50)
// count apart.
type tries struct {
	mu    sync.Mutex
	seen  map[string]*try // guarded by mu
	swept time.Time       // guarded by mu: when old ones were dropped last
}

type try struct {
	wrong int
	last  time.Time
	until time.Time
}

func newTries() *tries { return &tries{seen: map[string]*try{}} }

type limitKey struct {
	key  string
	free int
}

func limitKeys(name, address string) []limitKey {
	return []limitKey{{"both\x00" + name + "\x00" + address, 5}, {"address\x00" + address, 20}, {"name\x00" + name, 50}}
}

// check returns *TooMany when a try must wait.
func (t *tries) check(name, address string, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var wait time.Duration
	for _, k := range limitKeys(name, address) {
		if x := t.seen[k.key]; x != nil {
			wait = max(wait, x.until.Sub(now))
		}
	}
	if wait > 0 {
		return &TooMany{Wait: wait}
	}
	return nil
}

// wrong counts a wrong password.
func (t *tries) wrong(name, address string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget(now)
	for _, k := range limitKeys(name, address) {
		x := t.seen[k.key]
		if x == nil {
			if len(t.seen) >= triesKept {
				continue
			}
			x = &try{}
			t.seen[k.key] = x
		}
		x.wrong++
		x.last = now
		if over := x.wrong - k.free; over >= 0 {
			x.until = now.Add(min(time.Second<<min(over, 20), maxWait))
		}
	}
}

// right forgets the wrong passwords of a person at an address.
func (t *tries) right(name, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.seen, limitKeys(name, address)[0].key)
}

// forget drops what is old; mu is held.
func (t *tries) forget(now time.Time) {
	if len(t.seen) < triesKept/2 || now.Sub(t.swept) < time.Minute {
		return
	}
	t.swept = now
	for k, x := range t.seen {
		if now.Sub(x.last) > triesForget {
			delete(t.seen, k)
		}
	}
}
