// Package lakebench measures the way of events from the log to stored and
// searchable, and the time of searches, with a real log and a real state
// database. It is used by the project's benchmarks and by hand.
package lakebench

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake"
	"github.com/vedette-edr/vedette/internal/manager/lake/laketest"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/manager/query"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

// Figure is one measured number.
type Figure struct {
	Metric string
	Value  float64
	Unit   string
}

// Source gives events; it returns less than n at its end.
type Source func(n int) []*event.Event

// Store is a lake with its log and state that stands in one directory.
type Store struct {
	Lake  *lake.Lake
	Log   *log.Stream
	Query *query.Query
	db    *state.DB
	stop  func() error
}

// Open starts a store that merges only when asked.
func Open(ctx context.Context, dir string) (*Store, error) {
	db, err := state.Open(ctx, filepath.Join(dir, "state.db"))
	if err != nil {
		return nil, err
	}
	l, err := log.Open(ctx, log.Options{Dir: filepath.Join(dir, "log"), MaxBytes: 1 << 30})
	if err != nil {
		return nil, err
	}
	s := &Store{Log: l, db: db}
	s.Lake, err = lake.Open(ctx, lake.Options{Dir: filepath.Join(dir, "segments"), Log: l, State: db, Grace: time.Nanosecond, Maintain: 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	s.Query = query.New(s.Lake, nil, query.Options{})
	run, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Lake.Run(run) }()
	s.stop = func() error { cancel(); return <-done }
	return s, nil
}

// Close ends the store; its files stay.
func (s *Store) Close() error {
	err := s.stop()
	if e := s.Lake.Close(); err == nil {
		err = e
	}
	if e := s.Log.Close(); err == nil {
		err = e
	}
	if e := s.db.Close(); err == nil {
		err = e
	}
	return err
}

// step is how many events are made and published at a time; making them is not
// measured.
const step = 50000

// Fill publishes n events, waits until they are stored in segments, and tells
// what that cost: publishing to the log, decoding, searchable in memory,
// written and in the manifest.
func (s *Store) Fill(ctx context.Context, source Source, n int) ([]Figure, error) {
	var cpu, wall time.Duration
	var peak uint64
	for left := n; left > 0; {
		events := source(min(step, left))
		if len(events) == 0 {
			n -= left
			break
		}
		left -= len(events)
		batches, err := laketest.Batches(events)
		if err != nil {
			return nil, err
		}
		events = nil
		runtime.GC()
		c, w := laketest.CPU(), time.Now()
		if err := s.publish(ctx, batches); err != nil {
			return nil, err
		}
		if left <= 0 {
			if err := s.Lake.Flush(ctx); err != nil {
				return nil, err
			}
		}
		cpu, wall = cpu+laketest.CPU()-c, wall+time.Since(w)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapInuse)
	}
	st := s.Lake.Stats()
	return []Figure{
		{"cpu_per_event", float64(cpu.Microseconds()) / float64(n), "us"},
		{"events_per_second", float64(n) / wall.Seconds(), "1/s"},
		{"bytes_per_event", float64(st.Bytes) / float64(st.Events), "B"},
		{"segments", float64(st.Segments), ""},
		{"heap_peak", float64(peak >> 20), "MiB"},
	}, nil
}

func (s *Store) publish(ctx context.Context, batches []log.Entry) error {
	errs := make(chan error, len(batches))
	lanes := map[string]chan log.Entry{}
	for _, b := range batches { // each agent has one batch on its way, all at once
		if lanes[b.Agent] == nil {
			in := make(chan log.Entry, len(batches))
			lanes[b.Agent] = in
			go func() {
				for b := range in {
					errs <- s.Log.Publish(ctx, b)
				}
			}()
		}
		lanes[b.Agent] <- b
	}
	for _, in := range lanes {
		close(in)
	}
	var first error
	for range batches {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	if first != nil {
		return first
	}
	u, err := s.Log.Usage(ctx)
	if err != nil {
		return err
	}
	for s.Lake.Position() < u.Last {
		if err := ctx.Err(); err != nil {
			return err
		}
		runtime.Gosched()
		<-time.After(time.Millisecond)
	}
	return nil
}

// Compact merges everything and tells what that cost.
func (s *Store) Compact(ctx context.Context) ([]Figure, error) {
	before := laketest.CPU()
	merged := int64(0)
	for {
		n, err := s.Lake.Compact(ctx)
		if err != nil {
			return nil, fmt.Errorf("merge: %w", err)
		}
		if n == 0 {
			break
		}
		merged += int64(n)
	}
	st := s.Lake.Stats()
	return []Figure{
		{"compaction_cpu_per_event", float64((laketest.CPU() - before).Microseconds()) / float64(st.Events), "us"},
		{"compaction_inputs", float64(merged), ""},
		{"compacted_bytes_per_event", float64(st.Bytes) / float64(st.Events), "B"},
		{"compacted_segments", float64(st.Segments), ""},
	}, s.Lake.Clean(ctx)
}
