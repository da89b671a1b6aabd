package script

import (
	"container/list"
	"crypto/sha256"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

const (
	maxTold = 8192
	again   = event.Time(time.Hour)        // after which the text of a content is told again
	between = event.Time(10 * time.Second) // between events of one content
)

type digest = [sha256.Size]byte

// told remembers which contents were told, the latest used of them.
type told struct {
	most  int
	known map[digest]*list.Element // of *content
	used  *list.List               // latest first
}

type content struct {
	key   digest
	text  event.Time // when its text was told
	last  event.Time // when an event was made
	quiet int        // runs since then
}

// verdict says what is to be told of a run.
type verdict struct {
	tell  bool
	text  bool // with the text
	quiet int  // runs of the same that were not told since the last event
}

func newTold(most int) *told {
	return &told{most: most, known: map[digest]*list.Element{}, used: list.New()}
}

// run notes a run of a content.
func (t *told) run(key digest, now event.Time) verdict {
	el := t.known[key]
	if el == nil {
		if t.used.Len() >= t.most {
			oldest := t.used.Back()
			delete(t.known, oldest.Value.(*content).key)
			t.used.Remove(oldest)
		}
		t.known[key] = t.used.PushFront(&content{key: key, text: now, last: now})
		return verdict{tell: true, text: true}
	}
	t.used.MoveToFront(el)
	c := el.Value.(*content)
	if since := now - c.last; since >= 0 && since < between {
		c.quiet++
		return verdict{}
	}
	v := verdict{tell: true, text: now-c.text >= again || now < c.text, quiet: c.quiet}
	c.last, c.quiet = now, 0
	if v.text {
		c.text = now
	}
	return v
}

// maxStamps is how many files are known by their stamps.
const maxStamps = 4096

// stamp is what a file that was not changed is known by.
type stamp struct {
	device, inode     uint64
	size              int64
	modified, changed int64
}

// stamps remembers the hashes of files, so that a script that runs again and
// again is not read each time.
type stamps struct {
	most  int
	known map[stamp]known
}

type known struct {
	key  digest
	text bool // else it is no script
}

func newStamps(most int) *stamps { return &stamps{most: most, known: map[stamp]known{}} }

func (s *stamps) put(at stamp, k known) {
	if len(s.known) >= s.most {
		clear(s.known) // cheaper than an order, and as good for what runs all the time
	}
	s.known[at] = k
}
