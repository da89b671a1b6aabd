// Package logtest has what tests of and with logs need: the checks that every
// log must pass, and a log in memory that passes them. It is used by tests only.
package logtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

// Queue is what the suite checks.
type Queue interface {
	ID() string
	Publish(ctx context.Context, e log.Entry) error
	Consume(ctx context.Context, after uint64, fn log.Handler) error
	Release(ctx context.Context, upTo uint64) error
	Usage(ctx context.Context) (log.Usage, error)
	Close() error
}

// Check checks logs that open makes; each holds at most limit bytes.
func Check(t *testing.T, open func(t *testing.T, limit int64) Queue) {
	for _, c := range []struct {
		name  string
		limit int64
		check func(t *testing.T, q Queue)
	}{
		{"order", 64 << 20, order},
		{"concurrent publishers share messages", 64 << 20, share},
		{"a full log refuses and recovers", 1 << 20, full},
		{"refusals", 64 << 20, refusals},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := open(t, c.limit)
			defer func() { _ = q.Close() }()
			c.check(t, q)
		})
	}
}

func batch(epoch int64, first int64, size int) *wirepb.Batch {
	return &wirepb.Batch{Epoch: epoch, Lane: 3, First: first, Last: first + 9, Count: 10, Size: uint32(size), Content: []byte(strings.Repeat("x", size))}
}

func received(i int) time.Time { return time.Unix(1700000000, int64(i)).UTC() }

// take consumes until n entries came and returns them with their positions.
func take(t *testing.T, q Queue, after uint64, n int) ([]log.Entry, []uint64) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var out []log.Entry
	var at []uint64
	err := q.Consume(ctx, after, func(_ context.Context, pos uint64, es []log.Entry) error {
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

func order(t *testing.T, q Queue) {
	for i := range 30 {
		if err := q.Publish(t.Context(), log.Entry{Agent: "a", Received: received(i), Batch: batch(1, int64(1+10*i), 100)}); err != nil {
			t.Fatal(err)
		}
	}
	es, at := take(t, q, 0, 30)
	for i, e := range es {
		if e.Agent != "a" || e.Batch.GetFirst() != int64(1+10*i) || !e.Received.Equal(received(i)) || len(e.Batch.GetContent()) != 100 {
			t.Fatalf("entry %d is %+v", i, e)
		}
		if i > 0 && at[i] <= at[i-1] {
			t.Fatalf("position %d after %d", at[i], at[i-1])
		}
	}
	rest, _ := take(t, q, at[19], 10)
	if rest[0].Batch.GetFirst() != 201 {
		t.Fatalf("after position %d comes %d", at[19], rest[0].Batch.GetFirst())
	}
}

func share(t *testing.T, q Queue) {
	const agents, each = 16, 20
	var wg sync.WaitGroup
	for a := range agents {
		wg.Go(func() {
			for i := range each {
				if err := q.Publish(t.Context(), log.Entry{Agent: fmt.Sprint("agent", a), Received: received(i), Batch: batch(1, int64(1+10*i), 500)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	es, _ := take(t, q, 0, agents*each)
	next := map[string]int64{}
	for _, e := range es {
		if e.Batch.GetFirst() != next[e.Agent]*10+1 {
			t.Fatalf("%s: batch %d out of order", e.Agent, e.Batch.GetFirst())
		}
		next[e.Agent]++
	}
	u, err := q.Usage(t.Context())
	if err != nil || u.Last == 0 || u.Messages > agents*each {
		t.Fatalf("usage %+v, %v", u, err)
	}
}

func full(t *testing.T, q Queue) {
	var err error
	n := 0
	for ; n < 200; n++ {
		if err = q.Publish(t.Context(), log.Entry{Agent: "a", Received: received(n), Batch: batch(1, int64(1+10*n), 20000)}); err != nil {
			break
		}
	}
	if !errors.Is(err, log.ErrFull) || n < 40 {
		t.Fatalf("after %d batches: %v", n, err)
	}
	es, at := take(t, q, 0, n) // nothing that was accepted is discarded
	if es[0].Batch.GetFirst() != 1 {
		t.Fatalf("first is %d", es[0].Batch.GetFirst())
	}
	if err := q.Release(t.Context(), at[n/2]); err != nil {
		t.Fatal(err)
	}
	if err := q.Publish(t.Context(), log.Entry{Agent: "a", Received: received(n), Batch: batch(1, int64(1+10*n), 20000)}); err != nil {
		t.Fatalf("after a release: %v", err)
	}
	left, _ := take(t, q, 0, n-n/2)
	if left[len(left)-1].Batch.GetFirst() != int64(1+10*n) {
		t.Fatal("the newest batch is not in the log")
	}
}

func refusals(t *testing.T, q Queue) {
	if err := q.Publish(t.Context(), log.Entry{Agent: "a", Received: received(0), Batch: batch(1, 1, log.MaxBatch)}); !errors.Is(err, log.ErrTooLarge) {
		t.Fatalf("too large: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Publish(ctx, log.Entry{Agent: "a", Received: received(0), Batch: batch(1, 1, 10)}); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatalf("canceled: %v", err)
	}
	if err := q.Publish(t.Context(), log.Entry{Agent: "a", Received: received(0), Batch: batch(1, 1, 5<<20)}); err != nil {
		t.Fatalf("5 MiB: %v", err)
	}
	failed := errors.New("stop")
	if err := q.Consume(t.Context(), 0, func(context.Context, uint64, []log.Entry) error { return failed }); !errors.Is(err, failed) {
		t.Fatalf("consume: %v", err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if err := q.Publish(t.Context(), log.Entry{Agent: "a", Received: received(0), Batch: batch(1, 1, 10)}); !errors.Is(err, log.ErrClosed) {
		t.Fatalf("closed: %v", err)
	}
}
