package spool

import (
	"slices"
	"sync"
)

// chunkBytes is how much of what waits for the disk is kept in one piece; a
// piece is written to one segment, and is what is shed when memory is short.
const chunkBytes = 256 << 10

// lane is the records of one value class.
type lane struct {
	chunks   []chunk    // wait for the disk, oldest first; guarded by Spool.mu
	writing  int        // chunks[:writing] belong to the commit; guarded by Spool.mu
	spare    [][]byte   // empty buffers to use again, the smallest first; guarded by Spool.mu
	last     int64      // highest sequence appended; guarded by Spool.mu
	reported int64      // up to here all is on disk or was told to be lost; guarded by Spool.mu
	ordinal  uint32     // of the next record on disk; guarded by Spool.mu, written by the commit
	segments []*segment // oldest first; guarded by Spool.mu
	active   *segment   // being written, nil when there is none; belongs to the commit

	reading sync.Mutex // held by Read; taken before Spool.mu
	cursor  cursor     // guarded by reading
	rewound bool       // guarded by Spool.mu: the cursor goes back to the start
}

// chunk is a run of encoded records in memory.
type chunk struct {
	data []byte
	extent
}

// append encodes r into the last chunk or a new one; it returns the bytes.
func (l *lane) append(r Record, limit int) int {
	need := headerSize + len(r.Payload)
	n := len(l.chunks)
	if n == l.writing || len(l.chunks[n-1].data)+need > limit {
		size := firstBytes
		if n > l.writing { // the chunk before is full, so this one may become so
			size = limit
		}
		l.chunks = append(l.chunks, chunk{data: l.buffer(need, size)})
		n++
	}
	c := &l.chunks[n-1]
	c.data = appendRecord(c.data, r)
	c.add(r.Sequence, r.Time, 0)
	return need
}

// firstBytes is the least capacity of a chunk.
const firstBytes = 16 << 10

// buffer returns an empty buffer for need bytes and more: the largest spare one,
// or else a new one of size bytes.
func (l *lane) buffer(need, size int) []byte {
	best := len(l.spare) - 1
	if best < 0 || cap(l.spare[best]) < need {
		return make([]byte, 0, max(need, size))
	}
	b := l.spare[best]
	l.spare = l.spare[:best]
	return b
}

// spares is how many buffers a lane keeps for its next chunks.
const spares = 4

// drop removes the chunks from i to j, which are on disk or lost.
func (l *lane) drop(i, j int) {
	for k := i; k < j; k++ {
		l.keep(l.chunks[k].data)
	}
	n := copy(l.chunks[i:], l.chunks[j:])
	clear(l.chunks[i+n:])
	l.chunks = l.chunks[:i+n]
}

// keep makes a buffer a spare one; the largest are kept, in the order of size.
func (l *lane) keep(b []byte) {
	if cap(b) > 2*chunkBytes {
		return
	}
	i := 0
	for i < len(l.spare) && cap(l.spare[i]) < cap(b) {
		i++
	}
	l.spare = slices.Insert(l.spare, i, b[:0])
	if len(l.spare) > spares {
		l.spare = slices.Delete(l.spare, 0, 1)
	}
}

// shed makes room in memory while the disk does not take what waits: the
// oldest chunks of the least valuable lane go first. Spool.mu is held.
func (s *Spool) shed() []Loss {
	var losses []Loss
	for i := range s.lanes {
		l := &s.lanes[i]
		for s.pending > s.opts.MaxPending && len(l.chunks) > l.writing {
			c := l.chunks[l.writing]
			loss := lossOf(place{uint32(i), s.epoch}, c.extent, ReasonDisk)
			losses = merge(losses, loss)
			s.pending -= int64(len(c.data))
			s.lost += c.count
			l.drop(l.writing, l.writing+1)
		}
	}
	return losses
}

func lossOf(p place, x extent, reason string) Loss {
	return Loss{
		Lane: p.lane, Epoch: p.epoch, First: x.first, Last: x.last, Count: x.count,
		From: x.from, To: x.to, Reason: reason,
	}
}

// merge appends l, or extends the last loss when l goes on where it ended.
func merge(losses []Loss, l Loss) []Loss {
	if n := len(losses); n > 0 {
		p := &losses[n-1]
		if p.Lane == l.Lane && p.Epoch == l.Epoch && p.Reason == l.Reason && p.Last < l.First {
			p.Last, p.To = l.Last, l.To
			p.Count += l.Count
			return losses
		}
	}
	return append(losses, l)
}
