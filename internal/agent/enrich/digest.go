package enrich

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vedette-edr/vedette/internal/event"
	"github.com/vedette-edr/vedette/internal/tlsh"
)

// settle is how old a file's ctime must be for its digests to be kept: a file
// system's clock goes in ticks of at most 10 ms, and a second write within one
// tick leaves the same ctime.
const settle = 20 * time.Millisecond

// digester reads files and computes their digests. It reads only the very file
// that an event named: what is opened must have the event's inode, size and
// ctime. (Not its device: that of stat(2) is not the kernel's on overlayfs.) A
// program that is running may have another ctime, because it was unlinked or
// renamed: its content cannot be written, so it is read through
// /proc/PID/exe. Opening has no side effects: the file is first opened as a
// path, and read only when it is the regular file that is meant.
type digester struct {
	proc, root string
}

// origin says where a file can be found.
type origin struct {
	pid, parent int64
	path        string
	running     bool // pid executes the file
	modified    event.Time
	sized       bool   // the event told the size
	limit       int64  // bytes, when there is one of its own
	mapped      string // where pid has mapped it, as in /proc/PID/map_files
}

// sum is the result of reading a file.
type sum struct {
	facts    *facts
	modified event.Time
	read     int64
	settled  bool // the facts are those of the key for good
}

// place is one way to a file.
type place struct {
	path    string
	running bool
}

// places lists the ways to a file, best first. The mount namespace of a process
// that ended is looked for through its parent's.
func (d digester) places(from origin) []place {
	var out []place
	at := func(pid int64, name string) string { return d.proc + "/" + strconv.FormatInt(pid, 10) + "/" + name }
	if from.running && from.pid > 0 {
		out = append(out, place{at(from.pid, "exe"), true})
	}
	if filepath.IsAbs(from.path) {
		out = d.named(out, from, at)
	}
	if from.mapped != "" && from.pid > 0 { // also where it has no name any more
		out = append(out, place{at(from.pid, "map_files/"+from.mapped), true})
	}
	return out
}

func (d digester) named(out []place, from origin, at func(int64, string) string) []place {
	for _, pid := range []int64{from.pid, from.parent} {
		if pid > 0 {
			out = append(out, place{at(pid, "root") + from.path, false})
		}
	}
	return append(out, place{filepath.Join(d.root, from.path), false})
}

// sum reads the file with the key.
func (d digester) sum(key fileKey, from origin, maxSize int64, clock func() time.Time) sum {
	last := statusGone
	for _, p := range d.places(from) {
		file, st, why := open(p, key, from)
		if file == nil {
			if why != statusGone {
				last = why
			}
			continue
		}
		began := clock()
		if from.limit > 0 {
			maxSize = min(maxSize, from.limit)
		}
		s := read(file, st, maxSize)
		file.Close()
		s.modified = event.Time(st.Mtim.Nano())
		s.settled = s.facts.whole() && event.Time(st.Ctim.Nano()) == key.changed &&
			began.Sub(time.Unix(0, st.Ctim.Nano())) > settle
		return s
	}
	return sum{facts: status(last)}
}

// open opens the file at p when it is the one with the key, or says why not.
func open(p place, key fileKey, from origin) (*os.File, *unix.Stat_t, string) {
	flags := unix.O_PATH | unix.O_CLOEXEC
	if !p.running {
		flags |= unix.O_NOFOLLOW
	}
	fd, err := unix.Open(p.path, flags, 0)
	if err != nil {
		return nil, nil, reason(err)
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return nil, nil, reason(err)
	}
	if why := differs(&st, p, key, from); why != "" {
		return nil, nil, why
	}
	self := "/proc/self/fd/" + strconv.Itoa(fd)
	const reading = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY
	r, err := unix.Open(self, reading|unix.O_NOATIME, 0)
	if errors.Is(err, unix.EPERM) { // not the owner's or root's to ask for
		r, err = unix.Open(self, reading, 0)
	}
	if err != nil {
		return nil, nil, reason(err)
	}
	return os.NewFile(uintptr(r), p.path), &st, ""
}

func differs(st *unix.Stat_t, p place, key fileKey, from origin) string {
	switch {
	case key.inode != 0 && int64(st.Ino) != key.inode:
		return statusGone
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return statusIrregular
	case from.sized && st.Size != key.size:
		return statusChanged
	case from.modified != 0 && st.Mtim.Nano() != int64(from.modified):
		return statusChanged
	case !p.running && key.changed != 0 && st.Ctim.Nano() != int64(key.changed):
		return statusChanged
	}
	return ""
}

func reason(err error) string {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return statusGone
	}
	var code syscall.Errno
	if errors.As(err, &code) {
		return statusUnreadable + unix.ErrnoName(code)
	}
	return statusUnreadable + err.Error()
}

// read reads a file once, or the beginning of one that is too large.
func read(file *os.File, st *unix.Stat_t, maxSize int64) sum {
	most := st.Size + 1 // a byte more shows that it grows
	r := &reading{md5: md5.New(), sha1: sha1.New(), sha256: sha256.New(), whole: st.Size <= maxSize, fuzzy: st.Size <= maxTLSH}
	if !r.whole {
		most = min(most, partSize)
	}
	buf := make([]byte, min(most, 128<<10))
	for r.total < most {
		n, err := file.Read(buf[:min(int64(len(buf)), most-r.total)])
		r.add(buf[:n])
		runtime.Gosched() // the agent may have one processor, and this is the least urgent work
		if err == io.EOF {
			break
		}
		if err != nil {
			return sum{facts: status(reason(err)), read: r.total}
		}
	}
	var after unix.Stat_t
	if err := unix.Fstat(int(file.Fd()), &after); err != nil {
		return sum{facts: status(reason(err)), read: r.total}
	}
	if r.whole && r.total != st.Size || after.Size != st.Size || after.Mtim != st.Mtim {
		return sum{facts: status(statusChanged), read: r.total}
	}
	return sum{read: r.total, facts: r.facts()}
}

// reading is what is computed while a file is read.
type reading struct {
	md5, sha1, sha256 hash.Hash
	tlsh              tlsh.Hasher
	bytes             counts
	header            string
	total             int64
	whole, fuzzy      bool // compute digests, and TLSH too
}

func (r *reading) add(data []byte) {
	if r.total == 0 {
		r.header = headerOf(data)
	}
	r.total += int64(len(data))
	r.bytes.add(data)
	if !r.whole {
		return
	}
	r.md5.Write(data)
	r.sha1.Write(data)
	r.sha256.Write(data)
	if r.fuzzy {
		_, _ = r.tlsh.Write(data) // never fails
	}
}

func (r *reading) facts() *facts {
	f := &facts{hash: &event.Hash{Status: statusTooLarge}, entropy: r.bytes.entropy(), header: r.header}
	if !r.whole {
		return f
	}
	f.hash = &event.Hash{
		MD5: hex.EncodeToString(r.md5.Sum(nil)), SHA1: hex.EncodeToString(r.sha1.Sum(nil)), SHA256: hex.EncodeToString(r.sha256.Sum(nil)),
	}
	if !r.fuzzy {
		f.hash.Status = statusNoTLSH
	} else if d, err := r.tlsh.Digest(); err == nil { // else it is too short or too uniform for one
		f.hash.TLSH = d.String()
	}
	return f
}
