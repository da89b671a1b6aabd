package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// readBytes is how much Read takes from a file at once.
const readBytes = 256 << 10

// cursor is the place where Read goes on.
type cursor struct {
	seg    *segment
	file   *os.File
	off    int64
	before parsed // the good record before off in this segment; size 0 is none
	broken bool   // the bytes before off are damaged
	buf    []byte
	sent   int64 // highest sequence returned of this place; what a failed cut left twice goes once
}

// Read appends to dst the next synced records of a lane that were not read
// since Open or Rewind and not released: oldest first, all of one epoch, about
// maxBytes of payloads, at least one when there is one. Payloads are valid
// until the next Read of the lane. Damaged records are told and passed over.
func (s *Spool) Read(laneID uint32, dst []Record, maxBytes int) ([]Record, error) {
	if laneID >= Lanes {
		return dst, fmt.Errorf("read spool: lane %d: there are %d", laneID, Lanes)
	}
	l := &s.lanes[laneID]
	l.reading.Lock()
	defer l.reading.Unlock()
	had := len(dst)
	for {
		v := s.view(l)
		s.tell(v.losses)
		if v.closed {
			return dst, ErrClosed
		}
		if v.seg == nil {
			return dst, nil
		}
		dst = s.readSome(l, v, dst, maxBytes)
		if len(dst) > had {
			return dst, nil
		}
	}
}

// view is what Read needs to know, taken under the lock.
type view struct {
	seg      *segment
	end      int64 // synced bytes
	released int64
	losses   []Loss
	closed   bool
}

// view moves the cursor to the next segment with something to read.
func (s *Spool) view(l *lane) view {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := view{closed: s.closed}
	c := &l.cursor
	if l.rewound {
		c.leave()
		*c, l.rewound = cursor{buf: c.buf}, false
	}
	for {
		g := c.seg
		if g != nil && !g.gone && g.last > s.released[g.place] && c.off < g.size {
			g.pinned = true
			v.seg, v.end, v.released = g, g.size, s.released[g.place]
			return v
		}
		if g != nil && c.broken && !g.gone && c.off >= g.size {
			v.losses = s.damage(v.losses, c, parsed{sequence: g.last + 1, ordinal: g.ordinals + 1, time: g.to})
		}
		if g != nil && !g.gone && !g.ended {
			return v // the newest segment; more may come
		}
		next := l.after(g)
		if next == nil {
			return v
		}
		c.leave()
		sent := c.sent
		if g == nil || g.place != next.place {
			sent = 0
		}
		*c = cursor{seg: next, off: int64(len(fileMagic)), buf: c.buf, sent: sent}
	}
}

// after returns the segment behind g, the first when g is nil.
func (l *lane) after(g *segment) *segment {
	for _, o := range l.segments {
		if g == nil || o.order > g.order {
			return o
		}
	}
	return nil
}

// leave closes the file of the cursor.
func (c *cursor) leave() {
	if c.file != nil {
		_ = c.file.Close() // read-only
		c.file = nil
	}
}

func (s *Spool) closeCursors() {
	for i := range s.lanes {
		l := &s.lanes[i]
		l.reading.Lock()
		l.cursor.leave()
		l.reading.Unlock()
	}
}

// readSome parses what one read of the file brings.
func (s *Spool) readSome(l *lane, v view, dst []Record, maxBytes int) []Record {
	c := &l.cursor
	b, err := c.fill(v.end)
	if err != nil {
		s.passOver(c, v.end, err)
		return dst
	}
	size, first := 0, true
	for len(b) > 0 && size < maxBytes {
		p, err := parse(b)
		if errors.Is(err, errShort) && c.off+int64(p.size) <= v.end {
			if first {
				c.grow(p.size) // and read again
			}
			break
		}
		if err != nil {
			skip := resync(b)
			c.broken = true
			c.off += int64(skip)
			b = b[skip:]
			continue
		}
		if c.broken {
			s.mu.Lock()
			losses := s.damage(nil, c, p)
			s.mu.Unlock()
			s.tell(losses)
		}
		c.off += int64(p.size)
		b = b[p.size:]
		payload := p.payload
		p.payload = nil
		c.before, c.broken, first = p, false, false
		if p.sequence > max(v.released, c.sent) {
			c.sent = p.sequence
			dst = append(dst, Record{Lane: v.seg.lane, Epoch: v.seg.epoch, Sequence: p.sequence, Time: p.time, Payload: payload})
			size += len(payload)
		}
	}
	return dst
}

