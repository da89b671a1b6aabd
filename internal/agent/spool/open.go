package spool

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// The files beside the segments. closedName exists only while the spool is
// closed in good order, so that a crash needs no space on the disk to be seen.
const (
	lockName   = "lock"
	closedName = "closed.json"
)

// closed is what Close leaves for the next Open.
type closed struct {
	Epoch    int64         `json:"epoch"`
	Boot     string        `json:"boot"`
	Last     int64         `json:"last"`
	Ordinals [Lanes]uint32 `json:"ordinals"`
	Released []Mark        `json:"released"`
	Damaged  []Mark        `json:"damaged"` // within a segment: told up to here
	Holes    []Mark        `json:"holes"`   // between segments: told after here
}

// Open opens the spool in dir and creates it when there is none.
func Open(dir string, o Options) (*Spool, error) {
	o = o.withDefaults()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	s := &Spool{
		dir: dir, opts: o, disk: o.disk, lock: lock, maxBytes: o.MaxBytes,
		ready: make(chan struct{}, 1), wake: make(chan struct{}, 1), now: make(chan struct{}, 1),
		stop: make(chan struct{}), done: make(chan struct{}),
		released: map[place]int64{}, changed: make(chan struct{}),
	}
	if err := lockFile(lock); err != nil {
		return nil, errors.Join(fmt.Errorf("open spool %s: %w", dir, err), lock.Close())
	}
	found, err := s.recover()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open spool %s: %w", dir, err), lock.Close())
	}
	if len(s.Newest()) > 0 {
		signal(s.ready)
	}
	signal(s.wake) // the bound may have changed
	s.tell(found)
	go s.run()
	return s, nil
}

// recover reads what the last run left and decides on the epoch.
func (s *Spool) recover() ([]Loss, error) {
	was, clean := s.readClosed()
	found, newest, err := s.load(was)
	if err != nil {
		return nil, err
	}
	if clean && was.Epoch >= newest && was.Boot == s.opts.Boot {
		s.epoch, s.last = was.Epoch, was.Last
		for i := range s.lanes {
			s.lanes[i].ordinal, s.lanes[i].last, s.lanes[i].reported = was.Ordinals[i], was.Last, was.Last
		}
	} else {
		// The clock makes epochs differ also when the folder was deleted.
		s.epoch = max(s.opts.Now().UnixMicro(), newest+1, was.Epoch+1)
	}
	for _, m := range was.Released {
		if m.Lane < Lanes && (m.Epoch == s.epoch || s.holds(place{m.Lane, m.Epoch})) {
			s.released[place{m.Lane, m.Epoch}] = m.Sequence
		}
	}
	if err := os.Remove(filepath.Join(s.dir, closedName)); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return found, s.disk.SyncDir(s.dir)
}

func (s *Spool) holds(p place) bool {
	return slices.ContainsFunc(s.lanes[p.lane].segments, func(g *segment) bool { return g.place == p })
}

func (s *Spool) readClosed() (closed, bool) {
	var c closed
	text, err := os.ReadFile(filepath.Join(s.dir, closedName))
	if err != nil {
		return closed{}, false
	}
	if err := json.Unmarshal(text, &c); err != nil || c.Epoch <= 0 {
		s.opts.Logger.Warn("spool was closed but its state cannot be read, a new epoch begins", "error", err)
		return closed{}, false
	}
	return c, true
}

// load finds the segments on disk, in order, and the newest epoch.
func (s *Spool) load(was closed) (found []Loss, newest int64, err error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, 0, err
	}
	var all []*segment
	for _, e := range entries {
		if p, first, ok := parseName(e.Name()); ok {
			all = append(all, &segment{place: p, path: filepath.Join(s.dir, e.Name()), start: first, ended: true})
			newest = max(newest, p.epoch)
		}
	}
	slices.SortFunc(all, func(a, b *segment) int {
		return cmp.Or(cmp.Compare(a.epoch, b.epoch), cmp.Compare(a.lane, b.lane), cmp.Compare(a.start, b.start))
	})
	s.holes = was.Holes
	var before *segment // the newest that holds records
	suspect := false    // between it and the next one records may be missing
	for _, g := range all {
		for _, m := range was.Damaged {
			if m.Lane == g.lane && m.Epoch == g.epoch && m.Sequence >= g.start {
				g.told = max(g.told, m.Sequence)
			}
		}
		loss, err := s.loadSegment(g)
		if err != nil {
			return nil, 0, err
		}
		if before != nil && before.place != g.place {
			before, suspect = nil, false
		}
		if before != nil && g.count > 0 && suspect {
			found = s.missing(found, before, g)
		}
		if loss.Count > 0 {
			found = append(found, loss)
		}
		if g.count > 0 {
			before, suspect = g, false
		}
		suspect = suspect || !g.whole
	}
	for _, l := range found {
		s.lost += l.Count
	}
	return found, newest, nil
}

