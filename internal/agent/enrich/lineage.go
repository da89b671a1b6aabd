package enrich

import "github.com/vedette-edr/vedette/internal/event"

// lineage fills in the parent and the ancestors of p, whose entry is t. They
// are those that created it; when the creator is no longer known they stay as
// they were.
func (en *Enricher) lineage(t *entry, p *event.Process, now event.Time) {
	if p.Parent != nil && p.Parent.PID <= 0 { // the kernel itself started it
		p.Parent = nil
	}
	up := en.table.get(t.parent)
	if up == nil && t.above == nil && p.Parent != nil && p.Parent.EntityID == t.parent {
		up = en.discover(stub(p.Parent), now)
	}
	switch {
	case up != nil && up != t:
		t.above = up.forChildren(en.table.depth)
		p.Parent = up.asParent
	case t.above != nil && t.proc != nil:
		p.Parent = t.proc.Parent
	case p.Parent != nil:
		t.above = &chain{event.Ancestors{
			EntityIDs: []string{p.Parent.EntityID}, Names: []string{p.Parent.Name}, Executables: []string{p.Parent.Executable},
		}, []string{p.Parent.CommandLine}}
	}
	if t.above != nil {
		p.Ancestors = &t.above.public
	}
}

// forChildren returns the ancestors of the children of an entry.
func (t *entry) forChildren(depth int) *chain {
	if t.below != nil {
		return t.below
	}
	p := t.proc
	t.asParent = &event.Parent{
		EntityID: p.EntityID, PID: p.PID, Name: p.Name, Executable: p.Executable,
		CommandLine: p.CommandLine, WorkingDirectory: p.WorkingDirectory,
	}
	var up chain
	if t.above != nil {
		up = *t.above
	}
	a := up.public
	t.below = &chain{event.Ancestors{
		EntityIDs: before(p.EntityID, a.EntityIDs, depth), Names: before(p.Name, a.Names, depth),
		Executables: before(p.Executable, a.Executables, depth),
	}, before(p.CommandLine, up.lines, depth)}
	return t.below
}

// stub is what is known of a process as a parent.
func stub(p *event.Parent) event.Process {
	return event.Process{
		EntityID: p.EntityID, PID: p.PID, Name: p.Name, Executable: p.Executable,
		CommandLine: p.CommandLine, WorkingDirectory: p.WorkingDirectory,
	}
}

func before(first string, rest []string, depth int) []string {
	rest = rest[:min(len(rest), depth-1)]
	out := make([]string, 0, len(rest)+1)
	return append(append(out, first), rest...)
}

// Lineage returns the ancestors of a process with their command lines, for a
// finding; what the section says when the process is no longer known.
func (en *Enricher) Lineage(p *event.Process) *event.Ancestors {
	if p == nil {
		return nil
	}
	en.mu.Lock()
	defer en.mu.Unlock()
	t := en.table.entries[p.EntityID]
	if t == nil || t.above == nil {
		return p.Ancestors
	}
	a := t.above.public
	a.CommandLines = t.above.lines
	return &a
}
