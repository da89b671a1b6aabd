package log

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func TestMain(m *testing.M) {
	// A fetch that is given up, because a handler failed, ends by itself after a second.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/nats-io/nats.go/jetstream.(*pullConsumer).fetch.func1"))
}

func roomy(string) (uint64, error) { return math.MaxUint64, nil }

func openStream(t *testing.T, o Options) *Stream {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Free == nil {
		o.Free = roomy
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func batch(epoch int64, first int64, size int) *wirepb.Batch {
	return &wirepb.Batch{Epoch: epoch, Lane: 3, First: first, Last: first + 9, Count: 10, Size: uint32(size), Content: []byte(strings.Repeat("x", size))}
}

func received(i int) time.Time { return time.Unix(1700000000, int64(i)).UTC() }

// take consumes until n entries came and returns them with their positions.
func take(t *testing.T, q *Stream, after uint64, n int) ([]Entry, []uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out []Entry
	var at []uint64
	err := q.Consume(ctx, after, func(_ context.Context, pos uint64, es []Entry) error {
		for _, e := range es {
			out, at = append(out, e), append(at, pos)
		}
		if len(out) >= n {
			cancel()
		}
		return nil
	})
	if err != nil || len(out) != n {
		t.Fatalf("consumed %d entries of %d: %v", len(out), n, err)
	}
	return out, at
}

func TestReopenKeepsAllAndItsName(t *testing.T) {
	dir := t.TempDir()
	s := openStream(t, Options{Dir: dir})
	for i := range 20 {
		if err := s.Publish(t.Context(), Entry{Agent: "a", Received: received(i), Batch: batch(1, int64(1+10*i), 1000)}); err != nil {
			t.Fatal(err)
		}
	}
	_, at := take(t, s, 0, 20)
	if err := s.Release(t.Context(), at[9]); err != nil {
		t.Fatal(err)
	}
	id := s.ID()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := openStream(t, Options{Dir: dir})
	defer func() { _ = again.Close() }()
	if again.ID() != id {
		t.Fatalf("id %s, was %s", again.ID(), id)
	}
	es, _ := take(t, again, 0, 10)
	if es[0].Batch.GetFirst() != 101 {
		t.Fatalf("first is %d", es[0].Batch.GetFirst())
	}
	other := openStream(t, Options{})
	defer func() { _ = other.Close() }()
	if other.ID() == id {
		t.Fatal("another log has the same id")
	}
}

func TestDiskFullIsAnErrorAndEnds(t *testing.T) {
	var mu sync.Mutex
	free := uint64(10 << 20)
	s := openStream(t, Options{Reserve: 64 << 20, Free: func(string) (uint64, error) {
		mu.Lock()
		defer mu.Unlock()
		return free, nil
	}})
	defer func() { _ = s.Close() }()
	err := s.Publish(t.Context(), Entry{Agent: "a", Received: received(0), Batch: batch(1, 1, 100)})
	if !errors.Is(err, ErrDisk) || !strings.Contains(err.Error(), s.opts.Dir) {
		t.Fatalf("full disk: %v", err)
	}
	mu.Lock()
	free = 1 << 30
	mu.Unlock()
	if err := s.Publish(t.Context(), Entry{Agent: "a", Received: received(0), Batch: batch(1, 1, 100)}); err != nil {
		t.Fatal(err)
	}
	take(t, s, 0, 1)
}

// TestStartsAgain ends JetStream as it ends itself when a write fails.
func TestStartsAgain(t *testing.T) {
	s := openStream(t, Options{})
	defer func() { _ = s.Close() }()
	if err := s.Publish(t.Context(), Entry{Agent: "a", Received: received(0), Batch: batch(1, 1, 100)}); err != nil {
		t.Fatal(err)
	}
	seen := make(chan int64, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Consume(ctx, 0, func(_ context.Context, _ uint64, es []Entry) error {
			for _, e := range es {
				seen <- e.Batch.GetFirst()
			}
			return nil
		})
	}()
	if first := <-seen; first != 1 {
		t.Fatalf("first is %d", first)
	}
	if err := s.server.ShutdownJetStream(); err != nil {
		t.Fatal(err)
	}
	if err := s.Publish(t.Context(), Entry{Agent: "a", Received: received(1), Batch: batch(1, 11, 100)}); err != nil {
		t.Fatal(err)
	}
	if second := <-seen; second != 11 {
		t.Fatalf("second is %d", second)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestDamagedDirectoryIsAnError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Options{Dir: filepath.Join(file, "log")}); err == nil || !strings.Contains(err.Error(), file) {
		t.Fatalf("a file where the directory is due: %v", err)
	}
}

func FuzzFrames(f *testing.F) {
	good, err := frameOf(Entry{Agent: "agent-1", Received: received(1), Batch: batch(1, 1, 20)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(append(append([]byte{}, good...), good...))
	f.Add(good[:len(good)-3])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		es, err := decodeFrames(data)
		if err == nil && len(data) > 0 && len(es) == 0 {
			t.Fatal("neither entries nor an error")
		}
		if all := readFrames(data); err != nil && (len(all) != len(es)+1 || all[len(es)].Damage == nil) || err == nil && len(all) != len(es) {
			t.Fatalf("%d entries and %v are read as %d", len(es), err, len(all))
		}
		for _, e := range es {
			again, err := frameOf(e)
			if err != nil {
				t.Fatal(err)
			}
			back, err := decodeFrames(again)
			if err != nil || len(back) != 1 || !proto.Equal(back[0].Batch, e.Batch) {
				t.Fatalf("%v does not survive: %v", e, err)
			}
		}
	})
}
