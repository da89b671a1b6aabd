package spool

import (
	"os"
	"slices"
)

// Release lets go of the records of one lane and epoch up to m; the manager
// has them. Files of which nothing is left are deleted.
func (s *Spool) Release(m Mark) {
	if m.Lane >= Lanes {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, l := place{m.Lane, m.Epoch}, &s.lanes[m.Lane]
	if m.Epoch == s.epoch && m.Sequence > s.last {
		s.opts.Logger.Error("more was released than this spool ever held: its folder was put back to an older state", "lane", m.Lane, "epoch", m.Epoch, "last", m.Sequence)
		m.Sequence = s.last
	}
	if m.Sequence <= s.released[p] || m.Epoch != s.epoch && !s.holds(p) {
		return
	}
	s.released[p] = m.Sequence
	for _, g := range slices.Clone(l.segments) {
		if g.place == p && g.last <= m.Sequence && g.ended {
			s.remove(l, g)
		}
	}
}

// Rewind makes what was read and not released readable again, for a new
// stream to the manager.
func (s *Spool) Rewind() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.lanes {
		s.lanes[i].rewound = true
		for _, g := range s.lanes[i].segments {
			g.pinned = false
		}
	}
	signal(s.ready)
}

// remove deletes g. s.mu is held.
func (s *Spool) remove(l *lane, g *segment) {
	i := slices.Index(l.segments, g)
	if i < 0 {
		return
	}
	l.segments = slices.Delete(l.segments, i, i+1)
	g.gone = true
	s.bytes -= g.disk
	if err := s.disk.Remove(g.path); err != nil && !os.IsNotExist(err) {
		s.opts.Logger.Warn("spool segment cannot be deleted", "path", g.path, "error", err)
	}
	if g.epoch != s.epoch && !s.holds(g.place) {
		delete(s.released, g.place)
	}
}

// shrink keeps the bound. It runs in the goroutine that commits, with s.mu held.
func (s *Spool) shrink() []Loss {
	var losses []Loss
	for s.bytes > s.maxBytes {
		l, g := s.victim(Lanes)
		if g == nil {
			break
		}
		losses = s.evict(losses, l, g, ReasonBound)
	}
	return losses
}

// makeRoom deletes the oldest segment of a lane below the given one, for a
// disk that is full. It runs in the goroutine that commits.
func (s *Spool) makeRoom(below uint32) bool {
	s.mu.Lock()
	l, g := s.victim(int(below))
	var losses []Loss
	if g != nil {
		losses = s.evict(losses, l, g, ReasonDisk)
	}
	s.mu.Unlock()
	s.tell(losses)
	return g != nil
}

// victim picks what goes first from the lanes below the given one: what the
// manager has, then the oldest segment of the least valuable lane, then the
// same among those that are on their way to the manager. s.mu is held.
func (s *Spool) victim(below int) (*lane, *segment) {
	tests := []func(g *segment) bool{
		func(g *segment) bool { return g.last <= s.released[g.place] },
		func(g *segment) bool { return !g.pinned },
		func(g *segment) bool { return true },
	}
	for _, test := range tests {
		for i := range s.lanes[:below] {
			if k := slices.IndexFunc(s.lanes[i].segments, test); k >= 0 {
				return &s.lanes[i], s.lanes[i].segments[k]
			}
		}
	}
	return nil, nil
}

// evict deletes g and appends what is lost with it. It runs in the goroutine
// that commits, with s.mu held.
func (s *Spool) evict(losses []Loss, l *lane, g *segment, reason string) []Loss {
	if l.active == g {
		l.active = nil
		if err := g.file.Close(); err != nil {
			s.opts.Logger.Warn("spool segment cannot be closed", "path", g.path, "error", err)
		}
	}
	g.ended = true
	x := s.unreleased(g)
	s.remove(l, g)
	if x.count == 0 {
		return losses
	}
	s.lost += x.count
	return merge(losses, lossOf(g.place, x, reason))
}

// unreleased returns what of g would be lost with it. s.mu is held.
func (s *Spool) unreleased(g *segment) extent {
	mark := max(s.released[g.place], g.told)
	switch {
	case mark >= g.last:
		return extent{}
	case mark < g.first:
		return g.extent
	}
	var x extent
	err := scan(g.path, g.size, func(p parsed) {
		if p.sequence > mark {
			x.add(p.sequence, p.time, p.ordinal)
		}
	})
	if err != nil || x.count == 0 {
		x = g.extent
		x.first, x.count = mark+1, max(1, g.count/2)
		s.opts.Logger.Warn("loss from spool is an estimate", "path", g.path, "error", err)
	}
	return x
}
