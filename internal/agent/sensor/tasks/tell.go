package tasks

import (
	"strings"

	"github.com/vedette-edr/vedette/internal/agent/sensor/watched"
	"github.com/vedette-edr/vedette/internal/event"
)

// tell makes the events of the tasks that differ.
func tell(ds []*watched.Difference) []*event.Event {
	var out []*event.Event
	for _, d := range ds {
		for _, c := range paired(d.Changes) {
			out = append(out, one(d, c))
		}
	}
	return out
}

// one makes the event of one task or variable.
func one(d *watched.Difference, c watched.Change) *event.Event {
	e := d.Event(c)
	if strings.HasPrefix(c.Key, variable) {
		e.Kind, e.Change.Name = event.TaskModify, d.Path
		return e
	}
	now := c.After
	if now == nil {
		now = c.Before
	}
	if now.Note != "" && c.After == nil {
		e.Reason = watched.And(e.Reason, now.Note)
	}
	t := e.Change
	t.TaskSchedule, t.TaskCommand, t.TaskUser, t.TaskType = now.Get(schedule), now.Get(command), now.Get(user), now.Get(kind)
	if strings.HasPrefix(c.Key, "line ") {
		t.Name = strings.TrimPrefix(c.Key, "line ")
	}
	return e
}

// paired makes one modification of a line that is gone and one that is new,
// when they have the same schedule or are the only ones.
func paired(changes []watched.Change) []watched.Change {
	var gone, made []int
	for i, c := range changes {
		switch {
		case strings.HasPrefix(c.Key, variable):
		case c.After == nil:
			gone = append(gone, i)
		case c.Before == nil:
			made = append(made, i)
		}
	}
	only := len(gone) == 1 && len(made) == 1
	done := map[int]bool{}
	for _, i := range made {
		for _, k := range gone {
			if done[k] || !only && changes[i].After.Get(schedule) != changes[k].Before.Get(schedule) {
				continue
			}
			done[k] = true
			changes[i] = watched.Differs(changes[k].Before, changes[i].After)
			break
		}
	}
	var out []watched.Change
	for i, c := range changes {
		if !done[i] {
			out = append(out, c)
		}
	}
	return out
}
