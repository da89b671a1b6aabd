package spool

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, dir string, o Options) *Spool {
	t.Helper()
	if o.Linger == 0 {
		o.Linger = time.Millisecond
	}
	s, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func payload(n int64) []byte { return fmt.Appendf(nil, "payload %d", n) }

func put(t *testing.T, s *Spool, lane uint32, seqs ...int64) {
	t.Helper()
	for _, n := range seqs {
		if err := s.Append(Record{Lane: lane, Sequence: n, Time: n * 1000, Payload: payload(n)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func drain(t *testing.T, s *Spool, lane uint32) (got []int64) {
	t.Helper()
	for {
		recs, err := s.Read(lane, nil, 64<<10)
		if err != nil {
			t.Fatal(err)
		}
		if len(recs) == 0 {
			return got
		}
		for _, r := range recs {
			if string(r.Payload) != string(payload(r.Sequence)) && len(r.Payload) < 64 {
				t.Fatalf("sequence %d carries %q", r.Sequence, r.Payload)
			}
			got = append(got, r.Sequence)
		}
	}
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func TestCleanRestartKeepsEpochAndPlace(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	epoch := s.Epoch()
	put(t, s, 4, 1, 3, 5)
	put(t, s, 0, 2, 4)
	expect(t, "vital", drain(t, s, 4), []int64{1, 3, 5})
	s.Release(Mark{4, epoch, 3})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	expect(t, "epoch", s.Epoch(), epoch)
	expect(t, "last sequence", s.LastSequence(), 5)
	put(t, s, 4, 6)
	expect(t, "vital", drain(t, s, 4), []int64{5, 6})
	expect(t, "read", drain(t, s, 0), []int64{2, 4})
}

func TestUncleanStartBeginsEpoch(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	put(t, s, 4, 1, 2)
	crashed := t.TempDir()
	if err := os.CopyFS(crashed+"/spool", os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	n := open(t, crashed+"/spool", Options{})
	if n.Epoch() <= s.Epoch() {
		t.Fatalf("epoch %d does not follow %d", n.Epoch(), s.Epoch())
	}
	expect(t, "last sequence", n.LastSequence(), 0)
	put(t, n, 4, 1)
	recs, err := n.Read(4, nil, 1<<20)
	if err != nil || len(recs) != 2 || recs[0].Epoch != s.Epoch() {
		t.Fatalf("got %v, %v", recs, err)
	}
	recs, err = n.Read(4, nil, 1<<20)
	if err != nil || len(recs) != 1 || recs[0].Epoch != n.Epoch() || recs[0].Sequence != 1 {
		t.Fatalf("got %v, %v", recs, err)
	}
}