// missing appends the records between two neighbours of which the first, or a
// file between them, is not whole. Their exact number takes the place of what
// was guessed from torn ends.
func (s *Spool) missing(found []Loss, g, next *segment) []Loss {
	for n := len(found); n > 0; n-- {
		if l := found[n-1]; l.Lane != g.lane || l.Epoch != g.epoch || l.First <= g.last {
			break
		}
		found = found[:n-1]
	}
	count := int64(next.ordinal - g.ordinals - 1)
	at := Mark{g.lane, g.epoch, g.last}
	if count <= 0 || count > 1<<31 {
		return found
	}
	known := slices.Contains(s.holes, at)
	s.holes = append(s.holes, at)
	if known {
		return found
	}
	return append(found, Loss{
		Lane: g.lane, Epoch: g.epoch, First: g.last + 1, Last: next.first - 1, Count: count, From: g.to, To: next.from, Reason: ReasonDamaged,
	})
}

// loadSegment learns what g holds, from its trailer or by reading it, and
// cuts a torn end off.
func (s *Spool) loadSegment(g *segment) (Loss, error) {
	st, err := os.Stat(g.path)
	if err != nil {
		return Loss{}, err
	}
	g.disk = st.Size()
	if x, ok := readTrailer(g.path, st.Size()); ok && x.first == g.start {
		g.extent, g.size, g.whole = x, st.Size()-trailerSize, true
		s.adopt(g)
		return Loss{}, nil
	}
	end := int64(len(fileMagic))
	var tail []byte
	if tail, err = scanEnd(g.path, st.Size(), func(p parsed, at int64) {
		g.add(p.sequence, p.time, p.ordinal)
		end = at + int64(p.size)
	}); err != nil {
		return Loss{}, err
	}
	var loss Loss
	if torn(tail) {
		loss = s.tornLoss(g, tail)
	}
	if g.count == 0 {
		return loss, s.disk.Remove(g.path)
	}
	if err := os.Truncate(g.path, end); err != nil {
		s.opts.Logger.Warn("torn end of spool segment cannot be cut off", "path", g.path, "error", err)
	}
	g.count = int64(g.ordinals-g.ordinal) + 1
	g.size, g.disk = end, end
	s.adopt(g)
	return loss, nil
}

// torn reports whether the bytes behind the last good record were a record.
func torn(tail []byte) bool {
	if len(tail) == 0 || len(tail) == trailerSize && !bytes.Contains(tail, recordMark[:]) {
		return false
	}
	n := min(len(tail), len(trailerMark))
	return string(tail[:n]) != string(trailerMark[:n])
}

// tornLoss tells of the record that was being written when the agent ended.
func (s *Spool) tornLoss(g *segment, tail []byte) Loss {
	next := g.start
	if g.count > 0 {
		next = g.last + 1
	}
	return Loss{Lane: g.lane, Epoch: g.epoch, First: next, Last: next, Count: marks(tail), From: g.to, To: g.to, Reason: ReasonDamaged}
}

func (s *Spool) adopt(g *segment) {
	s.orders++
	g.order = s.orders
	s.lanes[g.lane].segments = append(s.lanes[g.lane].segments, g)
	s.bytes += g.disk
}

func readTrailer(path string, size int64) (extent, bool) {
	if size < int64(len(fileMagic))+trailerSize {
		return extent{}, false
	}
	f, err := os.Open(path)
	if err != nil {
		return extent{}, false
	}
	defer func() { _ = f.Close() }() // read-only
	b := make([]byte, trailerSize)
	if _, err := f.ReadAt(b, size-trailerSize); err != nil && !errors.Is(err, io.EOF) {
		return extent{}, false
	}
	return parseTrailer(b)
}

// Close makes everything durable and keeps the epoch for the next Open. When
// the disk refuses what waits, Close says so and the next Open begins a new
// epoch.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.closed = true
	s.mu.Unlock()
	close(s.stop)
	<-s.done
	s.closeCursors()
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.failure
	if err == nil {
		err = s.writeClosed()
	} else {
		err = fmt.Errorf("%d bytes of events could not be written: %w", s.pending, err)
	}
	if err = errors.Join(err, s.lock.Close()); err != nil {
		return fmt.Errorf("close spool: %w", err)
	}
	return nil
}

// writeClosed leaves the state of a clean end. s.mu is held.
func (s *Spool) writeClosed() error {
	c := closed{Epoch: s.epoch, Boot: s.opts.Boot, Last: s.last}
	for _, m := range s.holes {
		if s.holds(place{m.Lane, m.Epoch}) && !slices.Contains(c.Holes, m) {
			c.Holes = append(c.Holes, m)
		}
	}
	for p, n := range s.released {
		c.Released = append(c.Released, Mark{p.lane, p.epoch, n})
	}
	for i := range s.lanes {
		c.Ordinals[i] = s.lanes[i].ordinal
		for _, g := range s.lanes[i].segments {
			if g.told > 0 {
				c.Damaged = append(c.Damaged, Mark{g.lane, g.epoch, g.told})
			}
		}
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	tmp := filepath.Join(s.dir, closedName+".new")
	if err := writeSynced(tmp, text); err != nil {
		return err
	}
	if err := os.Rename(tmp, filepath.Join(s.dir, closedName)); err != nil {
		return err
	}
	return s.disk.SyncDir(s.dir)
}

func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}
