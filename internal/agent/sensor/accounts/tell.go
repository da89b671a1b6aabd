package accounts

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// merged is what the files say of one account.
type merged struct {
	name    string
	main    *watched.Difference // whose process is named: the last one
	created bool
	gone    bool
	changes []watched.Change
	paths   []string // of the changes
	reason  string
}

// merge joins what several files say of the same account, in the order of the
// first mention. What a file says a second time, or what is another kind of
// change (it was changed, then removed), is another event. main is the name of
// the file that has the account itself.
func merge(ds []*watched.Difference, main string) []*merged {
	var out []*merged
	byName := map[string]*merged{}
	for _, d := range ds {
		for _, c := range d.Changes {
			m := byName[c.Key]
			if m == nil || !m.takes(d, c) {
				m = &merged{name: c.Key}
				byName[c.Key] = m
				out = append(out, m)
			}
			m.add(d, c, main)
		}
	}
	return out
}

// takes says whether a change is part of the same change of the account.
func (m *merged) takes(d *watched.Difference, c watched.Change) bool {
	first := m.changes[0]
	return !slices.Contains(m.paths, d.Path) && (first.Before == nil) == (c.Before == nil) && (first.After == nil) == (c.After == nil)
}

func (m *merged) add(d *watched.Difference, c watched.Change, main string) {
	if m.main != nil && m.main.By != nil && d.By != nil && !same(m.main.By, d.By) {
		m.reason = watched.And(m.reason, "more than one process changed the account; the last one is named")
	}
	if m.main == nil || d.By != nil {
		m.main = d
	}
	if path.Base(d.Path) == main && !strings.HasPrefix(c.Key, malformed) {
		m.created, m.gone = c.Before == nil, c.After == nil
	}
	m.changes, m.paths = append(m.changes, c), append(m.paths, d.Path)
}

func same(a, b *event.Event) bool {
	return a.Process == b.Process || a.Process != nil && b.Process != nil && a.Process.EntityID == b.Process.EntityID
}

// event makes the event of an account, with the fields of all files.
func (m *merged) event() *event.Event {
	s := m.main.Subject
	kind := s.Modify
	if m.created {
		kind = s.Create
	} else if m.gone {
		kind = s.Delete
	}
	e := m.main.Bare(kind)
	e.Reason = watched.And(e.Reason, m.reason)
	e.Change = &event.Change{Object: s.Object, Name: m.name}
	for _, c := range m.changes {
		if c.After != nil {
			e.Reason = watched.And(e.Reason, c.After.Note)
		}
		for i, f := range c.Fields {
			m.put(e.Change, f, c.From[i], c.To[i])
		}
	}
	return e
}

// put adds a field; what two files say alike (the members of group and gshadow)
// is told once.
func (m *merged) put(c *event.Change, field, from, to string) {
	if to == "changed" {
		to = strings.Replace(from, "set", "changed", 1)
	}
	for i, f := range c.Fields {
		if f == field && c.Before[i] == from && c.After[i] == to {
			return
		}
	}
	c.Fields = append(c.Fields, field)
	c.Before = append(c.Before, from)
	c.After = append(c.After, to)
}

func tellUsers(ds []*watched.Difference) []*event.Event {
	var out []*event.Event
	ids := map[string]string{} // of users that are gone by now too
	for _, m := range merge(ds, "passwd") {
		e := m.event()
		e.Change.UserName, e.Change.UserID = m.name, m.value("uid", "passwd")
		if e.Change.UserID != "" {
			ids[m.name] = e.Change.UserID
		}
		out = append(out, e)
	}
	for _, e := range out {
		e.Change.UserID = cmp.Or(e.Change.UserID, ids[e.Change.UserName])
	}
	return out
}

func tellGroups(ds []*watched.Difference) []*event.Event {
	var out []*event.Event
	for _, m := range merge(ds, "group") {
		e := m.event()
		e.Change.GroupName = m.name
		membership(m, e.Change)
		out = append(out, e)
	}
	return out
}

// value returns what an account has in a field, after or else before the
// change, also when the change was in another file.
func (m *merged) value(field, file string) string {
	for _, c := range m.changes {
		for _, i := range []*watched.Item{c.After, c.Before} {
			if v := i.Get(field); v != "" {
				return v
			}
		}
	}
	return m.main.Known(path.Join(path.Dir(m.main.Path), file), m.name).Get(field)
}

// membership tells who came and who went by name. When it is one user, the
// event is about that user too.
func membership(m *merged, c *event.Change) {
	var added, removed []string
	for i, f := range c.Fields {
		if f != "members" {
			continue
		}
		before, after := strings.Split(c.Before[i], ","), strings.Split(c.After[i], ",")
		added = append(added, without(after, before)...)
		removed = append(removed, without(before, after)...)
	}
	added, removed = distinct(added), distinct(removed)
	if len(added) > 0 {
		m.put(c, "members_added", "", strings.Join(added, ","))
	}
	if len(removed) > 0 {
		m.put(c, "members_removed", strings.Join(removed, ","), "")
	}
	if all := append(added, removed...); len(all) == 1 {
		c.UserName = all[0]
		c.UserID = m.main.Known(path.Join(path.Dir(m.main.Path), "passwd"), all[0]).Get("uid")
	}
}

func without(list, other []string) []string {
	var out []string
	for _, s := range list {
		if s != "" && !slices.Contains(other, s) {
			out = append(out, s)
		}
	}
	return out
}

func distinct(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}
