package spool

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"
)

// run commits until Close.
func (s *Spool) run() {
	defer close(s.done)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for stopped := false; !stopped; {
		select {
		case <-s.wake:
			stopped = s.pause(timer, s.opts.Linger)
		case <-s.now:
		case <-s.stop:
			stopped = true
		}
		if err := s.commit(); err != nil && !stopped {
			stopped = s.pause(timer, s.opts.Retry)
			signal(s.wake)
		}
	}
	_ = s.commit() // what came since; Close finds the failure
	s.sealAll()
}

// pause waits for d, or less when a commit is wanted at once.
func (s *Spool) pause(timer *time.Timer, d time.Duration) (stopped bool) {
	timer.Reset(d)
	select {
	case <-timer.C:
	case <-s.now:
	case <-s.stop:
		return true
	}
	return false
}

// commit writes and syncs what waits, the most valuable lane first, and then
// keeps the bound. What could not be written stays and is tried again.
func (s *Spool) commit() error {
	var failure error
	for i := Lanes - 1; i >= 0; i-- {
		err := s.commitLane(&s.lanes[i], uint32(i))
		for diskFull(err) && s.makeRoom(uint32(i)) {
			err = s.commitLane(&s.lanes[i], uint32(i))
		}
		failure = errors.Join(failure, err)
	}
	s.mu.Lock()
	losses := s.shrink()
	if failure != nil && s.failure == nil {
		s.opts.Logger.Error("spool cannot be written, events wait in memory: free space on its disk", "error", failure)
	} else if failure == nil && s.failure != nil {
		s.opts.Logger.Info("spool can be written again")
	}
	s.mu.Unlock()
	s.tell(losses)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure, s.hangs = failure, false
	s.report()
	close(s.changed)
	s.changed = make(chan struct{})
	return failure
}

// report notes how far each lane has been settled: what came before the first
// chunk that waits is on disk or was told to be lost, unless an Append is about
// to tell it; the commit that it asks for comes back here. s.mu is held.
func (s *Spool) report() {
	if s.telling > 0 {
		return
	}
	for i := range s.lanes {
		l := &s.lanes[i]
		l.reported = l.last
		if len(l.chunks) > 0 {
			l.reported = l.chunks[0].first - 1
		}
	}
}

// commitLane writes the chunks of one lane that wait now. Each segment is
// synced once, after its last chunk.
func (s *Spool) commitLane(l *lane, id uint32) error {
	s.mu.Lock()
	l.writing = len(l.chunks)
	chunks := l.chunks[:l.writing]
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		l.writing = 0
		s.mu.Unlock()
	}()
	for len(chunks) > 0 {
		n, err := s.fill(l, id, chunks)
		if err != nil {
			s.abandon(l)
			return fmt.Errorf("write spool: %w", err)
		}
		s.settle(l, n)
		chunks = chunks[n:]
		// settle moved what is left to the front
		s.mu.Lock()
		chunks = l.chunks[:len(chunks)]
		s.mu.Unlock()
	}
	return nil
}

// fill writes as many chunks as the segment takes, at least one, and syncs it.
func (s *Spool) fill(l *lane, id uint32, chunks []chunk) (int, error) {
	if g := l.active; g != nil && g.wrote+int64(len(chunks[0].data)) > s.opts.SegmentBytes {
		s.seal(l)
	}
	if l.active == nil {
		if err := s.create(l, id, chunks[0].first); err != nil {
			return 0, err
		}
	}
	s.mu.Lock()
	ordinal := l.ordinal
	s.mu.Unlock()
	g, n := l.active, 0
	for n < len(chunks) && (n == 0 || g.wrote+int64(len(chunks[n].data)) <= s.opts.SegmentBytes) {
		data, first := chunks[n].data, ordinal
		ordinal = number(data, ordinal)
		s.mu.Lock() // Append may have moved the chunks; they keep their places
		l.chunks[n].ordinal, l.chunks[n].ordinals = first, ordinal-1
		s.mu.Unlock()
		w, err := g.file.Write(data)
		g.wrote += int64(w)
		if err != nil {
			return 0, err
		}
		n++
	}
	return n, g.file.Sync()
}

// create begins a new segment; its name is durable when create returns.
func (s *Spool) create(l *lane, id uint32, first int64) error {
	p := place{id, s.epoch}
	path := filepath.Join(s.dir, segmentName(p, first))
	f, err := s.disk.Create(path)
	if err != nil {
		return err
	}
	g := &segment{place: p, path: path, start: first, file: f}
	n, err := f.Write([]byte(fileMagic))
	if err == nil {
		err = s.disk.SyncDir(s.dir)
	}
	if err != nil {
		return errors.Join(err, f.Close(), s.disk.Remove(path))
	}
	g.wrote, g.size = int64(n), int64(n)
	l.active = g
	return nil
}

// settle says that the first n chunks of l are durable in the active segment.
func (s *Spool) settle(l *lane, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := l.active
	if g.count == 0 {
		s.orders++
		g.order = s.orders
		l.segments = append(l.segments, g)
	}
	for _, c := range l.chunks[:n] {
		g.join(c.extent)
		s.pending -= int64(len(c.data))
		l.ordinal = c.ordinals + 1
	}
	s.bytes += g.wrote - g.disk
	g.size, g.disk = g.wrote, g.wrote
	l.drop(0, n)
	l.writing -= n
	signal(s.ready)
}

// abandon gives up the active segment after an error: what is not synced is
// cut off and stays in memory.
func (s *Spool) abandon(l *lane) {
	g := l.active
	if g == nil {
		return
	}
	s.mu.Lock()
	empty, size := g.count == 0, g.size
	s.mu.Unlock()
	err := g.file.Truncate(size)
	if empty {
		err = errors.Join(g.file.Close(), s.disk.Remove(g.path))
	} else {
		err = errors.Join(err, g.file.Close())
	}
	if err != nil {
		s.opts.Logger.Warn("spool segment could not be cut", "path", g.path, "error", err)
	}
	l.active = nil
	s.mu.Lock()
	g.ended = true
	s.mu.Unlock()
}

// seal ends the active segment with a trailer, which spares the next start a
// scan; a trailer that cannot be written is left out.
func (s *Spool) seal(l *lane) {
	g := l.active
	if g == nil {
		return
	}
	l.active = nil
	s.mu.Lock()
	x, size := g.extent, g.size
	s.mu.Unlock()
	_, err := g.file.Write(appendTrailer(nil, x))
	if err != nil {
		err = errors.Join(err, g.file.Truncate(size))
	} else {
		size += trailerSize
		err = g.file.Sync()
	}
	if err = errors.Join(err, g.file.Close()); err != nil {
		s.opts.Logger.Warn("spool segment has no trailer, the next start scans it", "path", g.path, "error", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g.ended = true
	if !g.gone {
		s.bytes += size - g.disk
		g.disk = size
		if g.last <= s.released[g.place] {
			s.remove(l, g)
		}
	}
}

func (s *Spool) sealAll() {
	for i := range s.lanes {
		s.seal(&s.lanes[i])
	}
}
