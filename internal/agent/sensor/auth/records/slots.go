package records

import (
	"errors"
	"io/fs"

	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// slotState is what is known of utmp, whose records are changed in place: the
// one of a terminal is that of its present or last session. It is not kept over
// a restart; wtmp tells what happened meanwhile.
type slotState struct {
	known   bool
	id      identity
	records []utmp.Record
}

// maxSlots bounds the records of utmp that are looked at.
const maxSlots = 4096

// checkSlots compares utmp with what is known of it.
func (t *Tracker) checkSlots(s *slotState, f File, path string) []Found {
	file, id, err := open(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.o.Log.Debug("file of logons cannot be read", "path", path, "error", err)
		return nil
	}
	var now []utmp.Record
	broken := map[int]error{}
	if err == nil {
		defer file.Close()
		t.each(file, 0, func(_ int64, raw []byte) {
			if len(now) == maxSlots {
				return
			}
			r, err := t.o.Layout.Parse(raw)
			if err != nil {
				r, broken[len(now)] = utmp.Record{}, err
			}
			now = append(now, r)
		})
	}
	before, known, was := s.records, s.known, s.id
	s.known, s.id, s.records = true, id, now
	if !known {
		return nil
	}
	if out, lost := t.lostSlots(f, before, now, was, id); lost {
		return out
	}
	var out []Found
	for i, r := range now {
		var old utmp.Record
		if i < len(before) {
			old = before[i]
		}
		found := Found{File: f, Offset: int64(i * t.o.Layout.Size()), Size: id.Size}
		if err := broken[i]; err != nil && old != r {
			found.Tamper, found.Count = "a record was overwritten with what is none: "+err.Error(), 1
		} else if !found.step(old, r) {
			continue
		}
		out = append(out, found)
	}
	return out
}

// lostSlots tells when utmp was removed, replaced or cut although it told of
// sessions.
func (t *Tracker) lostSlots(f File, before, now []utmp.Record, was, id identity) ([]Found, bool) {
	if was.Inode == 0 || was.same(id) && len(now) >= len(before) {
		return nil, false
	}
	lost, first := 0, 0
	for i := len(before) - 1; i >= 0; i-- {
		if before[i].Type == utmp.UserProcess && (i >= len(now) || now[i] != before[i]) {
			lost, first = lost+1, i
		}
	}
	if lost == 0 {
		return nil, false
	}
	why := "the file was cut"
	switch {
	case id.Inode == 0:
		why = "the file was removed"
	case !was.same(id):
		why = "the file was replaced by another"
	}
	return []Found{{
		File: f, Offset: int64(first * t.o.Layout.Size()), Size: id.Size, Count: lost,
		Tamper: why + ", and records of present sessions are gone",
	}}, true
}

// step says what became of the record of a terminal; false when it is nothing
// to tell.
func (n *Found) step(old, r utmp.Record) bool {
	n.Record = r
	switch {
	case old == r:
		return false
	case old.Type == utmp.UserProcess && r == (utmp.Record{}):
		n.Tamper, n.Count = "a record of a present session was zeroed", 1
	case r.Type == utmp.UserProcess && old.Type == utmp.UserProcess && old.PID == r.PID && old.Time == r.Time:
		n.Tamper, n.Count = "a record of a present session was changed", 1
	case r.Type == utmp.UserProcess:
		return true
	case r.Type == utmp.DeadProcess && old.Type == utmp.UserProcess:
		n.Record.User, n.Record.Host = old.User, old.Host
	default:
		return false
	}
	return true
}
