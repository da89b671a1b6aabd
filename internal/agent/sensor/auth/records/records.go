// Package records watches the files in which Unix keeps logons, for the sensor
// auth: it tells the records that are new, and each change that no program
// makes that only notes logons: a record that was zeroed or changed, records
// that are gone, a file that was cut, replaced or removed.
//
// Of each record that was seen a short digest is kept, with a key of this host,
// for the newest 65,536 of a file; older ones are not compared. A file is
// compared in whole when it changed, at once when it is small or did not grow,
// else after a while that grows with it. Rotation is no tampering when what was
// known is still there under another name of the folder: moved, copied, or
// packed with gzip.
//
// What is known survives a restart in one file of the state folder, so that
// records and tampering of the time in between are told then, once.
//
// A Tracker is for one goroutine.
package records

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/utmp"
)

// Role says what a file is for.
type Role int

// The roles.
const (
	Logons     Role = iota // wtmp: every logon and logout, appended
	Failures               // btmp: every logon that failed, appended
	Present                // utmp: who is there now, a place for each terminal
	LastLogons             // lastlog: a record for each user
	FailCounts             // faillog: a record for each user
)

// File is a watched file.
type File struct {
	Path string // on the host
	Role Role
}

// Files lists the watched files of a host whose root folder is root.
func Files(root string) []File {
	return []File{
		{filepath.Join(root, "/var/log/wtmp"), Logons},
		{filepath.Join(root, "/var/log/btmp"), Failures},
		{filepath.Join(root, "/run/utmp"), Present},
		{filepath.Join(root, "/var/log/lastlog"), LastLogons},
		{filepath.Join(root, "/var/log/faillog"), FailCounts},
	}
}

// Place is where a file is looked for: the host, or another mount namespace
// through a process that lives there.
type Place struct {
	Namespace int64  // 0 is the agent's own
	Root      string // "/proc/PID/root"; "" is the host's
}

// Found is a new record or a tampering.
type Found struct {
	File   File
	Offset int64 // of the record, or where what differs begins
	Size   int64 // of the file now
	Tamper string
	Count  int // records that were tampered with in the same way, when it is known

	Record utmp.Record // new, or as it is after the tampering; Type is Empty when there is none
}

// Options set up a Tracker.
type Options struct {
	Files  []File
	State  string      // folder; "" is nowhere
	Layout utmp.Layout // the zero value is that of this host
	Passwd string      // file that names the users of lastlog
	Now    func() time.Time
	Log    *slog.Logger
}

// Tracker knows the records of the watched files.
type Tracker struct {
	o     Options
	key   []byte // of the digests
	host  *placed
	other map[int64]*placed // by mount namespace
	dirty bool
}

// placed is what is known of the files of one place, by path.
type placed struct {
	logs  map[string]*logState
	slots map[string]*slotState
	users map[string]*userState
	used  time.Time
}

func newPlaced() *placed {
	return &placed{logs: map[string]*logState{}, slots: map[string]*slotState{}, users: map[string]*userState{}}
}

// maxPlaces bounds the mount namespaces that are remembered.
const maxPlaces = 64

// Open reads what was known before. A state that cannot be read is told as an
// error together with a Tracker that begins anew.
func Open(o Options) (*Tracker, error) {
	if o.Layout == (utmp.Layout{}) {
		o.Layout = utmp.Native()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	t := &Tracker{o: o, host: newPlaced(), other: map[int64]*placed{}}
	err := t.load()
	return t, err
}

// Files lists the watched files.
func (t *Tracker) Files() []File { return t.o.Files }

// Check looks at a file and tells what is new. at is when a write to it was
// seen, 0 when none was.
func (t *Tracker) Check(f File, p Place, at event.Time) []Found {
	known := t.at(p)
	path := filepath.Join(p.Root, f.Path)
	var out []Found
	switch f.Role {
	case Present:
		s := known.slots[f.Path]
		if s == nil {
			s = &slotState{}
			known.slots[f.Path] = s
		}
		out = t.checkSlots(s, f, path)
	case LastLogons, FailCounts:
		s := known.users[f.Path]
		if s == nil {
			s = t.adoptUsers(f, p)
			known.users[f.Path] = s
		}
		out = t.checkUsers(s, f, path, p)
	default:
		s := known.logs[f.Path]
		if s == nil {
			s = t.adoptLog(f, p, path)
			known.logs[f.Path] = s
			if p.Namespace != 0 && !s.Known {
				return t.firstOf(s, f, path, at)
			}
		}
		out = t.checkLog(s, f, path)
	}
	return out
}

// at returns what is known of a place, and forgets the one that was not asked
// for longest when there are too many.
func (t *Tracker) at(p Place) *placed {
	if p.Namespace == 0 {
		return t.host
	}
	known := t.other[p.Namespace]
	if known == nil {
		if len(t.other) >= maxPlaces {
			t.forget()
		}
		known = newPlaced()
		t.other[p.Namespace] = known
	}
	known.used = t.o.Now()
	return known
}

func (t *Tracker) forget() {
	oldest := int64(0)
	for ns, p := range t.other {
		if oldest == 0 || p.used.Before(t.other[oldest].used) {
			oldest = ns
		}
	}
	delete(t.other, oldest)
}

// Changed reports whether a file of the host is another one than when it was
// last looked at, by its metadata alone.
func (t *Tracker) Changed(f File) bool {
	id, err := identify(f.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	switch f.Role {
	case Present:
		s := t.host.slots[f.Path]
		return s == nil || s.id != id
	case LastLogons, FailCounts:
		s := t.host.users[f.Path]
		return s == nil || s.ID != id
	default:
		s := t.host.logs[f.Path]
		return s == nil || s.ID != id || !s.whole && t.o.Now().After(s.compared.Add(s.pause()))
	}
}

// Sessions lists the records of sessions that utmp has now.
func (t *Tracker) Sessions() []utmp.Record {
	var out []utmp.Record
	for _, s := range t.host.slots {
		for _, r := range s.records {
			if r.Type == utmp.UserProcess {
				out = append(out, r)
			}
		}
	}
	return out
}

// open opens a regular file for reading, and nothing that could wait.
func open(path string) (*os.File, identity, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|nonblock, 0)
	if err != nil {
		return nil, identity{}, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	if err != nil {
		return nil, identity{}, errors.Join(err, f.Close())
	}
	return f, identityOf(st), nil
}
