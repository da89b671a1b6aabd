// Package lake stores the events of all hosts. It reads batches from the log,
// drops what it already has, shows new events at once from memory, and writes
// them as sorted Parquet segments. The manifest of the segments, the marks that
// tell duplicates and the place in the log stand in the state database and
// change in one transaction; only then the log may forget.
//
// What ends at any point goes on from there: a file without its manifest entry
// is removed at the next start and its events come again from the log.
//
// Run owns all goroutines: one that takes batches, one that writes segments,
// one that merges and removes them. Everything else may be called from
// anywhere at any time.
package lake

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/wire"
)

// Source is the log that the lake reads.
type Source interface {
	ID() string
	Consume(ctx context.Context, after uint64, fn log.Handler) error
	Release(ctx context.Context, upTo uint64) error
}

// State is the database that keeps the manifest.
type State interface {
	Read(ctx context.Context, do func(tx *sql.Tx) error) error
	Write(ctx context.Context, do func(tx *sql.Tx) error) error
}

// Audit tells people of history that is removed, in the transaction that does.
type Audit interface {
	Append(ctx context.Context, tx *sql.Tx, entries ...api.AuditEntry) error
}

// Sink gets accepted events in order, before the lake stores them. When it
// returns an error it gets the same events again, and nothing is taken from
// the log meanwhile. After a restart it gets events again that were not yet in
// a segment: it must know them by their ids. The texts of an event share the
// memory of its whole batch: clone what is kept.
type Sink func(ctx context.Context, events []*event.Event) error

// Options of Open. Only Dir, Log and State must be there.
type Options struct {
	Dir    string // of the segments, made when it is missing
	Log    Source
	State  State
	Sinks  []Sink
	Audit  Audit
	Logger *slog.Logger
	Now    func() time.Time

	FlushRows  int           // a segment is written at so many events in memory; 65,536
	FlushBytes int64         // or at so many bytes of them; 64 MiB
	FlushAge   time.Duration // or when the oldest waits so long; 1 min
	TailEvents int           // how many events a slow subscriber may be behind; 8,192

	MergeCount int           // segments of one size that are merged; 8
	MergeRows  int64         // rows of the largest segment; 131,072
	Grace      time.Duration // how long the file of a removed segment stays; 10 min
	KeepBytes  int64         // bytes of all segments; 0 is no limit
	KeepAge    time.Duration // how long events are kept after they came; 0 is for ever
	OpenFiles  int           // segments that are kept open; 128
	Maintain   time.Duration // how often segments are merged, expired and deleted; 10 s
}

func (o *Options) fill() {
	set := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	set(&o.FlushRows, 2*segment.GroupRows)
	set(&o.TailEvents, 8192)
	set(&o.MergeCount, 8)
	set(&o.OpenFiles, 128)
	if o.FlushBytes == 0 {
		o.FlushBytes = 64 << 20
	}
	if o.FlushAge == 0 {
		o.FlushAge = time.Minute
	}
	if o.MergeRows == 0 {
		o.MergeRows = 131072
	}
	if o.Maintain == 0 {
		o.Maintain = 10 * time.Second
	}
	if o.Grace == 0 {
		o.Grace = 10 * time.Minute
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// Lake is the store of events.
type Lake struct {
	opts     Options  // immutable after Open
	manifest manifest // immutable after Open
	decoder  *wire.Decoder
	tail     *tail
	full     chan struct{} // asks the writer to look; capacity 1
	files    atomic.Int64  // open segments

	flushing sync.Mutex      // held while a segment is written; taken before mu
	merging  sync.Mutex      // held while segments are merged or removed; taken before mu
	taking   sync.Mutex      // held while a message goes into the active chunk; taken before mu
	writer   *segment.Writer // guarded by flushing
	merger   *segment.Writer // guarded by merging
	looked   event.Time      // guarded by merging: when retention looked last
	waiting  event.Time      // guarded by merging: age removes nothing before; see trusted

	mu       sync.RWMutex
	active   *chunk            // guarded by mu; takes events
	frozen   *chunk            // guarded by mu; is being written, nil when none
	segments []*handle         // guarded by mu; oldest first
	marks    map[Lane]int64    // guarded by mu
	position uint64            // guarded by mu; newest message taken from the log
	names    int64             // guarded by mu; newest number in a segment's name
	counts   counts            // guarded by mu
	problems map[string]string // guarded by mu; by part, see Problems
	changed  chan struct{}     // guarded by mu; closed and replaced when frozen is written
}

// counts are running totals since Open.
type counts struct {
	accepted, duplicates, malformed int64
	merging                         time.Duration // processor time of merges
}

// Open reads the manifest, checks the segments against it and removes files
// that belong to nothing.
func Open(ctx context.Context, o Options) (*Lake, error) {
	o.fill()
	for _, dir := range []string{o.Dir, filepath.Join(o.Dir, asideDir)} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return nil, fmt.Errorf("make directory of segments: %w", err)
		}
	}
	d, err := wire.NewDecoder()
	if err != nil {
		return nil, err
	}
	l := &Lake{opts: o, manifest: manifest{db: o.State}, decoder: d, tail: newTail(o.TailEvents), full: make(chan struct{}, 1),
		marks: map[Lane]int64{}, problems: map[string]string{}, changed: make(chan struct{})}
	l.active = newChunk(o.Now(), nil)
	if l.writer, err = segment.NewWriter(); err == nil {
		l.merger, err = segment.NewWriter()
	}
	if err == nil {
		err = l.load(ctx)
	}
	if err != nil {
		d.Close()
		return nil, err
	}
	return l, nil
}

// Run takes events from the log until ctx is done. Events that are not yet in
// a segment then come again from the log at the next start.
func (l *Lake) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return l.opts.Log.Consume(ctx, l.Position(), l.accept) })
	g.Go(func() error { return l.writeSegments(ctx) })
	g.Go(func() error { return l.maintain(ctx) })
	return g.Wait()
}

// Position returns the position of the newest message taken from the log.
func (l *Lake) Position() uint64 {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.position
}

// Close closes the files. Run must have returned.
func (l *Lake) Close() error {
	l.decoder.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range l.segments {
		h.drop()
	}
	return nil
}

// say keeps what a part of the lake has to complain about; empty is nothing.
func (l *Lake) say(part, problem string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if problem == "" {
		delete(l.problems, part)
		return
	}
	l.problems[part] = problem
}
