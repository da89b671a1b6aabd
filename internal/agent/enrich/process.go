package enrich

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/event"
)

// maxKept is how much of the arguments later events of a process carry, bytes;
// its process_start carries all that the sensor gave.
const maxKept = 4 << 10

// start makes e's process the image of its entry.
func (en *Enricher) start(e *event.Event, hash *event.Hash, pending *job) {
	p := e.Process
	if p.Name == "" || p.Executable != "" {
		p.Name = cmp.Or(p.Executable[strings.LastIndexByte(p.Executable, '/')+1:], p.Name)
	}
	creator := parentID(p)
	old := en.table.entries[p.EntityID]
	if old != nil {
		inherit(p, old.proc)
		creator = cmp.Or(old.parent, creator)
	}
	t := en.table.put(p.EntityID)
	en.place(e, t)
	count(&t.activity, e)
	t.user, t.file, t.job, t.asked = e.User, e.File, pending, true
	if e.User == nil && old == nil {
		t.user = en.creatorUser(creator)
	}
	p.Hash = hash
	if e.File != nil {
		e.File.Hash = hash
	}
	t.parent = creator
	en.lineage(t, p, e.Time)
	en.table.set(t, kept(p), e.Time)
	e.ContainerID = cmp.Or(e.ContainerID, t.container)
	if e.User == nil {
		e.User = t.user
	}
}

func (en *Enricher) creatorUser(id string) *event.User {
	if c := en.table.entries[id]; c != nil {
		return c.user
	}
	return nil
}

// fork makes e's process a copy of its creator.
func (en *Enricher) fork(e *event.Event) {
	child := e.Process
	creator := parentID(child)
	up := en.table.get(creator)
	if up == nil && child.Parent != nil {
		up = en.discover(stub(child.Parent), e.Time)
	}
	if up != nil {
		up.activity.Children++
		own := *child
		*child = *up.proc
		child.EntityID, child.PID, child.NSPID, child.Start = own.EntityID, own.PID, own.NSPID, own.Start
		child.Parent, child.Ancestors = own.Parent, nil
		if own.CgroupID != 0 && own.CgroupID != child.CgroupID {
			child.CgroupID, child.CgroupPath = own.CgroupID, own.CgroupPath
		}
		if own.Namespaces != nil {
			child.Namespaces = own.Namespaces
		}
	}
	t := en.table.put(child.EntityID)
	t.parent = creator
	if up != nil {
		t.user, t.file, t.container, t.job, t.asked = up.user, up.file, up.container, up.job, up.asked
	}
	if e.User != nil {
		t.user = e.User
	}
	en.place(e, t)
	en.lineage(t, child, e.Time)
	en.table.set(t, child, e.Time)
	en.share(e, t)
}

// end gives e the process with its end, and keeps the entry for a while.
func (en *Enricher) end(e *event.Event) {
	last := e.Process
	t := en.table.get(last.EntityID)
	if t == nil {
		en.stats.Unknown++
		return
	}
	en.refresh(t)
	at, code := last.End, last.ExitCode
	*last = *t.proc
	last.End, last.ExitCode = at, code
	if at == 0 {
		last.End = e.Time
	}
	if did := t.activity; did != (event.Activity{}) {
		last.Activity = &did
	}
	en.share(e, t)
	e.Process = last
	en.table.end(t, e.Time)
}

// attach gives e the process that it happened in.
func (en *Enricher) attach(e *event.Event) {
	p := e.Process
	t := en.table.get(p.EntityID)
	if p.EntityID == "" && p.PID > 0 { // gone before it could be looked up
		t = en.table.numbered(p.PID, 0, e.Time)
	}
	if t == nil {
		if t = en.discover(*p, e.Time); t == nil {
			return
		}
	}
	count(&t.activity, e)
	en.refresh(t)
	if p.CgroupID != 0 && p.CgroupID != t.proc.CgroupID {
		en.place(e, t)
		moved := *t.proc
		moved.CgroupID, moved.CgroupPath = p.CgroupID, p.CgroupPath
		en.table.set(t, &moved, e.Time)
	}
	en.changed(e, t)
	en.share(e, t)
	// Ancestors are in a section that was completed before: the event of a sensor
	// that followed another one. It is about the process as it was then, not about
	// what it executed since.
	if p.Ancestors != nil {
		e.Process = kept(p)
	}
}

