package offline

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vedette-edr/vedette/internal/detect"
	"github.com/vedette-edr/vedette/internal/detect/correlate"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record"
)

// run is one call of Run.
type run struct {
	Options
	work  chan *piece // cut, to be matched
	done  chan *piece // matched, in any order
	free  chan *piece // bounds how many are under way
	stats Stats
	read  Progress // of the goroutine that cuts
	join  joiner
}

// piece is a block on its way, and what came of it. It is used again.
type piece struct {
	seq      int
	input    int // its place in Options.Inputs
	blocks   record.Blocks
	block    record.Block
	batch    record.Batch
	findings []Finding
	items    []correlate.Item
	faults   []error // of the input, not of the block
	events   int64
	derived  int64
	filtered int64
	timeless int64
	match    time.Duration
	progress Progress
	opened   bool // the first piece of its input
	skipped  bool
}

func (p *piece) reset() {
	*p = piece{block: p.block, batch: p.batch, findings: p.findings[:0], items: p.items[:0], faults: p.faults[:0]}
	p.block.Reset()
	p.batch.Reset()
}

// start starts the goroutines; the function that it returns waits for them.
func (r *run) start(ctx context.Context) func() {
	var cutting, matching sync.WaitGroup
	cutting.Go(func() {
		defer close(r.work)
		r.cut(ctx)
	})
	for range r.Jobs {
		matching.Go(r.matcher)
	}
	cutting.Go(func() {
		matching.Wait()
		close(r.done)
	})
	return cutting.Wait
}

// cut reads the inputs and hands on their blocks.
func (r *run) cut(ctx context.Context) {
	seq := 0
	next := func(input int) *piece {
		select {
		case p := <-r.free:
			p.reset()
			p.seq, p.input = seq, input
			seq++
			return p
		case <-ctx.Done():
			return nil
		}
	}
	r.read.Of = len(r.Inputs)
	for i := range r.Inputs {
		r.read.Size += r.Inputs[i].Size
	}
	for i := range r.Inputs {
		if !r.cutInput(i, next) {
			return
		}
		r.read.Done++
	}
}

// cutInput reads one input; false when the run ends.
func (r *run) cutInput(i int, next func(int) *piece) bool {
	in := &r.Inputs[i]
	r.read.Input = in.Name
	p := next(i)
	if p == nil {
		return false
	}
	p.opened = true
	blocks, closing, err := in.open(r.Formats, &r.read.Bytes)
	if err != nil {
		p.skipped = in.Found && errors.Is(err, record.ErrFormat)
		if !p.skipped {
			p.faults = append(p.faults, err)
		}
		r.work <- p
		return true
	}
	defer closing()
	for {
		if err := blocks.Next(&p.block); err != nil {
			if !ended(err) {
				p.faults = append(p.faults, err)
			}
			p.progress = r.read
			r.work <- p
			return true
		}
		p.blocks, p.progress = blocks, r.read
		r.work <- p
		if p = next(i); p == nil {
			return false
		}
	}
}

// matcher decodes and matches pieces on a thread of its own, so that the CPU
// time of matching can be told from all other.
func (r *run) matcher() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var ms []detect.Match
	for p := range r.work {
		if p.blocks != nil {
			p.blocks.Decode(&p.block, &p.batch)
		}
		before := threadCPU()
		for _, rec := range p.batch.Records() {
			if ms = r.Set.Match(rec, ms[:0]); len(ms) > 0 {
				r.found(p, rec, ms)
			}
		}
		p.match = threadCPU() - before
		p.count()
		if p.derived > 0 { // they stand behind the last line that they are made of
			slices.SortStableFunc(p.findings, func(a, b Finding) int { return cmp.Compare(a.Line, b.Line) })
		}
		r.done <- p
	}
}

// found notes the findings of a record and what they are to the correlations.
func (r *run) found(p *piece, rec *record.Record, ms []detect.Match) {
	at := Place{Input: r.Inputs[p.input].Name, Line: rec.Line}
	if rec.Line == record.NoLine {
		at.Record = strings.Clone(rec.Log.RecordID)
	}
	for _, m := range ms {
		if m.Rule.Filter {
			p.filtered++
		}
		if !m.Rule.Raises() {
			continue
		}
		for i := range m.Fields { // the texts of a record do not outlive its block
			m.Fields[i].Value = strings.Clone(m.Fields[i].Value)
		}
		f := Finding{
			Place: at, Time: rec.Time, Host: strings.Clone(rec.Host), Channel: strings.Clone(rec.Log.Channel), Code: strings.Clone(rec.Log.Code),
			Rule: m.Rule, Fields: m.Fields,
		}
		if rec.Typed != nil && f.Channel == "" {
			f.Channel = rec.Get(event.FieldEventAction).Str
		}
		p.findings = append(p.findings, f)
	}
	p.items = r.join.items(p, rec, ms)
}

func (p *piece) count() {
	for _, rec := range p.batch.Records() {
		if rec.Derived {
			p.derived++
			continue
		}
		p.events++
		if rec.Time == 0 {
			p.timeless++
		}
	}
}

// collect takes the pieces in the order in which they were cut.
func (r *run) collect(ctx context.Context) error {
	waiting := map[int]*piece{}
	want := 0
	for p := range r.done {
		waiting[p.seq] = p
		for {
			p, ok := waiting[want]
			if !ok {
				break
			}
			delete(waiting, want)
			want++
			if err := r.take(p); err != nil {
				return err
			}
			r.free <- p
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return r.join.end(r.tell)
}

// take reports what came of a piece.
func (r *run) take(p *piece) error {
	for i := range p.batch.Faults {
		r.fault(p, p.batch.Faults[i])
	}
	for _, err := range p.faults {
		r.fault(p, err)
	}
	r.stats.Events += p.events
	r.stats.Derived += p.derived
	r.stats.Filtered += p.filtered
	r.stats.Timeless += p.timeless
	r.stats.Match += p.match
	switch {
	case p.skipped:
		r.stats.Skipped++
	case p.opened:
		r.stats.Inputs++
	}
	for i := range p.findings {
		if err := r.tell(&p.findings[i]); err != nil {
			return err
		}
	}
	if err := r.join.take(p.items, r.tell); err != nil {
		return err
	}
	if r.Progress != nil {
		p.progress.Events, p.progress.Findings = r.stats.Events, r.stats.Findings
		r.Progress(p.progress)
	}
	return nil
}

func (r *run) tell(f *Finding) error {
	if f.Rule.Severity < r.Least {
		return nil
	}
	r.stats.Findings++
	return r.Finding(f)
}

func (r *run) fault(p *piece, err error) {
	r.stats.Faults++
	r.Fault(Fault{Input: r.Inputs[p.input].Name, Err: err})
}
