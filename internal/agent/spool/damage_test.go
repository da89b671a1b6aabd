package spool

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

func segments(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	return paths
}

func change(t *testing.T, path string, do func(b []byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, do(b), 0o600); err != nil {
		t.Fatal(err)
	}
}

// crash copies the folder of a running spool, as a power cut would leave it.
func crash(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "spool")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestDamage(t *testing.T) {
	const n = 100
	flip := func(from, to float64) func(b []byte) []byte {
		return func(b []byte) []byte {
			for i := int(from * float64(len(b))); i < int(to*float64(len(b))); i++ {
				b[i] ^= 0x5a
			}
			return b
		}
	}
	for name, c := range map[string]struct {
		clean bool // the spool was closed
		do    func(b []byte) []byte
		some  bool // some of the file must still be read
	}{
		"one byte":             {true, flip(0.5, 0.5001), true},
		"a length":             {true, func(b []byte) []byte { copy(b[len(fileMagic)+4:], "\xff\xff\x0f\x00"); return b }, true},
		"a huge length":        {true, func(b []byte) []byte { copy(b[len(fileMagic)+4:], "\xff\xff\xff\xff"); return b }, true},
		"the middle":           {true, flip(0.3, 0.6), true},
		"the start":            {true, flip(0, 0.2), true},
		"the end":              {true, flip(0.9, 1), true},
		"all":                  {true, flip(0, 1), false},
		"cut":                  {true, func(b []byte) []byte { return b[:len(b)/2] }, true},
		"empty":                {true, func([]byte) []byte { return nil }, false},
		"zeros at the end":     {true, func(b []byte) []byte { return append(b[:len(b)/2], make([]byte, len(b)/2)...) }, true},
		"crash, the middle":    {false, flip(0.3, 0.6), true},
		"crash, zeros":         {false, func(b []byte) []byte { return append(b[:len(b)/2], make([]byte, len(b)/2)...) }, true},
		"crash, a trailer cut": {false, func(b []byte) []byte { return b[:len(b)-20] }, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, Options{SegmentBytes: 8 << 10, disk: noSync{}})
			fillLane(t, s, 4, 1, n)
			if c.clean {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			} else {
				dir = crash(t, dir)
			}
			paths := segments(t, dir)
			change(t, paths[len(paths)/2], c.do) // neighbours on both sides
			_, victim, _ := parseName(filepath.Base(paths[len(paths)/2]))
			_, after, _ := parseName(filepath.Base(paths[len(paths)/2+1]))

			var l losses
			s = open(t, dir, Options{SegmentBytes: 8 << 10, Lost: l.add, disk: noSync{}})
			got := drain(t, s, 4)
			if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Fatalf("read %v", got)
			}
			if c.some && !slices.ContainsFunc(got, func(n int64) bool { return n >= victim && n < after }) {
				t.Fatalf("nothing of the segment %d to %d was read: %v", victim, after, got)
			}
			// everything outside the damaged file is there
			for n := range int64(n) {
				if n++; (n < victim || n >= after) && !slices.Contains(got, n) {
					t.Fatalf("%d was lost outside the damage: %v", n, got)
				}
			}
			if int64(len(got))+l.sum(4) != n {
				t.Fatalf("%d read, %d told, %d put: %s", len(got), l.sum(4), n, &l)
			}
			for _, x := range l.all {
				for _, n := range got {
					if n >= x.First && n <= x.Last {
						t.Fatalf("%d was read and told to be lost in %+v", n, x)
					}
				}
			}
			told := l.sum(4)
			s.Rewind()
			drain(t, s, 4)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir, Options{SegmentBytes: 8 << 10, Lost: l.add, disk: noSync{}})
			drain(t, s, 4)
			if l.sum(4) != told {
				t.Fatalf("told again: %s", &l)
			}
		})
	}
}

// The record that was being written at a crash was taken and is lost; it is
// told once.
func TestTornEnd(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, 4, 1, 2, 3)
	dir = crash(t, dir)
	change(t, segments(t, dir)[0], func(b []byte) []byte { return b[:len(b)-3] })
	var l losses
	s = open(t, dir, Options{Lost: l.add})
	expect(t, "read", drain(t, s, 4), []int64{1, 2})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if l.sum(4) != 1 || l.all[0].First != 3 || l.all[0].Reason != ReasonDamaged {
		t.Fatalf("told %s", &l)
	}
	s = open(t, dir, Options{Lost: l.add})
	expect(t, "read", drain(t, s, 4), []int64{1, 2})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, "told", l.sum(4), 1)
}

func TestBadStateFileBeginsEpoch(t *testing.T) {
	for name, text := range map[string]string{"rubbish": "{", "no epoch": "{}", "empty": ""} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, Options{})
			put(t, s, 4, 1)
			epoch := s.Epoch()
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, closedName), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir, Options{})
			if s.Epoch() <= epoch {
				t.Fatalf("epoch %d after %d", s.Epoch(), epoch)
			}
			expect(t, "read", drain(t, s, 4), []int64{1})
		})
	}
}

