package script

import (
	"errors"
	"sync/atomic"
	"time"
)

const (
	patience = 2 * time.Second
	maxSlow  = 4
)

var errSlow = errors.New("its file system does not answer")

// slow bounds what waits for file systems that do not answer.
type slow struct {
	patience time.Duration
	out      atomic.Int32 // readings that are under way
}

// look finds a file within the time that it may take.
func (s *slow) look(f func() found) found {
	o, ok := wait(s, f, func(o found) {
		if o.f != nil {
			o.f.Close()
		}
	})
	if !ok {
		o.err = errSlow
	}
	return o
}

// read reads a file that was found within the time that it may take.
func (s *slow) read(o found) reading {
	got, ok := wait(s, func() reading { return read(o) }, func(reading) {})
	if !ok {
		got.err = errSlow
	}
	return got
}

// wait runs f on a goroutine and gives it up when it takes too long: false. f
// ends by itself, whenever its file system answers or is gone, and what it
// returns is given to late.
func wait[T any](s *slow, f func() T, late func(T)) (got T, ok bool) {
	if s.out.Load() >= maxSlow {
		return got, false
	}
	s.out.Add(1)
	done, gone := make(chan T), make(chan struct{})
	go func() {
		defer s.out.Add(-1)
		got := f()
		select {
		case done <- got:
		case <-gone:
			late(got)
		}
	}()
	timer := time.NewTimer(s.patience)
	defer timer.Stop()
	select {
	case got = <-done:
		return got, true
	case <-timer.C:
		close(gone)
		return got, false
	}
}
