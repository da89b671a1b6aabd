// Package fleet knows the hosts: which are connected and how they are, which
// group they are in, which policy and rules are due and in force, which tasks
// they got, and how whole their telemetry is. It is what the agents' door
// (ingest) reports to and gets signed documents from.
//
// A Fleet is safe for concurrent use. Run owns its goroutines: one sends
// indicators, one writes what changes often to the database and notices
// silence. Locks: changing, then mu, which is never held over the database.
package fleet

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/audit"
	"github.com/vedette-edr/vedette/internal/manager/state"
	"github.com/vedette-edr/vedette/internal/wire/wirepb"
)

const (
	// DefaultGroup is the group that always exists.
	DefaultGroup = "default"
	// Silence is how long a host may send no heartbeat before it counts as
	// offline and its telemetry as blind.
	Silence = 30 * time.Second
)

// Options configure a Fleet.
type Options struct {
	DB      *state.DB
	Audit   *audit.Log
	Sign    func(*wirepb.Signed) error                    // sets the signature
	Events  Events                                        // where tasks find the process of an event
	Marks   Marks                                         // newest stored event of each epoch and lane
	Revoke  func(ctx context.Context, agent string) error // refuses a deleted host; may be nil
	Raise   Raise                                         // stores events of the manager; nil: none are
	IOCs    Indicators                                    // sent to agents; nil: none
	Shipped fs.FS                                         // rules of this release
	Own     string                                        // folder of own rules; need not exist; "" is none
	Formats []detect.Format                               // of rules
	Changed func(api.Host)                                // told when a host's status or telemetry changes; may be nil
	Keep    time.Duration                                 // how long gaps are kept; 90 days when zero
	Now     func() time.Time                              // time.Now when nil
	Logger  *slog.Logger
}

// Events finds stored events.
type Events interface {
	Event(ctx context.Context, id string) (*event.Event, error)
	Tree(ctx context.Context, id string, q api.TreeQuery) (api.Tree, error)
}

// Indicators says what agents lack of the indicators of compromise.
type Indicators interface {
	Version() int64
	// Due returns what brings an agent from a version to the newest.
	Due(ctx context.Context, applied int64) (version int64, parts [][]byte, err error)
	Forget() // what Due keeps for the next agent that asks the same
}

// Marks returns the newest stored event of each epoch and lane of an agent.
type Marks func(ctx context.Context, agent string) ([]*wirepb.Mark, error)

// Fleet is the hosts of a manager.
type Fleet struct {
	opts    Options
	db      *state.DB
	log     *slog.Logger
	now     func() time.Time
	started time.Time // immutable after New

	changing sync.Mutex // held while rules are compiled and put in force; before mu
	costs    costs

	mu    sync.Mutex
	hosts map[string]*host  // guarded by mu, by id
	kinds sensorKinds       // guarded by mu
	rules *ruleSet          // guarded by mu: in force; the set itself is immutable
	bad   []api.RuleProblem // guarded by mu: why the newest change of the rules was refused
	iocs  waiting           // of the goroutine that sends indicators
}

// New loads the fleet from the database and the rules from their folders.
// Rules that are wrong are an error that names file and line.
func New(ctx context.Context, o Options) (*Fleet, error) {
	f := &Fleet{opts: o, db: o.DB, log: o.Logger, now: o.Now, hosts: map[string]*host{}, kinds: sensorKinds{}}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	if f.now == nil {
		f.now = time.Now
	}
	f.started = f.now()
	if f.opts.Keep == 0 {
		f.opts.Keep = 90 * 24 * time.Hour
	}
	if err := f.ensureGroup(ctx); err != nil {
		return nil, err
	}
	if err := f.load(ctx); err != nil {
		return nil, err
	}
	if err := f.loadRules(ctx); err != nil {
		return nil, err
	}
	return f, nil
}

// SetEvents gives the Fleet what finds events, which itself needs the Fleet;
// call it before the first task is given.
func (f *Fleet) SetEvents(e Events) { f.opts.Events = e }

func (f *Fleet) load(ctx context.Context) error {
	return f.db.Read(ctx, func(tx *sql.Tx) error {
		if err := f.loadHosts(ctx, tx); err != nil {
			return fmt.Errorf("load hosts: %w", err)
		}
		if err := f.loadEpochs(ctx, tx); err != nil {
			return fmt.Errorf("load epochs: %w", err)
		}
		if err := f.loadKinds(ctx, tx); err != nil {
			return fmt.Errorf("load kinds of sensors: %w", err)
		}
		return nil
	})
}

// Run does what is due each second until ctx is done, then writes what is left.
func (f *Fleet) Run(ctx context.Context) error {
	var indicators sync.WaitGroup
	indicators.Go(func() { f.runIndicators(ctx) })
	defer indicators.Wait()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			return f.flush(last)
		case <-tick.C:
		}
		if err := f.Tick(ctx, n); err != nil && ctx.Err() == nil {
			f.log.Error("keep the fleet's books", "error", err)
		}
	}
}

// Tick does what is due in second n of the run: silence is noticed each second,
// the rules' folder is looked at every two, what heartbeats said is written
// every ten, old gaps are removed once an hour.
func (f *Fleet) Tick(ctx context.Context, n int) error {
	if err := f.noticeSilence(ctx); err != nil {
		return err
	}
	f.raiseStops(ctx)
	if n%2 == 0 {
		if err := f.watchRules(ctx); err != nil {
			return err
		}
	}
	if n%10 == 0 {
		if err := f.flush(ctx); err != nil {
			return err
		}
		if err := f.expireTasks(ctx); err != nil {
			return err
		}
	}
	if n%60 == 59 {
		f.measure()
	}
	if n%3600 == 0 {
		return f.prune(ctx)
	}
	return nil
}
