package query

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
)

// key orders all events of all hosts: by time, agent, epoch and sequence. It
// stays the same while segments are written and merged, so that the next page
// begins where the last one ended, whatever happened in between.
type key struct {
	time     event.Time
	agent    string
	epoch    int64
	sequence int64
}

func (k key) compare(o key) int {
	return cmp.Or(cmp.Compare(k.time, o.time), cmp.Compare(k.agent, o.agent), cmp.Compare(k.epoch, o.epoch), cmp.Compare(k.sequence, o.sequence))
}

// cursor is where a page ended. It keeps the range of the first page, which
// "the last hour" would move.
type cursor struct {
	last     key
	from, to event.Time
	mark     uint32 // of the condition
	oldest   bool   // oldest first
}

var errCursor = errors.New("cursor is damaged")

const cursorVersion = 1

func (c cursor) String() string {
	b := []byte{cursorVersion, 0}
	if c.oldest {
		b[1] = 1
	}
	b = binary.BigEndian.AppendUint32(b, c.mark)
	for _, n := range []int64{int64(c.from), int64(c.to), int64(c.last.time), c.last.epoch, c.last.sequence} {
		b = binary.AppendVarint(b, n)
	}
	return base64.RawURLEncoding.EncodeToString(append(b, c.last.agent...))
}

func parseCursor(s string) (cursor, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 6 || b[0] != cursorVersion || b[1] > 1 {
		return cursor{}, errCursor
	}
	c := cursor{oldest: b[1] == 1, mark: binary.BigEndian.Uint32(b[2:])}
	b = b[6:]
	var nums [5]int64
	for i := range nums {
		n, w := binary.Varint(b)
		if w <= 0 {
			return cursor{}, errCursor
		}
		nums[i], b = n, b[w:]
	}
	c.from, c.to = event.Time(nums[0]), event.Time(nums[1])
	c.last = key{event.Time(nums[2]), string(b), nums[3], nums[4]}
	return c, nil
}

// resume applies the cursor of a request to its selection.
func resume(text string, s *selection, oldest bool) (*key, error) {
	if text == "" {
		return nil, nil
	}
	c, err := parseCursor(text)
	if err != nil {
		return nil, &api.FieldError{Field: "query.cursor", Message: "is none that an answer gave; leave it out to begin at the first page"}
	}
	if c.mark != s.mark || c.oldest != oldest {
		return nil, &api.FieldError{Field: "query.cursor", Message: "is of a search with another condition or sort; leave it out to begin at the first page"}
	}
	s.from, s.to = c.from, c.to
	return &c.last, nil
}
