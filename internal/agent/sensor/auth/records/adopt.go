package records

import (
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// adoptLog returns what is known of a file of a place that was never looked at.
// Another mount namespace often shows the host's file or an overlay of it: when
// it begins with the host's records, what is known of them is taken over.
func (t *Tracker) adoptLog(f File, p Place, path string) *logState {
	s := &logState{}
	host := t.host.logs[f.Path]
	if p.Namespace == 0 || host == nil || !host.Known || host.ID.Inode == 0 {
		return s
	}
	file, id, err := open(path)
	if err != nil {
		return s
	}
	defer file.Close()
	differ := 0
	t.differing(host, file, func(int, int64, []byte) { differ++ })
	// A few may differ: they were tampered with just now.
	if id.Size < host.End || differ > 3 {
		return s
	}
	*s = *host
	s.Sums = slices.Clone(host.Sums)
	s.ID, s.whole = identity{Device: id.Device, Inode: id.Inode, Size: host.End}, false
	s.compared = time.Time{}
	return s
}

// near is how much older than the write that was seen a record may be to be the
// one that was written.
const near = event.Time(5 * time.Second)

// firstOf learns a file of another mount namespace of which nothing is known.
// Of what is in it the records of now are new: a write of them was seen.
func (t *Tracker) firstOf(s *logState, f File, path string, at event.Time) []Found {
	out := t.checkLog(s, f, path) // learns
	if at == 0 || s.ID.Inode == 0 {
		return out
	}
	file, id, err := open(path)
	if err != nil {
		return out
	}
	defer file.Close()
	size := int64(t.o.Layout.Size())
	t.each(file, max(0, s.End-chunk*size), func(offset int64, raw []byte) {
		r, err := t.o.Layout.Parse(raw)
		if err == nil && r.Type != utmp.Empty && r.Time > at-near && r.Time < at+near {
			out = append(out, Found{File: f, Offset: offset, Size: id.Size, Record: r})
		}
	})
	return out
}

// adoptUsers is adoptLog for files with a record for each user.
func (t *Tracker) adoptUsers(f File, p Place) *userState {
	host := t.host.users[f.Path]
	if p.Namespace == 0 || host == nil || !host.Known {
		return &userState{}
	}
	return &userState{Known: true, ID: identity{Size: host.ID.Size, Inode: host.ID.Inode}, Users: maps.Clone(host.Users)}
}

// passwd returns the users of a place: number to name.
func (t *Tracker) passwd(p Place) map[int64]string {
	return usersOf(filepath.Join(p.Root, t.o.Passwd))
}
