package records

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// logState is what is known of a file to which records are appended.
type logState struct {
	Known bool     // it was looked at before
	ID    identity // Inode is 0 when there was no file
	End   int64    // bytes of the records that were seen
	First int64    // where the record of the first digest begins
	Sums  []uint32 // digests of the newest records

	compared time.Time // last time in whole
	whole    bool      // nothing changed since that was not compared
}

const (
	maxSums   = 65536 // records of a file that are compared
	smallSums = 256   // that many are compared with each change
	maxTold   = 8     // changed records that are told one by one
	chunk     = 64    // records that are read at a time
)

// pause is how long a file of this size waits for the next comparison.
func (s *logState) pause() time.Duration {
	if len(s.Sums) <= smallSums {
		return 0
	}
	return time.Duration(len(s.Sums)) * time.Millisecond
}

// checkLog compares a file with what is known of it.
func (t *Tracker) checkLog(s *logState, f File, path string) []Found {
	file, id, err := open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return t.goneLog(s, f, path)
	}
	if err != nil {
		t.o.Log.Debug("file of logons cannot be read", "path", path, "error", err)
		return nil
	}
	defer file.Close()
	if s.Known && s.ID == id && s.whole {
		return nil
	}
	t.dirty = true
	switch {
	case !s.Known:
		s.Known = true
		return t.learn(s, f, file, id)
	case s.ID.Inode == 0:
		s.begin(id)
	case !s.ID.same(id):
		if out, ok := t.rotated(s, f, path); ok {
			s.begin(id)
			return append(out, t.grow(s, f, file, id)...)
		}
		return t.rewritten(s, f, file, id, "the file was replaced by another")
	case id.Size < s.End:
		if out, ok := t.rotated(s, f, path); ok {
			s.begin(id)
			return append(out, t.grow(s, f, file, id)...)
		}
		return t.rewritten(s, f, file, id, "the file was cut")
	}
	out := t.compare(s, f, file, id)
	return append(out, t.grow(s, f, file, id)...)
}

// begin forgets what was known: the file is a new one.
func (s *logState) begin(id identity) {
	*s = logState{Known: true, ID: identity{Device: id.Device, Inode: id.Inode}, whole: true}
}

func (t *Tracker) goneLog(s *logState, f File, path string) []Found {
	if !s.Known || s.ID.Inode == 0 {
		s.Known = true
		return nil
	}
	t.dirty = true
	out, moved := t.rotated(s, f, path)
	if !moved {
		out = []Found{{File: f, Tamper: "the file was removed", Count: int(s.End) / t.o.Layout.Size()}}
	}
	s.begin(identity{})
	return out
}

// learn takes a file as it is: what is in it is old. Records without content
// are told all the same, once.
func (t *Tracker) learn(s *logState, f File, file *os.File, id identity) []Found {
	var out []Found
	end := t.each(file, 0, func(at int64, raw []byte) {
		s.add(t, at, raw)
		if r, err := t.o.Layout.Parse(raw); err == nil && erased(r) {
			out = append(out, Found{File: f, Offset: at, Size: id.Size, Tamper: "a record is empty that should tell of a logon", Count: 1})
		}
	})
	s.ID, s.End, s.whole, s.compared = id, end, true, t.o.Now()
	return bounded(out)
}

// erased reports whether a record of wtmp or btmp tells nothing, or of a logon
// at the beginning of time: no program writes such, those that hide do.
func erased(r utmp.Record) bool {
	if r == (utmp.Record{}) {
		return true
	}
	return r.Time < event.Time(24*time.Hour) && (r.Type == utmp.UserProcess || r.Type == utmp.LoginProcess)
}

// bounded keeps the first of many findings, which tells their number.
func bounded(out []Found) []Found {
	if len(out) <= maxTold {
		return out
	}
	last := &out[maxTold-1]
	last.Count = len(out) - maxTold + 1
	last.Tamper += fmt.Sprintf(", as are %d more behind it", last.Count-1)
	return out[:maxTold]
}

// grow reads the records behind those that are known.
func (t *Tracker) grow(s *logState, f File, file *os.File, id identity) []Found {
	var out []Found
	s.End = t.each(file, s.End, func(at int64, raw []byte) {
		s.add(t, at, raw)
		r, err := t.o.Layout.Parse(raw)
		switch {
		case err != nil:
			out = append(out, Found{File: f, Offset: at, Size: id.Size, Count: 1, Tamper: "a record was written that is none: " + err.Error()})
		case erased(r):
			out = append(out, Found{File: f, Offset: at, Size: id.Size, Count: 1, Tamper: "a record was written that is empty"})
		default:
			out = append(out, Found{File: f, Offset: at, Size: id.Size, Record: r})
		}
	})
	s.ID = id
	return out
}

// add keeps the digest of the record behind the last.
func (s *logState) add(t *Tracker, at int64, raw []byte) {
	if len(s.Sums) == 0 {
		s.First = at
	}
	s.Sums = append(s.Sums, t.sum(raw))
	if n := len(s.Sums) - maxSums; n > maxSums/4 {
		s.Sums = append([]uint32(nil), s.Sums[n:]...)
		s.First += int64(n * t.o.Layout.Size())
	}
}

// each calls f for the whole records of a file from an offset on, and returns
// where the last of them ends.
func (t *Tracker) each(file io.ReaderAt, from int64, f func(at int64, raw []byte)) int64 {
	size := t.o.Layout.Size()
	buf := make([]byte, chunk*size)
	for {
		n, err := file.ReadAt(buf, from)
		whole := n / size * size
		for i := 0; i < whole; i += size {
			f(from+int64(i), buf[i:i+size])
		}
		from += int64(whole)
		if err != nil || whole == 0 {
			return from
		}
	}
}
