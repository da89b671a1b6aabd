package records

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const (
	maxNames  = 4096     // of a folder that are looked at
	maxPacked = 64 << 20 // bytes that a packed file may have unpacked
)

// rotated looks whether what was known of a file is still there under another
// name of its folder. It tells what was appended before that.
func (t *Tracker) rotated(s *logState, f File, path string) ([]Found, bool) {
	dir, base := filepath.Split(path)
	d, err := os.Open(dir)
	if err != nil {
		return nil, false
	}
	defer d.Close()
	names, _ := d.Readdirnames(maxNames)
	for _, name := range names {
		if name == base || !strings.HasPrefix(name, base) {
			continue
		}
		if out, ok := t.continues(s, f, filepath.Join(dir, name)); ok {
			return out, true
		}
	}
	return nil, false
}

// continues reports whether a file has the records that are known of another,
// and tells those behind them.
func (t *Tracker) continues(s *logState, f File, path string) ([]Found, bool) {
	file, id, err := open(path)
	if err != nil {
		return nil, false
	}
	defer file.Close()
	var from io.ReaderAt = file
	if strings.HasSuffix(path, ".gz") {
		if from, err = unpacked(file); err != nil {
			return nil, false
		}
	}
	moved := File{Path: path, Role: f.Role}
	same := id.same(s.ID)
	seen, differ := s.First, []Found{}
	size := int64(t.o.Layout.Size())
	known := io.NewSectionReader(from, 0, s.End)
	seen = t.each(known, seen, func(at int64, raw []byte) {
		if i := int((at - s.First) / size); i < len(s.Sums) && s.Sums[i] != t.sum(raw) {
			differ = append(differ, t.changed(moved, at, id.Size, raw))
		}
	})
	if seen < s.End || len(differ) > 0 && !same {
		return nil, false // another one's
	}
	out := bounded(differ)
	t.each(from, s.End, func(at int64, raw []byte) {
		if r, err := t.o.Layout.Parse(raw); err == nil && !erased(r) {
			out = append(out, Found{File: moved, Offset: at, Size: id.Size, Record: r})
		}
	})
	return out, true
}

// unpacked returns the content of a packed file, to be read from the front.
func unpacked(file *os.File) (io.ReaderAt, error) {
	z, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	return &forward{from: io.LimitReader(z, maxPacked)}, nil
}

// forward is an io.ReaderAt of what can only be read once, from the front:
// nothing of it is kept.
type forward struct {
	from io.Reader
	at   int64
}

var errBackwards = errors.New("a packed file is read from the front only")

// ReadAt implements io.ReaderAt.
func (f *forward) ReadAt(p []byte, off int64) (int, error) {
	if off < f.at {
		return 0, errBackwards
	}
	skipped, err := io.CopyN(io.Discard, f.from, off-f.at)
	f.at += skipped
	if err != nil {
		return 0, err
	}
	n, err := io.ReadFull(f.from, p)
	f.at += int64(n)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}
