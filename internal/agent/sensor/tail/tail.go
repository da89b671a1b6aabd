// Package tail follows log files that grow by lines: through rotation by
// renaming and by copying and emptying, with lines that are not whole yet, and
// on from where it was after a restart.
//
// A file is known by device, inode and first bytes, never by its name alone. A
// file that was renamed is read to its end and for a while longer, as its writer
// may not have noticed, beside the one that took its place. One that was emptied
// is looked for among its neighbours, so that what stood in it unread comes from
// the copy. What cannot be found any more is told by Gone.
//
// A File belongs to one goroutine; it holds descriptors until Close.
package tail

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"
)

// Options say what is followed.
type Options struct {
	Path string
	// FromStart reads a file from its begin that was never read before; else
	// only what comes is read.
	FromStart bool
	MaxLine   int              // bytes; a longer line is cut; 0 is 64 KiB
	Linger    time.Duration    // how long a renamed file is read on without growing; 0 is 10 s
	Now       func() time.Time // default time.Now
}

// Mark says how far a file was read.
type Mark struct {
	Device uint64 `json:"device"`
	Inode  uint64 `json:"inode"`
	Offset int64  `json:"offset"`
	Head   []byte `json:"head"`            // first bytes
	Left   bool   `json:"left,omitempty"`  // it was read to its end and another took its place
	Skip   bool   `json:"skip,omitempty"`  // within a line that is too long
	Empty  int64  `json:"empty,omitempty"` // while nothing was read: until when nothing was overlooked, nanoseconds since 1970
}

// Line is one line without its end.
type Line struct {
	Text []byte // good until the function that got it returns
	Cut  bool   // the line is longer
}

const (
	maxLine  = 64 << 10
	headSize = 256
	maxParts = 64      // files that are read beside the present one
	atOnce   = 1 << 20 // bytes of a file that one Read takes

	coarse = 10 * time.Millisecond // times of files are that much behind at most
	seldom = time.Second           // between two looks for what an empty file held meanwhile
)

// File follows one log.
type File struct {
	o     Options
	parts []*part // oldest first; the last one is at the path, when there is one
	gone  []string
	buf   []byte
}

// Open begins to follow a log where marks say, which are those of Marks. A log
// that is not there yet is followed from its begin when it comes.
func Open(o Options, marks []Mark) *File {
	if o.MaxLine <= 0 {
		o.MaxLine = maxLine
	}
	if o.Linger <= 0 {
		o.Linger = 10 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	f := &File{o: o, buf: make([]byte, o.MaxLine+1)}
	if len(marks) > 0 {
		f.resume(marks)
	} else if p, err := openPart(o.Path); err == nil {
		if !o.FromStart {
			p.toEnd(f.buf)
		}
		f.parts = append(f.parts, p)
	}
	return f
}

// Close lets the files go.
func (f *File) Close() error {
	var errs []error
	for _, p := range f.parts {
		errs = append(errs, p.file.Close())
	}
	f.parts = nil
	return errors.Join(errs...)
}

// Marks says how far the log was read: behind the last line that Read gave.
func (f *File) Marks() []Mark {
	out := make([]Mark, 0, len(f.parts))
	for _, p := range f.parts {
		out = append(out, p.mark())
	}
	return out
}

// Gone returns, once, what of the log was not found and could not be read.
func (f *File) Gone() []string {
	out := f.gone
	f.gone = nil
	return out
}

// Lag returns how many bytes of the log are not read yet, and whether there is
// a log.
func (f *File) Lag() (int64, bool) {
	lag := int64(0)
	for _, p := range f.parts {
		if info, err := p.file.Stat(); err == nil {
			lag += max(info.Size()-p.offset, 0)
		}
	}
	return lag, len(f.parts) > 0
}

// Offset returns how far the newest file of the log was read.
func (f *File) Offset() int64 {
	if len(f.parts) == 0 {
		return 0
	}
	return f.parts[len(f.parts)-1].offset
}

// Read gives the lines that came, a bounded number of them, oldest files
// first; more says that there are others already. An error is of a file that
// is there and cannot be read.
func (f *File) Read(yield func(Line)) (more bool, err error) {
	if err := f.look(); err != nil {
		return false, err
	}
	for i := 0; i < len(f.parts); i++ {
		if p := f.parts[i]; len(p.head) == 0 {
			if !p.begins(len(f.buf)) {
				continue // no line is whole
			}
			if len(p.first()) == 0 && time.Since(p.empty) < seldom {
				continue
			}
			i = f.missed(i)
		}
		p := f.parts[i]
		n, full, err := p.read(f.buf, atOnce, yield)
		if errors.Is(err, errEmptied) {
			if p.begins(len(f.buf)) { // else the next Read will tell
				i = f.emptied(i) - 1
			}
			continue
		}
		if err != nil {
			return false, fmt.Errorf("read %s: %w", f.o.Path, err)
		}
		if n > 0 {
			p.grew = f.o.Now()
		}
		more = more || full
	}
	f.drop(yield)
	return more, nil
}

// look finds the file that is at the path now.
func (f *File) look() error {
	info, err := os.Stat(f.o.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // renamed, and the next one is not there yet
	}
	if err != nil {
		return fmt.Errorf("look at log: %w", err)
	}
	if n := len(f.parts); n > 0 && f.parts[n-1].is(info) {
		return nil
	}
	p, err := openPart(f.o.Path)
	if err != nil {
		return err
	}
	if len(f.parts) > 0 && !p.begins(len(f.buf)) {
		return p.file.Close() // the next look will tell
	}
	for _, old := range f.parts {
		if old.same(p) { // renamed there and back
			return p.file.Close()
		}
		if old.left.IsZero() {
			old.left = f.o.Now()
			old.grew = old.left
		}
	}
	if n := len(f.parts); n > 0 {
		f.parts = append(f.parts, f.newer(f.parts[n-1], p)...)
	}
	f.parts = append(f.parts, p)
	return nil
}

// emptied begins a part anew, whose file is another now. What was not read of
// it comes first, from its copy when there is one. It returns where to go on.
func (f *File) emptied(i int) int {
	p := f.parts[i]
	old := p.mark()
	p.begin()
	if c := f.copyOf(old); c != nil {
		f.parts = slices.Insert(f.parts, i, append([]*part{c}, f.newer(c, p)...)...)
	}
	return i
}

// missed opens what a file that was empty held meanwhile and was copied away.
// It returns where the part is then.
func (f *File) missed(i int) int {
	p := f.parts[i]
	since, now := p.empty.Add(-coarse), time.Now()
	found := f.open(p, func(n near) bool { return n.info.ModTime().After(since) })
	p.empty = now
	f.parts = slices.Insert(f.parts, i, found...)
	return i + len(found)
}

// drop lets go of files that were renamed and do not grow any more. A line
// without an end is its last one.
func (f *File) drop(yield func(Line)) {
	now := f.o.Now()
	kept := f.parts[:0]
	for i, p := range f.parts {
		last := i == len(f.parts)-1
		if last || p.left.IsZero() || p.pending || now.Sub(p.grew) < f.o.Linger && len(f.parts)-i < maxParts {
			kept = append(kept, p)
			continue
		}
		p.rest(f.buf, yield)
		p.file.Close()
	}
	clear(f.parts[len(kept):])
	f.parts = kept
}
