package enrich

import (
	"github.com/vedette-edr/vedette/internal/event"
)

// target says who the process is that e's process acted on. A kernel before
// 6.13 tells only a number, perhaps of another pid namespace: it is looked up
// among the processes that are known.
func (en *Enricher) target(e *event.Event) {
	g := e.Target
	if g == nil {
		return
	}
	if g.EntityID == "" {
		t := en.table.numbered(g.PID, g.PIDNamespace, e.Time)
		if t == nil {
			return
		}
		g.EntityID, g.PID, g.PIDNamespace = t.id, t.proc.PID, 0
	}
	t := en.table.get(g.EntityID)
	if t == nil {
		t = en.discover(event.Process{EntityID: g.EntityID, PID: g.PID}, e.Time)
	}
	if t != nil && t.proc != nil {
		g.Name, g.Executable, g.CommandLine = t.proc.Name, t.proc.Executable, t.proc.CommandLine
	}
}

// numbered returns the process that had a number at a time: the youngest that
// had started. A namespace of 0 is the agent's.
func (t *table) numbered(pid, namespace int64, at event.Time) *entry {
	var best *entry
	for _, en := range t.entries {
		p := en.proc
		if p == nil || p.Start > at || best != nil && best.proc.Start >= p.Start {
			continue
		}
		if namespace == 0 && p.PID == pid || namespace != 0 && p.Namespaces != nil && p.Namespaces.PID == namespace && p.NSPID == pid {
			best = en
		}
	}
	return best
}

// changed gives e, a change of credentials, what they were before, and keeps
// what they are.
func (en *Enricher) changed(e *event.Event, t *entry) {
	if e.Kind != event.CredentialChange || e.Call == nil {
		return
	}
	c, now := e.Call, e.Process.Capabilities
	if u := t.user; u != nil {
		c.PreviousUID, c.PreviousGID = u.ID, u.GroupID
		c.PreviousEffectiveUID, c.PreviousEffectiveGID = u.EffectiveID, u.EffectiveGroupID
	}
	c.PreviousCapabilities = t.proc.Capabilities
	if e.User != nil {
		t.user = e.User
	}
	if now != "" && now != t.proc.Capabilities {
		p := *t.proc
		p.Capabilities = now
		en.table.set(t, &p, e.Time)
	}
}
