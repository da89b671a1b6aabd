package shell

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/vedette-edr/vedette/internal/agent/procfs"
	"github.com/vedette-edr/vedette/internal/agent/sensor"
	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/record/history"
)

const (
	maxFiles   = 1024
	maxHomes   = 4096
	maxRead    = 1 << 20 // bytes of the end of a file
	maxEntries = 1000    // that one reading tells
	kept       = 32      // entries by which a file that was written anew is known
	alike      = 2       // of them that must be the same
)

// place is where a history file is.
type place struct {
	namespace int64 // mount namespace; 0 is the host's
	path      string
}

// mark is how far a file was read: the ends of its last entries.
type mark struct {
	Inode  uint64   `json:"inode"`
	Offset int64    `json:"offset"`
	Last   []uint64 `json:"last"` // hashes of the last entries
	used   int64
}

// files are the history files that are known.
type files struct {
	state    string // file that keeps the marks of the host; "" is none
	root     string
	proc     *procfs.FS
	own      int64 // mount namespace
	marks    map[place]*mark
	patience *sensor.Patience
	known    bool            // all files of before have a mark: one without is new
	absent   map[string]bool // files of the host that were not there at the start
	changed  bool
	clock    int64
}

// place returns where the file of an event is, and the root below which it can
// be read; "" when its namespace is gone.
func (f *files) place(e *event.Event, root string) (place, string) {
	at := place{path: e.File.Path}
	p := e.Process
	if p == nil || p.Namespaces == nil || p.Namespaces.Mount == 0 || p.Namespaces.Mount == f.own {
		return at, root
	}
	at.namespace = p.Namespaces.Mount
	var st syscall.Stat_t
	for _, pid := range []int64{p.PID, parent(p)} {
		if err := syscall.Stat(f.proc.Path(pid, "ns/mnt"), &st); err == nil && int64(st.Ino) == at.namespace {
			return at, f.proc.Path(pid, "root")
		}
	}
	return at, ""
}

func parent(p *event.Process) int64 {
	if p.Parent == nil {
		return 0
	}
	return p.Parent.PID
}

// fresh notes that a file was made: all that comes into it is new.
func (f *files) fresh(at place) {
	f.room()
	f.clock++
	f.marks[at], f.changed = &mark{used: f.clock}, true
}

// room forgets the file that was not written for the longest time when there
// are too many.
func (f *files) room() {
	if len(f.marks) < maxFiles {
		return
	}
	var oldest place
	least := int64(1<<63 - 1)
	for at, m := range f.marks {
		if m.used < least {
			oldest, least = at, m.used
		}
	}
	delete(f.marks, oldest)
}

// found is what is new in a file.
type found struct {
	path    string
	format  history.Format
	entries []history.Entry
	reason  string
}

// read returns what is new in a file and notes that it was read.
func (f *files) read(at place, root string) (found, error) {
	got := found{path: at.path, format: history.FormatOf(at.path)}
	end, err := sensor.Within(f.patience, root, at.path, func() (end, error) { return tail(root, at.path) })
	if err != nil {
		return got, err
	}
	st, from := &end.st, end.from
	entries := history.Parse(got.format, end.text)
	m := f.marks[at]
	next := &mark{Inode: st.Ino, Offset: from, Last: ends(entries)}
	if len(entries) > 0 {
		next.Offset = from + int64(entries[len(entries)-1].End)
	}
	f.clock++
	next.used = f.clock
	if m == nil && at.namespace == 0 && (f.known || f.absent[at.path]) {
		m = &mark{} // it was made meanwhile
	}
	delete(f.absent, at.path)
	if f.marks[at] == nil {
		f.room()
	}
	if m == nil {
		f.marks[at], f.changed = next, true
		return got, nil // learned
	}
	first, known := m.after(entries, st, from)
	got.entries = entries[first:]
	if !known && len(m.Last) > 0 {
		got.reason = "the file was written anew: older lines may be among these"
	}
	if n := len(got.entries) - maxEntries; n > 0 {
		got.entries = got.entries[n:]
		got.reason = join(got.reason, fmt.Sprintf("%d lines before these are not told", n))
	}
	if len(entries) == 0 {
		next.Last = nil
	}
	if m.Inode != next.Inode || m.Offset != next.Offset || !slices.Equal(m.Last, next.Last) {
		f.changed = true
	}
	f.marks[at] = next
	return got, nil
}

// after returns the index of the first entry that is new, and whether what was
// read before is among the entries.
func (m *mark) after(entries []history.Entry, st *syscall.Stat_t, from int64) (first int, known bool) {
	if len(m.Last) == 0 {
		return 0, true
	}
	hashes := make([]uint64, len(entries))
	for i, e := range entries {
		hashes[i] = digest(e)
	}
	if m.Inode == st.Ino { // appended to: where the last reading ended
		i, ok := slices.BinarySearchFunc(entries, m.Offset-from, func(e history.Entry, end int64) int { return cmp.Compare(int64(e.End), end) })
		if ok && m.ends(hashes[:i+1]) {
			return i + 1, true
		}
	}
	for i := len(entries); i > 0; i-- { // written anew: after the last entries that are known
		if m.ends(hashes[:i]) {
			return i, true
		}
	}
	return 0, false
}

// ends reports whether hashes end as the entries did that were read before.
func (m *mark) ends(hashes []uint64) bool {
	n := min(len(hashes), len(m.Last))
	return n >= min(alike, len(m.Last)) && slices.Equal(hashes[len(hashes)-n:], m.Last[len(m.Last)-n:])
}

func ends(entries []history.Entry) []uint64 {
	var out []uint64
	for _, e := range entries[max(0, len(entries)-kept):] {
		out = append(out, digest(e))
	}
	return out
}

func digest(e history.Entry) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d\x00%s", e.Time.Unix(), e.Text)
	return h.Sum64()
}

// end is the end of a history file.
type end struct {
	text []byte
	st   syscall.Stat_t
	from int64 // where the text begins
}

// tail reads the end of a history file, from the beginning of a line. A
// symbolic link is not followed: it may lead to what is no history.
func tail(root, path string) (e end, err error) {
	if info, err := os.Lstat(filepath.Join(root, path)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return e, fmt.Errorf("%s is a symbolic link", path)
	}
	f, err := procfs.OpenIn(root, path)
	if err != nil {
		return e, err
	}
	defer f.Close()
	if err := syscall.Fstat(int(f.Fd()), &e.st); err != nil {
		return e, err
	}
	e.from = max(0, e.st.Size-maxRead)
	if e.text, err = io.ReadAll(io.NewSectionReader(f, e.from, maxRead)); err != nil {
		return e, err
	}
	if e.from > 0 {
		if i := bytes.IndexByte(e.text, '\n'); i >= 0 {
			e.text, e.from = e.text[i+1:], e.from+int64(i)+1
		}
	}
	return e, nil
}