// fill reads from the cursor on into its buffer.
func (c *cursor) fill(end int64) ([]byte, error) {
	if c.file == nil {
		f, err := os.Open(c.seg.path)
		if err != nil {
			return nil, err
		}
		c.file = f
	}
	c.grow(readBytes)
	n := int(min(int64(len(c.buf)), end-c.off))
	n, err := c.file.ReadAt(c.buf[:n], c.off)
	if err != nil && !(errors.Is(err, io.EOF) && n > 0) {
		return nil, err
	}
	return c.buf[:n], nil
}

func (c *cursor) grow(size int) {
	if len(c.buf) < size {
		c.buf = make([]byte, size)
	}
}

// passOver leaves what the disk does not give back; it is told when the next
// good record, or the end of the segment, shows how much it was.
func (s *Spool) passOver(c *cursor, end int64, err error) {
	s.mu.Lock()
	gone := c.seg.gone
	s.mu.Unlock()
	if !gone {
		s.opts.Logger.Error("spool segment cannot be read", "path", c.seg.path, "error", err)
	}
	c.broken, c.off = true, end
}

// resync returns how many bytes of b, at least one, are certainly not the
// start of a good record.
func resync(b []byte) int {
	for at := 1; at < len(b); {
		i := bytes.Index(b[at:], recordMark[:])
		if i < 0 {
			// a mark may begin in the last three bytes
			return max(1, len(b)-len(recordMark)+1)
		}
		at += i
		if _, err := parse(b[at:]); err == nil || errors.Is(err, errShort) {
			return at
		}
		at++
	}
	return len(b)
}

// damage appends the loss between the last good record of the cursor and the
// next one, unless it was told or released before. s.mu is held.
func (s *Spool) damage(losses []Loss, c *cursor, next parsed) []Loss {
	g := c.seg
	first, count, from := g.first, int64(next.ordinal-g.ordinal), g.from
	if c.before.size > 0 {
		first, count, from = c.before.sequence+1, int64(next.ordinal-c.before.ordinal)-1, c.before.time
	}
	c.broken = false
	last := next.sequence - 1
	if mark := max(g.told, s.released[g.place]); last <= mark || count <= 0 {
		return losses
	}
	g.told = last
	s.lost += count
	return append(losses, Loss{
		Lane: g.lane, Epoch: g.epoch, First: first, Last: last, Count: count,
		From: from, To: next.time, Reason: ReasonDamaged,
	})
}

// scan calls visit with each good record of the first size bytes of a segment.
func scan(path string, size int64, visit func(parsed)) error {
	_, err := scanEnd(path, size, func(p parsed, _ int64) { visit(p) })
	return err
}

// scanEnd is scan with the place of each record; it returns the bytes behind
// the last good one.
func scanEnd(path string, size int64, visit func(p parsed, at int64)) (tail []byte, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	b := text[:min(int64(len(text)), size)]
	at := min(len(fileMagic), len(b))
	end := at
	for at < len(b) {
		p, err := parse(b[at:])
		if err != nil {
			at += resync(b[at:])
			continue
		}
		visit(p, int64(at))
		at += p.size
		end = at
	}
	return b[end:], nil
}

// marks counts the records that began in b, at least one.
func marks(b []byte) int64 { return max(1, int64(bytes.Count(b, recordMark[:]))) }
