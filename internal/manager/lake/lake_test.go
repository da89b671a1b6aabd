package lake

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/laketest"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
	"github.com/vedette-edr/vedette/internal/manager/log/logtest"
	"github.com/vedette-edr/vedette/internal/manager/state"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// rig is a lake with what it needs. open and stop are a start and an abrupt
// end of the manager: nothing is flushed.
type rig struct {
	t     *testing.T
	dir   string
	log   *logtest.Memory
	state *state.DB
	clock *clock
	opts  Options
	lake  *Lake
	end   func()
	gen   *laketest.Gen
	sent  []*event.Event
	texts map[*event.Event]string // of sent events, written before
}

func newRig(t *testing.T, o Options) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), log: logtest.NewMemory("test", 1<<30), clock: &clock{now: start.Add(time.Hour)}, gen: laketest.New(1, 4, start, 200)}
	db, err := state.Open(t.Context(), filepath.Join(r.dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	r.state = db
	o.Dir, o.Log, o.State, o.Now = filepath.Join(r.dir, "segments"), r.log, db, r.clock.Now
	if o.FlushAge == 0 {
		o.FlushAge = 1000 * time.Hour
	}
	o.Maintain = time.Hour // tests say when
	r.opts = o
	first := r.log
	t.Cleanup(func() {
		r.stop()
		_ = first.Close()
		_ = db.Close()
	})
	r.open()
	return r
}

func (r *rig) open() {
	r.t.Helper()
	l, err := Open(r.t.Context(), r.opts)
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	r.lake = l
	r.end = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("run: %v", err)
		}
		if err := l.Close(); err != nil {
			r.t.Error(err)
		}
	}
}

func (r *rig) stop() {
	if r.end != nil {
		r.end()
		r.end = nil
	}
}

// publish puts events into the log as their agents' batches.
func (r *rig) publish(events []*event.Event) {
	r.t.Helper()
	if err := laketest.Publish(r.t.Context(), r.log, events); err != nil {
		r.t.Fatal(err)
	}
}

// send publishes n new events and waits until the lake has them.
func (r *rig) send(n int) {
	r.t.Helper()
	es := r.gen.Take(n)
	r.sent = append(r.sent, es...)
	r.publish(es)
	r.settle()
}

// settle waits until the lake took all that is in the log.
func (r *rig) settle() {
	r.t.Helper()
	u, err := r.log.Usage(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); r.lake.Position() < u.Last; {
		if time.Now().After(deadline) {
			r.t.Fatalf("lake is at %d, log at %d: %v", r.lake.Position(), u.Last, r.lake.Problems())
		}
		sleep(r.t.Context(), time.Millisecond)
	}
}

func (r *rig) flush() {
	r.t.Helper()
	if err := r.lake.Flush(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

// all returns every event of the lake in the order of segments. It tries again
// when segments were merged meanwhile and their files removed, as a search does.
func all(t *testing.T, l *Lake) []*event.Event {
	t.Helper()
	for {
		out, err := events(t, l.Snapshot())
		if err == nil {
			laketest.Sort(out)
			return out
		}
		if !errors.Is(err, ErrMoved) {
			t.Fatal(err)
		}
	}
}

func events(t *testing.T, snap *Snapshot) ([]*event.Event, error) {
	t.Helper()
	var out []*event.Event
	read := func(groups []*segment.Group) error {
		for _, g := range groups {
			rows := make([]int, g.Rows())
			for i := range rows {
				rows[i] = i
			}
			es, err := g.Events(rows, nil)
			if err != nil {
				return err
			}
			out = append(out, es...)
		}
		return nil
	}
	if err := read(snap.Memory); err != nil {
		return nil, err
	}
	for _, s := range snap.Segments {
		if err := s.Read(t.Context(), func(seg *segment.Segment) error { return read(seg.Groups()) }); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func texts(es []*event.Event) []string {
	var out []string
	for _, e := range es {
		out = append(out, string(e.AppendJSON(nil)))
	}
	return out
}

// written is texts of sent events, each written once.
func (r *rig) written(es []*event.Event) []string {
	if r.texts == nil {
		r.texts = map[*event.Event]string{}
	}
	out := make([]string, len(es))
	for i, e := range es {
		if r.texts[e] == "" {
			r.texts[e] = string(e.AppendJSON(nil))
		}
		out[i] = r.texts[e]
	}
	return out
}

// expect checks that the lake has the sent events, each once.
func (r *rig) expect() {
	r.t.Helper()
	want := slices.Clone(r.sent)
	laketest.Sort(want)
	got, exp := texts(all(r.t, r.lake)), r.written(want)
	if len(got) != len(exp) {
		r.t.Fatalf("lake has %d events, %d were sent", len(got), len(exp))
	}
	for i := range got {
		if got[i] != exp[i] {
			r.t.Fatalf("event %d\n got %s\nwant %s", i, got[i], exp[i])
		}
	}
}

func TestEventsAreSearchableAtOnceAndAfterAFlush(t *testing.T) {
	r := newRig(t, Options{})
	r.send(500)
	r.expect()
	if s := r.lake.Stats(); s.InMemory != 500 || s.Segments != 0 || s.Accepted != 500 {
		t.Fatalf("%+v", s)
	}
	r.flush()
	r.expect()
	if s := r.lake.Stats(); s.InMemory != 0 || s.Segments != 1 || s.Events != 500 || s.Bytes == 0 {
		t.Fatalf("%+v", s)
	}
	if u, err := r.log.Usage(t.Context()); err != nil || u.Messages != 0 {
		t.Fatalf("log still holds %+v, %v", u, err)
	}
	r.send(300)
	r.expect()
}

func TestAbruptEndsLoseAndDoubleNothing(t *testing.T) {
	r := newRig(t, Options{})
	for i := range 6 {
		r.send(200)
		if i%2 == 0 {
			r.flush()
			r.send(50)
		}
		r.stop()
		r.open()
		r.settle()
		r.expect()
	}
	if s := r.lake.Stats(); s.Segments != 3 {
		t.Fatalf("%+v", s)
	}
}

func TestDuplicatesAreDropped(t *testing.T) {
	r := newRig(t, Options{})
	r.send(400)
	r.publish(r.sent[:250])
	r.settle()
	r.expect()
	r.flush()
	r.publish(r.sent)
	r.settle()
	r.expect()
	r.stop()
	r.open()
	r.publish(r.sent[300:])
	r.settle()
	r.expect()
	if s := r.lake.Stats(); s.Duplicates < 100 {
		t.Fatalf("%+v", s)
	}
	for lane, mark := range r.lake.Marks(r.sent[0].Agent) {
		if mark <= 0 || lane.Agent != r.sent[0].Agent {
			t.Fatalf("%+v at %d", lane, mark)
		}
	}
}

func TestFewFilesStayOpen(t *testing.T) {
	r := newRig(t, Options{OpenFiles: 4})
	for range 12 {
		r.send(20)
		r.flush()
	}
	r.expect()
	if n := r.lake.files.Load(); n > 4 || n < 1 {
		t.Fatalf("%d files are open", n)
	}
	r.expect()
	l := r.lake
	r.stop()
	if n := l.files.Load(); n != 0 {
		t.Fatalf("%d files are open after Close", n)
	}
}