// share puts the sections of an entry into e.
func (en *Enricher) share(e *event.Event, t *entry) {
	e.Process = t.proc
	if e.ContainerID == "" {
		e.ContainerID = t.container
	}
	if e.User == nil {
		e.User = t.user
	}
}

// place finds the cgroup's path and the container of e's process.
func (en *Enricher) place(e *event.Event, t *entry) {
	p := e.Process
	switch {
	case t.proc != nil && p.CgroupID == t.proc.CgroupID && t.proc.CgroupPath != "":
		p.CgroupPath = t.proc.CgroupPath
	case p.CgroupPath != "":
		t.container = containerOf(p.CgroupPath, t.container)
	case p.CgroupID != 0:
		c := en.cgroups.resolve(p.CgroupID, e.Time)
		p.CgroupPath = c.path
		t.container = c.container
		if up := en.table.entries[t.parent]; up != nil && t.container == "" && up.proc.CgroupID == p.CgroupID {
			t.container = up.container // hosts whose containers are in the old hierarchies
		}
	}
	if e.ContainerID != "" {
		t.container = e.ContainerID
	}
}

// refresh gives an entry the digests that have become known since, and asks
// for those of a process that is older than the agent.
func (en *Enricher) refresh(t *entry) {
	if !t.asked {
		t.asked = true
		var hash *event.Hash
		if hash, t.job = en.hasher.seeded(t.proc, t.file); hash != nil {
			p := *t.proc
			p.Hash = hash
			t.proc = &p
		}
	}
	if t.job == nil {
		return
	}
	got, done := t.job.result()
	if !done {
		return
	}
	p := *t.proc
	p.Hash = got.hash
	t.proc, t.job = &p, nil
}

// inherit keeps what an execution does not change where the sensor did not say.
func inherit(p, old *event.Process) {
	p.TTY = cmp.Or(p.TTY, old.TTY)
	p.AuditUserID = cmp.Or(p.AuditUserID, old.AuditUserID)
	p.AuditSessionID = cmp.Or(p.AuditSessionID, old.AuditSessionID)
	p.WorkingDirectory = cmp.Or(p.WorkingDirectory, old.WorkingDirectory)
	p.NSPID, p.SessionID, p.GroupID = cmp.Or(p.NSPID, old.NSPID), cmp.Or(p.SessionID, old.SessionID), cmp.Or(p.GroupID, old.GroupID)
	if p.Start == 0 {
		p.Start = old.Start
	}
	if p.CgroupID == 0 {
		p.CgroupID, p.CgroupPath = old.CgroupID, old.CgroupPath
	}
	if p.Namespaces == nil {
		p.Namespaces = old.Namespaces
	}
	if p.Parent == nil {
		p.Parent = old.Parent
	}
}

// kept returns p, or a copy with arguments cut to what later events carry.
func kept(p *event.Process) *event.Process {
	if len(p.CommandLine) <= maxKept {
		return p
	}
	c := *p
	c.CommandLine = strings.Clone(p.CommandLine[:maxKept])
	c.Args = nil
	left := maxKept
	for _, a := range p.Args {
		if left <= 0 {
			break
		}
		a = a[:min(len(a), left)]
		left -= len(a) + 1
		c.Args = append(c.Args, strings.Clone(a))
	}
	c.Args = slices.Clip(c.Args)
	return &c
}

func parentID(p *event.Process) string {
	if p.Parent == nil || p.Parent.PID <= 0 {
		return ""
	}
	return p.Parent.EntityID
}
