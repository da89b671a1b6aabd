package enrich

import (
	"sync/atomic"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxStuck is how many workers may hang in a file system and be replaced.
const maxStuck = 8

// job is one file that is to be read.
type job struct {
	key   fileKey
	from  origin
	done  chan struct{} // closed when facts are set
	facts *facts        // set under hasher.mu, immutable then

	late []*event.Event // guarded by hasher.mu: to be sent on when done
}

// result returns what was found when it is known.
func (j *job) result() (*facts, bool) {
	select {
	case <-j.done:
		return j.facts, true
	default:
		return nil, false
	}
}

// hire starts a worker. One of them also reads files that are no programs, when
// no program waits; so these never hold up a program.
func (h *hasher) hire(low bool) {
	h.workers.Add(1)
	go func() {
		if h.work(low) {
			h.workers.Done()
		}
	}()
}

// close stops the workers and waits for them, but not for those that hang.
func (h *hasher) close() {
	close(h.stop)
	h.workers.Wait()
}

// work reads files until stop is closed. It returns false when another has
// taken its place, and its part in workers.
func (h *hasher) work(low bool) bool {
	others := h.low
	if !low {
		others = nil
	}
	for {
		var j *job
		select {
		case j = <-h.queue:
		default:
			select {
			case <-h.stop:
				return true
			case j = <-h.queue:
			case j = <-others:
			}
		}
		if !h.do(j, low) {
			return false
		}
	}
}

// do reads one file. When that takes too long, as a file system across a
// network or of a hostile user may see to, the job ends without digests and
// another worker takes the place of this one: a read cannot be broken off.
func (h *hasher) do(j *job, low bool) bool {
	var over atomic.Bool
	guard := time.AfterFunc(h.opts.HashLimit, func() {
		if over.CompareAndSwap(false, true) {
			h.replace(low)
			h.finish(j, sum{facts: status(statusTimeout)})
		}
	})
	defer guard.Stop()
	r := h.reader.sum(j.key, j.from, h.maxSize.Load(), h.opts.Clock)
	if !over.CompareAndSwap(false, true) {
		h.mu.Lock()
		h.stuck--
		h.mu.Unlock()
		return false
	}
	h.finish(j, r)
	return true
}

// replace lets a new worker take the place of one that hangs.
func (h *hasher) replace(low bool) {
	h.mu.Lock()
	h.stuck++
	few := h.stuck <= maxStuck
	h.mu.Unlock()
	if few {
		h.hire(low)
	}
	h.workers.Done() // in the name of the one that hangs
}

func (h *hasher) finish(j *job, r sum) {
	h.mu.Lock()
	delete(h.jobs, j.key)
	h.stats.Files++
	h.stats.Bytes += r.read
	if r.settled && j.key.changed != 0 {
		h.keep(&digest{j.key, r.modified, r.facts})
	}
	j.facts = r.facts
	late := j.late
	j.late = nil
	h.mu.Unlock()
	close(j.done)
	for _, e := range late {
		e.Time = event.At(h.opts.Clock())
		r.facts.tell(e.File)
		h.opts.Late(e)
	}
}
