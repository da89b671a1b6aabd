package lake

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// Lane is one row of growing sequences of one agent.
type Lane struct {
	Agent string
	Epoch int64
	Lane  uint32
}

// Position is the place of an event in the log; it grows in the order in which
// the lake accepted events and is the same after a restart.
type Position struct {
	Message uint64
	Index   uint32 // within the message, duplicates included
}

// String returns p as ParsePosition reads it.
func (p Position) String() string { return fmt.Sprintf("%d.%d", p.Message, p.Index) }

// ParsePosition reads what String wrote.
func ParsePosition(s string) (Position, error) {
	a, b, _ := strings.Cut(s, ".")
	m, err := strconv.ParseUint(a, 10, 64)
	if err != nil {
		return Position{}, fmt.Errorf("position %q is not two numbers joined by a dot", s)
	}
	i, err := strconv.ParseUint(b, 10, 32)
	if err != nil {
		return Position{}, fmt.Errorf("position %q is not two numbers joined by a dot", s)
	}
	return Position{m, uint32(i)}, nil
}

func (p Position) compare(q Position) int {
	switch {
	case p == q:
		return 0
	case p.Message < q.Message || p.Message == q.Message && p.Index < q.Index:
		return -1
	}
	return 1
}

// chunk is events in memory that will become one segment, in the order in
// which they were accepted.
type chunk struct {
	table    *segment.Table // accept adds to it, holding the lake's taking
	view     *segment.Group // what of the table is shown
	bytes    int64          // about what the table takes
	since    time.Time      // when the first event came
	marks    map[Lane]int64
	position uint64 // newest message whose events are all in this or older chunks
	gaps     []Gap
	info     *segment.Info // the file, once written; used by the writer only
}

// newChunk returns an empty chunk that expects as many events as an earlier
// one, which may be nil.
func newChunk(now time.Time, before *chunk) *chunk {
	c := &chunk{since: now, marks: map[Lane]int64{}}
	if before == nil {
		c.table = segment.NewTable(nil)
	} else {
		c.table = segment.NewTable(before.table)
	}
	c.view = c.table.View()
	return c
}

func (c *chunk) empty() bool {
	return c.view.Rows() == 0 && len(c.marks) == 0 && len(c.gaps) == 0
}
