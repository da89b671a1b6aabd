package lake

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/log"
	"github.com/vedette-edr/vedette/internal/manager/log/logtest"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

func TestMalformedBatchIsKeptAsideAndTold(t *testing.T) {
	r := newRig(t, Options{})
	r.send(50)
	bad := &wirepb.Batch{Epoch: 1, Lane: 1, First: 1, Last: 9, Count: 9, Size: 10, Content: []byte("no zstd")}
	if err := r.log.Publish(t.Context(), log.Entry{Agent: "agent-x", Received: start, Batch: bad}); err != nil {
		t.Fatal(err)
	}
	r.send(50)
	r.expect()
	check := func() {
		t.Helper()
		gaps, err := r.lake.Gaps(t.Context(), 0, event.At(start.Add(time.Hour)))
		if err != nil || len(gaps) != 1 || gaps[0].Agent != "agent-x" || gaps[0].Lost != 9 {
			t.Fatalf("%+v %v", gaps, err)
		}
	}
	check()
	r.flush()
	check()
	kept, err := filepath.Glob(filepath.Join(r.opts.Dir, asideDir, "batch-*.bin"))
	if err != nil || len(kept) != 1 || r.lake.Stats().Malformed != 9 {
		t.Fatalf("%v %v %+v", kept, err, r.lake.Stats())
	}
}

func TestMissingMessagesOfTheLogAreAGap(t *testing.T) {
	r := newRig(t, Options{})
	r.send(50)
	r.flush()
	r.stop()
	lost := r.gen.Take(80)
	r.publish(lost)
	u, err := r.log.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.log.Release(t.Context(), u.Last); err != nil { // as if the files of the log were damaged
		t.Fatal(err)
	}
	r.open()
	r.send(20)
	r.expect()
	gaps, err := r.lake.Gaps(t.Context(), 0, event.At(start.Add(time.Hour)))
	if err != nil || len(gaps) != 1 || gaps[0].Lost != -1 || !strings.Contains(gaps[0].Reason, "log") {
		t.Fatalf("%+v %v", gaps, err)
	}
}

// A message of the log that cannot be read to its end is a gap behind what
// could be read.
func TestDamagedMessageOfTheLogIsAGap(t *testing.T) {
	r := newRig(t, Options{})
	r.send(50)
	damage := errors.New("cut frame")
	if err := r.lake.accept(t.Context(), r.lake.Position()+1, []log.Entry{{Damage: damage}}); err != nil {
		t.Fatal(err)
	}
	r.expect()
	r.flush()
	gaps, err := r.lake.Gaps(t.Context(), 0, event.At(start.Add(time.Hour)))
	if err != nil || len(gaps) != 1 || gaps[0].Lost != -1 || !strings.Contains(gaps[0].Reason, "damaged: cut frame") || gaps[0].From >= gaps[0].To {
		t.Fatalf("%+v %v", gaps, err)
	}
}

func TestAnotherLogBeginsAtItsStart(t *testing.T) {
	r := newRig(t, Options{})
	r.send(60)
	r.flush()
	r.stop()
	other := logtest.NewMemory("other", 1<<30)
	defer func() { _ = other.Close() }()
	r.log, r.opts.Log = other, other
	r.open()
	r.send(40)
	r.expect()
}

func TestSinksGetEverythingAndHoldIngestionUp(t *testing.T) {
	var mu sync.Mutex
	var got []string
	fail := true
	sink := func(_ context.Context, es []*event.Event) error {
		mu.Lock()
		defer mu.Unlock()
		if fail {
			return errFault
		}
		for _, e := range es {
			got = append(got, e.ID())
		}
		return nil
	}
	r := newRig(t, Options{Sinks: []Sink{sink}})
	es := r.gen.Take(300)
	r.sent = es
	r.publish(es)
	waitFor(t, func() bool { return strings.Contains(r.lake.Problems()["sink"], "injected") })
	if r.lake.Stats().Accepted != 0 {
		t.Fatal("events were accepted that the sink did not take")
	}
	mu.Lock()
	fail = false
	mu.Unlock()
	r.settle()
	r.expect()
	mu.Lock()
	n := len(got)
	mu.Unlock()
	if n != 300 {
		t.Fatalf("sink has %d events", n)
	}
	r.stop() // nothing was flushed: the sink sees the same events again, with the same ids
	r.open()
	r.settle()
	mu.Lock()
	defer mu.Unlock()
	if len(got) != 600 || !slices.Equal(got[:300], got[300:]) {
		t.Fatalf("sink has %d events", len(got))
	}
}
