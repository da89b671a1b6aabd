package records

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// userState is what is known of lastlog or faillog, by the number of the user.
type userState struct {
	Known bool
	ID    identity // Inode is 0 when there was no file
	Users map[int64]userRecord
}

// userRecord is what is known of the record of a user.
type userRecord struct {
	Time  event.Time
	Count int64 // of failures
	Sum   uint32
}

// maxUsers bounds the users whose records are looked at.
const maxUsers = 16384

// checkUsers compares a file that has a record for each user with what is known
// of it. The file may be huge and empty in between: only the records of users
// that the host knows are read.
func (t *Tracker) checkUsers(s *userState, f File, path string, p Place) []Found {
	file, id, err := open(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.o.Log.Debug("file of logons cannot be read", "path", path, "error", err)
		return nil
	}
	if err == nil {
		defer file.Close()
	}
	if s.Known && s.ID == id {
		return nil
	}
	t.dirty = true
	was, known := s.ID, s.Known
	s.ID, s.Known = id, true
	if id.Inode == 0 {
		lost := len(s.Users)
		s.Users = nil
		if lost == 0 || was.Inode == 0 {
			return nil
		}
		return []Found{{File: f, Tamper: "the file was removed", Count: lost}}
	}
	now, lines := t.readUsers(file, f, p)
	before := s.Users
	s.Users = now
	if !known {
		return nil
	}
	return t.differUsers(f, id, before, now, lines)
}

// readUsers reads the records of all users that have one.
func (t *Tracker) readUsers(file io.ReaderAt, f File, p Place) (map[int64]userRecord, map[int64]utmp.Record) {
	now, lines := map[int64]userRecord{}, map[int64]utmp.Record{}
	size := t.userSize(f)
	raw := make([]byte, size)
	for uid, name := range t.passwd(p) {
		if n, _ := file.ReadAt(raw, uid*int64(size)); n < size || len(bytes.Trim(raw, "\x00")) == 0 {
			continue
		}
		r := utmp.Record{User: name}
		known := userRecord{Sum: t.sum(raw)}
		if f.Role == FailCounts {
			fail, err := utmp.ParseFail(raw)
			if err != nil {
				continue
			}
			r.Type, r.Line, r.Time, known.Count = utmp.LoginProcess, fail.Line, fail.Time, fail.Count
		} else {
			last, err := t.o.Layout.ParseLast(raw)
			if err != nil {
				continue
			}
			r.Type, r.Line, r.Host, r.Time = utmp.UserProcess, last.Line, last.Host, last.Time
		}
		known.Time = r.Time
		now[uid], lines[uid] = known, r
	}
	return now, lines
}

func (t *Tracker) userSize(f File) int {
	if f.Role == FailCounts {
		return utmp.FailSize
	}
	return t.o.Layout.LastSize()
}

// differUsers tells what is new, and of what was tampered with. The counts of
// failures go down by themselves: a logon clears them.
func (t *Tracker) differUsers(f File, id identity, before, now map[int64]userRecord, lines map[int64]utmp.Record) []Found {
	var out, tampered []Found
	for _, uid := range sortedUsers(before, now) {
		old, r := before[uid], now[uid]
		found := Found{File: f, Offset: uid * int64(t.userSize(f)), Size: id.Size, Record: lines[uid]}
		switch {
		case old == r:
			continue
		case f.Role == FailCounts:
			if r.Count > old.Count {
				out = append(out, found)
			}
			continue
		case r.Time > old.Time:
			out = append(out, found)
			continue
		case r == (userRecord{}):
			found.Tamper = "a record was zeroed"
		case r.Time < old.Time:
			found.Tamper = "a record was set back to an earlier logon"
		default:
			found.Tamper = "a record was changed"
		}
		found.Count = 1
		tampered = append(tampered, found)
	}
	return append(out, bounded(tampered)...)
}

func sortedUsers(a, b map[int64]userRecord) []int64 {
	var out []int64
	for uid := range a {
		out = append(out, uid)
	}
	for uid := range b {
		if _, known := a[uid]; !known {
			out = append(out, uid)
		}
	}
	slices.Sort(out)
	return out
}

// maxPasswd bounds the file that names the users, bytes.
const maxPasswd = 4 << 20

// usersOf reads the users of a passwd file.
func usersOf(path string) map[int64]string {
	out := map[int64]string{}
	file, err := os.Open(path)
	if err != nil {
		return out
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxPasswd))
	if err != nil {
		return out
	}
	for line := range bytes.Lines(text) {
		parts := bytes.SplitN(line, []byte{':'}, 4)
		if len(parts) < 4 || len(out) >= maxUsers {
			continue
		}
		uid, err := strconv.ParseUint(string(parts[2]), 10, 32)
		if err == nil && out[int64(uid)] == "" {
			out[int64(uid)] = string(parts[0])
		}
	}
	return out
}
