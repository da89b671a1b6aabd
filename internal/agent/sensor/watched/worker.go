package watched

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// Rung is the name of the source of the events: those of the sensor of files.
const Rung = "file"

const (
	// filling is how long a file that was made is left before it is read: the
	// event that it was written comes when it is closed.
	filling = 250 * time.Millisecond
	// patience is how long a change that was found by looking waits for the
	// event that tells who did it.
	patience = 1200 * time.Millisecond
	// suspicion is how long changes of names that look like watched ones are
	// gathered before all files of the subject are looked at.
	suspicion = 300 * time.Millisecond
	// learning is how long the files of a folder that answers again may take to be
	// found by a look and read.
	learning = 5 * time.Second
	// second is how long a guess of who changed a file waits for a better one.
	second = 200 * time.Millisecond
)

// Reasons.
const (
	reasonSeen    = "seen by looking at the file; no event told who changed it"
	reasonAway    = "changed while the agent did not look; who changed it is not known"
	reasonSeveral = "more than one process changed the file since it was read last; the last one is named"
	reasonEarlier = "earlier content is not known"
	reasonCut     = "the file is longer than what is read of one; the rest is not known"
	reasonItems   = "the file has more items than are compared"
	reasonFiles   = "there are more files than are compared: earlier content is not known"
)

// worker is what the goroutine of Run works with.
type worker struct {
	w       *Watcher
	o       Options
	loaded  bool
	secret  []byte           // key of the digests of secrets
	learned map[int]bool     // subjects whose files are known
	fresh   map[int][]string // patterns of such a subject that it did not have the last time
	own     int64            // mount namespace of the agent

	patience *sensor.Patience
	unknown  map[string]time.Time // folders that hung when their files were to be learned, and since when they answer
	root     root                 // of the host's files
	host     *place
	places   map[int64]*place // by mount namespace, without the host's
	clock    uint64

	pending  map[place2key]*pending
	suspects map[int]*pending // subjects of which all files are to be looked at
	joined   map[joinKey]*join
	awaiting []*awaited // in the order of the readings
	notifier *notifier  // nil when it cannot be had
	credit   credit
	read     map[place2key]reading // of files that were read within their pause
	full     bool                  // that a file is not watched was logged
	dirty    bool
	saveAt   time.Time
	emit     sensor.Emit
}

type place2key struct {
	place int64
	key   key
}

// pending is a file that is to be read.
type pending struct {
	at       place2key
	by       *event.Event
	writer   string // entity id of the process of by
	author   bool   // by may have changed the content
	guess    bool   // by is who made somebody look
	several  bool
	count    int
	contents int // events after which the content may be another
	first    event.Time
	created  bool // the file was made since: it had no content before
	reason   string
	due      time.Time
}

func newWorker(w *Watcher) *worker {
	return &worker{
		w: w, o: w.o, learned: map[int]bool{}, fresh: map[int][]string{}, host: newPlace(0), places: map[int64]*place{},
		pending: map[place2key]*pending{}, suspects: map[int]*pending{}, joined: map[joinKey]*join{},
		patience: sensor.NewPatience(), unknown: map[string]time.Time{},
		read: map[place2key]reading{}, credit: credit{most: 32, perSecond: 20},
	}
}

func (w *worker) run(ctx context.Context, emit sensor.Emit, took func(...string)) error {
	w.emit = emit
	if err := w.open(); err != nil {
		return err
	}
	defer w.root.close()
	var err error
	if w.notifier, err = newNotifier(); err != nil {
		w.o.Log.Warn("changes of watched files are read when their events come", "error", err)
	}
	defer w.notifier.close()
	w.begin()
	took(w.patience.Unseen()...)
	looked := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		_, changed := w.o.Every.Next(looked)
		select {
		case <-ctx.Done():
			w.finish()
			return nil
		case <-changed:
		case <-w.patience.Changed():
			took(w.patience.Unseen()...)
		case h := <-w.notifier.hinted():
			w.hint(h)
		case e := <-w.w.backlog.Events():
			w.note(e)
			w.drain()
		case <-timer.C:
		}
		look, _ := w.o.Every.Next(looked)
		if now := time.Now(); !now.Before(look) {
			w.folders()
			w.look(reasonSeen)
			looked = now
			look, _ = w.o.Every.Next(looked)
		}
		w.work(time.Now())
		timer.Reset(min(time.Until(w.next()), time.Until(look)))
	}
}

// open finds the host's files and, the first time, what was known of them.
func (w *worker) open() error {
	var err error
	if w.root, err = openRoot(w.o.Root, w.patience); err != nil {
		return err
	}
	if w.own, err = namespaceOf(w.o.Proc, "self"); err != nil {
		w.root.close()
		return fmt.Errorf("find own mount namespace (is proc mounted at %s?): %w", w.o.Proc, err)
	}
	if w.loaded {
		return nil
	}
	w.loaded = true
	if err := w.load(); err != nil {
		w.o.Log.Warn("what was known of watched files is lost", "error", err)
	}
	return nil
}

// begin learns the files, or looks what changed since. Those that were not
// watched the last time are learned too.
func (w *worker) begin() {
	w.drain()
	w.folders()
	for i, only := range w.fresh {
		w.teach(i, only)
	}
	clear(w.fresh)
	w.look(reasonAway)
	for i, s := range w.o.Subjects {
		if !w.learned[i] {
			w.teach(i, s.Paths)
			w.learned[i] = true
		}
	}
	for _, folder := range w.patience.Hung() {
		w.unknown[folder] = time.Time{}
	}
	w.dirty = true
	w.alias()
	w.keep()
}

