package tail

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxNear bounds the files beside a log that are looked at, the newest by name.
const maxNear = 256

// near is a file beside a log that may be an older one of it.
type near struct {
	path string
	rank int // by the number or date in its name: the newer the higher
	info os.FileInfo
}

// neighbours lists the files beside the log that have the names of its older
// ones, packed ones excepted, the oldest first. While they are being renamed
// it looks again, so that none is overlooked.
func (f *File) neighbours() []near {
	all := f.list()
	for range 5 {
		again := f.list()
		if slices.EqualFunc(all, again, func(a, b near) bool { return a.path == b.path && os.SameFile(a.info, b.info) }) {
			break
		}
		all = again
	}
	slices.SortStableFunc(all, older)
	return all
}

// older orders by the last change, then by name: the clock of files is coarse.
func older(a, b near) int {
	return cmp.Or(a.info.ModTime().Compare(b.info.ModTime()), cmp.Compare(a.rank, b.rank))
}

func (f *File) list() []near {
	dir, base := filepath.Split(f.o.Path)
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil
	}
	type named struct {
		os.DirEntry
		rank int
	}
	var found []named
	for _, e := range entries {
		if rank, ok := rotated(base, e.Name()); ok {
			found = append(found, named{e, rank})
		}
	}
	slices.SortStableFunc(found, func(a, b named) int { return cmp.Compare(b.rank, a.rank) })
	var out []near
	for _, e := range found[:min(len(found), maxNear)] {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			out = append(out, near{filepath.Join(dir, e.Name()), e.rank, info})
		}
	}
	return out
}

// rotated reports whether name is one that rotation gives a log (audit.log.1,
// messages-20261121, app-1.log), and how new that makes it: numbers count back,
// dates forward.
func rotated(base, name string) (int, bool) {
	ext := filepath.Ext(base)
	rest, ok := strings.CutPrefix(name, base)
	if !ok {
		if rest, ok = strings.CutPrefix(name, strings.TrimSuffix(base, ext)); !ok || !strings.HasSuffix(rest, ext) {
			return 0, false
		}
		rest = strings.TrimSuffix(rest, ext)
	}
	if len(rest) < 2 || strings.IndexByte(".-_", rest[0]) < 0 {
		return 0, false
	}
	switch filepath.Ext(name) {
	case ".gz", ".xz", ".bz2", ".zst", ".lz4":
		return 0, false
	}
	if rest = rest[1:]; rest == "old" || rest == "bak" {
		return 0, true
	}
	digits := strings.TrimLeft(rest, "0123456789")
	n, err := strconv.Atoi(rest[:len(rest)-len(digits)])
	if err != nil {
		return 0, false
	}
	if n < firstDate {
		return -n, true
	}
	return n, true
}

// firstDate is the least number that is a date, 1970-01-01.
const firstDate = 19700101

// resume opens the files where marks were left; what took their places since
// is found by look.
func (f *File) resume(marks []Mark) {
	for _, m := range marks {
		p := f.find(m)
		if p == nil && !m.Left {
			p = f.copyOf(m)
		}
		switch {
		case p == nil:
		case f.has(p): // the number was given to another file
			p.file.Close()
		default:
			p.left, p.grew = f.o.Now(), f.o.Now()
			f.parts = append(f.parts, p)
		}
	}
	if n := len(f.parts); n > 0 {
		if info, err := os.Stat(f.o.Path); err == nil && f.parts[n-1].is(info) {
			f.parts[n-1].left = time.Time{}
		}
	}
}

// find opens the file of a mark, wherever it is now; nil when it is gone or
// was emptied.
func (f *File) find(m Mark) *part {
	present, err := os.Stat(f.o.Path)
	all := f.neighbours()
	if err == nil {
		all = append(all, near{path: f.o.Path, info: present})
	}
	for _, n := range all {
		p := f.openNear(n)
		if p == nil {
			continue
		}
		if p.inode == m.Inode && p.device == m.Device {
			p.offset, p.skip, p.head = m.Offset, m.Skip, bytes.Clone(m.Head)
			if len(m.Head) == 0 {
				p.empty = time.Unix(0, m.Empty)
			}
			if p.whole() {
				return p
			}
		}
		p.file.Close()
	}
	return nil
}

// copyOf opens the copy of a file that was emptied, where the file was read
// to; nil when it is open already. Without one, what was not read is gone.
func (f *File) copyOf(m Mark) *part {
	if len(m.Head) == 0 {
		return nil // there was nothing in it
	}
	for _, n := range slices.Backward(f.neighbours()) {
		if n.info.Size() < m.Offset {
			continue
		}
		p := f.openNear(n)
		if p == nil {
			continue
		}
		if bytes.HasPrefix(p.first(), m.Head) && (p.inode != m.Inode || p.device != m.Device) {
			if f.has(p) {
				p.file.Close()
				return nil
			}
			p.offset, p.skip, p.head = m.Offset, m.Skip, bytes.Clone(m.Head)
			p.left, p.grew = f.o.Now(), f.o.Now()
			return p
		}
		p.file.Close()
	}
	f.gone = append(f.gone, fmt.Sprintf("%s was emptied or removed after byte %d, and no file beside it has what stood behind", f.o.Path, m.Offset))
	return nil
}

// newer opens what took the place of p one after the other and is renamed or
// copied already, oldest first; present is at the path now.
func (f *File) newer(p, present *part) []*part {
	at := time.Time{}
	found := false
	return f.open(present, func(n near) bool {
		if p.is(n.info) {
			found, at = true, n.info.ModTime()
			return false
		}
		return found && !n.info.ModTime().Before(at)
	})
}

// open opens the neighbours that are wanted and not open yet, oldest first,
// from their begin. What is a copy of what present holds now is left out: it
// is read there.
func (f *File) open(present *part, wanted func(near) bool) []*part {
	var all []*part
	for _, n := range f.neighbours() {
		if present.is(n.info) { // renamed meanwhile: what is newer comes later
			break
		}
		if !wanted(n) || len(f.parts)+len(all) >= maxParts {
			continue
		}
		if q := f.openNear(n); q != nil {
			q.left, q.grew = f.o.Now(), f.o.Now()
			all = append(all, q)
		}
	}
	if len(all) == 0 {
		return nil
	}
	head := present.first()
	var out []*part
	for _, q := range all {
		own := q.first()
		alike := len(head) > 0 && (bytes.HasPrefix(head, own) || bytes.HasPrefix(own, head))
		if alike || f.has(q) || q.same(present) || slices.ContainsFunc(out, q.same) {
			q.file.Close()
			continue
		}
		out = append(out, q)
	}
	return out
}

// openNear opens a file that was listed, also when it was renamed since.
func (f *File) openNear(n near) *part {
	for range 5 {
		p, err := openPart(n.path)
		if err == nil && p.is(n.info) {
			return p
		}
		if err == nil {
			p.file.Close()
		}
		again := f.list()
		at := slices.IndexFunc(again, func(x near) bool { return os.SameFile(x.info, n.info) })
		if at < 0 {
			return nil
		}
		n.path = again[at].path
	}
	return nil
}

func (f *File) has(p *part) bool { return slices.ContainsFunc(f.parts, p.same) }
