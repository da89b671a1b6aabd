package watched

import (
	"fmt"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
)

// note puts what an event is about on the list of what is to be read.
func (w *worker) note(e *event.Event) {
	ns := w.namespace(e)
	if e.File == nil {
		if ns == 0 && e.Call != nil {
			w.suspect(w.under(e.Call.MountDirectory), e, "")
		}
		return
	}
	found := w.path(ns, e.File.Path, e)
	if e.File.OriginalPath != "" {
		found = w.path(ns, e.File.OriginalPath, e) || found
	}
	if found || ns != 0 {
		return
	}
	through := "changed through " + e.File.Path
	if w.elsewhere(e, through) {
		return
	}
	w.suspect(w.under(e.File.Path), e, "")
	w.suspect(w.under(e.File.OriginalPath), e, "")
	w.suspect(w.w.index.alike(e.File.Path), e, through)
}

// elsewhere finds the file of an event that names another way to it: where a
// symbolic link leads, another mount of its folder.
func (w *worker) elsewhere(e *event.Event, reason string) bool {
	a := w.w.aliases.Load()
	k, ok := a.paths[e.File.Path]
	if !ok && e.File.Inode != 0 {
		k, ok = a.inodes[uint64(e.File.Inode)]
	}
	if ok {
		at := place2key{0, k}
		if !w.claim(at, e, reason) {
			w.add(at, e).reason = reason
		}
		return true
	}
	w.guess(e)
	return false
}

// under returns the subjects whose files a change of a folder touches.
func (w *worker) under(dir string) []int {
	if dir == "" {
		return nil
	}
	return append(w.w.index.below(dir), w.w.index.match(dir)...)
}

func (w *worker) path(ns int64, p string, e *event.Event) bool {
	found := false
	for _, i := range w.w.index.match(p) {
		if skip := w.o.Subjects[i].Skip; skip == nil || !skip(p) {
			if at := (place2key{ns, key{i, p}}); !w.claim(at, e, "") {
				w.add(at, e)
			}
		}
		found = true
	}
	return found
}

// add notes an event about a file; nil is one that was found by looking.
func (w *worker) add(at place2key, e *event.Event) *pending {
	now := time.Now()
	p := w.pending[at]
	if p == nil {
		p = &pending{at: at, due: now.Add(patience)} // for the event that tells who it was
		w.pending[at] = p
	}
	if e == nil {
		return p
	}
	p.event(e)
	if e.Kind == event.FileCreate && e.File.TargetPath == "" && p.contents == 0 {
		p.created = true
		p.due = minTime(p.due, now.Add(filling))
		return p
	}
	p.due = minTime(p.due, w.soon(at, now))
	return p
}

// event notes who told of a change.
func (p *pending) event(e *event.Event) {
	if p.guess { // this one knows
		p.by, p.writer, p.author, p.several, p.count, p.reason, p.guess = nil, "", false, false, 0, "", false
	}
	if p.count == 0 {
		p.first = e.Time
	}
	p.count++
	if e.Kind == event.FileWrite || e.Kind == event.FileRename {
		p.contents++
	}
	author := changesContent(e.Kind)
	if e.Process == nil {
		if p.by == nil {
			p.by = e
		}
		return
	}
	if p.author && !author {
		return // who changed the mode is not who changed the content
	}
	if p.author == author && p.writer != "" && p.writer != e.Process.EntityID {
		p.several = true
	}
	p.by, p.writer, p.author = e, e.Process.EntityID, author
}

// suspect has all files of subjects looked at soon.
func (w *worker) suspect(subjects []int, e *event.Event, reason string) {
	for _, i := range subjects {
		if w.suspects[i] == nil {
			w.suspects[i] = &pending{due: time.Now().Add(suspicion)}
		}
		s := w.suspects[i]
		s.event(e)
		s.reason = reason
	}
}

// namespace returns the mount namespace of an event, 0 for the agent's own, and
// remembers its process. A process that still is says it best: it may have
// left the one that it started in.
func (w *worker) namespace(e *event.Event) int64 {
	if e.Process == nil || w.o.Root != "/" {
		return 0
	}
	ns, err := namespaceOf(w.o.Proc, fmt.Sprint(e.Process.PID))
	if err != nil && e.Process.Namespaces != nil {
		ns = e.Process.Namespaces.Mount
	}
	if ns == 0 || ns == w.own {
		return 0
	}
	p := w.place(ns)
	if len(p.pids) == 0 || p.pids[len(p.pids)-1] != e.Process.PID {
		p.pids = append(p.pids[max(0, len(p.pids)-15):], e.Process.PID)
	}
	return ns
}
