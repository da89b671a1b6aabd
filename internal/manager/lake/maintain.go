package lake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/api"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/manager/lake/segment"
)

// maintain merges small segments, removes what retention no longer keeps, and
// deletes files that nobody needs.
func (l *Lake) maintain(ctx context.Context) error {
	tick := time.NewTicker(l.opts.Maintain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		l.report("retention", l.Retain(ctx))
		for {
			n, err := l.Compact(ctx)
			l.report("compaction", err)
			if n == 0 || err != nil {
				break
			}
		}
		l.report("removal", l.Clean(ctx))
	}
}

func (l *Lake) report(part string, err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		l.say(part, "")
		return
	}
	l.opts.Logger.Error("segments cannot be maintained", "part", part, "error", err)
	l.say(part, fmt.Sprintf("%s of stored events fails: %v", part, err))
}

// Compact merges one set of segments of one day and about one size, and
// returns how many there were; 0 when there was none to merge.
func (l *Lake) Compact(ctx context.Context) (int, error) {
	l.merging.Lock()
	defer l.merging.Unlock()
	l.mu.RLock()
	set := plan(l.segments, l.opts, dayOf(event.At(l.opts.Now())))
	l.mu.RUnlock()
	if len(set) == 0 {
		return 0, nil
	}
	inputs := make([]*segment.Segment, len(set))
	for i, h := range set {
		s, err := h.acquire()
		if err != nil {
			return 0, l.damaged(ctx, h, err)
		}
		defer h.release()
		inputs[i] = s
	}
	info, used, err := l.merge(ctx, inputs)
	l.mu.Lock()
	l.counts.merging += used
	l.mu.Unlock()
	if err != nil {
		var in *segment.InputError
		if errors.As(err, &in) {
			return 0, l.damaged(ctx, set[slices.IndexFunc(set, func(h *handle) bool { return h.Name == in.Name })], err)
		}
		return 0, err
	}
	return len(set), l.exchange(ctx, set, info)
}

// merge also tells the processor time that it took; the caller holds merging.
func (l *Lake) merge(ctx context.Context, inputs []*segment.Segment) (segment.Info, time.Duration, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	begin := threadTime()
	info, err := l.merger.Merge(ctx, l.opts.Dir, l.name(), inputs)
	return info, threadTime() - begin, err
}

// damaged sets a segment aside when err says so. The rest is merged next time.
func (l *Lake) damaged(ctx context.Context, h *handle, err error) error {
	if !errors.Is(err, segment.ErrDamaged) {
		return err
	}
	return l.SetAside(ctx, h.Name, err)
}