func TestAnotherBootBeginsEpoch(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{Boot: "a"})
	put(t, s, 4, 1)
	epoch := s.Epoch()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s = open(t, dir, Options{Boot: "b"}); s.Epoch() <= epoch || s.LastSequence() != 0 {
		t.Fatalf("epoch %d, last %d", s.Epoch(), s.LastSequence())
	}
}

func TestClockBackwards(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	s := open(t, dir, Options{Now: func() time.Time { return now }})
	put(t, s, 4, 1)
	epoch := s.Epoch()
	dir = crash(t, dir)
	now = now.AddDate(-5, 0, 0)
	if s = open(t, dir, Options{Now: func() time.Time { return now }}); s.Epoch() <= epoch {
		t.Fatalf("epoch %d after %d", s.Epoch(), epoch)
	}
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrInUse) {
		t.Fatalf("got %v", err)
	}
}

// What was synced before a crash is there after it, in order, whatever came in
// between: records, releases, restarts.
func TestCrashes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	dir := filepath.Join(t.TempDir(), "spool")
	synced := map[place][]int64{} // what must be there
	ever := map[Mark]bool{}       // what was put; a crash forgets what was released
	crashed := false
	var s *Spool
	for round := range 30 {
		var l losses
		s = open(t, dir, Options{SegmentBytes: 600, Lost: l.add, disk: noSync{}})
		if len(l.all) != 0 {
			t.Fatalf("round %d: told %s", round, &l)
		}
		for lane := range uint32(3) {
			for _, r := range readAll(t, s, lane) {
				p := place{r.Lane, r.Epoch}
				if len(synced[p]) > 0 && r.Sequence == synced[p][0] {
					synced[p] = synced[p][1:]
				} else if !crashed || !ever[Mark{r.Lane, r.Epoch, r.Sequence}] || len(synced[p]) > 0 && r.Sequence > synced[p][0] {
					t.Fatalf("round %d: %v: got %d, want %v", round, p, r.Sequence, synced[p])
				}
				if rnd.IntN(4) == 0 {
					s.Release(Mark{r.Lane, r.Epoch, r.Sequence})
				}
			}
			for p, left := range synced {
				if p.lane == lane && len(left) > 0 {
					t.Fatalf("round %d: %v: %v is missing", round, p, left)
				}
			}
		}
		s.Rewind()
		clear(synced)
		for lane := range uint32(3) {
			for _, r := range readAll(t, s, lane) {
				p := place{r.Lane, r.Epoch}
				synced[p] = append(synced[p], r.Sequence)
			}
		}
		next := s.LastSequence() + 1
		for range rnd.IntN(40) {
			lane := uint32(rnd.IntN(3))
			put(t, s, lane, next)
			ever[Mark{lane, s.Epoch(), next}] = true
			p := place{lane, s.Epoch()}
			synced[p] = append(synced[p], next)
			next++
		}
		ever[Mark{2, s.Epoch(), next}] = true
		_ = s.Append(Record{Lane: 2, Sequence: next, Payload: payload(next)}) // may or may not survive
		if crashed = rnd.IntN(2) == 0; crashed {
			dir = crash(t, dir)
		} else {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			p := place{2, s.Epoch()}
			synced[p] = append(synced[p], next)
		}
	}
}

func readAll(t *testing.T, s *Spool, lane uint32) (all []Record) {
	t.Helper()
	for {
		recs, err := s.Read(lane, nil, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(recs) == 0 {
			return all
		}
		for _, r := range recs {
			r.Payload = bytes.Clone(r.Payload)
			all = append(all, r)
		}
	}
}

func FuzzSegment(f *testing.F) {
	var b []byte
	b = append(b, fileMagic...)
	for n := range int64(5) {
		b = appendRecord(b, Record{Sequence: n + 1, Time: n, Payload: payload(n + 1)})
	}
	number(b[len(fileMagic):], 0)
	f.Add(b)
	x := extent{}
	for n := range int64(5) {
		x.add(n+1, n, uint32(n))
	}
	f.Add(appendTrailer(bytes.Clone(b), x))
	f.Add([]byte{})
	f.Add(b[:len(b)-4])
	f.Fuzz(func(t *testing.T, file []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, segmentName(place{4, 7}, 1)), file, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, Options{})
		last := int64(0)
		for _, r := range readAll(t, s, 4) {
			if r.Sequence <= last || r.Epoch != 7 || len(r.Payload) > len(file) {
				t.Fatalf("read %+v after %d", r, last)
			}
			last = r.Sequence
		}
		put(t, s, 4, 1)
		if got := readAll(t, s, 4); len(got) != 1 || got[0].Epoch != s.Epoch() {
			t.Fatalf("the next epoch is not read: %v", got)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzName(f *testing.F) {
	f.Add(segmentName(place{4, 7}, 1))
	f.Add("4-0000000000000007-.seg")
	f.Fuzz(func(t *testing.T, name string) {
		p, first, ok := parseName(name)
		if ok && segmentName(p, first) != name {
			t.Fatalf("%q read as %v %d", name, p, first)
		}
	})
}
