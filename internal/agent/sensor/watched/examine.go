package watched

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
)

// alike is how many items of a file may differ from the host's for the host's
// to be taken as the content before, in another mount namespace.
const mayDiffer = 3

// paths returns the files of a subject that exist now, on the host.
func (w *worker) paths(subject int) []string {
	var out []string
	seen := map[string]bool{}
	s := w.o.Subjects[subject]
	for _, t := range w.w.index.patterns {
		if t.subject != subject {
			continue
		}
		found, err := w.root.find(t.parts, maxFiles)
		if err != nil {
			w.o.Log.Warn("not all files are watched", "sensor", w.o.Name, "subject", s.Name, "error", err)
		}
		for _, p := range found {
			if !seen[p] && (s.Skip == nil || !s.Skip(p)) && len(out) < maxFiles {
				seen[p] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// look finds files of the host that changed without an event.
func (w *worker) look(reason string) {
	for i := range w.o.Subjects {
		w.lookAt(i, &pending{reason: reason})
	}
	w.answered()
}

// lookAt finds the files of a subject that are not as they were read. A change
// waits for the event that tells who did it, except when found says it.
func (w *worker) lookAt(subject int, found *pending) {
	if !w.learned[subject] {
		return
	}
	there := map[string]bool{}
	links := w.o.Subjects[subject].Links
	for _, p := range w.paths(subject) {
		k := key{subject, p}
		s, _, err := w.root.stat(p, links)
		if err != nil && gone(err) {
			continue
		}
		there[p] = true
		if errors.Is(err, sensor.ErrHangs) {
			continue // what is known of it stays
		}
		if n := w.host.files[k]; err != nil || n == nil || n.Racy || n.Stamp != s {
			w.found(k, found, event.Time(s.Changed))
		}
	}
	for k := range w.host.files {
		if k.subject == subject && !there[k.path] && !w.root.hangs(k.path) {
			w.found(k, found, 0)
		}
	}
}

// found has a file read that is not as it was. What made somebody look is a
// guess of who changed it, unless the file was changed after that.
func (w *worker) found(k key, by *pending, changed event.Time) {
	p := w.add(place2key{0, k}, nil)
	if p.by != nil {
		return
	}
	p.reason = by.reason
	if by.by == nil {
		return
	}
	if !by.explains(changed) {
		p.reason = reasonSeen
		return
	}
	p.by, p.writer, p.several, p.count, p.first, p.guess = by.by, by.writer, by.several, 1, by.by.Time, true
	p.due = time.Now().Add(second)
}

// explains says whether what made somebody look can be what changed a file, of
// which the time of the change is known, 0 when it is gone. An event about a
// name that only looks like the file's must be of the same moment.
func (p *pending) explains(changed event.Time) bool {
	switch {
	case changed > p.by.Time+slack:
		return false
	case p.reason == "":
		return true
	case changed == 0:
		return p.by.Kind == event.FileDelete || p.by.Kind == event.FileRename
	}
	return changed > p.by.Time-event.Time(suspicion)
}

// take reads a file and makes its items.
func (w *worker) take(r root, p *place, k key) (*known, stamp, error) {
	s := &w.o.Subjects[k.subject]
	f, st, err := r.read(k.path, s.Links, cmp.Or(s.MaxSize, maxSize))
	if err != nil {
		return nil, st, err
	}
	f.Size, f.Modified = st.Size, event.Time(st.Modified)
	n := &known{Stamp: st, base: st}
	now := time.Now().UnixNano()
	n.Racy = now-st.Modified < int64(50*time.Millisecond) || now-st.Changed < int64(50*time.Millisecond)
	items := s.Parse(f)
	if s.Attributes {
		items = append([]Item{attributes(st)}, items...)
	}
	n.Items = sealed(items, w.secret, p.room(k), w.space(p, k))
	if len(items) > len(n.Items) {
		n.note = reasonItems
	}
	if f.Cut {
		n.note = And(n.note, reasonCut)
	}
	if _, n.target, err = r.stat(k.path, s.Links); err != nil {
		n.target = ""
	}
	return n, st, nil
}

func attributes(s stamp) Item {
	return Item{Fields: []Field{
		{Name: "mode", Value: mode(s.Mode)},
		{Name: "owner", Value: fmt.Sprint(s.UID)},
		{Name: "group", Value: fmt.Sprint(s.GID)},
	}}
}

// examine reads a file and tells what differs.
func (w *worker) examine(p *pending) {
	pl, k := w.place(p.at.place), p.at.key
	d := w.difference(p)
	r := w.root
	if p.at.place != 0 {
		var err error
		if r, err = w.outside(pl); err != nil && p.by == nil {
			return // only a hint: who made the change is still to come, and can be asked
		}
		if err != nil {
			d.Reason = And(d.Reason, "the content cannot be read: "+err.Error())
			w.bare(d, p)
			return
		}
		defer r.close()
		w.notifier.watch(r, folder{pl.id, path.Dir(k.path)})
	}
	begin := time.Now()
	d.read = event.At(begin)
	before := pl.files[k]
	if before == nil && p.at.place != 0 {
		before = w.host.files[k]
	}
	n, st, err := w.take(r, pl, k)
	w.read[p.at] = reading{begin, pause(time.Since(begin))}
	if err != nil && !gone(err) {
		w.unreadable(d, p, before, err)
		return
	}
	if n == nil && before == nil {
		if p.at.place != 0 && p.count > 0 && !p.created {
			d.Reason = And(d.Reason, reasonEarlier)
			w.bare(d, p)
		}
		return
	}
	if before == nil && p.at.place == 0 && !p.created && w.mayBeOld(k.path) {
		w.learn(pl, k, n)
		if p.by != nil {
			d.Reason = And(d.Reason, reasonEarlier)
			w.bare(d, p)
		}
		return
	}
	d.New, d.Gone = before == nil, n == nil
	var from, to []Item
	if before != nil {
		from, d.file = before.Items, before.Stamp.file(k.path)
	}
	if n != nil {
		to, d.file = n.Items, st.file(k.path)
		d.Reason = And(d.Reason, n.note)
	}
	d.Changes = Compare(from, to)
	first := p.at.place != 0 && pl.files[k] == nil
	if n != nil {
		n.base = n.Stamp
		switch {
		case p.by == nil && before != nil:
			n.base = before.base
		case p.by == nil && n.note != "":
			n.base = stamp{} // the event is still to come, and to be told
		}
	}
	if !w.learn(pl, k, n) {
		d.Reason = And(d.Reason, reasonFiles)
	}
	if mid := w.between(r, k, before, n); mid != nil {
		e := w.difference(p)
		e.file, e.Reason = mid.Stamp.file(k.path), "read from the copy that the next change left"
		e.Changes, e.read = Compare(from, mid.Items), d.read
		w.told(p, e, before, mid)
		d.Changes = Compare(mid.Items, to)
	}
	if first && !p.created && len(d.Changes) > mayDiffer {
		d.Reason = And(d.Reason, reasonEarlier)
		w.bare(d, p)
		return
	}
	w.told(p, d, before, n)
}

// gone says that an error means that there is no such file.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) }

// unreadable tells that a file is there and cannot be read, once for each
// reason. What was known of it stays: nothing says that it is gone.
func (w *worker) unreadable(d *Difference, p *pending, before *known, err error) {
	switch {
	case p.by == nil && p.reason == "":
		return // only a hint: who made the change is still to come
	case before != nil && before.unread == err.Error() && p.count == 0:
		return // found by looking again
	}
	if before != nil {
		before.unread = err.Error()
	}
	d.Reason = And(d.Reason, "the content cannot be read: "+err.Error())
	w.bare(d, p)
}

// between returns the content that a file had between two readings, from the
// copy that tools make of it before they change it; nil when there was none. It
// is newer than the one reading and older than the other.
func (w *worker) between(r root, k key, before, after *known) *known {
	s := &w.o.Subjects[k.subject]
	if s.Backup == "" || before == nil || after == nil {
		return nil
	}
	f, st, err := r.read(k.path+s.Backup, false, cmp.Or(s.MaxSize, maxSize))
	if err != nil || f.Cut || st.Changed <= before.Stamp.Changed || st.Changed >= after.Stamp.Changed {
		return nil
	}
	f.Path = k.path
	n := &known{Stamp: st, base: st, Items: sealed(s.Parse(f), w.secret, maxItems, maxKept)}
	if s.Attributes || len(Compare(before.Items, n.Items)) == 0 || len(Compare(n.Items, after.Items)) == 0 {
		return nil
	}
	return n
}

// told tells a difference, or that there is none though there should be.
func (w *worker) told(p *pending, d *Difference, before, after *known) {
	if len(d.Changes) == 0 {
		switch {
		case after == nil || before != nil && before.base == after.Stamp:
		case after.note != "" && (p.contents > 0 || p.reason == reasonSeen || p.reason == reasonAway):
			w.bare(d, p) // it may be in what is not compared
		case p.contents > 1 && before != nil:
			d.Reason = And(d.Reason, fmt.Sprintf("replaced or written %d times and as before; what was in between is not known", p.contents))
			w.bare(d, p)
		}
		return
	}
	var more string
	d.Changes, more = told(d.Changes, cmp.Or(d.Subject.MaxTold, maxTold))
	d.Reason = And(d.Reason, more)
	if p.by == nil && p.reason == "" || w.awaits(p.at) { // a hint, or behind one
		w.await(d, p)
		return
	}
	w.who(d, p)
	w.join(d, p.at)
}

// learn keeps what was read; false when there is no room for another file.
func (w *worker) learn(pl *place, k key, n *known) bool {
	if old := pl.files[k]; old == nil && n != nil && len(pl.files) >= maxFiles {
		if !w.full { // each change of such a file says so too
			w.full = true
			w.o.Log.Warn("a file is not watched", "sensor", w.o.Name, "error", errTooMany)
		}
		return false
	}
	pl.set(k, n)
	w.dirty = w.dirty || pl == w.host
	return true
}

// difference begins a difference with what is known before the file is read.
func (w *worker) difference(p *pending) *Difference {
	return &Difference{
		Subject: &w.o.Subjects[p.at.key.subject], Path: p.at.key.path, provider: w.o.Name, file: &event.File{Path: p.at.key.path},
		known: func(file, name string) *Item { return w.item(p.at.place, file, name) },
	}
}

// who writes into a difference who made it, in front of its own reason.
func (w *worker) who(d *Difference, p *pending) {
	d.By, d.Count, d.First, d.Time = p.by, p.count, p.first, w.o.Now()
	reason := p.reason
	switch {
	case p.by == nil:
		reason = cmp.Or(reason, reasonSeen)
	case reason == reasonSeen || reason == reasonAway:
		reason, d.Time = "", p.by.Time
	default:
		d.Time = p.by.Time
	}
	if p.several {
		reason = And(reason, reasonSeveral)
	}
	d.Reason = And(reason, d.Reason)
}

// item finds an item of a file in a mount namespace, or else on the host.
func (w *worker) item(ns int64, file, name string) *Item {
	for _, pl := range []*place{w.place(ns), w.host} {
		for _, i := range w.w.index.match(file) {
			n := pl.files[key{i, file}]
			if n == nil {
				continue
			}
			if at := slices.IndexFunc(n.Items, func(it Item) bool { return it.Key == name }); at >= 0 {
				return &n.Items[at]
			}
		}
	}
	return nil
}

// bare tells that a file was changed, without what differs.
func (w *worker) bare(d *Difference, p *pending) {
	w.who(d, p)
	e := d.Bare(d.Subject.Modify)
	e.Change = &event.Change{Object: d.Subject.Object, Name: d.Path}
	w.emit(e)
}

// joinKey is what differences are gathered by.
type joinKey struct {
	place   int64
	subject int
}

type join struct {
	differences []*Difference
	due         time.Time
}

// join gathers the differences of the files of a subject.
func (w *worker) join(d *Difference, at place2key) {
	k := joinKey{at.place, at.key.subject}
	j := w.joined[k]
	if j == nil {
		j = &join{due: time.Now().Add(d.Subject.Join)}
		w.joined[k] = j
	}
	j.differences = append(j.differences, d)
	if d.Subject.Join == 0 {
		w.tell(k)
	}
}

// tell emits what was gathered.
func (w *worker) tell(k joinKey) {
	j := w.joined[k]
	delete(w.joined, k)
	make := w.o.Subjects[k.subject].Tell
	if make == nil {
		make = Each(nil)
	}
	for _, e := range make(j.differences) {
		w.emit(e)
	}
}