// exchange puts a merged segment in the place of its inputs.
func (l *Lake) exchange(ctx context.Context, set []*handle, info segment.Info) error {
	now := event.At(l.opts.Now())
	names := make([]string, len(set))
	for i, h := range set {
		names[i] = h.Name
	}
	done, err := l.manifest.replace(ctx, names, stateMerged, now, func(tx *sql.Tx) error { return insert(ctx, tx, info, now) })
	if err != nil {
		return errors.Join(err, l.reconcile(ctx))
	}
	if !done {
		return removeSegment(l.opts.Dir, info.Name)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments = slices.DeleteFunc(l.segments, func(h *handle) bool { return slices.Contains(set, h) })
	l.segments = append(l.segments, l.newHandle(info))
	for _, h := range set {
		h.drop()
	}
	return nil
}

// reconcile makes the segments in memory those of the manifest, after a commit
// whose end is not known, and removes files that it does not know. It tries
// until the manifest can be read. The caller holds merging.
func (l *Lake) reconcile(ctx context.Context) error {
	l.flushing.Lock() // no segment is between its commit and its place in memory
	defer l.flushing.Unlock()
	m, err := l.manifest.read(ctx, l.opts.Log.ID())
	for pause := 100 * time.Millisecond; err != nil; pause = min(2*pause, 5*time.Second) {
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
		m, err = l.manifest.read(ctx, l.opts.Log.ID())
	}
	known := map[string]bool{}
	for name := range m.others {
		known[name] = true
	}
	l.mu.Lock()
	if l.frozen != nil && l.frozen.info != nil {
		known[l.frozen.info.Name] = true
	}
	have := map[string]*handle{}
	for _, h := range l.segments {
		have[h.Name] = h
	}
	l.segments = nil
	for _, i := range m.live {
		known[i.Name] = true
		h := have[i.Name]
		if h == nil && (l.frozen == nil || l.frozen.info == nil || l.frozen.info.Name != i.Name) {
			h = l.newHandle(i)
		}
		if h != nil {
			l.segments = append(l.segments, h)
		}
		delete(have, i.Name)
	}
	l.mu.Unlock()
	for _, h := range have {
		h.drop()
	}
	return l.sweep(known)
}

// plan picks segments to merge: MergeCount of one size class of one day, or
// all small ones of a day that is over. Size classes grow by MergeCount, so
// that an event is rewritten only a few times.
func plan(segments []*handle, o Options, today int64) []*handle {
	days := map[int64][]*handle{}
	var order []int64
	for _, h := range segments {
		if h.Rows >= o.MergeRows/2 {
			continue
		}
		day := dayOf(h.MaxIngested)
		if days[day] == nil {
			order = append(order, day)
		}
		days[day] = append(days[day], h)
	}
	slices.Sort(order)
	for _, day := range order {
		classes := map[int][]*handle{}
		for _, h := range days[day] {
			class := 0
			for rows := h.Rows; rows >= 1000 && day >= today; rows /= int64(o.MergeCount) {
				class++
			}
			classes[class] = append(classes[class], h)
		}
		for class := range 64 {
			need := o.MergeCount
			if day < today {
				need = 2
			}
			if set := fit(classes[class], o.MergeRows); len(set) >= need || len(set) >= 2 && len(set) < len(classes[class]) {
				return set
			}
		}
	}
	return nil
}

// fit takes segments, the oldest first, up to a number of rows.
func fit(set []*handle, rows int64) []*handle {
	var sum int64
	for i, h := range set {
		if sum += h.Rows; sum > rows {
			return set[:i]
		}
	}
	return set
}

// Retain takes segments out of the history, oldest first, that are older than
// KeepAge or do not fit into KeepBytes. It says since when the history is whole.
func (l *Lake) Retain(ctx context.Context) error {
	l.merging.Lock()
	defer l.merging.Unlock()
	now := event.At(l.opts.Now())
	l.mu.RLock()
	old := l.surplus(now, l.trusted(now))
	l.mu.RUnlock()
	if len(old) == 0 {
		return nil
	}
	var rows, bytes int64
	var until event.Time
	names := make([]string, len(old))
	for i, h := range old {
		names[i] = h.Name
		rows, bytes, until = rows+h.Rows, bytes+h.Bytes, max(until, h.MaxIngested)
	}
	detail := fmt.Sprintf("history is retained from %s on: %d events in %d segments, %d bytes, were removed", until.Std().Format(time.RFC3339), rows, len(old), bytes)
	done, err := l.manifest.replace(ctx, names, stateExpired, now, func(tx *sql.Tx) error {
		if err := insertGap(ctx, tx, Gap{ID: "retention", To: until, Lost: -1, Reason: "retention: events that arrived until " + until.Std().Format(time.RFC3339) + " were removed"}); err != nil {
			return err
		}
		if l.opts.Audit == nil {
			return nil
		}
		return l.opts.Audit.Append(ctx, tx, api.AuditEntry{At: now.Std(), Actor: "manager", Action: "history.expire", Target: "lake", Outcome: "success", Detail: detail})
	})
	if err != nil || !done {
		return errors.Join(err, l.reconcile(ctx))
	}
	l.opts.Logger.Info("history expired", "until", until.Std(), "events", rows, "bytes", bytes)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.segments = slices.DeleteFunc(l.segments, func(h *handle) bool { return slices.Contains(old, h) })
	for _, h := range old {
		h.drop()
	}
	return nil
}

// patience is how long a jump of the clock keeps age from removing anything.
const patience = event.Time(24 * time.Hour)

// trusted reports whether the clock may decide what is old. A clock that jumped
// ahead would remove the whole history within minutes: it has a day to be set
// right, and so has one that seems to have jumped because the manager did not
// run. The caller holds merging and mu.
func (l *Lake) trusted(now event.Time) bool {
	before := l.looked
	l.looked = now
	if before == 0 {
		before = l.newest(now)
	}
	switch {
	case now-before > patience:
		l.waiting = now + patience
		l.opts.Logger.Warn("clock jumped ahead, or the manager did not run: nothing is removed for its age for a day; is the clock right?",
			"from", before.Std(), "to", now.Std())
	case now < before:
		l.waiting = 0 // set right
	}
	return now >= l.waiting
}

// newest returns when the newest event on disk arrived, now when there is none.
func (l *Lake) newest(now event.Time) event.Time {
	if len(l.segments) == 0 {
		return now
	}
	var t event.Time
	for _, h := range l.segments {
		t = max(t, h.MaxIngested)
	}
	return t
}

// surplus lists the segments that retention removes, by age only when aged; the
// caller holds mu.
func (l *Lake) surplus(now event.Time, aged bool) []*handle {
	byAge := slices.Clone(l.segments)
	slices.SortStableFunc(byAge, func(a, b *handle) int {
		switch {
		case a.MaxIngested < b.MaxIngested:
			return -1
		case a.MaxIngested > b.MaxIngested:
			return 1
		}
		return 0
	})
	var bytes int64
	for _, h := range byAge {
		bytes += h.Bytes
	}
	n := 0
	for _, h := range byAge {
		tooOld := aged && l.opts.KeepAge > 0 && h.MaxIngested < now-event.Time(l.opts.KeepAge)
		tooMuch := l.opts.KeepBytes > 0 && bytes > l.opts.KeepBytes
		if !tooOld && !tooMuch {
			break
		}
		bytes -= h.Bytes
		n++
	}
	return byAge[:n]
}

// Clean deletes files whose segments lost their place longer than Grace ago,
// so that a search or another program that reads them can end first.
func (l *Lake) Clean(ctx context.Context) error {
	l.merging.Lock()
	defer l.merging.Unlock()
	names, err := l.manifest.removable(ctx, event.At(l.opts.Now().Add(-l.opts.Grace)))
	if err != nil || len(names) == 0 {
		return err
	}
	for _, name := range names {
		if err := removeSegment(l.opts.Dir, name); err != nil {
			return fmt.Errorf("delete segment %s: %w", name, err)
		}
	}
	return l.manifest.forget(ctx, names)
}