// answered forgets folders whose files were learned since they answer: those that
// come now are new.
func (w *worker) answered() {
	hung, now := w.patience.Hung(), time.Now()
	for folder, since := range w.unknown {
		switch {
		case slices.Contains(hung, folder):
			w.unknown[folder] = time.Time{}
		case since.IsZero():
			w.unknown[folder] = now
		case now.Sub(since) > learning:
			delete(w.unknown, folder)
		}
	}
}

// mayBeOld reports whether a file of the host that is seen for the first time may
// have been there before.
func (w *worker) mayBeOld(p string) bool {
	folder := sensor.Folder(w.root.f.Name(), p)
	_, folderToo := w.unknown[folder]
	_, above := w.unknown[path.Dir(folder)]
	return folderToo || above
}

// teach reads files of a subject that only these patterns stand for.
func (w *worker) teach(subject int, only []string) {
	rest := newIndex([]Subject{{Paths: slices.DeleteFunc(slices.Clone(w.o.Subjects[subject].Paths), func(p string) bool {
		return slices.Contains(only, p)
	})}})
	for _, p := range w.paths(subject) {
		k := key{subject, p}
		if w.host.files[k] != nil || len(rest.match(p)) > 0 {
			continue
		}
		if n, _, err := w.take(w.root, w.host, k); err == nil {
			w.host.set(k, n)
			delete(w.pending, place2key{0, k})
		}
	}
}

// finish tells what waits to be told; what waits to be read is found again at
// the next start.
func (w *worker) finish() {
	w.release(time.Now(), true)
	for k := range w.joined {
		w.tell(k)
	}
	w.keep()
}

func (w *worker) drain() {
	for {
		select {
		case e := <-w.w.backlog.Events():
			w.note(e)
		default:
			return
		}
	}
}

// keep writes the snapshot when it is old.
func (w *worker) keep() {
	if !w.dirty {
		return
	}
	if err := w.save(); err != nil {
		w.o.Log.Warn("what is known of watched files cannot be written", "error", err)
	}
}

// place returns what is known of a mount namespace; the one that was not asked
// for the longest makes room.
func (w *worker) place(ns int64) *place {
	if ns == 0 {
		return w.host
	}
	w.clock++
	p := w.places[ns]
	if p == nil {
		if len(w.places) >= maxNamespaces {
			var oldest *place
			for _, q := range w.places {
				if oldest == nil || q.used < oldest.used {
					oldest = q
				}
			}
			delete(w.places, oldest.id)
			w.notifier.forget(oldest.id)
		}
		p = newPlace(ns)
		w.places[ns] = p
	}
	p.used = w.clock
	return p
}

// work does what is due.
func (w *worker) work(now time.Time) {
	for i, s := range w.suspects {
		if !now.Before(s.due) {
			delete(w.suspects, i)
			w.lookAt(i, s)
		}
	}
	for _, p := range w.due(now) {
		delete(w.pending, p.at)
		w.examine(p)
	}
	w.release(now, false)
	for k, j := range w.joined {
		if !now.Before(j.due) {
			w.tell(k)
		}
	}
	for at, r := range w.read {
		if now.Sub(r.at) > r.pause {
			delete(w.read, at)
		}
	}
	if w.dirty && w.saveAt.IsZero() {
		w.saveAt = now.Add(settle)
	}
	if !w.saveAt.IsZero() && !now.Before(w.saveAt) {
		w.saveAt = time.Time{}
		w.alias()
		w.keep()
	}
}

// due returns the files that are to be read now, in the order of their events.
func (w *worker) due(now time.Time) []*pending {
	var out []*pending
	for _, p := range w.pending {
		if !now.Before(p.due) {
			out = append(out, p)
		}
	}
	slices.SortFunc(out, func(a, b *pending) int { return cmp.Compare(a.first, b.first) })
	return out
}

// next returns when something is due.
func (w *worker) next() time.Time {
	out := time.Now().Add(time.Hour)
	earlier := func(t time.Time) {
		if !t.IsZero() && t.Before(out) {
			out = t
		}
	}
	earlier(w.saveAt)
	for _, p := range w.pending {
		earlier(p.due)
	}
	for _, p := range w.suspects {
		earlier(p.due)
	}
	for _, j := range w.joined {
		earlier(j.due)
	}
	for _, a := range w.awaiting {
		earlier(a.until)
	}
	return out
}

// alias makes the other ways to the files known to the cheap test.
func (w *worker) alias() {
	a := &aliases{paths: map[string]key{}, inodes: make(map[uint64]key, len(w.host.files))}
	for k, n := range w.host.files {
		if n.target != "" {
			a.paths[n.target] = k
		}
		a.inodes[n.Stamp.Inode] = k
	}
	w.w.aliases.Store(a)
}

// credit allows readings one after the other up to a rate.
type credit struct {
	most, perSecond float64
	left            float64
	last            time.Time
}

func (c *credit) take(now time.Time) bool {
	if c.last.IsZero() {
		c.left = c.most
	} else {
		c.left = min(c.most, c.left+now.Sub(c.last).Seconds()*c.perSecond)
	}
	c.last = now
	if c.left < 1 {
		return false
	}
	c.left--
	return true
}

// outside returns where the root of a mount namespace can be reached.
func (w *worker) outside(p *place) (root, error) {
	var last error
	for i := len(p.pids) - 1; i >= 0; i-- {
		pid := fmt.Sprint(p.pids[i])
		if ns, err := namespaceOf(w.o.Proc, pid); err != nil || ns != p.id {
			last = err
			continue
		}
		r, err := openRoot(strings.Join([]string{w.o.Proc, pid, "root"}, "/"), w.patience)
		if err == nil {
			return r, nil
		}
		last = err
	}
	return root{}, fmt.Errorf("no process of the mount namespace is left: %w", last)
}
