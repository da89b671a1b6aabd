package spool

import (
	"os"
	"path/filepath"
	"testing"
)

// fillLane appends n records of about 1 kB and syncs every few.
func fillLane(t *testing.T, s *Spool, lane uint32, from, n int64) {
	t.Helper()
	for i := range n {
		if err := s.Append(Record{Lane: lane, Sequence: from + i, Time: from + i, Payload: fat(from + i)}); err != nil {
			t.Fatal(err)
		}
		if i%8 == 7 || i == n-1 {
			if err := s.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func diskBytes(t *testing.T, dir string) (n int64) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		st, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		n += st.Size()
	}
	return n
}

func TestBoundDropsLeastValuableOldest(t *testing.T) {
	var l losses
	dir := t.TempDir()
	s := open(t, dir, Options{MaxBytes: 1 << 20, SegmentBytes: 32 << 10, Lost: l.add})
	fillLane(t, s, 1, 1, 400)
	fillLane(t, s, 4, 401, 400)
	if l.sum(1) != 0 || l.sum(4) != 0 {
		t.Fatalf("lost below the bound: %s", &l)
	}
	fillLane(t, s, 2, 801, 400)
	if n := diskBytes(t, dir); n > 1<<20 || n != s.Stats().Bytes {
		t.Fatalf("%d bytes on disk, %d counted", n, s.Stats().Bytes)
	}
	if l.sum(1) == 0 || l.sum(1) == 400 || l.sum(2) != 0 || l.sum(4) != 0 {
		t.Fatalf("lost %d, %d, %d", l.sum(1), l.sum(2), l.sum(4))
	}
	left := drain(t, s, 1)
	expect(t, "oldest left", left[0], 401-int64(len(left)))
	expect(t, "told", l.sum(1), 400-int64(len(left)))
	for _, x := range l.all {
		if x.Epoch != s.Epoch() || x.Last-x.First+1 != x.Count || x.From != x.First || x.To != x.Last || x.Reason != ReasonBound {
			t.Fatalf("told %+v", x)
		}
	}
	s.Rewind()
	fillLane(t, s, 4, 1201, 1500) // more than all
	if l.sum(1) != 400 || l.sum(2) != 400 || l.sum(4) == 0 {
		t.Fatalf("lost %d, %d, %d", l.sum(1), l.sum(2), l.sum(4))
	}
	expect(t, "vital left and told", int64(len(drain(t, s, 4)))+l.sum(4), 1900)
}

func TestBoundDoesNotTellWhatWasReleased(t *testing.T) {
	var l losses
	s := open(t, t.TempDir(), Options{MaxBytes: 1 << 20, SegmentBytes: 32 << 10, Lost: l.add})
	fillLane(t, s, 0, 1, 300)
	s.Release(Mark{0, s.Epoch(), 40}) // in the middle of a segment
	fillLane(t, s, 4, 301, 1100)
	expect(t, "told of lane 0", l.sum(0), 260)
	expect(t, "first told", l.all[0].First, 41)
}

func TestBoundSparesWhatIsOnItsWay(t *testing.T) {
	var l losses
	s := open(t, t.TempDir(), Options{MaxBytes: 1 << 20, SegmentBytes: 32 << 10, Lost: l.add})
	fillLane(t, s, 0, 1, 300)
	records, err := s.Read(0, nil, 1000)
	if err != nil || len(records) == 0 {
		t.Fatal(records, err)
	}
	fillLane(t, s, 4, 301, 740)
	if l.sum(0) == 0 || l.all[0].First <= records[0].Sequence {
		t.Fatalf("the segment in flight went first: %s", &l)
	}
	rest := drain(t, s, 0)
	expect(t, "all", int64(len(records)+len(rest))+l.sum(0), 300)
}

func TestBoundCanShrink(t *testing.T) {
	var l losses
	dir := t.TempDir()
	s := open(t, dir, Options{MaxBytes: 8 << 20, SegmentBytes: 32 << 10, Lost: l.add})
	fillLane(t, s, 0, 1, 2000)
	s.SetMaxBytes(1 << 20)
	fillLane(t, s, 0, 2001, 1)
	if n := diskBytes(t, dir); n > 1<<20 {
		t.Fatalf("%d bytes on disk", n)
	}
	expect(t, "all", int64(len(drain(t, s, 0)))+l.sum(0), 2001)
}

func TestReleaseFreesDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{SegmentBytes: 32 << 10})
	fillLane(t, s, 4, 1, 500)
	before := diskBytes(t, dir)
	s.Release(Mark{4, s.Epoch(), 450})
	if n := diskBytes(t, dir); n > before/5 {
		t.Fatalf("%d bytes of %d left", n, before)
	}
	expect(t, "left", len(drain(t, s, 4)), 50)
	expect(t, "records", s.Stats().Records >= 50 && s.Stats().Records < 90, true)
}
