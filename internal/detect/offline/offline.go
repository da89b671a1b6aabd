// Package offline runs rules over inputs that already exist: files, folders
// and pipes with records of other programs. One goroutine cuts the inputs, one
// for each core decodes and matches, and the caller's goroutine gets the
// findings in the order of the inputs.
//
// Memory is bounded by the blocks under way, not by the size of the inputs.
package offline

import (
	"context"
	"runtime"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// Options say what runs over what.
type Options struct {
	Set     *detect.Set
	Formats []record.Format
	Inputs  []Input
	Jobs    int   // goroutines that decode and match; 0 is one for each core
	Least   int64 // findings of rules with a lower severity are left out

	// Stream gives the correlations the records as they come, not in the order
	// of their times over all inputs when these have been read.
	Stream bool
	// Lateness is how much older than the newest record of its group a record may
	// be and still count; 0 is the time span of the correlation.
	Lateness time.Duration

	Finding  func(*Finding) error // each finding, in the order of the inputs
	Fault    func(Fault)          // what could not be read
	Progress func(Progress)       // may be nil
}

// Finding is a rule that is true of a record, or a correlation that several
// records fulfil.
type Finding struct {
	Place
	Time    event.Time
	Host    string
	Channel string
	Code    string
	Rule    *detect.Rule
	Fields  []detect.Field
	Window  *Window // of a correlation; else nil
}

// Place is where a record stands.
type Place struct {
	Input  string
	Line   int    // from 0; record.NoLine where there are none
	Record string // number that the log gave the record, where there are no lines
}

// Window is what made a correlation a finding. Its time is that of the last
// event.
type Window struct {
	Group  []string // values that the events share, in lower case
	First  event.Time
	Count  float64
	Events []Place // some of them, the newest
}

// Fault is a part of an input that could not be read.
type Fault struct {
	Input string
	Err   error
}

// Error returns the fault as one line.
func (f Fault) Error() string { return f.Input + ": " + f.Err.Error() }

// Stats counts what was done.
type Stats struct {
	Inputs   int   // that were read
	Skipped  int   // files of folders that have no format that is read here
	Events   int64 // records
	Derived  int64 // records made from others, an execution from its audit records
	Findings int64
	Filtered int64 // matches of filter rules, which are no findings
	Faults   int64
	Timeless int64           // records without a time, which join no correlation
	Joined   correlate.Stats // of the correlations
	Match    time.Duration
	Elapsed  time.Duration
}

// Progress is how far a run is.
type Progress struct {
	Input    string
	Done, Of int   // inputs
	Bytes    int64 // read, packed
	Size     int64 // of all inputs; 0 when not known
	Events   int64
	Findings int64
}

// Run reads the inputs and reports what the rules find. It fails only when a
// finding cannot be written or ctx is done; what cannot be read is a Fault.
func Run(ctx context.Context, o Options) (Stats, error) {
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := &run{Options: o, work: make(chan *piece), done: make(chan *piece), free: make(chan *piece, 3*o.Jobs)}
	r.join.start(o)
	for range cap(r.free) {
		r.free <- &piece{}
	}
	begin := time.Now()
	ended := r.start(ctx)
	err := r.collect(ctx)
	cancel()
	for range r.done { // what is under way ends
	}
	ended()
	r.stats.Joined = r.join.stats()
	r.stats.Elapsed = time.Since(begin)
	return r.stats, err
}
